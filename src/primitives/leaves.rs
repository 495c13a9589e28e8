//! The ids and digests of the items read so far, sorted as the tree needs them (F2.1-1).
//!
//! Why: ids arrive in any order, a duplicate must be noticed at once (F2.1-2), and a pack may have millions of items. How:
//! the ids are stored one after the other and numbered in the order of arrival. The numbers are kept sorted, in blocks of
//! bounded size, so that nothing is left to sort at the end. Lookup and insertion take O(log n) comparisons, whatever the ids
//! are; an insertion also moves at most one block of entries and the list of blocks. Each entry has a number and a
//! key: the 4 bytes of the id that follow the common prefix of the block. Most comparisons need only the keys. The text of an
//! id, which may be anywhere in memory, is read only if two keys are equal. An item costs its id, its digest and a few bytes.

use std::cmp::Ordering;

use crate::primitives::digest::Digest;
use crate::primitives::merkle;

/// Highest number of entries in a block: few enough to move quickly, enough to keep the number of blocks small.
const BLOCK: usize = 512;

/// Bytes of text in a piece, unless a single text is longer.
const PIECE: usize = 1 << 16;
/// Digests in a piece.
const DIGESTS: usize = 1 << 12;

/// Texts, numbered in the order in which they are added.
#[derive(Debug, Default)]
struct Texts {
    /// All texts, one after the other. In pieces, because a single string would be copied each time it grows, and the freed
    /// memory would be wasted.
    pieces: Vec<String>,
    /// Start of each text: the index of its piece times [`PIECE`], plus the position in the piece.
    starts: Vec<usize>,
}

impl Texts {
    /// Returns the text with that number. O(1).
    fn get(&self, number: usize) -> &str {
        let start = self.starts[number];
        let piece = &self.pieces[start / PIECE];
        let end = match self.starts.get(number + 1) {
            Some(next) if next / PIECE == start / PIECE => next % PIECE,
            _ => piece.len(),
        };
        piece.get(start % PIECE..end).unwrap_or_default()
    }

    fn of_entry(&self, entry: &Entry) -> &str {
        self.get(entry.number as usize)
    }

    /// Adds a text.
    fn push(&mut self, text: &str) {
        let has_room = |piece: &String| piece.len() + text.len() < PIECE;
        if !self.pieces.last().is_some_and(has_room) {
            // The first piece grows on demand, because most packs are small.
            let capacity = if self.pieces.is_empty() { text.len() } else { text.len().max(PIECE) };
            self.pieces.push(String::with_capacity(capacity));
        }
        let last = self.pieces.len() - 1;
        self.starts.push(last * PIECE + self.pieces[last].len());
        self.pieces[last].push_str(text);
    }
}

/// A text in a block: its number, and its [`key`].
#[derive(Debug)]
struct Entry {
    key: u32,
    number: u32,
}

/// Texts in the order of RFC 8785 (F9.4-1).
///
/// INVARIANT: all texts of a block have the same first `prefix_length` bytes, and the key of each entry is that of the bytes
/// after them. So the keys are sorted too, but may be equal.
#[derive(Debug, Default)]
struct Block {
    prefix_length: usize,
    entries: Vec<Entry>,
}

