//! The rules of proofs (FORMAT 6), from the definitions: shared by the targets `proof` and `absence`, which compare verifiers with them.

// Each target is a crate of its own, and uses only a part of this file.
#![allow(dead_code)]

use context_snapshot::{Actor, Context, Digest, Input, Item, Pack, Snapshot, snapshot_pack};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

/// Makes a snapshot of so many items.
pub fn snapshot(count: usize) -> Snapshot {
    let item = |number: usize| Item {
        item_id: format!("i{number:02}"),
        kind: "k".into(),
        source_key: "s".into(),
        content: json!({ "number": number }),
        ..Item::default()
    };
    let pack = Pack { pack_key: "p".into(), tags: Some(vec!["t".into()]), ..Pack::default() };
    let context = Context {
        actor: Some(Actor::Admin),
        pack: Some(pack),
        items: (0..count).map(item).collect(),
        ..Context::default()
    };
    snapshot_pack(&Input { pack_key: "p".into(), ..Input::default() }, &context).expect("a snapshot")
}

pub fn sha256(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

fn jcs(value: &Value) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(value).expect("JSON")
}

pub fn integer(value: &Value) -> Option<u64> {
    let number = value.as_f64().filter(|number| (0.0..9e15).contains(number) && number.fract() == 0.0)?;
    Some(number as u64)
}

/// Returns the manifest of a proof if it and the proof have the trusted hash (F6-4), which must be that of a valid manifest.
pub fn manifest_of(proof: &Value, trusted: Digest) -> Option<&Value> {
    let manifest = proof.get("manifest").filter(|_| proof.is_object())?;
    (proof.get("hash")? == &json!(trusted) && sha256(&jcs(manifest)) == trusted).then_some(manifest)
}

/// Returns the digest of an item with this id, if it has a canonical form (F6-5).
pub fn digest_of_item(item: &Value, id: &Value) -> Option<Digest> {
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
    (canonical.get("itemId") == Some(id)).then(|| sha256(&[&[0], &jcs(&Value::Object(canonical))[..]].concat()))
}

/// Computes the root that a path leads to, from the definition of `PATH` (RFC 9162 section 2.1.3.1) read backwards: the last
/// digest is the root of the half of the tree that does not have the leaf.
pub fn root_from_path(leaf: Digest, index: u64, size: u64, path: &Value) -> Option<Digest> {
    let digest = |text: &Value| text.as_str()?.parse().ok();
    root_from(leaf, index, size, &path.as_array()?.iter().map(digest).collect::<Option<Vec<Digest>>>()?)
}

fn root_from(leaf: Digest, index: u64, size: u64, path: &[Digest]) -> Option<Digest> {
    let Some((&other, inside)) = path.split_last() else { return (index == 0 && size == 1).then_some(leaf) };
    if index >= size || size == 1 {
        return None;
    }
    let middle = size.next_power_of_two() / 2;
    let (left, right) = if index < middle {
        (root_from(leaf, index, middle, inside)?, other)
    } else {
        (other, root_from(leaf, index - middle, size - middle, inside)?)
    };
    Some(sha256(&[&[1], &left.0[..], &right.0[..]].concat()))
}
