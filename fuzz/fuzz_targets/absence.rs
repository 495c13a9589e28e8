//! Compares `verify_absence` with the rules of FORMAT 6.1, on edited proofs and ids (F6.1-4, F6.1-5, F6.1-6, F6.1-7, F6.1-8).

#![no_main]

mod edits;
mod rules;

use std::sync::LazyLock;

use context_snapshot::{Contents, Digest, Snapshot, explain_absence, prove_absence, verify_absence};
use edits::{Choices, edit};
use libfuzzer_sys::fuzz_target;
use rules::{digest_of_item, integer, manifest_of, root_from_path, sha256, snapshot};
use serde_json::{Value, json};

/// Snapshots of 0 to 9 items.
static SNAPSHOTS: LazyLock<Vec<Snapshot>> = LazyLock::new(|| (0..10).map(snapshot).collect());

/// What a neighbour shows: its position, and the number of items.
fn neighbour(side: &Value, trusted: Digest) -> Option<(u64, u64)> {
    let manifest = manifest_of(side, trusted)?;
    let digest: Digest = side.get("digest")?.as_str()?.parse().ok()?;
    if let Some(item) = side.get("item") {
        (digest_of_item(item, side.get("itemId")?)? == digest).then_some(())?;
    }
    let (position, count) = (integer(side.get("leafIndex")?)?, integer(manifest.get("itemCount")?)?);
    let root = root_from_path(digest, position, count, side.get("path")?)?;
    (manifest.get("itemsRoot")? == &json!(root)).then_some((position, count))
}

/// Returns true if the id of the neighbour comes before `id` (or after it, with the arguments exchanged), by UTF-16 units.
fn is_before(one: &str, other: &str) -> bool {
    one.encode_utf16().lt(other.encode_utf16())
}

/// Returns `Some` if the proof is valid by FORMAT 6.1. `trusted` must be the hash of a valid manifest.
fn holds(id: &str, proof: &Value, trusted: Digest) -> Option<()> {
    (proof.is_object() && !id.is_empty() && proof.get("itemId")? == id).then_some(())?;
    let name = |side: &Value| side.get("itemId").and_then(Value::as_str).unwrap_or_default().to_owned();
    let (before, after) = (proof.get("before"), proof.get("after"));
    if let Some(before) = before {
        (!name(before).is_empty() && is_before(&name(before), id)).then_some(())?;
    }
    if let Some(after) = after {
        is_before(id, &name(after)).then_some(())?;
    }
    match (before, after) {
        (None, None) => {
            let manifest = proof.get("manifest")?;
            manifest_of(&json!({ "manifest": manifest, "hash": trusted }), trusted)?;
            (integer(manifest.get("itemCount")?)? == 0 && manifest.get("itemsRoot")? == &json!(sha256(b"")))
                .then_some(())
        }
        (None, Some(after)) => (neighbour(after, trusted)?.0 == 0).then_some(()),
        (Some(before), None) => {
            let (position, count) = neighbour(before, trusted)?;
            (position + 1 == count).then_some(())
        }
        (Some(before), Some(after)) => {
            (neighbour(before, trusted)?.0 + 1 == neighbour(after, trusted)?.0).then_some(())
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut choices = Choices(bytes);
    let snapshot = &SNAPSHOTS[choices.below(SNAPSHOTS.len())];
    let place = choices.below(snapshot.items.len() + 1);
    let id = if place == 0 { "i".to_owned() } else { format!("{}+", snapshot.items[place - 1].item_id) };
    let mut proof = prove_absence(Contents::from(snapshot), &id).expect("no item has the id");
    if choices.below(2) == 1 {
        for neighbour in [&mut proof.before, &mut proof.after].into_iter().flatten() {
            let item =
                snapshot.items.iter().find(|item| item.item_id == neighbour.proof.item_id).expect("the neighbour");
            neighbour.item = Some(serde_json::from_str(&item.json).expect("JSON"));
        }
    }
    let mut both = json!({ "id": id, "proof": proof });
    for _ in 0..6 {
        if choices.is_empty() {
            break;
        }
        edit(&mut both, &mut choices);
    }
    let proof = both.get("proof").unwrap_or(&Value::Null);
    let trusted = snapshot.output.hash;
    for id in [both.get("id"), proof.get("itemId")].into_iter().flatten().filter_map(Value::as_str) {
        let found = verify_absence(id, proof, trusted);
        assert_eq!(found, holds(id, proof, trusted).is_some(), "{id}: {proof}");
        assert_eq!(found, explain_absence(id, proof, trusted).is_valid());
    }
});