impl Block {
    /// Searches for a text. Returns its position, or as an error the position at which to insert it. O(log n).
    fn find(&self, texts: &Texts, id: &str) -> Result<usize, usize> {
        let Some(first) = self.entries.first() else { return Err(0) };
        let first = texts.of_entry(first);
        let (mut low, mut high) = (0, self.entries.len());
        if common_prefix(first.as_bytes(), id.as_bytes()) < self.prefix_length {
            return Err(if compare_utf16(first.as_bytes(), id.as_bytes()).is_lt() { high } else { low });
        }
        let key = key(id, self.prefix_length);
        while low < high {
            let middle = low + (high - low) / 2;
            let entry = &self.entries[middle];
            let mut ordering = entry.key.cmp(&key);
            if ordering.is_eq() {
                ordering = compare_utf16(texts.of_entry(entry).as_bytes(), id.as_bytes());
            }
            match ordering {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Ok(middle),
                Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }

    /// Inserts a text at the position that [`Self::find`] returned. O(n) in the entries of the block.
    fn insert(&mut self, texts: &Texts, place: usize, number: u32) {
        let id = texts.get(number as usize);
        if let Some(first) = self.entries.first() {
            let first = texts.of_entry(first);
            let shared = common_prefix(first.as_bytes(), id.as_bytes());
            if shared < self.prefix_length {
                // The prefix becomes shorter, so each key is shifted to the right. The bytes that enter from the left are the
                // same for all keys, because they were part of the common prefix. No text is read again: otherwise ids that
                // shorten the prefix each time would make insertion slow.
                let (bits, left) = (8 * (self.prefix_length - shared).min(4), key(first, shared));
                for entry in &mut self.entries {
                    entry.key = if bits < 32 { left & !(u32::MAX >> bits) | entry.key >> bits } else { left };
                }
                self.prefix_length = shared;
            }
        } else {
            self.prefix_length = id.len();
        }
        self.entries.insert(place, Entry { key: key(id, self.prefix_length), number });
    }

    /// Recomputes the common prefix, which may be longer after a split. O(n) in the entries of the block.
    fn lengthen_prefix(&mut self, texts: &Texts) {
        let last = &self.entries[self.entries.len() - 1];
        let shared = common_prefix(texts.of_entry(&self.entries[0]).as_bytes(), texts.of_entry(last).as_bytes());
        if shared > self.prefix_length {
            self.prefix_length = shared;
            for entry in &mut self.entries {
                entry.key = key(texts.of_entry(entry), shared);
            }
        }
    }
}

/// A set of texts, numbered in the order in which they are added.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    texts: Texts,
    /// The first entry of each block except the first block.
    bounds: Block,
    /// In order. No block is empty.
    blocks: Vec<Block>,
    /// Number of texts that are only expected: the last ones, which are there but count only when they are entered.
    expected: usize,
}

impl Ids {
    /// Returns the number of texts.
    pub(crate) fn len(&self) -> usize {
        self.texts.starts.len() - self.expected
    }

    /// Removes all texts, but expects the same texts again, in the same order. Then nothing is searched or moved.
    pub(crate) fn expect_again(&mut self) {
        self.expected = self.texts.starts.len();
    }

    /// Removes the expected texts if they are the majority, because looking through them would take longer than entering the
    /// others again. O(n log n).
    pub(crate) fn expect_no_more(&mut self) {
        if self.expected > self.len() {
            self.expect_nothing();
        }
    }

    /// Removes the expected texts, because another one came. O(n log n).
    #[inline(never)]
    fn expect_nothing(&mut self) {
        let mut entered = Self::default();
        for number in 0..self.len() {
            _ = entered.enter(self.get(number));
        }
        *self = entered;
    }

    /// Returns the text with that number. O(1).
    pub(crate) fn get(&self, number: usize) -> &str {
        self.texts.get(number)
    }

    /// Adds a text and returns its number. If it is already there, returns its number as an error. O(log n), see the comment
    /// at the top of this file.
    ///
    /// # Panics
    /// If there are 2^32 texts.
    #[inline(never)]
    pub(crate) fn enter(&mut self, id: &str) -> Result<usize, usize> {
        if self.expected > 0 {
            let number = self.len();
            if self.get(number) == id {
                self.expected -= 1;
                return Ok(number);
            }
            self.expect_nothing();
        }
        let (block, place) = self.find(id)?;
        Ok(self.insert(id, block, place))
    }

    /// Adds a text that comes after all others in the order, and returns its number. O(1), amortized.
    pub(crate) fn append(&mut self, id: &str) -> usize {
        let last = self.blocks.len().saturating_sub(1);
        self.insert(id, last, self.blocks.last().map_or(0, |block| block.entries.len()))
    }

    /// Adds a text at a position in a block, and splits the block if it is full.
    fn insert(&mut self, id: &str, block: usize, place: usize) -> usize {
        let number = self.len();
        self.texts.push(id);
        if block == self.blocks.len() {
            self.blocks.push(Block::default());
        }
        let is_last = block + 1 == self.blocks.len();
        let own = &mut self.blocks[block];
        own.insert(&self.texts, place, u32::try_from(number).expect("fewer than 2^32 items"));
        if own.entries.len() == BLOCK {
            // If ids arrive in order, the last block stays full instead of being halved.
            let at = if is_last && place == BLOCK - 1 { place } else { BLOCK / 2 };
            let entries = own.entries.split_off(at);
            let mut rest = Block { prefix_length: own.prefix_length, entries };
            own.lengthen_prefix(&self.texts);
            rest.lengthen_prefix(&self.texts);
            self.bounds.insert(&self.texts, block, rest.entries[0].number);
            self.blocks.insert(block + 1, rest);
        }
        number
    }

