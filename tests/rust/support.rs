//! Shared by the tests of verification: a snapshot with every member, its parts as JSON, and how to verify parts.
//!
//! How: parts have the shape that the npm package's `verifySnapshot` takes,
//! `{ record, items, pack?, index?, rowIds?, expect? }`, so that the same cases serve both. Parts that the types of Rust rule
//! out, such as an index that is not an array, are not verified here.

use context_snapshot::{
    Context, Digest, IndexEntry, Input, Limits, Snapshot, SnapshotVerifier, Verification, VerifyOptions, from_json,
    snapshot_pack, verify_snapshot,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Returns a snapshot with every member. Its ids sort differently by characters and by UTF-16 units.
pub(crate) fn snapshot() -> Snapshot {
    snapshot_pack(&input(), &context()).expect("a snapshot")
}

pub(crate) fn input() -> Input {
    let input = json!({
        "packKey": "shop.docs",
        "reason": "nightly run",
        "requestedBy": "scheduler",
        "metadata": {
            "run": 7,
            "env": "prod",
            "zone": { "list": [1, null, { "b": true }], "empty": {}, "none": [], "rate": 0.5 },
            "$": "before",
            "$z": "behind"
        }
    });
    serde_json::from_value(input).expect("an input")
}

pub(crate) fn context() -> Context {
    let context = json!({
        "actor": "user",
        "roles": ["editor", "admin"],
        "userId": "u-42",
        "tenantId": "acme",
        "organizationId": "acme-eu",
        "workspaceId": "docs",
        "channel": "cron",
        "traceId": "tr-1",
        "idemKey": "nightly-2026-03-01",
        "now": "2026-03-01T09:15:30.123Z",
        "snapshotId": "s-1",
        "parent": Digest::of(b"the one before"),
        "pack": {
            "packKey": "shop.docs",
            "version": "2026.3",
            "title": "Shop docs",
            "description": "What the shop's agents read",
            "owners": ["team.shop", "team.web"],
            "tags": ["web", "api"],
            "sources": [
                { "kind": "contract", "key": "contracts.api", "version": "2", "required": true, "description": "The API" },
                { "kind": "docblock", "key": "docs.about" }
            ]
        },
        "items": [
            { "itemId": "\u{e000}", "kind": "docblock", "sourceKey": "docs.about", "content": "" },
            { "itemId": "\u{10000}", "kind": "docblock", "sourceKey": "docs.about", "content": "Closed on 1/11.", "createdAt": "2026-02-28T00:00:00Z" },
            {
                "itemId": "API", "kind": "contract", "sourceKey": "contracts.api", "sourceVersion": "2",
                "content": { "paths": ["/prices", { "get": null }], "limit": 10, "on": true }, "textContent": "GET /prices",
                "metadata": { "checked": true, "by": { "name": "x" } }
            },
            { "itemId": "pricing", "kind": "data-view", "sourceKey": "views.pricing", "content": { "step": 0.000_001, "cap": 1e21 } }
        ]
    });
    serde_json::from_value(context).expect("a context")
}

/// Returns the items as a host stores them, with members of its own.
pub(crate) fn stored_items(snapshot: &Snapshot) -> Vec<Value> {
    let stored = |item: &context_snapshot::SnapshotItem| {
        let mut stored: Value = from_json(&item.json).expect("JSON");
        stored["snapshotId"] = json!(snapshot.output.snapshot_id);
        stored["createdAt"] = json!(item.created_at);
        stored
    };
    snapshot.items.iter().map(stored).collect()
}

/// Returns record and items.
pub(crate) fn parts() -> Value {
    let snapshot = snapshot();
    json!({ "record": snapshot.record, "items": stored_items(&snapshot) })
}

/// Returns all parts.
pub(crate) fn all_parts() -> Value {
    let snapshot = snapshot();
    let mut all = parts();
    all["pack"] = json!(context().pack);
    all["index"] = json!(snapshot.index);
    all["expect"] = json!({ "hash": snapshot.record.hash, "seal": ours(&mut all)["seal"] });
    all
}

/// Returns the `$snapshot` of the record.
pub(crate) fn ours(parts: &mut Value) -> &mut Value {
    &mut parts["record"]["metadata"]["$snapshot"]
}

pub(crate) fn remove(object: &mut Value, name: &str) {
    object.as_object_mut().expect("an object").remove(name).expect("the member");
}

/// Computes SHA-256 of the canonical form with another implementation.
pub(crate) fn digest_of(value: &Value) -> Digest {
    Digest(Sha256::digest(serde_json_canonicalizer::to_vec(value).expect("JSON")).into())
}

/// Replaces the seal by the right one for the record, whatever else is wrong with it.
pub(crate) fn seal_again(parts: &mut Value) -> Digest {
    let mut record = parts["record"].clone();
    remove(&mut record["metadata"]["$snapshot"], "seal");
    if record["createdBy"].is_null() {
        record.as_object_mut().expect("an object").remove("createdBy");
    }
    let seal = digest_of(&record);
    ours(parts)["seal"] = json!(seal);
    seal
}

/// Verifies parts, all items at once and one by one. Returns `None` if the types of Rust rule the parts out.
pub(crate) fn verify(parts: &Value) -> Option<Verification> {
    let index = match parts.get("index") {
        Some(index) => Some(index.as_array()?.iter().map(entry).collect::<Option<Vec<IndexEntry>>>()?),
        None => None,
    };
    let known = ["record", "items", "pack", "index", "rowIds", "event", "limits", "expect"];
    if parts.as_object()?.keys().any(|name| !known.contains(&name.as_str())) {
        return None;
    }
    if let Some(expect) = parts.get("expect")
        && !is_given(expect)
    {
        return None;
    }
    let trusted = |name: &str| match parts.get("expect") {
        Some(expect) => match expect.as_object()?.get(name) {
            Some(digest) => Some(Some(digest.as_str()?.parse().ok()?)),
            None => Some(None),
        },
        None => Some(None),
    };
    let options = VerifyOptions {
        pack: parts.get("pack"),
        index: index.as_deref(),
        row_ids: parts.get("rowIds").map_or(Some(false), Value::as_bool)?,
        hash: trusted("hash")?,
        seal: trusted("seal")?,
        event: parts.get("event"),
        limits: match parts.get("limits") {
            None | Some(Value::Null) => Limits::default(),
            Some(limits) => limits_of(limits)?,
        },
    };
    let (record, items) = (parts.get("record")?, parts.get("items")?.as_array()?);
    let found = verify_snapshot(record, items, &options);
    let mut verifier = SnapshotVerifier::new(record, &options);
    let digests: Vec<Option<Digest>> = items.iter().map(|item| verifier.add(item)).collect();
    assert_eq!(verifier.finish(), found, "one by one: {parts}");
    if found.is_valid() {
        let known = |digest| index.as_ref().is_none_or(|index| index.iter().any(|entry| entry.digest == digest));
        assert!(digests.iter().all(|digest| digest.is_some_and(known)), "digests of {parts}");
    }
    Some(found)
}

/// Returns true if there is a hash or a seal to compare with, and nothing else.
fn is_given(expect: &Value) -> bool {
    expect.as_object().is_some_and(|members| {
        !members.is_empty() && members.keys().all(|name| ["hash", "seal"].contains(&name.as_str()))
    })
}

/// Reads limits. Returns `None` if the types of Rust rule them out.
fn limits_of(limits: &Value) -> Option<Limits> {
    let limits: Limits = limits.is_object().then(|| serde_json::from_value(limits.clone()).ok())??;
    let most = Limits::default();
    let fits = limits.document_bytes <= most.document_bytes
        && limits.levels <= most.levels
        && limits.items <= most.items
        && limits.total_bytes <= most.total_bytes;
    fits.then_some(limits)
}

fn entry(entry: &Value) -> Option<IndexEntry> {
    let item_id = entry.get("itemId")?.as_str()?.to_owned();
    let digest = entry.get("digest")?.as_str()?.parse().ok()?;
    Some(IndexEntry { item_id, digest })
}

/// Returns the answer of the npm package, without the `itemId` of issues, which the vectors do not have.
pub(crate) fn messages(verification: &Verification) -> Value {
    let mut issues = json!(verification.issues);
    for issue in issues.as_array_mut().expect("a list") {
        issue.as_object_mut().expect("an issue").remove("itemId");
    }
    json!({ "valid": verification.is_valid(), "issues": issues, "anchor": verification.anchor })
}
