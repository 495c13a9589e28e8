//! Merkle trees (RFC 9162 section 2.1): computes roots and inclusion proofs, and verifies proofs (FORMAT 2.2 and 6).
//!
//! Why: one hash for all items, against which a single item can be proven with about `log2(n)` digests. How: the RFC defines
//! the tree from the top, splitting at the largest power of two. Pairing neighbours level by level, and moving an odd last
//! node up unchanged, gives the same tree without recursion (F2.2-1). Nothing here panics.

use crate::primitives::digest::{self, Digest};

/// Byte before the data of a leaf when it is hashed (RFC 9162 section 2.1.1).
// F1.2-1
pub const LEAF_PREFIX: u8 = 0x00;
/// Byte before the two children of an inner node when they are hashed (RFC 9162 section 2.1.1).
pub const NODE_PREFIX: u8 = 0x01;

/// Position of a leaf, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeafIndex(pub u64);

/// Number of leaves in a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeSize(pub u64);

/// Computes the leaf hash (RFC 9162 section 2.1.1, F1.2-1). O(n) in the length of the data.
#[must_use]
pub fn leaf(data: &[u8]) -> Digest {
    let mut message = Vec::with_capacity(1 + data.len());
    message.push(LEAF_PREFIX);
    message.extend_from_slice(data);
    Digest::of(&message)
}

/// Returns the 65 bytes that are hashed for an inner node (F2.2-1).
fn node_message(left: Digest, right: Digest) -> [u8; 65] {
    let mut message = [NODE_PREFIX; 65];
    message[1..33].copy_from_slice(&left.0);
    message[33..].copy_from_slice(&right.0);
    message
}

/// Children that are compared at once with those of an earlier tree: few enough that one changed leaf costs little, enough to fill the
/// vector lanes.
const SMALL_GROUP: usize = 8;

/// Nodes that are computed at once: enough to fill the vector lanes, few enough to need little memory.
const GROUP: usize = 64;

/// Computes the parents of the first [`GROUP`] pairs of a level. An odd last node is its own parent.
fn parents(level: &[Digest]) -> Vec<Digest> {
    let (pairs, odd) = level[..level.len().min(2 * GROUP)].as_chunks::<2>();
    let messages: Vec<[u8; 65]> = pairs.iter().map(|&[left, right]| node_message(left, right)).collect();
    let messages: Vec<&[u8]> = messages.iter().map(|message| &message[..]).collect();
    let mut parents = digest::digests(&messages);
    parents.extend_from_slice(odd);
    parents
}

/// Replaces a level by the one above it. O(n).
fn ascend(level: &mut Vec<Digest>) {
    let mut end = 0;
    while 2 * end < level.len() {
        let parents = parents(&level[2 * end..]);
        level[end..end + parents.len()].copy_from_slice(&parents);
        end += parents.len();
    }
    level.truncate(end);
}

/// Computes the Merkle Tree Hash from leaf hashes (RFC 9162 section 2.1.1, F2.2-1). The root of the empty tree is the digest
/// of no bytes. O(n).
#[must_use]
pub fn root(mut leaves: Vec<Digest>) -> Digest {
    while leaves.len() > 1 {
        ascend(&mut leaves);
    }
    leaves.pop().unwrap_or_else(|| Digest::of(b""))
}

/// Computes the whole tree: the digests of all levels, one level after the other, from the leaves up. The last digest is the
/// root; without leaves there is none. O(n).
///
/// `earlier` is another tree, or empty. If it has as many leaves, what is above equal leaves is taken from it: trees of one size have their
/// nodes in the same places.
pub(crate) fn levels(mut digests: Vec<Digest>, earlier: &[Digest]) -> Vec<Digest> {
    let (mut level, mut size) = (digests.len(), digests.len());
    while level > 1 {
        level = level.div_ceil(2);
        size += level;
    }
    digests.reserve_exact(size - digests.len());
    let earlier = if earlier.len() == size { earlier } else { &[] };
    let group = if earlier.is_empty() { 2 * GROUP } else { SMALL_GROUP };
    let mut start = 0;
    while digests.len() - start > 1 {
        let end = digests.len();
        while start < end {
            let next = end.min(start + group);
            let (children, node) = (&digests[start..next], digests.len());
            match earlier.get(node..node + children.len().div_ceil(2)) {
                Some(nodes) if earlier[start..next] == *children => digests.extend_from_slice(nodes),
                _ => digests.extend_from_slice(&parents(children)),
            }
            start = next;
        }
    }
    digests
}

