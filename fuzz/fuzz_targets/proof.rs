//! Compares `verify_item` with the definition of proofs in RFC 9162, on edited items and proofs (F6-3, F6-4, F6-5, F6-6).

#![no_main]

mod edits;

use std::sync::LazyLock;

use context_snapshot::{Context, Digest, Input, Item, Pack, Snapshot, prove_item, snapshot_pack, verify_item};
use edits::{Choices, edit};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

/// Snapshots of 1 to 12 items.
static SNAPSHOTS: LazyLock<Vec<Snapshot>> = LazyLock::new(|| (1..=12).map(snapshot).collect());

fn snapshot(count: usize) -> Snapshot {
    let item = |number: usize| Item {
        item_id: format!("i{number:02}"),
        kind: "k".into(),
        source_key: "s".into(),
        content: json!({ "number": number }),
        ..Item::default()
    };
    let pack = Pack { pack_key: "p".into(), tags: Some(vec!["t".into()]), ..Pack::default() };
    let context = Context {
        actor: Some("admin".into()),
        pack: Some(pack),
        items: (0..count).map(item).collect(),
        ..Context::default()
    };
    snapshot_pack(&Input { pack_key: "p".into(), ..Input::default() }, &context).expect("a snapshot")
}

fn sha256(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

fn jcs(value: &Value) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(value).expect("JSON")
}

fn integer(value: &Value) -> Option<u64> {
    let number = value.as_f64().filter(|number| (0.0..9e15).contains(number) && number.fract() == 0.0)?;
    Some(number as u64)
}

/// Computes the root that a path leads to, from the definition of `PATH` (RFC 9162 section 2.1.3.1) read backwards: the last
/// digest is the root of the half of the tree that does not have the leaf.
fn root_from_path(leaf: Digest, index: u64, size: u64, path: &[Digest]) -> Option<Digest> {
    let Some((&other, inside)) = path.split_last() else { return (index == 0 && size == 1).then_some(leaf) };
    if index >= size || size == 1 {
        return None;
    }
    let middle = size.next_power_of_two() / 2;
    let (left, right) = if index < middle {
        (root_from_path(leaf, index, middle, inside)?, other)
    } else {
        (other, root_from_path(leaf, index - middle, size - middle, inside)?)
    };
    Some(sha256(&[&[1], &left.0[..], &right.0[..]].concat()))
}

/// Returns `Some` if the proof is valid by section 6 of FORMAT. `trusted` must be the hash of a valid manifest.
fn holds(item: &Value, proof: &Value, trusted: Digest) -> Option<()> {
    let manifest = proof.get("manifest").filter(|_| proof.is_object())?;
    (proof.get("hash")? == &json!(trusted) && sha256(&jcs(manifest)) == trusted).then_some(())?;
    let names = ["itemId", "kind", "sourceKey", "sourceVersion", "content", "textContent", "metadata"];
    let optional = ["sourceVersion", "textContent", "metadata"];
    let mut canonical = Map::new();
    for name in names {
        let is_right = |value: &Value| match name {
            "content" => value.is_string() || value.is_object(),
            "metadata" => value.is_object(),
            "sourceVersion" | "textContent" => value.is_string(),
            _ => value.as_str().is_some_and(|text| !text.is_empty()),
        };
        match item.get(name) {
            None | Some(Value::Null) if optional.contains(&name) => {}
            value => _ = canonical.insert(name.to_owned(), value.filter(|value| is_right(value))?.clone()),
        }
    }
    (canonical.get("itemId") == proof.get("itemId")).then_some(())?;
    let leaf = sha256(&[&[0], &jcs(&Value::Object(canonical))[..]].concat());
    let digest = |text: &Value| text.as_str()?.parse().ok();
    let path = proof.get("path")?.as_array()?.iter().map(digest).collect::<Option<Vec<Digest>>>()?;
    let count = integer(manifest.get("itemCount")?)?;
    let root = root_from_path(leaf, integer(proof.get("leafIndex")?)?, count, &path)?;
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
