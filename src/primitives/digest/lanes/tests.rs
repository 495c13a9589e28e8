//! Compares our SHA-256 with that of the crate `sha2`, whose code for whole messages we do not use.
//!
//! Why here and not through the API: no item is as short as a message can be, and if the host has a SHA-256, long messages
//! do not reach this code. How: compiled to WebAssembly and run there (`scripts/test.sh`), because native builds do not have
//! these vectors.

use std::cell::Cell;

use sha2::{Digest as _, Sha256};
use wasm_bindgen_test::wasm_bindgen_test;

use super::super::{NATIVE_FROM, use_native};
use super::*;
use crate::Context;
use crate::Input;
use crate::Item;
use crate::Pack;
use crate::platform;
use crate::primitives::merkle;
use crate::snapshot_pack;

/// Hashes with the crate `sha2`.
fn theirs(message: &[u8]) -> Digest {
    Digest(Sha256::digest(message).into())
}

/// Returns a message that is different for each number.
fn message(number: usize, length: usize) -> Vec<u8> {
    let mut state = u32::try_from(number).expect("a few") ^ 0x9e37_79b9;
    let byte = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(byte).take(length).collect()
}

fn messages(lengths: &[usize]) -> Vec<Vec<u8>> {
    lengths.iter().enumerate().map(|(number, &length)| message(number, length)).collect()
}

/// Asserts that our functions agree with `sha2`: the lanes by themselves, and the function that chooses between
/// implementations.
fn assert_same(lengths: &[usize]) {
    let messages = messages(lengths);
    let slices: Vec<&[u8]> = messages.iter().map(|message| &message[..]).collect();
    let expected: Vec<Digest> = slices.iter().map(|message| theirs(message)).collect();
    assert_eq!(digests(&slices), expected, "{lengths:?}");
    assert_eq!(super::super::digests(&slices), expected, "{lengths:?}");
}

/// Returns a random generator that gives the same numbers in every run.
fn random(seed: u32) -> impl FnMut(usize) -> usize {
    let mut state = seed;
    move |below| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as usize % below
    }
}

#[wasm_bindgen_test]
fn hashes_a_message_of_every_length() {
    for length in 0..=300 {
        assert_same(&[length]);
        assert_eq!(Digest::of(&message(0, length)), theirs(&message(0, length)));
    }
    for length in [1000, 4095, 4096, 65_535, 1_000_000] {
        assert_same(&[length]);
    }
}

/// Up to twice as many messages as lanes and one more, so that each remainder occurs: with the same length, with growing and
/// falling lengths, and with random lengths.
#[wasm_bindgen_test]
fn hashes_a_few_messages_of_every_length() {
    let mut below = random(1);
    for count in 0..=9 {
        for length in 0..=300 {
            assert_same(&vec![length; count]);
            assert_same(&(0..count).map(|number| length + number).collect::<Vec<_>>());
            assert_same(&(0..count).map(|number| (length + 64 * (count - number)) % 301).collect::<Vec<_>>());
            assert_same(&(0..count).map(|_| below(301)).collect::<Vec<_>>());
        }
    }
}

/// One message is long, at each position among short ones. Its lane continues while the others take waiting messages.
#[wasm_bindgen_test]
fn hashes_a_long_message_among_short_ones() {
    for count in 1..=9 {
        for place in 0..count {
            for (long, short) in [(1000, 0), (300, 55), (64, 56), (0, 300), (119, 120)] {
                let mut lengths = vec![short; count];
                lengths[place] = long;
                assert_same(&lengths);
            }
        }
    }
}

#[wasm_bindgen_test]
fn hashes_many_messages_of_any_length() {
    let mut below = random(2);
    for _ in 0..60 {
        let count = below(200);
        let longest = 1 + below(700);
        assert_same(&(0..count).map(|_| below(longest)).collect::<Vec<_>>());
    }
}

thread_local! {
    /// Number of messages that were passed to [`counting`], and the length of the shortest.
    static GIVEN: Cell<(usize, usize)> = const { Cell::new((0, usize::MAX)) };
}

/// Stands for the SHA-256 of a host, and counts its messages.
fn counting(message: &[u8], digest: &mut [u8; 32]) {
    GIVEN.with(|given| given.set((given.get().0 + 1, given.get().1.min(message.len()))));
    *digest = theirs(message).0;
}

