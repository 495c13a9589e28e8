//! A peer for the benchmark: the obvious way to a snapshot's hash in Rust, compiled to WebAssembly.
//!
//! Why: anybody who reads that the package is Rust wonders how much of its speed comes from Rust alone. How: `serde-wasm-bindgen` reads each value
//! into a `serde_json::Value`; a table of members checks input, pack and items as zod does in the other compositions, and drops the members
//! it does not know; `serde_json_canonicalizer` writes RFC 8785, `sha2` digests. For good packs it computes the package's hash.

use std::collections::HashSet;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use wasm_bindgen::prelude::*;

type Hash = [u8; 32];
type Object = Map<String, Value>;

/// What a member may be.
#[derive(Clone, Copy)]
enum Is {
    Key,
    Text,
    Flag,
    Texts,
    Object,
    TextOrObject,
    Sources,
}

/// The members of an object: name, what it may be, whether it is required.
type Shape = [(&'static str, Is, bool)];

const INPUT: &Shape = &[
    ("packKey", Is::Key, true),
    ("packVersion", Is::Text, false),
    ("reason", Is::Text, false),
    ("requestedBy", Is::Text, false),
    ("metadata", Is::Object, false),
];
const PACK: &Shape = &[
    ("packKey", Is::Key, true),
    ("version", Is::Text, true),
    ("title", Is::Text, true),
    ("description", Is::Text, false),
    ("owners", Is::Texts, false),
    ("tags", Is::Texts, false),
    ("sources", Is::Sources, false),
];
const SOURCE: &Shape = &[
    ("kind", Is::Key, true),
    ("key", Is::Key, true),
    ("version", Is::Text, false),
    ("required", Is::Flag, false),
    ("description", Is::Text, false),
];
const ITEM: &Shape = &[
    ("itemId", Is::Key, true),
    ("kind", Is::Key, true),
    ("sourceKey", Is::Key, true),
    ("sourceVersion", Is::Text, false),
    ("content", Is::TextOrObject, true),
    ("textContent", Is::Text, false),
    ("metadata", Is::Object, false),
];

fn refuse(name: &str) -> JsError {
    JsError::new(&format!("{name} is not valid"))
}

/// Checks an object, and drops the members that its shape does not have.
fn check(object: &mut Object, shape: &Shape) -> Result<(), JsError> {
    object.retain(|name, _| shape.iter().any(|(known, ..)| known == name));
    for &(name, is, required) in shape {
        let valid = match (object.get_mut(name), is) {
            (None, _) => !required,
            (Some(Value::String(text)), Is::Key) => !text.is_empty(),
            (Some(Value::Array(texts)), Is::Texts) => texts.iter().all(Value::is_string),
            (Some(Value::Array(sources)), Is::Sources) => {
                for source in sources {
                    check(source.as_object_mut().ok_or_else(|| refuse(name))?, SOURCE)?;
                }
                true
            }
            (Some(Value::String(_)), Is::Text | Is::TextOrObject)
            | (Some(Value::Object(_)), Is::Object | Is::TextOrObject)
            | (Some(Value::Bool(_)), Is::Flag) => true,
            _ => false,
        };
        if !valid {
            return Err(refuse(name));
        }
    }
    Ok(())
}

fn read(value: JsValue, shape: &Shape) -> Result<Object, JsError> {
    let value: Value = serde_wasm_bindgen::from_value(value).map_err(|error| JsError::new(&error.to_string()))?;
    let Value::Object(mut object) = value else { return Err(refuse("object")) };
    check(&mut object, shape)?;
    Ok(object)
}

fn named(digest: Hash) -> String {
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    "sha256:".chars().chain(digits.map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)]))).collect()
}

fn root(mut level: Vec<Hash>) -> Hash {
    if level.is_empty() {
        return Sha256::digest(b"").into();
    }
    let parent = |pair: &[Hash]| match pair {
        [left, right] => Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into(),
        _ => pair[0],
    };
    while level.len() > 1 {
        level = level.chunks(2).map(parent).collect();
    }
    level[0]
}

/// Computes the hash of a snapshot.
///
/// # Errors
///
/// Fails if a value does not match the table of its members, or if two items have the same id.
#[wasm_bindgen(js_name = snapshotHash)]
pub fn snapshot_hash(input: JsValue, pack: JsValue, items: Vec<JsValue>) -> Result<String, JsError> {
    read(input, INPUT)?;
    let pack = read(pack, PACK)?;
    let mut seen = HashSet::new();
    let mut leaves: Vec<(String, Hash)> = Vec::with_capacity(items.len());
    for value in items {
        let item = read(value, ITEM)?;
        let id = item["itemId"].as_str().unwrap_or_default().to_owned();
        if !seen.insert(id.clone()) {
            return Err(JsError::new("duplicate item"));
        }
        let text = serde_json_canonicalizer::to_vec(&item)?;
        leaves.push((id, Sha256::new().chain_update([0]).chain_update(&text).finalize().into()));
    }
    leaves.sort_by(|(left, _), (right, _)| left.encode_utf16().cmp(right.encode_utf16()));
    let items_root = named(root(leaves.iter().map(|(_, digest)| *digest).collect()));
    let manifest = json!({
        "format": "context.pack.snapshot/v1", "itemCount": leaves.len(), "itemsRoot": items_root, "pack": pack,
    });
    Ok(named(Sha256::digest(serde_json_canonicalizer::to_vec(&manifest)?).into()))
}