/// Computes the inclusion proof of a leaf: the siblings on the path from the leaf to the root (RFC 9162 section 2.1.3.1,
/// F6-2). Returns `None` if there is no such leaf. O(n).
#[must_use]
pub fn inclusion_proof(mut leaves: Vec<Digest>, leaf: LeafIndex) -> Option<Vec<Digest>> {
    let mut position = usize::try_from(leaf.0).ok().filter(|&position| position < leaves.len())?;
    let mut path = Vec::new();
    while leaves.len() > 1 {
        // The last node of an odd level has no sibling and is its own parent.
        path.extend(leaves.get(position ^ 1));
        ascend(&mut leaves);
        position /= 2;
    }
    Some(path)
}

/// Computes the root that an inclusion proof leads to (RFC 9162 section 2.1.3.2, F6-6). Returns `None` if the length of the
/// path does not fit the position and the size. O(n) in the length of the path.
///
/// ```
/// # use context_snapshot::*;
/// use merkle::{LeafIndex, TreeSize};
///
/// let leaves: Vec<Digest> = [b"a", b"b", b"c"].map(|data| merkle::leaf(data)).to_vec();
/// let path = merkle::inclusion_proof(leaves.clone(), LeafIndex(2)).unwrap();
/// let root = merkle::root_from_proof(merkle::leaf(b"c"), LeafIndex(2), TreeSize(3), &path);
/// assert_eq!(root, Some(merkle::root(leaves)));
/// ```
#[must_use]
pub fn root_from_proof(leaf: Digest, index: LeafIndex, size: TreeSize, path: &[Digest]) -> Option<Digest> {
    if index.0 >= size.0 {
        return None;
    }
    let (mut position, mut last) = (index.0, size.0 - 1);
    let mut digest = leaf;
    for &sibling in path {
        if last == 0 {
            return None;
        }
        if position % 2 == 1 || position == last {
            digest = Digest::of(&node_message(sibling, digest));
            // At levels where this node is the odd last one, the path has no sibling.
            while position.is_multiple_of(2) && position != 0 {
                position /= 2;
                last /= 2;
            }
        } else {
            digest = Digest::of(&node_message(digest, sibling));
        }
        position /= 2;
        last /= 2;
    }
    (last == 0).then_some(digest)
}

#[cfg(test)]
mod tests {
    use super::{Digest, NODE_PREFIX, levels, root};

    /// Includes trees with more leaves than are hashed at once.
    #[test]
    fn computes_each_level_from_the_one_below() {
        for count in (0..=20).chain([127, 128, 129, 130, 131, 255, 256, 257, 300, 513]) {
            let mut level: Vec<Digest> = (0..count).map(|leaf: u32| Digest::of(&leaf.to_be_bytes())).collect();
            let (leaves, mut expected) = (level.clone(), level.clone());
            while level.len() > 1 {
                let node = |pair: &[Digest]| match pair {
                    [left, right] => Digest::of(&[&[NODE_PREFIX], &left.0[..], &right.0[..]].concat()),
                    odd => odd[0],
                };
                level = level.chunks(2).map(node).collect();
                expected.extend_from_slice(&level);
            }
            assert_eq!(levels(leaves.clone(), &[]), expected, "{count} leaves");
            assert_eq!(root(leaves), expected.last().copied().unwrap_or_else(|| Digest::of(b"")), "{count} leaves");
        }
    }

    #[test]
    fn takes_from_an_earlier_tree_only_what_is_above_equal_leaves() {
        for count in (1..=20).chain([63, 64, 65, 127, 128, 129, 500]) {
            let leaves: Vec<Digest> = (0..count).map(|leaf: u32| Digest::of(&leaf.to_be_bytes())).collect();
            let earlier = levels(leaves.clone(), &[]);
            for step in [1, 2, 3, 7, 50] {
                for start in [0, 1, leaves.len() - 1] {
                    let mut changed = leaves.clone();
                    for leaf in changed.iter_mut().skip(start).step_by(step) {
                        leaf.0[31] ^= 1;
                    }
                    let expected = levels(changed.clone(), &[]);
                    assert_eq!(levels(changed, &earlier), expected, "{count} leaves, every {step}th from {start} on");
                }
            }
            assert_eq!(levels(leaves.clone(), &earlier), earlier);
            // The tree of another number of leaves is of no use.
            let fewer = levels(leaves[1..].to_vec(), &[]);
            assert_eq!(levels(leaves, &fewer), earlier);
        }
    }
}
