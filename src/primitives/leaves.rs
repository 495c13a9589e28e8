//! The items that have been read: their ids and digests, in the order of the tree.
//!
//! Why: a duplicate has to be noticed at once, ids arrive in any order, and a pack may have millions of them; so an item
//! costs its id, its digest and a few bytes. How: ids stand one behind the other, and are numbered as they come; the
//! numbers are kept sorted in blocks of a bounded size, so that finding and entering take logarithmic time whatever the
//! ids are, and there is nothing left to sort at the end. Beside each number stand four bytes of its id, those behind
//! what all ids of the block begin with: the text itself, which is anywhere in memory, is looked at where these are the
//! same.

use std::cmp::Ordering;

use crate::primitives::digest::Digest;
use crate::primitives::merkle;

/// Entries in a block: few enough to move them quickly, many enough for the blocks to be few.
const BLOCK: usize = 512;

/// Bytes of text that stand in a piece, unless one text has more.
const PIECE: usize = 1 << 16;
/// Digests in a piece.
const DIGESTS: usize = 1 << 12;

/// Texts, numbered as they come.
#[derive(Debug, Default)]
struct Texts {
    /// All of them, one behind the other. In pieces: one string would be copied whenever it grows, and leave a hole as large.
    pieces: Vec<String>,
    /// Where each begins: its piece times [`PIECE`], and where in that.
    starts: Vec<usize>,
}

impl Texts {
    fn get(&self, number: usize) -> &str {
        let start = self.starts[number];
        let piece = &self.pieces[start / PIECE];
        let end = match self.starts.get(number + 1) {
            Some(next) if next / PIECE == start / PIECE => next % PIECE,
            _ => piece.len(),
        };
        piece.get(start % PIECE..end).unwrap_or_default()
    }

    fn of(&self, entry: &Entry) -> &str {
        self.get(entry.number as usize)
    }

    fn push(&mut self, text: &str) {
        let has_room = |piece: &String| piece.len() + text.len() < PIECE;
        if !self.pieces.last().is_some_and(has_room) {
            // The first grows as it needs to: most packs are small.
            let most = if self.pieces.is_empty() { text.len() } else { text.len().max(PIECE) };
            self.pieces.push(String::with_capacity(most));
        }
        let last = self.pieces.len() - 1;
        self.starts.push(last * PIECE + self.pieces[last].len());
        self.pieces[last].push_str(text);
    }
}

/// A text, as a block knows it.
#[derive(Debug)]
struct Entry {
    key: u32,
    number: u32,
}

/// Numbers of texts, in the order of RFC 8785.
///
/// INVARIANT: all texts of a block have their first `skip` bytes in common. Each one's key is that of what follows; so keys
/// are in order as well, but may be the same.
#[derive(Debug, Default)]
struct Block {
    skip: usize,
    entries: Vec<Entry>,
}

impl Block {
    /// Where a text is, or where it would have to be inserted.
    fn find(&self, texts: &Texts, id: &str) -> Result<usize, usize> {
        let Some(first) = self.entries.first() else { return Err(0) };
        let first = texts.of(first);
        let (mut low, mut high) = (0, self.entries.len());
        if common(first, id) < self.skip {
            return Err(if order(first, id).is_lt() { high } else { low });
        }
        let key = key(id, self.skip);
        while low < high {
            let middle = low + (high - low) / 2;
            let entry = &self.entries[middle];
            let mut is = entry.key.cmp(&key);
            if is.is_eq() {
                is = order(texts.of(entry), id);
            }
            match is {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Ok(middle),
                Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }

    fn insert(&mut self, texts: &Texts, place: usize, number: u32) {
        let id = texts.get(number as usize);
        if let Some(first) = self.entries.first() {
            let first = texts.of(first);
            let shared = common(first, id);
            if shared < self.skip {
                // Keys move to the right, and what comes in from the left is the same for all: no other text is looked at,
                // or ids that have less in common each time would make it slow.
                let (bits, left) = (8 * (self.skip - shared).min(4), key(first, shared));
                for entry in &mut self.entries {
                    entry.key = if bits < 32 { left & !(u32::MAX >> bits) | entry.key >> bits } else { left };
                }
                self.skip = shared;
            }
        } else {
            self.skip = id.len();
        }
        self.entries.insert(place, Entry { key: key(id, self.skip), number });
    }

    /// What all texts have in common may be more after a split.
    fn tighten(&mut self, texts: &Texts) {
        let last = &self.entries[self.entries.len() - 1];
        let shared = common(texts.of(&self.entries[0]), texts.of(last));
        if shared > self.skip {
            self.skip = shared;
            for entry in &mut self.entries {
                entry.key = key(texts.of(entry), shared);
            }
        }
    }
}

/// Different texts, numbered as they come.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    texts: Texts,
    /// The first entry of each block but the first.
    bounds: Block,
    /// In order. None is empty, once there is one.
    blocks: Vec<Block>,
}

impl Ids {
    pub(crate) fn len(&self) -> usize {
        self.texts.starts.len()
    }