/// The host's SHA-256 gets all messages that are long enough, at any position among others, and no other messages.
#[wasm_bindgen_test]
fn passes_only_long_messages_to_the_host() {
    let mut below = random(3);
    use_native(Some(counting));
    for count in 0..=9 {
        for length in 190..=210 {
            assert_same(&vec![length; count]);
            let lengths: Vec<usize> = (0..count).map(|_| below(2) * length + below(20)).collect();
            GIVEN.set((0, usize::MAX));
            assert_same(&lengths);
            let long = lengths.iter().filter(|&&length| length >= NATIVE_FROM).count();
            assert_eq!(GIVEN.get().0, long, "{lengths:?}");
        }
    }
    assert!(GIVEN.get().1 >= NATIVE_FROM);
    use_native(None);
    GIVEN.set((0, usize::MAX));
    assert_same(&[NATIVE_FROM; 9]);
    assert_eq!(GIVEN.get().0, 0);
}

/// Computes the root as RFC 9162 section 2.1.1 defines it.
fn root(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => theirs(b""),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            theirs(&[&[1], &root(left).0[..], &root(right).0[..]].concat())
        }
    }
}

/// Computes all levels, each from the one below: neighbours are paired, and an odd last node moves up unchanged.
fn levels(leaves: &[Digest]) -> Vec<Digest> {
    let mut all = leaves.to_vec();
    let mut level = leaves.to_vec();
    while level.len() > 1 {
        let parent = |pair: &[Digest]| match *pair {
            [left, right] => theirs(&[&[1], &left.0[..], &right.0[..]].concat()),
            _ => pair[0],
        };
        level = level.chunks(2).map(parent).collect();
        all.extend_from_slice(&level);
    }
    all
}

/// Nodes are computed in groups, so this tests every tree of up to a few groups, with and without a SHA-256 of the host.
#[wasm_bindgen_test]
fn computes_trees_of_every_size() {
    for native in [None, Some(counting as platform::Sha256)] {
        use_native(native);
        for count in (0..=300).chain([511, 512, 513, 1000]) {
            let leaves: Vec<Digest> = (0..count).map(|number| theirs(&message(number, 8))).collect();
            assert_eq!(merkle::root(leaves.clone()), root(&leaves), "{count} leaves");
            assert_eq!(merkle::levels(leaves.clone(), &[]), levels(&leaves), "{count} leaves");
        }
    }
    use_native(None);
}

/// Snapshots packs with items of every length, which are hashed in batches.
#[wasm_bindgen_test]
fn hashes_items_of_every_length() {
    let pack = Pack { pack_key: "p".to_owned(), version: "1".to_owned(), ..Pack::default() };
    let input = Input { pack_key: "p".to_owned(), ..Input::default() };
    let context = Context {
        actor: Some("admin".into()),
        snapshot_id: Some("s".to_owned()),
        now: Some("2027-01-02T03:04:05Z".parse().expect("a time")),
        pack: Some(pack),
        ..Context::default()
    };
    let item = |number: usize, length: usize| Item {
        item_id: format!("{number:04}"),
        kind: "k".to_owned(),
        source_key: "s".to_owned(),
        content: "x".repeat(length).into(),
        ..Item::default()
    };
    let mut below = random(4);
    let mut packs: Vec<Vec<usize>> = vec![(0..=300).collect(), (0..=300).rev().collect(), vec![100_000, 1, 70_000]];
    packs.extend((0..=9).flat_map(|count| [vec![0; count], vec![140; count], vec![150; count]]));
    packs.extend((0..100).map(|count| (0..count % 10).map(|_| below(301)).collect()));
    for native in [None, Some(counting as platform::Sha256)] {
        use_native(native);
        for lengths in &packs {
            let items = lengths.iter().enumerate().map(|(number, &length)| item(number, length)).collect();
            let snapshot = snapshot_pack(&input, &Context { items, ..context.clone() }).expect("a snapshot");
            assert_eq!(snapshot.index.len(), lengths.len());
            let mut digests = Vec::new();
            for (entry, item) in snapshot.index.iter().zip(&snapshot.items) {
                digests.push(theirs(format!("\0{}", item.json).as_bytes()));
                assert_eq!(entry.digest, digests[digests.len() - 1], "{} of {lengths:?}", entry.item_id);
            }
            assert_eq!(snapshot.manifest.items_root, root(&digests), "{lengths:?}");
        }
    }
    use_native(None);
}