    /// Returns the number of a text, if it is there. O(log n).
    #[inline(never)]
    pub(crate) fn number(&self, id: &str) -> Option<usize> {
        self.find(id).err().filter(|&number| number < self.len())
    }

    /// Searches for a text. Returns the block and the position at which to insert it, or as an error the number that it has.
    /// O(log n).
    fn find(&self, id: &str) -> Result<(usize, usize), usize> {
        let block = match self.bounds.find(&self.texts, id) {
            Ok(bound) => bound + 1,
            Err(block) => block,
        };
        let Some(own) = self.blocks.get(block) else { return Ok((block, 0)) };
        match own.find(&self.texts, id) {
            Ok(place) => Err(own.entries[place].number as usize),
            Err(place) => Ok((block, place)),
        }
    }

    /// Returns all numbers, sorted by text in the order of RFC 8785. O(n).
    pub(crate) fn in_order(&self) -> Vec<usize> {
        let mut numbers = Vec::with_capacity(self.len());
        for block in &self.blocks {
            for entry in &block.entries {
                if (entry.number as usize) < self.len() {
                    numbers.push(entry.number as usize);
                }
            }
        }
        numbers
    }
}

/// The leaves of a tree. The comment at the top of this file says how they are stored.
#[derive(Debug, Default)]
pub(crate) struct Leaves {
    pub(crate) ids: Ids,
    /// Digests by number, in pieces like the ids. `None` for an item that has a valid id but no valid digest.
    digests: Vec<Vec<Option<Digest>>>,
    /// For each item that was read but got no number, the number of the next one that did. So it is sorted.
    skipped: Vec<usize>,
    /// All levels of the tree ([`merkle::levels`]), once it is computed by [`Self::grow`].
    pub(crate) tree: Vec<Digest>,
}

impl Leaves {
    /// Returns the number of ids.
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Returns the id with that number.
    pub(crate) fn id(&self, number: usize) -> &str {
        self.ids.get(number)
    }

    /// Returns the number of an id, if it is there. O(log n).
    pub(crate) fn number(&self, id: &str) -> Option<usize> {
        self.ids.number(id)
    }

    /// Returns the digest of the id with that number, if it has one.
    pub(crate) fn digest(&self, number: usize) -> Option<Digest> {
        self.digests[number / DIGESTS][number % DIGESTS]
    }

    /// Sets the digest of the id with that number.
    pub(crate) fn set_digest(&mut self, number: usize, digest: Digest) {
        self.digests[number / DIGESTS][number % DIGESTS] = Some(digest);
    }

    /// Adds the digest of the next number.
    fn push(&mut self, digest: Option<Digest>) {
        if self.digests.last().is_none_or(|piece| piece.len() == DIGESTS) {
            self.digests.push(Vec::with_capacity(if self.digests.is_empty() { 0 } else { DIGESTS }));
        }
        self.digests.last_mut().expect("there is one").push(digest);
    }

    /// Adds an id and returns its number. If it is already there, returns its number as an error (F2.1-2). O(log n).
    pub(crate) fn enter(&mut self, id: &str) -> Result<usize, usize> {
        let number = self.ids.enter(id)?;
        self.push(None);
        Ok(number)
    }

    /// Adds an id that comes after all others in the order. O(1), amortized.
    pub(crate) fn append(&mut self, id: &str, digest: Digest) {
        self.ids.append(id);
        self.push(Some(digest));
    }

    /// Counts an item that was read but got no number: its id is invalid or a duplicate.
    pub(crate) fn skip(&mut self) {
        self.skipped.push(self.len());
    }

    /// Returns the number of items that were read.
    pub(crate) fn read_count(&self) -> usize {
        self.len() + self.skipped.len()
    }

    /// Returns the number of items that were read before the one with that number: its position. O(log n).
    pub(crate) fn position(&self, number: usize) -> usize {
        number + self.skipped.partition_point(|&next| next <= number)
    }

