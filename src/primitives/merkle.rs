//! The Merkle tree of RFC 9162 section 2.1: its root, the proof that a leaf is in it, and the check of such a proof.
//!
//! Why: one hash for all items, from which the presence of a single one can be shown with `log2(n)` digests. How: the
//! RFC defines the tree from the top, splitting at the largest power of two; that is the same tree as pairing
//! neighbours level by level and carrying an odd last one up, which needs no recursion. Nothing here panics.

use crate::primitives::digest::{self, Digest};

/// Prefix of what is hashed for a leaf (RFC 9162 section 2.1.1).
// F1.2-1
pub const LEAF_PREFIX: u8 = 0x00;
/// Prefix of what is hashed for an inner node.
pub const NODE_PREFIX: u8 = 0x01;

/// Position of a leaf, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeafIndex(pub u64);

/// Number of leaves of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeSize(pub u64);

/// The digest of a leaf's data.
#[must_use]
pub fn leaf(data: &[u8]) -> Digest {
    let mut message = Vec::with_capacity(1 + data.len());
    message.push(LEAF_PREFIX);
    message.extend_from_slice(data);
    Digest::of(&message)
}

/// What is hashed for an inner node.
fn children(left: Digest, right: Digest) -> [u8; 65] {
    let mut message = [NODE_PREFIX; 65];
    message[1..33].copy_from_slice(&left.0);
    message[33..].copy_from_slice(&right.0);
    message
}

/// Nodes that are computed at once: enough for the vectors, few enough to need little memory.
const GROUP: usize = 64;

/// One level up, from the beginning of a level: the digests of so many pairs and no more, an odd last one as it is.
fn parents(level: &[Digest]) -> Vec<Digest> {
    let (pairs, odd) = level[..level.len().min(2 * GROUP)].as_chunks::<2>();
    let messages: Vec<[u8; 65]> = pairs.iter().map(|&[left, right]| children(left, right)).collect();
    let messages: Vec<&[u8]> = messages.iter().map(|message| &message[..]).collect();
    let mut parents = digest::digests(&messages);
    parents.extend_from_slice(odd);
    parents
}

/// `level` becomes the one above it.
fn ascend(level: &mut Vec<Digest>) {
    let mut end = 0;
    while 2 * end < level.len() {
        let parents = parents(&level[2 * end..]);
        level[end..end + parents.len()].copy_from_slice(&parents);
        end += parents.len();
    }
    level.truncate(end);
}

/// Merkle Tree Hash over the digests of the leaves (RFC 9162 section 2.1.1). The empty tree is the digest of nothing.
// F2.2-1
#[must_use]
pub fn root(mut leaves: Vec<Digest>) -> Digest {
    while leaves.len() > 1 {
        ascend(&mut leaves);
    }
    leaves.pop().unwrap_or_else(|| Digest::of(b""))
}

/// The whole tree: the digests of all levels, one behind the other, from the leaves upwards. The last is the root, where
/// there is a leaf.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "a proof that is made once needs no tree"))]
pub(crate) fn levels(mut digests: Vec<Digest>) -> Vec<Digest> {
    let mut start = 0;
    while digests.len() - start > 1 {
        let end = digests.len();
        while start < end {
            let parents = parents(&digests[start..end]);
            digests.extend_from_slice(&parents);
            start = end.min(start + 2 * GROUP);
        }
    }
    digests
}

/// Inclusion proof for a leaf (RFC 9162 section 2.1.3.1), from the leaf upwards; `None` where there is no such leaf.
// F6-2
#[must_use]
pub fn inclusion_proof(mut leaves: Vec<Digest>, leaf: LeafIndex) -> Option<Vec<Digest>> {
    let mut position = usize::try_from(leaf.0).ok().filter(|&position| position < leaves.len())?;
    let mut path = Vec::new();
    while leaves.len() > 1 {
        // The last of an odd level has no sibling: it is its own parent.
        path.extend(leaves.get(position ^ 1));
        ascend(&mut leaves);
        position /= 2;
    }
    Some(path)
}

/// The root that an inclusion proof leads to (RFC 9162 section 2.1.3.2); `None` where the proof is not one for a tree
/// of this size.
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
// F6-6
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
            digest = Digest::of(&children(sibling, digest));
            // Levels at which this node is the odd last one have no sibling in the path.
            while position.is_multiple_of(2) && position != 0 {
                position /= 2;
                last /= 2;
            }
        } else {
            digest = Digest::of(&children(digest, sibling));
        }
        position /= 2;
        last /= 2;
    }
    (last == 0).then_some(digest)
}

#[cfg(test)]
mod tests {
    use super::{Digest, ascend, levels};

    #[test]
    fn levels_are_those_that_the_root_is_computed_by() {
        for count in (0..=9).chain(126..=131).chain([257, 500]) {
            let mut level: Vec<Digest> = (0..count).map(|leaf: u32| Digest::of(&leaf.to_be_bytes())).collect();
            let mut expected = level.clone();
            let all = levels(level.clone());
            while level.len() > 1 {
                ascend(&mut level);
                expected.extend_from_slice(&level);
            }
            assert_eq!(all, expected, "{count} leaves");
        }
    }
}