    pub(crate) fn get(&self, number: usize) -> &str {
        self.texts.get(number)
    }

    /// Enters a text and returns its number, or that of its entry where it is known already.
    ///
    /// # Panics
    /// At 2^32 of them.
    #[inline(never)]
    pub(crate) fn enter(&mut self, id: &str) -> Result<usize, usize> {
        let (block, place) = self.find(id)?;
        Ok(self.insert(id, block, place))
    }

    /// Enters a text that comes behind all others.
    pub(crate) fn append(&mut self, id: &str) -> usize {
        let last = self.blocks.len().saturating_sub(1);
        self.insert(id, last, self.blocks.last().map_or(0, |block| block.entries.len()))
    }

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
            // Ids that come in order leave full blocks behind.
            let at = if is_last && place == BLOCK - 1 { place } else { BLOCK / 2 };
            let entries = own.entries.split_off(at);
            let mut rest = Block { skip: own.skip, entries };
            own.tighten(&self.texts);
            rest.tighten(&self.texts);
            self.bounds.insert(&self.texts, block, rest.entries[0].number);
            self.blocks.insert(block + 1, rest);
        }
        number
    }

    #[inline(never)]
    pub(crate) fn number(&self, id: &str) -> Option<usize> {
        self.find(id).err()
    }

    /// Block and place at which a text would have to be inserted, or the number that it has.
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

    /// Numbers in the order of RFC 8785.
    pub(crate) fn in_order(&self) -> Vec<usize> {
        let mut numbers = Vec::with_capacity(self.len());
        for block in &self.blocks {
            for entry in &block.entries {
                numbers.push(entry.number as usize);
            }
        }
        numbers
    }
}

/// See the head of this file.
#[derive(Debug, Default)]
pub(crate) struct Leaves {
    ids: Ids,
    /// By number, in pieces as the ids; `None` for what has an id and is wrong otherwise.
    digests: Vec<Vec<Option<Digest>>>,
    /// For each thing read that got no number, the number that came after it: in order, therefore.
    skipped: Vec<usize>,
}

impl Leaves {
    /// How many have an id.
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(crate) fn id(&self, number: usize) -> &str {
        self.ids.get(number)
    }

    pub(crate) fn number(&self, id: &str) -> Option<usize> {
        self.ids.number(id)
    }

    pub(crate) fn digest(&self, number: usize) -> Option<Digest> {
        self.digests[number / DIGESTS][number % DIGESTS]
    }

    pub(crate) fn set_digest(&mut self, number: usize, digest: Digest) {
        self.digests[number / DIGESTS][number % DIGESTS] = Some(digest);
    }

    fn push(&mut self, digest: Option<Digest>) {
        if self.digests.last().is_none_or(|piece| piece.len() == DIGESTS) {
            self.digests.push(Vec::with_capacity(if self.digests.is_empty() { 0 } else { DIGESTS }));
        }
        self.digests.last_mut().expect("there is one").push(digest);
    }

    /// Enters an id and returns its number, or that of the entry that has it already.
    pub(crate) fn enter(&mut self, id: &str) -> Result<usize, usize> {
        let number = self.ids.enter(id)?;
        self.push(None);
        Ok(number)
    }

    /// Enters an id that comes behind all others.
    pub(crate) fn append(&mut self, id: &str, digest: Digest) {
        self.ids.append(id);
        self.push(Some(digest));
    }

    /// Something was read that has no id of its own.
    pub(crate) fn skip(&mut self) {
        self.skipped.push(self.len());
    }

    /// How many things were read.
    pub(crate) fn read(&self) -> usize {
        self.len() + self.skipped.len()
    }

