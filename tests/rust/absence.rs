//! `prove_absence`, `verify_absence` and `explain_absence`: that no item of a snapshot has an id.
//!
//! Why: a proof of absence is believed because of an order and of ids, and must be worthless if either is changed. How: every place of
//! every small tree is proven, with and without the items, and each proof is tried for every other id. Mutants of the members are in
//! `tests/vectors/absences.json` and `tests/node/absence.test.js`, which run the same code.

use crate::support;
use context_snapshot::{
    AbsenceProof, Anchor, Code, Contents, Digest, IndexEntry, Item, Manifest, digest_item, explain_absence, from_json,
    merkle, prove_absence, verify_absence,
};
use serde_json::{Value, json};

/// Returns the item with this id, as it is stored.
fn item(id: &str) -> Value {
    json!({ "itemId": id, "kind": "k", "sourceKey": "s", "content": id })
}

/// Returns the manifest and the index of items with these ids, which must be sorted.
fn tree(ids: &[&str]) -> (Manifest, Vec<IndexEntry>) {
    let index: Vec<IndexEntry> = ids
        .iter()
        .map(|id| {
            let digested = digest_item(&serde_json::from_value::<Item>(item(id)).expect("an item")).expect("an item");
            IndexEntry { item_id: digested.item_id, digest: digested.digest }
        })
        .collect();
    let mut manifest = support::snapshot().manifest;
    manifest.item_count = index.len() as u64;
    manifest.items_root = merkle::root(index.iter().map(|entry| entry.digest).collect());
    (manifest, index)
}

/// Adds the items of the neighbours.
fn with_items(mut proof: AbsenceProof) -> AbsenceProof {
    for neighbour in [&mut proof.before, &mut proof.after].into_iter().flatten() {
        neighbour.item = Some(item(&neighbour.proof.item_id));
    }
    proof
}

// F6.1-1, F6.1-3, F6.1-4, F6.1-7
#[test]
fn every_place_of_every_small_snapshot_can_be_proven_and_no_other() {
    let all = ["b", "d", "f", "h", "j", "l", "n", "p", "r"];
    let absent = ["a", "c", "e", "g", "i", "k", "m", "o", "q", "s"];
    for count in 0..=all.len() {
        let (manifest, index) = tree(&all[..count]);
        let hash = manifest.hash();
        for id in &absent[..=count] {
            let proof = prove_absence(Contents { manifest: &manifest, index: &index }, id).expect("a proof");
            let place = (absent.iter().position(|other| other == id)).expect("it is there");
            let id_of =
                |side: &Option<context_snapshot::Neighbour>| side.as_ref().map(|side| side.proof.item_id.clone());
            assert_eq!(id_of(&proof.before), place.checked_sub(1).map(|at| all[at].to_owned()));
            assert_eq!(id_of(&proof.after), all[..count].get(place).map(|&id| id.to_owned()));
            assert_eq!(proof.manifest.is_some(), count == 0);
            let whole = json!(with_items(proof.clone()));
            let bare = json!(proof);
            assert_eq!(serde_json::from_value::<AbsenceProof>(bare.clone()).expect("it is one"), proof);
            for (form, anchor) in
                [(&bare, if count == 0 { Anchor::Hash } else { Anchor::None }), (&whole, Anchor::Hash)]
            {
                let found = explain_absence(id, form, hash);
                assert!(found.is_valid(), "{id} of {count}: {:?}", found.issues);
                assert_eq!(found.anchor, anchor);
                assert!(!verify_absence(id, form, Digest::of(b"other")));
                for other in all.iter().chain(&absent).filter(|&other| other != id) {
                    assert!(!verify_absence(other, form, hash), "{other} by the proof of {id} of {count}");
                    let mut renamed = form.clone();
                    renamed["itemId"] = json!(other);
                    // Beyond the ends of this tree, other ids belong to the same place.
                    let is_same = count == 0 || place == count && *other > *id;
                    assert_eq!(
                        verify_absence(other, &renamed, hash),
                        is_same,
                        "{other} by the proof of {id} of {count}"
                    );
                }
            }
        }
    }
}

// E8.5-6
#[test]
fn an_id_that_the_index_has_or_that_no_item_can_have_is_refused() {
    let (manifest, index) = tree(&["b", "d"]);
    let (_, other) = tree(&["b", "c"]);
    let refusal = |index: &[IndexEntry], id: &str| {
        let problem = prove_absence(Contents { manifest: &manifest, index }, id).expect_err("a refusal");
        assert_eq!(problem.code(), Code::ValidationFailed);
        problem.issues().iter().map(|issue| format!("{}: {}", issue.path, issue.message)).collect::<Vec<_>>()
    };
    assert_eq!(refusal(&index, "d"), ["itemId: Mismatch: expected an id that is not in the index, found d"]);
    assert_eq!(refusal(&index, ""), ["itemId: Too small: expected string to have >=1 characters"]);
    assert!(refusal(&other, "a")[0].starts_with("index: Mismatch: expected sha256:"));
    assert_eq!(refusal(&index[..1], "d"), ["index: Mismatch: expected 2, found 1"]);
}

/// Runs proofs that differ from a good one in one part.
#[test]
fn every_absence_vector_has_its_answer() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/absences.json");
    let cases: Vec<Value> = from_json(&std::fs::read_to_string(path).expect("the file")).expect("a list");
    let mut verified = 0;
    for case in &cases {
        // The types of Rust rule out other ids and hashes; src/native/absence/tests.rs runs those cases.
        let (Some(id), Some(Ok(hash))) = (case["itemId"].as_str(), case["hash"].as_str().map(str::parse)) else {
            continue;
        };
        assert_eq!(json!(verify_absence(id, &case["proof"], hash)), case["expected"], "{}", case["name"]);
        verified += 1;
    }
    assert!(verified >= 200, "only {verified} of {}", cases.len());
}
