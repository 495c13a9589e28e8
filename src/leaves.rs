//! The items that have been read: their ids and digests, in the order of the tree.
//!
//! Why: a duplicate has to be noticed at once, ids arrive in any order, and a pack may have millions of them; so an item
//! costs its id, its digest and a few bytes. How: ids stand one behind the other, and are numbered as they come; the
//! numbers are kept sorted in blocks of a bounded size, so that finding and entering take logarithmic time whatever the
//! ids are, and there is nothing left to sort at the end. Beside each number stand four bytes of its id, those behind
//! what all ids of the block begin with: the text itself, which is anywhere in memory, is looked at where these are the
//! same.

use std::cmp::Ordering;

use crate::digest::Digest;
use crate::merkle;

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
/// INVARIANT: all texts of a block have their first `skip` bytes in common; the key of each is that of what follows, so
/// that keys are in order too, but may be the same.
#[derive(Debug, Default)]
struct Block {
    skip: usize,
    entries: Vec<Entry>,
}

impl Block {
    /// Where a text is, or where it would have to be inserted.
    fn find(&self, texts: &Texts, id: &str) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.entries.len());
        let Some(first) = self.entries.first() else { return Err(0) };
        let first = texts.get(first.number as usize);
        if common(first, id) < self.skip {
            return Err(if order(first, id).is_lt() { high } else { low });
        }
        let key = key(id, self.skip);
        while low < high {
            let middle = (low + high) / 2;
            let entry = &self.entries[middle];
            let mut is = entry.key.cmp(&key);
            if is.is_eq() {
                is = order(texts.get(entry.number as usize), id);
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
        let shared = self.entries.first().map_or(id.len(), |first| common(texts.get(first.number as usize), id));
        if self.entries.is_empty() {
            self.skip = shared;
        } else if shared < self.skip {
            // Keys give what they have to the right, and what comes in from the left is the same for all: no text is looked at.
            let bits = 8 * (self.skip - shared).min(4);
            let left = u64::from(key(texts.get(self.entries[0].number as usize), shared)) >> (32 - bits) << 32;
            for entry in &mut self.entries {
                entry.key = ((left | u64::from(entry.key)) >> bits) as u32;
            }
            self.skip = shared;
        }
        self.entries.insert(place, Entry { key: key(id, self.skip), number });
    }

    /// Finds anew what all texts begin with: after a split it may be more.
    fn tighten(&mut self, texts: &Texts) {
        let text = |at: usize| texts.get(self.entries[at].number as usize);
        let shared = common(text(0), text(self.entries.len() - 1));
        if shared > self.skip {
            self.skip = shared;
            for entry in &mut self.entries {
                entry.key = key(texts.get(entry.number as usize), shared);
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
    /// For each thing read that got no number, the number that came after it.
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
        number + self.skipped.iter().filter(|&&next| next <= number).count()
    }

    /// Numbers in the order of the tree, of those that have a digest.
    pub(crate) fn in_order(&self) -> Vec<usize> {
        let mut numbers = self.ids.in_order();
        numbers.retain(|&number| self.digest(number).is_some());
        numbers
    }

    /// The root of the tree.
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
pub(crate) fn order(left: &str, right: &str) -> Ordering {
    let at = common(left, right);
    let weight = |text: &str| text.as_bytes().get(at).map(|&byte| weight(byte));
    weight(left).cmp(&weight(right))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ids_come_out_in_utf16_order_and_duplicates_are_noticed(
            ids in proptest::collection::vec("[a-c\u{e9}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}]{0,4}", 0..3000),
        ) {
            let mut leaves = Leaves::default();
            let mut known: Vec<&str> = Vec::new();
            for (position, id) in ids.iter().enumerate() {
                match leaves.enter(id) {
                    Ok(number) => {
                        prop_assert_eq!(number, known.len());
                        prop_assert_eq!(leaves.position(number), position);
                        leaves.set_digest(number, Digest::of(id.as_bytes()));
                        known.push(id);
                    }
                    Err(number) => {
                        prop_assert_eq!(known[number], id);
                        leaves.skip();
                    }
                }
            }
            let mut sorted = known.clone();
            sorted.sort_by_key(|id| id.encode_utf16().collect::<Vec<_>>());
            let found: Vec<&str> = leaves.in_order().into_iter().map(|number| leaves.id(number)).collect();
            prop_assert_eq!(found, sorted);
            for (number, id) in known.iter().enumerate() {
                prop_assert_eq!(leaves.number(id), Some(number));
            }
            prop_assert_eq!(leaves.number("z"), None);
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