    /// How many things were read before that entry.
    pub(crate) fn position(&self, number: usize) -> usize {
        number + self.skipped.partition_point(|&next| next <= number)
    }

    /// Numbers in the order of the tree, of those that have a digest.
    // F2.1-1
    pub(crate) fn in_order(&self) -> Vec<usize> {
        let mut numbers = self.ids.in_order();
        numbers.retain(|&number| self.digest(number).is_some());
        numbers
    }

    /// The root of the tree.
    // F2.2-1
    pub(crate) fn root(&self) -> Digest {
        merkle::root(self.digests_in_order())
    }

    /// Digests in the order of the tree.
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

/// Names as one text. No name runs into the next, and the order of the names is kept.
pub(crate) fn joined(names: &[&str]) -> String {
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

/// How many bytes two texts begin with that are the same.
fn common(left: &str, right: &str) -> usize {
    let (left, right) = (left.as_bytes(), right.as_bytes());
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

/// A byte of text in UTF-8, as RFC 8785 orders it, by UTF-16 units.
///
/// UTF-8 orders as code points do, and UTF-16 too but for one thing: what is above U+FFFF (lead bytes F0 to F4) has
/// surrogates, which come between U+D7FF (lead byte ED) and U+E000 (lead bytes EE and EF).
#[inline(always)]
fn weight(byte: u8) -> u8 {
    match byte {
        0xEE.. if byte < 0xF0 => byte + 5,
        0xF0.. => byte - 2,
        _ => byte,
    }
}

/// The four bytes of a text from there on, as a number of their order; what is behind its end is 0.
fn key(id: &str, skip: usize) -> u32 {
    let mut key = 0;
    for at in skip..skip + 4 {
        key = key << 8 | u32::from(id.as_bytes().get(at).map_or(0, |&byte| weight(byte)));
    }
    key
}

/// The order of RFC 8785, by UTF-16 units, of text in UTF-8.
// F2.1-1, F9.4-1
pub(crate) fn order(left: &str, right: &str) -> Ordering {
    let at = common(left, right);
    let weight = |text: &str| text.as_bytes().get(at).map(|&byte| weight(byte));
    weight(left).cmp(&weight(right))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    /// Ids of few characters, on both sides of where the orders of UTF-8 and UTF-16 differ.
    const SHORT: &str = "[a-c\0\u{e9}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}]{0,4}";

    /// Ids that come as they may, in order, or in the opposite order.
    fn ids() -> impl Strategy<Value = Vec<String>> {
        let deep = "ab\0\u{d7ff}\u{e000}\u{10ffff}".repeat(9);
        let lengths: Vec<usize> = deep.char_indices().map(|(at, _)| at).collect();
        // Most have all of a long beginning in common, some break it, anywhere.
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

    /// What is said of [`Block`] and [`Ids`] is so.
    fn assert_invariants(ids: &Ids) {
        for block in ids.blocks.iter().chain([&ids.bounds]) {
            let texts = || block.entries.iter().map(|entry| ids.get(entry.number as usize));
            let Some(first) = texts().next() else { continue };
            assert!(texts().all(|text| text.as_bytes().starts_with(&first.as_bytes()[..block.skip])));
            assert!(texts().zip(&block.entries).all(|(text, entry)| entry.key == key(text, block.skip)));
        }
        let firsts = ids.blocks.iter().skip(1).map(|block| block.entries[0].number);
        assert!(firsts.eq(ids.bounds.entries.iter().map(|entry| entry.number)));
    }

    proptest! {
        #[test]
        fn ids_come_out_in_utf16_order_and_duplicates_are_noticed(ids in ids()) {
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
            // What is nearly an id is none, unless it is one.
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
        fn keys_are_in_order(left in SHORT, right in SHORT, skip in 0..9_usize) {
            let expected = left.encode_utf16().cmp(right.encode_utf16());
            prop_assert_eq!(order(&left, &right), expected);
            if common(&left, &right) >= skip {
                let is = key(&left, skip).cmp(&key(&right, skip));
                prop_assert!(is.is_eq() || is == expected);
            }
        }
    }

    /// Enters ids into a table that may have some already, and compares every answer with a sorted list.
    fn assert_like_a_list(before: &[String], sequence: &[&str]) {
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
            assert_eq!((leaves.len(), leaves.read()), (list.len(), read + 1));
        }
        assert_invariants(&leaves.ids);
        let mut expected: Vec<usize> = (0..list.len()).collect();
        expected.sort_by(|&left, &right| by_units(&list[left], &list[right]));
        assert_eq!(leaves.ids.in_order(), expected, "{sequence:?}");
        assert!(
            list.iter().enumerate().all(|(number, id)| leaves.number(id) == Some(number) && leaves.id(number) == id)
        );
    }

    /// Every sequence of at most so many of these ids.
    fn sequences<'i>(alphabet: &[&'i str], most: usize) -> Vec<Vec<&'i str>> {
        let mut all: Vec<Vec<&str>> = vec![Vec::new()];
        let mut start = 0;
        for _ in 0..most {
            let end = all.len();
            for at in start..end {
                all.extend(alphabet.iter().map(|id| [&all[at][..], &[id]].concat()).collect::<Vec<_>>());
            }
            start = end;
        }
        all
    }

    /// Ids that are each other's beginning, that differ behind the key's four bytes, and that UTF-8 and UTF-16 order differently.
    const ALPHABETS: [[&str; 4]; 5] = [
        ["", "a", "ab", "b"],
        ["\u{d7ff}", "\u{e000}", "\u{ffff}", "\u{10000}"],
        ["abcd", "abcde", "abcdf", "abc"],
        ["\0", "", "\0\0\0\0", "\0\0\0\0\0"],
        ["x\u{10000}y", "x\u{10000}", "x\u{e000}y", "x\u{10ffff}"],
    ];

    #[test]
    fn every_sequence_of_five_ids_of_four() {
        for alphabet in ALPHABETS {
            let all = sequences(&alphabet, 5);
            assert_eq!(all.len(), 1_365);
            all.iter().for_each(|sequence| assert_like_a_list(&[], sequence));
        }
    }

    /// The same where a block is about to be split: before all ids that are there, behind them, between them.
    #[test]
    fn every_sequence_of_three_ids_of_four_where_a_block_splits() {
        for alphabet in ALPHABETS {
            for shared in ["abcdef", "\u{e000}"] {
                for count in [BLOCK - 1, BLOCK - 2] {
                    let before: Vec<String> = (0..count).map(|number| format!("{shared}{number:04}")).collect();
                    sequences(&alphabet, 3).iter().filter(|sequence| sequence.len() == 3).for_each(|sequence| {
                        assert_like_a_list(&before, sequence);
                    });
                }
            }
        }
    }

    /// Natively nothing else calls `levels`, which proofs in WebAssembly are made of. More leaves than are hashed at once.
    #[test]
    fn the_levels_of_a_tree_follow_each_other_up_to_its_root() {
        for count in (0..=20).chain([127, 128, 129, 130, 131, 255, 256, 257, 300, 513]) {
            let mut level: Vec<Digest> = (0..count).map(|number: u32| merkle::leaf(&number.to_be_bytes())).collect();
            let (leaves, mut expected) = (level.clone(), level.clone());
            while level.len() > 1 {
                let node = |pair: &[Digest]| match pair {
                    [left, right] => Digest::of(&[&[merkle::NODE_PREFIX], &left.0[..], &right.0[..]].concat()),
                    odd => odd[0],
                };
                level = level.chunks(2).map(node).collect();
                expected.extend_from_slice(&level);
            }
            assert_eq!(merkle::levels(leaves), expected, "{count} leaves");
        }
    }

    #[test]
    fn ids_that_break_what_is_common_again_and_again() {
        let longest = "ab".repeat(3_000);
        // Each is the beginning of all before it; then each is behind all others, and has less in common with them.
        for end in ["", "b"] {
            let mut ids = Ids::default();
            for (number, length) in (0..longest.len()).step_by(2).rev().enumerate() {
                assert_eq!(ids.enter(&format!("{}{end}", &longest[..length])), Ok(number));
            }
            assert_invariants(&ids);
            let numbers = ids.in_order();
            assert!(numbers.windows(2).all(|pair| order(ids.get(pair[0]), ids.get(pair[1])).is_lt()));
        }
    }

    #[test]
    fn ids_of_any_length_stand_in_their_pieces() {
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
    fn many_ids_in_any_order_fill_their_blocks() {
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