    /// Returns the numbers of the ids that have a digest, in the order of the tree. O(n).
    // F2.1-1
    pub(crate) fn in_order(&self) -> Vec<usize> {
        let mut numbers = self.ids.in_order();
        numbers.retain(|&number| self.digest(number).is_some());
        numbers
    }

    /// Computes the whole tree and keeps it, so that proofs need not compute it again. What is above leaves of an earlier tree is taken from
    /// it. No leaf may be added afterwards. O(n).
    pub(crate) fn grow(&mut self, earlier: &[Digest]) {
        self.tree = merkle::levels(self.digests_in_order(), earlier);
    }

    /// Returns the root of the tree (F2.2-1). O(n), unless the tree was computed.
    pub(crate) fn root(&self) -> Digest {
        self.tree.last().copied().unwrap_or_else(|| merkle::root(self.digests_in_order()))
    }

    /// Returns the digests in the order of the tree. O(n).
    pub(crate) fn digests_in_order(&self) -> Vec<Digest> {
        let mut digests = Vec::with_capacity(self.len());
        for number in self.ids.in_order() {
            if let Some(digest) = self.digest(number) {
                digests.push(digest);
            }
        }
        digests
    }
}

/// Joins names to one text. Different lists of names give different texts, and the texts have the order of the lists. O(n).
pub(crate) fn composite_key(names: &[&str]) -> String {
    let mut joined = String::new();
    for name in names {
        let mut rest = *name;
        while let Some(end) = rest.bytes().position(|byte| byte == 0) {
            let (before, after) = rest.split_at_checked(end + 1).unwrap_or_default();
            joined.push_str(before);
            joined.push('\u{1}');
            rest = after;
        }
        joined.push_str(rest);
        joined.push_str("\0\0");
    }
    joined
}

/// Returns the length of the common prefix of two texts, in bytes. O(n).
fn common_prefix(left: &[u8], right: &[u8]) -> usize {
    let mut at = 0;
    while let (Some(left), Some(right)) = (left[at..].first_chunk::<8>(), right[at..].first_chunk::<8>())
        && left == right
    {
        at += 8;
    }
    while at < left.len() && at < right.len() && left[at] == right[at] {
        at += 1;
    }
    at
}

/// Maps a byte of UTF-8 so that texts compared by mapped bytes have the order of UTF-16 units, which RFC 8785 requires.
///
/// UTF-8 sorts by code point. UTF-16 does so too, with one exception: characters above U+FFFF (lead bytes F0 to F4) are
/// surrogate pairs, which come after U+D7FF (lead byte ED) and before U+E000 (lead bytes EE and EF).
#[inline(always)]
fn utf16_weight(byte: u8) -> u8 {
    match byte {
        0xEE.. if byte < 0xF0 => byte + 5,
        0xF0.. => byte - 2,
        _ => byte,
    }
}

/// Returns the 4 bytes of a text from `start` on as a number that has their order. Bytes after the end of the text count as
/// 0.
fn key(id: &str, start: usize) -> u32 {
    let mut key = 0;
    for at in start..start + 4 {
        key = key << 8 | u32::from(id.as_bytes().get(at).map_or(0, |&byte| utf16_weight(byte)));
    }
    key
}

/// Compares two texts in UTF-8 by UTF-16 units, which is the order of RFC 8785 (F9.4-1). O(n).
// F2.1-1
pub(crate) fn compare_utf16(left: &[u8], right: &[u8]) -> Ordering {
    let at = common_prefix(left, right);
    let utf16_weight = |text: &[u8]| text.get(at).map(|&byte| utf16_weight(byte));
    utf16_weight(left).cmp(&utf16_weight(right))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    /// Short ids of a few characters, from both sides of the places where the orders of UTF-8 and UTF-16 differ.
    const SHORT: &str = "[a-c\0\u{e9}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}]{0,4}";

    /// Generates ids in any order, sorted, or sorted in reverse.
    fn ids() -> impl Strategy<Value = Vec<String>> {
        let deep = "ab\0\u{d7ff}\u{e000}\u{10ffff}".repeat(9);
        let lengths: Vec<usize> = deep.char_indices().map(|(at, _)| at).collect();
        // Most share a long prefix; some differ from it, anywhere.
        let beginning = prop_oneof![9 => Just(deep.len()), 1 => proptest::sample::select(lengths)];
        let deep = (beginning, SHORT).prop_map(move |(length, end)| format!("{}{end}", &deep[..length]));
        let number = (0..5_000_u32).prop_map(|number| format!("docs/item-{number:05}"));
        let most = 0..3_000;
        let many = prop_oneof![
            proptest::collection::vec(SHORT, most.clone()),
            proptest::collection::vec(number.clone(), most.clone()),
            proptest::collection::vec(deep.clone(), most.clone()),
            proptest::collection::vec(prop_oneof![SHORT.boxed(), deep.boxed(), number.boxed()], most),
        ];
        (many, 0..4).prop_map(|(mut ids, way)| {
            if way < 2 {
                ids.sort_by(|left, right| left.encode_utf16().cmp(right.encode_utf16()));
            }
            if way == 1 {
                ids.reverse();
            }
            ids
        })
    }

    /// Asserts the invariants of [`Block`] and [`Ids`].
    fn assert_invariants(ids: &Ids) {
        for block in ids.blocks.iter().chain([&ids.bounds]) {
            let texts = || block.entries.iter().map(|entry| ids.get(entry.number as usize));
            let Some(first) = texts().next() else { continue };
            assert!(texts().all(|text| text.as_bytes().starts_with(&first.as_bytes()[..block.prefix_length])));
            assert!(texts().zip(&block.entries).all(|(text, entry)| entry.key == key(text, block.prefix_length)));
        }
        let firsts = ids.blocks.iter().skip(1).map(|block| block.entries[0].number);
        assert!(firsts.eq(ids.bounds.entries.iter().map(|entry| entry.number)));
    }

    proptest! {
        #[test]
        // F2.1-1, F2.1-2
        fn sorts_ids_by_utf16_and_notices_duplicates(ids in ids()) {
            let mut leaves = Leaves::default();
            let mut known: Vec<&str> = Vec::new();
            let mut numbers = HashMap::new();
            for (position, id) in ids.iter().enumerate() {
                let expected = numbers.get(&**id).copied().ok_or(known.len());
                prop_assert_eq!(leaves.number(id), expected.ok());
                match leaves.enter(id) {
                    Ok(number) => {
                        prop_assert_eq!(Err(number), expected);
                        prop_assert_eq!(leaves.position(number), position);
                        leaves.set_digest(number, Digest::of(id.as_bytes()));
                        known.push(id);
                        numbers.insert(&**id, number);
                    }
                    Err(number) => {
                        prop_assert_eq!(Ok(number), expected);
                        leaves.skip();
                    }
                }
            }
            assert_invariants(&leaves.ids);
            let mut sorted = known.clone();
            sorted.sort_by(|left, right| left.encode_utf16().cmp(right.encode_utf16()));
            let found: Vec<&str> = leaves.in_order().into_iter().map(|number| leaves.id(number)).collect();
            prop_assert_eq!(&found, &sorted);
            // Texts that are similar to an id are not found, unless they are ids themselves.
            for id in known {
                let shorter = id.char_indices().next_back().map_or("", |(at, _)| &id[..at]);
                for near in [id, shorter, &format!("{id}\0"), &format!("{shorter}\u{10000}")] {
                    prop_assert_eq!(leaves.number(near), numbers.get(near).copied());
                }
            }
            let mut appended = Ids::default();
            for (number, id) in sorted.iter().enumerate() {
                prop_assert_eq!(appended.append(id), number);
            }
            assert_invariants(&appended);
            prop_assert!(sorted.iter().enumerate().all(|(number, id)| appended.number(id) == Some(number)));
        }

        #[test]
        // F2.1-1, F2.1-2
        fn gives_the_same_whatever_ids_it_expects(before in ids(), place in any::<prop::sample::Index>(), change in 0..5) {
            let mut expecting = Ids::default();
            for id in &before {
                _ = expecting.enter(id);
            }
            expecting.expect_again();
            prop_assert_eq!(expecting.len(), 0);
            // The same ids, or with one more, one less, another one or two in another order; and twice the last one.
            let mut after = before.clone();
            if !after.is_empty() {
                let place = place.index(after.len());
                match change {
                    0 => {}
                    1 => after.insert(place, "new".to_owned()),
                    2 => _ = after.remove(place),
                    3 => after[place].push('x'),
                    _ => after.swap(0, place),
                }
            }
            after.extend(after.last().cloned());
            let mut fresh = Ids::default();
            for (position, id) in after.iter().enumerate() {
                prop_assert_eq!(expecting.number(id), fresh.number(id));
                prop_assert_eq!(expecting.enter(id), fresh.enter(id));
                prop_assert_eq!(expecting.len(), fresh.len());
                if position % 512 == 0 {
                    prop_assert_eq!(expecting.in_order(), fresh.in_order());
                    let later = &after[position + 1..];
                    prop_assert!(later.iter().all(|id| expecting.number(id) == fresh.number(id)));
                }
            }
            expecting.expect_no_more();
            prop_assert_eq!(expecting.in_order(), fresh.in_order());
            prop_assert!(after.iter().all(|id| expecting.number(id) == fresh.number(id)));
        }

        #[test]
        fn keeps_few_ids_that_did_not_come_again(before in ids(), again in any::<prop::sample::Index>()) {
            let again = again.index(before.len() + 1);
            let mut expecting = Ids::default();
            for id in &before {
                _ = expecting.enter(id);
            }
            expecting.expect_again();
            let mut fresh = Ids::default();
            for id in &before[..again] {
                prop_assert_eq!(expecting.enter(id), fresh.enter(id));
            }
            expecting.expect_no_more();
            prop_assert!(expecting.texts.starts.len() <= 2 * expecting.len());
            prop_assert_eq!(expecting.in_order(), fresh.in_order());
            prop_assert!(before.iter().all(|id| expecting.number(id) == fresh.number(id)));
        }

        #[test]
        // F9.4-1
        fn sorts_keys_like_texts(left in SHORT, right in SHORT, start in 0..9_usize) {
            let expected = left.encode_utf16().cmp(right.encode_utf16());
            prop_assert_eq!(compare_utf16(left.as_bytes(), right.as_bytes()), expected);
            if common_prefix(left.as_bytes(), right.as_bytes()) >= start {
                let ordering = key(&left, start).cmp(&key(&right, start));
                prop_assert!(ordering.is_eq() || ordering == expected);
            }
        }
    }

    /// Adds `before` and then `sequence`, and compares every result with that of a plain list.
    fn assert_same_as_list(before: &[String], sequence: &[&str]) {
        let by_units = |left: &str, right: &str| left.encode_utf16().cmp(right.encode_utf16());
        let (mut leaves, mut list): (Leaves, Vec<String>) = (Leaves::default(), Vec::new());
        for (read, id) in before.iter().map(String::as_str).chain(sequence.iter().copied()).enumerate() {
            let known = list.iter().position(|other| other == id);
            assert_eq!(leaves.number(id), known);
            match leaves.enter(id) {
                Ok(number) => {
                    assert_eq!((known, number), (None, list.len()));
                    assert_eq!(leaves.position(number), read);
                    list.push(id.to_owned());
                }
                Err(number) => {
                    assert_eq!(Some(number), known);
                    leaves.skip();
                }
            }
            assert_eq!((leaves.len(), leaves.read_count()), (list.len(), read + 1));
        }
        assert_invariants(&leaves.ids);
        let mut expected: Vec<usize> = (0..list.len()).collect();
        expected.sort_by(|&left, &right| by_units(&list[left], &list[right]));
        assert_eq!(leaves.ids.in_order(), expected, "{sequence:?}");
        assert!(
            list.iter().enumerate().all(|(number, id)| leaves.number(id) == Some(number) && leaves.id(number) == id)
        );
    }

    /// Returns every sequence of at most `longest` of these ids.
    fn sequences<'i>(alphabet: &[&'i str], longest: usize) -> Vec<Vec<&'i str>> {
        let mut all: Vec<Vec<&str>> = vec![Vec::new()];
        let mut start = 0;
        for _ in 0..longest {
            let end = all.len();
            for at in start..end {
                all.extend(alphabet.iter().map(|id| [&all[at][..], &[id]].concat()).collect::<Vec<_>>());
            }
            start = end;
        }
        all
    }

    /// Ids that are prefixes of each other, that differ after the 4 bytes of a key, or that UTF-8 and UTF-16 sort
    /// differently.
    const ALPHABETS: [[&str; 4]; 5] = [
        ["", "a", "ab", "b"],
        ["\u{d7ff}", "\u{e000}", "\u{ffff}", "\u{10000}"],
        ["abcd", "abcde", "abcdf", "abc"],
        ["\0", "", "\0\0\0\0", "\0\0\0\0\0"],
        ["x\u{10000}y", "x\u{10000}", "x\u{e000}y", "x\u{10ffff}"],
    ];

    #[test]
    fn agrees_with_a_list_for_every_sequence_of_up_to_five_ids() {
        for alphabet in ALPHABETS {
            let all = sequences(&alphabet, 5);
            assert_eq!(all.len(), 1_365);
            all.iter().for_each(|sequence| assert_same_as_list(&[], sequence));
        }
    }

    /// The block is almost full. The new ids come before the others, after them and between them.
    #[test]
    fn agrees_with_a_list_for_every_sequence_that_splits_a_block() {
        for alphabet in ALPHABETS {
            for shared in ["abcdef", "\u{e000}"] {
                for count in [BLOCK - 1, BLOCK - 2] {
                    let before: Vec<String> = (0..count).map(|number| format!("{shared}{number:04}")).collect();
                    sequences(&alphabet, 3).iter().filter(|sequence| sequence.len() == 3).for_each(|sequence| {
                        assert_same_as_list(&before, sequence);
                    });
                }
            }
        }
    }

    #[test]
    fn keeps_its_invariants_if_ids_shorten_the_prefix_again_and_again() {
        let longest = "ab".repeat(3_000);
        // With the end "", each id is a prefix of all before it. With "b", each comes after all others and shares less with
        // them.
        for end in ["", "b"] {
            let mut ids = Ids::default();
            for (number, length) in (0..longest.len()).step_by(2).rev().enumerate() {
                assert_eq!(ids.enter(&format!("{}{end}", &longest[..length])), Ok(number));
            }
            assert_invariants(&ids);
            let numbers = ids.in_order();
            assert!(
                numbers
                    .windows(2)
                    .all(|pair| compare_utf16(ids.get(pair[0]).as_bytes(), ids.get(pair[1]).as_bytes()).is_lt())
            );
        }
    }

    #[test]
    fn stores_ids_of_any_length_in_pieces() {
        let mut ids = Ids::default();
        let lengths =
            [0, 1, PIECE - 2, 1, 0, 2, PIECE - 1, PIECE, 3 * PIECE, 5, PIECE / 2, PIECE / 2 - 1, 7, PIECE / 2];
        let texts: Vec<String> = (0..200)
            .map(|number| format!("{number:03}{}", "x".repeat(lengths[number % lengths.len()])))
            .chain([String::new()])
            .collect();
        for (number, text) in texts.iter().enumerate() {
            assert_eq!(ids.enter(text), Ok(number));
        }
        for (number, text) in texts.iter().enumerate() {
            assert_eq!(ids.get(number), text);
            assert_eq!(ids.number(text), Some(number));
        }
    }

    #[test]
    fn stores_an_empty_id_after_a_full_piece() {
        for length in [PIECE - 1, PIECE, PIECE + 1] {
            let mut ids = Ids::default();
            let full = "x".repeat(length);
            assert_eq!((ids.enter(&full), ids.enter("")), (Ok(0), Ok(1)));
            assert_eq!((ids.get(0), ids.get(1)), (&*full, ""));
        }
    }

    #[test]
    fn fills_blocks_at_least_half_in_any_order_of_ids() {
        for step in [1, 7_919, 19_999] {
            let mut leaves = Leaves::default();
            for number in 0..20_000_u64 {
                let id = format!("{:05}", number * step % 20_000);
                let number = leaves.enter(&id).unwrap();
                leaves.set_digest(number, Digest::of(b""));
            }
            let found: Vec<&str> = leaves.in_order().into_iter().map(|number| leaves.id(number)).collect();
            let sorted: Vec<String> = (0..20_000).map(|number| format!("{number:05}")).collect();
            assert_eq!(found, sorted);
            assert!(leaves.ids.blocks.len() < 20_000 / (BLOCK / 2) + 2, "{} blocks", leaves.ids.blocks.len());
        }
    }
}
