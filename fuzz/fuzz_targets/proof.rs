//! Compares `verify_item` with the definition of proofs in RFC 9162, on edited items and proofs (F6-3, F6-4, F6-5, F6-6).

#![no_main]

mod edits;
mod rules;

use std::sync::LazyLock;

use context_snapshot::{Digest, Snapshot, prove_item, verify_item};
use edits::{Choices, edit};
use libfuzzer_sys::fuzz_target;
use rules::{digest_of_item, integer, manifest_of, root_from_path, snapshot};
use serde_json::{Value, json};

/// Snapshots of 1 to 12 items.
static SNAPSHOTS: LazyLock<Vec<Snapshot>> = LazyLock::new(|| (1..=12).map(snapshot).collect());

/// Returns `Some` if the proof is valid by section 6 of FORMAT. `trusted` must be the hash of a valid manifest.
fn holds(item: &Value, proof: &Value, trusted: Digest) -> Option<()> {
    let manifest = manifest_of(proof, trusted)?;
    let leaf = digest_of_item(item, proof.get("itemId")?)?;
    let count = integer(manifest.get("itemCount")?)?;
    let root = root_from_path(leaf, integer(proof.get("leafIndex")?)?, count, proof.get("path")?)?;
    (manifest.get("itemsRoot")? == &json!(root)).then_some(())
}

fuzz_target!(|bytes: &[u8]| {
    let mut choices = Choices(bytes);
    let snapshot = &SNAPSHOTS[choices.below(SNAPSHOTS.len())];
    let number = choices.below(snapshot.items.len());
    let proof = prove_item(snapshot.into(), &snapshot.items[number].item_id).expect("the snapshot has the item");
    let item: Value = serde_json::from_str(&snapshot.items[number].json).expect("JSON");
    let mut both = json!({ "item": item, "proof": proof });
    for _ in 0..6 {
        if choices.is_empty() {
            break;
        }
        edit(&mut both, &mut choices);
    }
    let part = |name: &str| both.get(name).unwrap_or(&Value::Null);
    let (item, proof) = (part("item"), part("proof"));
    let trusted = snapshot.output.hash;
    assert_eq!(verify_item(item, proof, trusted), holds(item, proof, trusted).is_some(), "{both}");
});
