//! Edits valid snapshots. If the verifier still finds one valid, its hash, seal and root must be those that FORMAT defines.

#![no_main]

mod edits;

use std::sync::LazyLock;

use context_snapshot::{Digest, IndexEntry, Limits, SnapshotVerifier, VerifyOptions, verify_snapshot};
use edits::{Choices, edit};
use libfuzzer_sys::fuzz_target;
use serde::Deserialize as _;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// The valid snapshots of the test vectors.
static VALID: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let text = include_str!("../../tests/vectors/verifications.json");
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.disable_recursion_limit();
    let cases = Vec::<Value>::deserialize(&mut deserializer).expect("vectors");
    let valid_parts = |mut case: Value| (case["expected"]["valid"] == true).then(|| case["parts"].take());
    // The deepest ones are slow, and find nothing more.
    let parts = cases.into_iter().filter_map(valid_parts).filter(|parts| parts.to_string().len() < 8_000);
    parts.collect()
});

/// If set, prints the parts and limits that an input stands for: `SHOW=1 target/fuzz/run/verify <file>`.
static SHOW: LazyLock<bool> = LazyLock::new(|| std::env::var_os("SHOW").is_some());

fn sha256(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

fn jcs(value: &Value) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(value).expect("JSON")
}

/// Returns the object with only the members of these names that are not `null`.
fn known_members(object: &Value, names: &[&str]) -> Value {
    let members = object.as_object().expect("an object").iter();
    let known = members.filter(|(name, value)| names.contains(&name.as_str()) && !value.is_null());
    Value::Object(known.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>())
}

/// Computes the Merkle Tree Hash (F2.2-1), as RFC 9162 section 2.1.1 defines it.
fn root(digests: &[Digest]) -> Digest {
    match digests {
        [] => sha256(b""),
        [digest] => *digest,
        _ => {
            let (left, right) = digests.split_at(digests.len().next_power_of_two() / 2);
            sha256(&[&[1], &root(left).0[..], &root(right).0[..]].concat())
        }
    }
}

/// Asserts that hash, seal and root are those that FORMAT defines: F11-3, F11-5, F11-10.
fn check_digests(parts: &Value) {
    let (record, items) = (&parts["record"], parts["items"].as_array().expect("items"));
    let ours = &record["metadata"]["$snapshot"];
    let hash = sha256(&jcs(&ours["manifest"]));
    assert_eq!(record["hash"], hash.to_string());

    let names = ["snapshotId", "packKey", "packVersion", "hash", "itemCount", "createdAt", "createdBy", "metadata"];
    let mut unsealed = known_members(record, &names);
    unsealed["metadata"]["$snapshot"].as_object_mut().expect("an object").remove("seal");
    let time = record["createdAt"].as_str().expect("a text");
    if time.len() == 24 && time.ends_with('Z') && time.contains('T') {
        assert_eq!(ours["seal"], sha256(&jcs(&unsealed)).to_string());
    }

    let prefix = if parts["rowIds"] == true { record["snapshotId"].as_str().expect("a text").len() + 1 } else { 0 };
    let leaf = |item: &Value| {
        let names = ["itemId", "kind", "sourceKey", "sourceVersion", "content", "textContent", "metadata"];
        let mut item = known_members(item, &names);
        let id = item["itemId"].as_str().expect("a text")[prefix..].to_owned();
        item["itemId"] = id.clone().into();
        (id.encode_utf16().collect::<Vec<u16>>(), sha256(&[&[0], &jcs(&item)[..]].concat()))
    };
    let mut leaves: Vec<_> = items.iter().map(leaf).collect();
    leaves.sort();
    let digests: Vec<Digest> = leaves.into_iter().map(|(_, digest)| digest).collect();
    assert_eq!(ours["manifest"]["itemsRoot"], root(&digests).to_string());
}

/// Chooses limits close to the actual sizes for half of the inputs, and the default limits for the others.
fn limits(parts: &Value, choices: &mut Choices) -> Limits {
    let mut limits = Limits::default();
    if choices.below(2) == 0 {
        return limits;
    }
    let items = parts.get("items").and_then(Value::as_array).map_or(&[][..], |items| items);
    let documents: Vec<&Value> = items.iter().chain(parts.get("record")).chain(parts.get("pack")).collect();
    let around = |size: usize, choices: &mut Choices| (size + choices.below(3)).saturating_sub(1);
    if choices.below(2) == 1 && !documents.is_empty() {
        let size = jcs(documents[choices.below(documents.len())]).len();
        limits.document_bytes = around(if choices.below(4) == 0 { 200 } else { size }, choices);
    }
    if choices.below(4) == 0 {
        limits.levels = 3 + choices.below(4);
    }
    if choices.below(4) == 0 {
        limits.items = around(items.len(), choices) as u64;
    }
    if choices.below(4) == 0 {
        limits.total_bytes = around(items.iter().map(|item| jcs(item).len()).sum(), choices) as u64;
    }
    if choices.below(4) == 0 {
        limits.issues = 1 + choices.below(4);
    }
    limits
}

/// Asserts that a valid snapshot is within the limits (F10-7). Unknown members and `null` do not count (ERRORS 6.1).
fn check_limits(parts: &Value, limits: &Limits) {
    let items = parts["items"].as_array().expect("items");
    assert!(items.len() as u64 <= limits.items);
    let names = ["itemId", "kind", "sourceKey", "sourceVersion", "content", "textContent", "metadata"];
    if parts["rowIds"] != true {
        let sizes: Vec<u64> = items.iter().map(|item| jcs(&known_members(item, &names)).len() as u64).collect();
        assert!(sizes.iter().all(|&size| size <= limits.document_bytes as u64));
        assert!(sizes.iter().sum::<u64>() <= limits.total_bytes);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut choices = Choices(bytes);
    let mut parts = VALID[choices.below(VALID.len())].clone();
    for _ in 0..8 {
        if choices.is_empty() {
            break;
        }
        edit(&mut parts, &mut choices);
    }
    let Some(items) = parts.get("items").and_then(Value::as_array) else { return };
    let entry = |entry: &Value| {
        let digest = entry.get("digest")?.as_str()?.parse().ok()?;
        Some(IndexEntry { item_id: entry.get("itemId")?.as_str()?.to_owned(), digest })
    };
    let index = parts.get("index").and_then(Value::as_array);
    let index = index.and_then(|index| index.iter().map(entry).collect::<Option<Vec<_>>>());
    let limits = limits(&parts, &mut choices);
    let options = VerifyOptions {
        limits,
        pack: parts.get("pack"),
        event: parts.get("event"),
        index: index.as_deref(),
        row_ids: parts.get("rowIds") == Some(&Value::Bool(true)),
        ..VerifyOptions::default()
    };
    if *SHOW {
        println!("{parts}\n{limits:?}");
    }
    let record = parts.get("record").unwrap_or(&Value::Null);
    let found = verify_snapshot(record, items, &options);
    let mut verifier = SnapshotVerifier::new(record, &options);
    for item in items {
        verifier.add(item);
    }
    assert_eq!(verifier.finish(), found);
    // An index can only add issues: without it, a valid snapshot is still valid.
    let without = verify_snapshot(record, items, &VerifyOptions { index: None, ..options });
    assert!(!found.is_valid() || without.is_valid());
    if found.is_valid() {
        check_digests(&parts);
        check_limits(&parts, &limits);
    }
});
