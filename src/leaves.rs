//! The items that have been read: their ids and digests, in the order of the tree.
//!
//! Why: a duplicate has to be noticed at once, ids arrive in any order, and a pack may have millions of them; so an item
//! costs its id, its digest and a few bytes. How: ids stand one behind the other, and are numbered as they come; the
//! numbers are kept sorted in blocks of a bounded size, so that finding and entering take logarithmic time whatever the
//! ids are, and there is nothing left to sort at the end.

use std::cmp::Ordering;

use crate::digest::Digest;
use crate::merkle;

/// Numbers in a block: few enough to move them quickly, many enough for the blocks to be few.
const BLOCK: usize = 512;

/// Bytes of text that stand in a piece, unless one text has more.
const PIECE: usize = 1 << 16;
/// Digests in a piece.
const DIGESTS: usize = 1 << 12;

/// Different texts, numbered as they come.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    /// All of them, one behind the other. In pieces: one string would be copied whenever it grows, and leave a hole as large.
    pieces: Vec<String>,
    /// Where each begins: its piece times [`PIECE`], and where in that.
    starts: Vec<usize>,
    /// Numbers, in the order of RFC 8785. No block is empty.
    blocks: Vec<Vec<u32>>,
}

impl Ids {
    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    pub(crate) fn get(&self, number: usize) -> &str {
        let start = self.starts[number];
        let piece = &self.pieces[start / PIECE];
        let end = match self.starts.get(number + 1) {
            Some(next) if next / PIECE == start / PIECE => next % PIECE,
            _ => piece.len(),
        };
        piece.get(start % PIECE..end).unwrap_or_default()
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
        self.insert(id, last, self.blocks.last().map_or(0, Vec::len))
    }

    fn insert(&mut self, id: &str, block: usize, place: usize) -> usize {
        let number = self.len();
        let has_room = |piece: &String| piece.len() + id.len() < PIECE;
        if !self.pieces.last().is_some_and(has_room) {
            // The first grows as it needs to: most packs are small.
            let most = if self.pieces.is_empty() { id.len() } else { id.len().max(PIECE) };
            self.pieces.push(String::with_capacity(most));
        }
        let last = self.pieces.len() - 1;
        self.starts.push(last * PIECE + self.pieces[last].len());
        self.pieces[last].push_str(id);
        let entry = u32::try_from(number).expect("fewer than 2^32 items");
        if block == self.blocks.len() {
            self.blocks.push(vec![entry]);
            return number;
        }
        let numbers = &mut self.blocks[block];
        numbers.insert(place, entry);
        if numbers.len() == BLOCK {
            // Ids that come in order leave full blocks behind.
            let at_end = place == BLOCK - 1 && block + 1 == self.blocks.len();
            let rest = self.blocks[block].split_off(if at_end { BLOCK - 1 } else { BLOCK / 2 });
            self.blocks.insert(block + 1, rest);
        }
        number
    }

    pub(crate) fn number(&self, id: &str) -> Option<usize> {
        self.find(id).err()
    }

    /// Block and place at which a text would have to be inserted, or the number that it has.
    fn find(&self, id: &str) -> Result<(usize, usize), usize> {
        let compare = |&number: &u32| order(self.get(number as usize), id);
        let behind = self.blocks.partition_point(|numbers| compare(&numbers[0]) != Ordering::Greater);
        let Some(block) = behind.checked_sub(1) else { return Ok((0, 0)) };
        match self.blocks[block].binary_search_by(compare) {
            Ok(place) => Err(self.blocks[block][place] as usize),
            Err(place) => Ok((block, place)),
        }
    }

    /// Numbers in the order of RFC 8785.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = usize> {
        self.blocks.iter().flatten().map(|&number| number as usize)
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
    pub(crate) fn in_order(&self) -> impl Iterator<Item = usize> {
        self.ids.in_order().filter(|&number| self.digest(number).is_some())
    }

    /// The root of the tree.
    pub(crate) fn root(&self) -> Digest {
        merkle::root(self.digests_in_order())
    }

    /// Digests in the order of the tree.
    pub(crate) fn digests_in_order(&self) -> Vec<Digest> {
        let mut digests = Vec::with_capacity(self.len());
        digests.extend(self.in_order().filter_map(|number| self.digest(number)));
        digests
    }
}

/// The order of RFC 8785, by UTF-16 units, of text in UTF-8.
pub(crate) fn order(left: &str, right: &str) -> Ordering {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let Some(at) = left.iter().zip(right).position(|(left, right)| left != right) else {
        return left.len().cmp(&right.len());
    };
    // UTF-8 orders as code points do, and UTF-16 too but for one thing: what is above U+FFFF (lead byte F0 and up) has
    // surrogates, which come between U+D7FF (lead byte ED) and U+E000 (lead byte EE).
    let weight = |byte: u8| if byte >= 0xF0 { (0xED, byte) } else { (byte, 0) };
    weight(left[at]).cmp(&weight(right[at]))
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
            let found: Vec<&str> = leaves.in_order().map(|number| leaves.id(number)).collect();
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
            let found: Vec<String> = leaves.in_order().map(|number| leaves.id(number).to_owned()).collect();
            let sorted: Vec<String> = (0..20_000).map(|number| format!("{number:05}")).collect();
            assert_eq!(found, sorted);
            assert!(leaves.ids.blocks.len() < 20_000 / (BLOCK / 2) + 2, "{} blocks", leaves.ids.blocks.len());
        }
    }
}
