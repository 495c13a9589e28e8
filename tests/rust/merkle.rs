//! The Merkle tree against two others: the `ct-merkle` crate, and the definitions of RFC 9162 section 2.1 as they are written.
//!
//! Why: this crate builds the tree level by level and verifies proofs by shifting indexes, while the RFC defines both from the
//! top. How: every leaf of every tree of up to 130 leaves, and some leaves of larger trees, are compared. Then each proof is
//! changed in every way, and must lead where the definition leads, which is not to the root.

use std::collections::HashMap;
use std::ops::Range;

use context_snapshot::Digest;
use context_snapshot::merkle::{LeafIndex, TreeSize, inclusion_proof, leaf, root, root_from_proof};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;

/// Every leaf of every tree up to this size is compared: two leaves more than a full tree.
const EVERY_SIZE: usize = 130;

/// Returns the data of a leaf, different for each.
fn data(index: usize) -> [u8; 8] {
    (index as u64).to_be_bytes()
}

fn leaves(size: usize) -> Vec<Digest> {
    (0..size).map(|index| leaf(&data(index))).collect()
}

fn index(index: usize) -> LeafIndex {
    LeafIndex(index as u64)
}

fn size(size: usize) -> TreeSize {
    TreeSize(size as u64)
}

fn node(left: Digest, right: Digest) -> Digest {
    Digest::of(&[&[1], &left.0[..], &right.0[..]].concat())
}

/// Returns the largest power of two below `size`, which is at least 2.
fn split(size: u64) -> u64 {
    size.next_power_of_two() / 2
}

/// RFC 9162 as it is written, with a cache.
struct Definition {
    leaves: Vec<Digest>,
    known: HashMap<Range<usize>, Digest>,
}

impl Definition {
    fn of(leaves: Vec<Digest>) -> Self {
        Self { leaves, known: HashMap::new() }
    }

    fn all(&self) -> Range<usize> {
        0..self.leaves.len()
    }

    fn split(range: &Range<usize>) -> usize {
        range.start + usize::try_from(split(range.len() as u64)).expect("a small tree")
    }

    /// Computes `MTH` (section 2.1.1).
    fn root(&mut self, range: Range<usize>) -> Digest {
        if range.len() < 2 {
            return self.leaves.get(range.start).copied().unwrap_or_else(|| Digest::of(b""));
        }
        if let Some(&known) = self.known.get(&range) {
            return known;
        }
        let middle = Self::split(&range);
        let digest = node(self.root(range.start..middle), self.root(middle..range.end));
        self.known.insert(range, digest);
        digest
    }

    /// Computes `PATH` (section 2.1.3.1).
    fn proof(&mut self, leaf: usize, range: Range<usize>) -> Vec<Digest> {
        if range.len() == 1 {
            return Vec::new();
        }
        let middle = Self::split(&range);
        let (inside, other) = if leaf < middle {
            (range.start..middle, middle..range.end)
        } else {
            (middle..range.end, range.start..middle)
        };
        let mut path = self.proof(leaf, inside);
        path.push(self.root(other));
        path
    }
}

/// Returns the root that a proof leads to, by reading `PATH` backwards: the last digest is the half without the leaf.
fn lead(leaf: Digest, index: u64, size: u64, path: &[Digest]) -> Option<Digest> {
    if index >= size {
        return None;
    }
    let Some((&other, inside)) = path.split_last() else { return (size == 1).then_some(leaf) };
    if size == 1 {
        return None;
    }
    let middle = split(size);
    if index < middle {
        Some(node(lead(leaf, index, middle, inside)?, other))
    } else {
        Some(node(other, lead(leaf, index - middle, size - middle, inside)?))
    }
}

fn theirs(size: usize) -> MemoryBackedTree<Sha256, [u8; 8]> {
    let mut tree = MemoryBackedTree::new();
    (0..size).for_each(|index| tree.push(data(index)));
    tree
}

/// Checks that root and proof of the leaf are the same in all three, and that the proof leads to the root.
fn same(leaves: &[Digest], definition: &mut Definition, theirs: &MemoryBackedTree<Sha256, [u8; 8]>, at: usize) {
    let path = inclusion_proof(leaves.to_vec(), index(at)).expect("the leaf is there");
    assert_eq!(path, definition.proof(at, definition.all()), "leaf {at} of {}", leaves.len());
    let bytes: Vec<u8> = path.iter().flat_map(|digest| digest.0).collect();
    assert_eq!(bytes, theirs.prove_inclusion(at).as_bytes(), "leaf {at} of {}", leaves.len());
    let root = definition.root(definition.all());
    assert_eq!(root_from_proof(leaves[at], index(at), size(leaves.len()), &path), Some(root));
}

// F2.2-1, F6-2, F6-6
#[test]
fn every_leaf_of_every_small_tree_has_the_proof_of_the_definition() {
    for count in 1..=EVERY_SIZE {
        let (leaves, theirs) = (leaves(count), theirs(count));
        let mut definition = Definition::of(leaves.clone());
        assert_eq!(root(leaves.clone()), definition.root(0..count), "{count} leaves");
        assert_eq!(root(leaves.clone()).0, theirs.root().as_bytes()[..], "{count} leaves");
        for at in 0..count {
            same(&leaves, &mut definition, &theirs, at);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn leaves_of_large_trees_have_the_proof_of_the_definition(count in 131_usize..=5_000, chosen in proptest::collection::vec(any::<proptest::sample::Index>(), 3)) {
        let (leaves, theirs) = (leaves(count), theirs(count));
        let mut definition = Definition::of(leaves.clone());
        prop_assert_eq!(root(leaves.clone()), definition.root(0..count));
        prop_assert_eq!(root(leaves.clone()).0.to_vec(), theirs.root().as_bytes().to_vec());
        for at in chosen.iter().map(|index| index.index(count)).chain([0, count - 1]) {
            same(&leaves, &mut definition, &theirs, at);
        }
    }
}

// F2.2-1
#[test]
fn the_root_of_no_leaves_is_the_digest_of_nothing() {
    let nothing = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(root(Vec::new()).to_string(), nothing);
    assert_eq!(root(Vec::new()).0, theirs(0).root().as_bytes()[..]);
    assert_eq!(inclusion_proof(Vec::new(), LeafIndex(0)), None);
    assert_eq!(root_from_proof(leaf(b""), LeafIndex(0), TreeSize(0), &[]), None);
}

#[test]
fn the_root_of_one_leaf_is_the_leaf() {
    let only = leaf(b"only");
    assert_eq!(only, Digest::of(b"\0only"));
    assert_eq!(root(vec![only]), only);
    assert_eq!(inclusion_proof(vec![only], LeafIndex(0)), Some(Vec::new()));
    assert_eq!(root_from_proof(only, LeafIndex(0), TreeSize(1), &[]), Some(only));
    assert_eq!(root_from_proof(only, LeafIndex(0), TreeSize(1), &[only]), None);
}

// F2.2-1
#[test]
fn a_leaf_and_an_inner_node_are_never_the_same() {
    let (left, right) = (leaf(b"left"), leaf(b"right"));
    let joined = [&left.0[..], &right.0[..]].concat();
    assert_ne!(leaf(&joined), root(vec![left, right]));
    assert_eq!(Digest::of(&[&[1], &joined[..]].concat()), root(vec![left, right]));
}

#[test]
fn an_absent_leaf_has_no_proof() {
    for count in 0..=EVERY_SIZE {
        for beyond in [count as u64, count as u64 + 1, u64::from(u32::MAX) + 1, 1 << 53, u64::MAX] {
            assert_eq!(inclusion_proof(leaves(count), LeafIndex(beyond)), None, "leaf {beyond} of {count}");
            assert_eq!(root_from_proof(leaf(b""), LeafIndex(beyond), size(count), &[leaf(b"")]), None);
        }
    }
}

// F6-6
#[test]
fn a_changed_proof_does_not_lead_to_the_root() {
    let stranger = leaf(b"stranger");
    for count in 1..=33_usize {
        let leaves = leaves(count);
        let root = root(leaves.clone());
        for at in 0..count {
            let path = inclusion_proof(leaves.clone(), index(at)).expect("the leaf is there");
            let leads = |leaf, at: usize, count: usize, path: &[Digest]| {
                let found = root_from_proof(leaf, index(at), size(count), path);
                assert_eq!(
                    found,
                    lead(leaf, at as u64, count as u64, path),
                    "leaf {at} of {count}, {} digests",
                    path.len()
                );
                found
            };
            assert_eq!(leads(leaves[at], at, count, &path), Some(root));

            // Another leaf, or the right one at another place.
            assert_ne!(leads(stranger, at, count, &path), Some(root));
            for wrong in (0..count + 2).filter(|&wrong| wrong != at) {
                assert_ne!(leads(leaves[at], wrong, count, &path), Some(root), "leaf {at} of {count} as {wrong}");
            }
            // Another size: a proof does not always depend on it, but leads where the definition leads.
            for wrong in 0..2 * count + 2 {
                leads(leaves[at], at, wrong, &path);
            }
            // Digests that are missing, repeated, different, or in another order.
            for length in 0..path.len() {
                assert_eq!(leads(leaves[at], at, count, &path[..length]), None);
                assert_eq!(leads(leaves[at], at, count, &path[path.len() - length..]), None);
            }
            for extra in [stranger, root, leaves[at]] {
                assert_eq!(leads(leaves[at], at, count, &[&path[..], &[extra]].concat()), None);
                assert_eq!(leads(leaves[at], at, count, &[&[extra], &path[..]].concat()), None);
            }
            for place in 0..path.len() {
                let mut other = path.clone();
                other[place].0[31] ^= 1;
                assert_ne!(leads(leaves[at], at, count, &other), Some(root));
                let mut swapped = path.clone();
                swapped.swap(0, place);
                assert!(place == 0 || leads(leaves[at], at, count, &swapped) != Some(root));
            }
        }
    }
}

/// Tries every size, every index and every path over three digests, so that no combination is left to chance.
#[test]
fn every_path_over_three_digests_leads_where_the_definition_leads() {
    let alphabet = [leaf(b"a"), leaf(b"b"), Digest::of(b"")];
    let mut paths: Vec<Vec<Digest>> = vec![Vec::new()];
    let mut start = 0;
    for _ in 0..6 {
        let end = paths.len();
        for at in start..end {
            for digest in alphabet {
                paths.push([&paths[at][..], &[digest]].concat());
            }
        }
        start = end;
    }
    assert_eq!(paths.len(), (3_usize.pow(7) - 1) / 2);
    let (mut led, mut refused) = (0, 0);
    for count in 0..=20_u64 {
        for at in 0..=count + 1 {
            for path in &paths {
                let found = root_from_proof(alphabet[0], LeafIndex(at), TreeSize(count), path);
                let expected = if count == 0 { None } else { lead(alphabet[0], at, count, path) };
                assert_eq!(found, expected, "leaf {at} of {count}, {} digests", path.len());
                *(if found.is_some() { &mut led } else { &mut refused }) += 1;
            }
        }
    }
    println!("{led} paths lead to a root, {refused} do not");
    // All paths that lead from a leaf have the same length: the depth of the leaf.
    let depths = |count: u64| (0..count).map(move |at| depth(at, count));
    let expected: usize = (1..=20).flat_map(depths).map(|depth| 3_usize.pow(depth)).sum();
    assert_eq!(led, expected);
}

/// Counts the digests in the proof of a leaf: how often the tree is split until the leaf is alone.
fn depth(index: u64, size: u64) -> u32 {
    if size == 1 {
        return 0;
    }
    let middle = split(size);
    1 + if index < middle { depth(index, middle) } else { depth(index - middle, size - middle) }
}

/// Only one of all paths over the nodes of a tree proves a leaf, unless two leaves are the same.
#[test]
fn only_one_of_all_paths_over_the_nodes_of_a_tree_leads_to_its_root() {
    for count in 1..=5_usize {
        let leaves = leaves(count);
        let mut definition = Definition::of(leaves.clone());
        let root = definition.root(0..count);
        let mut nodes: Vec<Digest> = leaves.clone();
        nodes.extend(definition.known.values());
        for (at, &own) in leaves.iter().enumerate() {
            let right = definition.proof(at, 0..count);
            let mut paths: Vec<Vec<Digest>> = vec![Vec::new()];
            for length in 0..4 {
                for path in paths.iter().filter(|path| path.len() == length) {
                    let leads = root_from_proof(own, index(at), size(count), path) == Some(root);
                    assert_eq!(leads, *path == right, "leaf {at} of {count}");
                }
                let longer: Vec<Vec<Digest>> = paths
                    .iter()
                    .filter(|path| path.len() == length)
                    .flat_map(|path| nodes.iter().map(|&node| [&path[..], &[node]].concat()))
                    .collect();
                paths.extend(longer);
            }
        }
    }
}

#[test]
fn a_proof_for_another_size_has_another_length() {
    // The last of 2^n leaves has n digests; with one more leaf, it has one more.
    for n in 1..7 {
        let count = 1_usize << n;
        let leaves = leaves(count);
        let path = inclusion_proof(leaves.clone(), index(count - 1)).expect("the leaf is there");
        for wrong in [count / 2, count - 1, count + 1, 2 * count] {
            assert_eq!(
                root_from_proof(leaves[count - 1], index(count - 1), size(wrong), &path),
                None,
                "{count} as {wrong}"
            );
        }
    }
}

// F6-6, F10-3
#[test]
fn proofs_of_trees_beyond_any_memory_are_verified() {
    let largest = (1_u64 << 53) - 1;
    let siblings: Vec<Digest> = (0..70).map(|index| leaf(&data(index))).collect();
    let some = leaf(b"some");
    for count in [largest, largest - 1, 1 << 52, (1 << 52) + 1, u64::from(u32::MAX), 1 << 32, (1 << 32) + 1, u64::MAX] {
        for at in [0, 1, 2, count / 2 - 1, count / 2, count / 2 + 1, count - 2, count - 1, count, 1 << 31, 1 << 32] {
            for length in 0..siblings.len() {
                let path = &siblings[..length];
                let found = root_from_proof(some, LeafIndex(at), TreeSize(count), path);
                // The definition's integers overflow in `next_power_of_two` of a size beyond 2^63.
                if count < 1 << 63 {
                    assert_eq!(found, lead(some, at, count, path), "leaf {at} of {count}, {length} digests");
                }
            }
        }
    }
    // In a tree of 2^53 - 1 leaves, the first leaf has a digest for each half, and the last one fewer.
    let found =
        |at, length: usize| root_from_proof(some, LeafIndex(at), TreeSize(largest), &siblings[..length]).is_some();
    assert_eq!((0..70).filter(|&length| found(0, length)).collect::<Vec<_>>(), [53]);
    assert_eq!((0..70).filter(|&length| found(largest - 1, length)).collect::<Vec<_>>(), [52]);
}

#[test]
fn a_path_that_is_far_too_long_leads_nowhere() {
    let path = vec![leaf(b"again"); 10_000];
    for count in [1, 2, 3, 1_000, 1 << 32, (1 << 53) - 1, u64::MAX] {
        for at in [0, count / 2, count - 1, count] {
            assert_eq!(root_from_proof(leaf(b""), LeafIndex(at), TreeSize(count), &path), None, "leaf {at} of {count}");
        }
    }
}
