//! Rows of `docs/ERRORS.md` section 8.1, and what has to be found then.
//!
//! Why lines are as long as they are: it is a table, a row of which is what is done to good parts, and the issues.

#![allow(clippy::too_many_lines, clippy::semicolon_if_nothing_returned, reason = "it is a table")]

use context_snapshot::{Digest, canonicalize, digest_item, from_json, merkle};
use serde_json::{Map, Value, json};

use crate::support::{self, all_parts, count_again, digest_of, hash_again, index_of, manifest, ours, parts, remove, seal_again};

/// Parts that were bent, and what has to be found.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) parts: Value,
    pub(crate) issues: Vec<(String, String, String)>,
}

#[derive(Default)]
struct Rows(Vec<Row>);

type Expected<'a> = (&'a str, &'a str, String);

impl Rows {
    fn row<T>(&mut self, name: &str, base: &Value, change: impl FnOnce(&mut Value) -> T, issues: &[Expected]) {
        let mut parts = base.clone();
        change(&mut parts);
        let issues = issues.iter().map(|(path, code, message)| ((*path).into(), (*code).into(), message.clone()));
        self.0.push(Row { name: name.to_owned(), parts, issues: issues.collect() });
    }
}

fn wrong(expected: &str, received: &str) -> String {
    format!("Invalid input: expected {expected}, received {received}")
}

fn mismatch(expected: impl std::fmt::Display, found: impl std::fmt::Display) -> String {
    format!("Mismatch: expected {expected}, found {found}")
}

fn count(received: &str) -> String {
    wrong("integer from 0 to 9007199254740991", received)
}

const EMPTY: &str = "Too small: expected string to have >=1 characters";
const DIGEST: &str = "Invalid digest: expected sha256: and 64 lower-case hex digits";
const TIME: &str = "Invalid time: expected RFC 3339 with an offset";
const NO_OFFSET: &str = "Invalid time: expected RFC 3339 with an offset; missing: the offset";
const RANGE: &str = "Invalid time: expected an instant from 1970 to 9999";
const NOTHING_EXPECTED: &str = "Missing: expected a hash or a seal to compare with";
const COLON: &str = "Invalid snapshotId: expected no colon (:), which separates it from item ids in row ids";

const IN_RECORD: [(&str, &str); 8] = [
    ("snapshotId", "string"),
    ("packKey", "string"),
    ("packVersion", "string"),
    ("hash", "string"),
    ("itemCount", "integer from 0 to 9007199254740991"),
    ("createdAt", "date"),
    ("createdBy", "string"),
    ("metadata", "record"),
];

/// Optional and required members of `$snapshot`, without the manifest.
const IN_OURS: [&str; 13] =
    ["seal", "actor", "grant", "userId", "reason", "requestedBy", "traceId", "idemKey", "tenantId", "organizationId", "workspaceId", "channel", "parent"];

const OURS: &str = "record.metadata.$snapshot";
const MANIFEST: &str = "record.metadata.$snapshot.manifest";

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Rows::default();
    good(&mut rows);
    step_1(&mut rows);
    step_1_ours(&mut rows);
    step_2(&mut rows);
    steps_3_to_5(&mut rows);
    step_6(&mut rows);
    steps_7_and_8(&mut rows);
    step_9(&mut rows);
    row_ids(&mut rows);
    steps_10_and_11(&mut rows);
    many(&mut rows);
    event(&mut rows);
    manifest_and_output(&mut rows);
    limits(&mut rows);
    lengths(&mut rows);
    rows.0
}

fn too_big(most: usize, of: &str) -> String {
    format!("Too big: expected at most {most} {of}")
}

/// The event that goes with parts.
pub(crate) fn with_event(mut parts: Value) -> Value {
    let record = parts["record"].clone();
    let payload: Map<String, Value> = ["snapshotId", "packKey", "packVersion", "hash", "itemCount", "createdAt"]
        .map(|name| (name.to_owned(), record[name].clone()))
        .into_iter()
        .collect();
    parts["event"] = json!({
        "id": support::snapshot().event.id,
        "key": "context.snapshot.created",
        "version": "1.0.0",
        "occurredAt": record["createdAt"],
        "traceId": ours(&mut parts)["traceId"],
        "payload": payload,
    });
    parts
}

/// Step 12.
fn event(rows: &mut Rows) {
    let all = with_event(all_parts());
    rows.row("good: with an event", &all, |_| (), &[]);
    rows.row(
        "good: an event as a store returns it",
        &all,
        |p| {
            p["event"]["row"] = json!(1);
            p["event"]["payload"]["tenant"] = Value::Null;
            p["event"]["occurredAt"] = json!("2026-03-01 09:15:30.123456+00");
        },
        &[],
    );
    rows.row(
        "good: no trace, and null for it",
        &all,
        |p| {
            remove(ours(p), "traceId");
            p["event"]["traceId"] = Value::Null;
            p["expect"]["seal"] = json!(seal_again(p));
        },
        &[],
    );
    for (value, received) in [(Value::Null, "null"), (json!("x"), "string"), (json!([]), "array")] {
        rows.row(&format!("event: {received}"), &all, |p| p["event"] = value.clone(), &[("event", "invalid_type", wrong("object", received))]);
        rows.row(&format!("event.payload: {received}"), &all, |p| p["event"]["payload"] = value, &[("event.payload", "invalid_type", wrong("object", received))]);
    }
    for name in ["id", "occurredAt", "traceId"] {
        let (expected, other) = (all["event"][name].to_string(), if name == "occurredAt" { json!("2026-03-01T09:15:30.124Z") } else { json!("x") });
        rows.row(&format!("event.{name}: another"), &all, |p| p["event"][name] = other.clone(), &[(&format!("event.{name}"), "mismatch", mismatch(expected, &other))]);
        if name != "traceId" {
            let expected = if name == "id" { "string" } else { "date" };
            rows.row(&format!("event.{name}: absent"), &all, |p| remove(&mut p["event"], name), &[(&format!("event.{name}"), "invalid_type", wrong(expected, "undefined"))]);
        }
    }
    rows.row("event.traceId: absent", &all, |p| remove(&mut p["event"], "traceId"), &[("event.traceId", "mismatch", mismatch(&all["event"]["traceId"], "nothing"))]);
    for (name, expected) in [("key", "context.snapshot.created"), ("version", "1.0.0")] {
        rows.row(&format!("event.{name}: another"), &all, |p| p["event"][name] = json!("x"), &[(&format!("event.{name}"), "mismatch", mismatch(format!("{expected:?}"), "\"x\""))]);
    }
    payload(rows, &all, "event.payload", |p| &mut p["event"]["payload"]);
    rows.row(
        "event: of a record that is not right",
        &all,
        |p| {
            p["record"]["packKey"] = json!(1);
            p["event"]["id"] = json!("x");
        },
        &[("record.packKey", "invalid_type", wrong("string", "number"))],
    );
}

fn payload(rows: &mut Rows, all: &Value, at: &str, payload: fn(&mut Value) -> &mut Value) {
    let good = payload(&mut all.clone()).clone();
    let other = Digest::of(b"other");
    for (name, value) in [
        ("snapshotId", json!("x")),
        ("packKey", json!("x")),
        ("packVersion", json!("")),
        ("hash", json!(other)),
        ("itemCount", json!(3)),
        ("createdAt", json!("2026-03-01T09:15:30.122Z")),
    ] {
        let told = |value: &Value| if name == "hash" { value.as_str().unwrap().to_owned() } else { value.to_string() };
        rows.row(&format!("{at}.{name}: another"), all, |p| payload(p)[name] = value.clone(), &[(&format!("{at}.{name}"), "mismatch", mismatch(told(&good[name]), told(&value)))]);
        let expected = match name {
            "itemCount" => "integer from 0 to 9007199254740991",
            "createdAt" => "date",
            _ => "string",
        };
        rows.row(&format!("{at}.{name}: absent"), all, |p| remove(payload(p), name), &[(&format!("{at}.{name}"), "invalid_type", wrong(expected, "undefined"))]);
    }
    rows.row(&format!("{at}.hash: no digest"), all, |p| payload(p)["hash"] = json!("x"), &[(&format!("{at}.hash"), "invalid_format", DIGEST.into())]);
}

/// A manifest and an output that stand beside the record.
fn manifest_and_output(rows: &mut Rows) {
    let mut all = with_event(all_parts());
    all["manifest"] = manifest(&mut all).clone();
    all["output"] = all["event"]["payload"].clone();
    rows.row("good: a whole snapshot", &all, |_| (), &[]);
    let hash = all["record"]["hash"].as_str().unwrap().to_owned();
    for (name, change) in [("itemCount", json!(5)), ("itemsRoot", json!(Digest::of(b"other")))] {
        let mut other = all["manifest"].clone();
        other[name] = change.clone();
        rows.row(&format!("manifest: another {name}"), &all, |p| p["manifest"][name] = change, &[("manifest", "mismatch", mismatch(&hash, digest_of(&other)))]);
    }
    rows.row("manifest: null", &all, |p| p["manifest"] = Value::Null, &[("manifest", "invalid_type", wrong("object", "null"))]);
    rows.row(
        "manifest: of another format, with another member",
        &all,
        |p| {
            p["manifest"]["format"] = json!("v9");
            p["manifest"]["pack"]["x"] = json!(1);
        },
        &[
            ("manifest.format", "mismatch", mismatch("\"context.pack.snapshot/v1\"", "\"v9\"")),
            ("manifest.pack.x", "extra", "Unknown member: x".into()),
        ],
    );
    rows.row("output: null", &all, |p| p["output"] = Value::Null, &[("output", "invalid_type", wrong("object", "null"))]);
    payload(rows, &all, "output", |p| &mut p["output"]);
}

/// Limits that are lower than the format's, at and over each.
fn limits(rows: &mut Rows) {
    let all = with_event(all_parts());
    let size = |value: &Value| canonicalize(value).expect("JSON").len();
    let record = size(&all["record"]);
    rows.row("good: limits: none", &all, |p| p["limits"] = json!({}), &[]);
    rows.row("good: limits: null", &all, |p| p["limits"] = Value::Null, &[]);
    rows.row("good: limits: the record's length", &all, |p| p["limits"] = json!({ "documentBytes": record }), &[]);
    rows.row(
        "limits: a byte less",
        &all,
        |p| p["limits"] = json!({ "documentBytes": record - 1 }),
        &[("record.metadata", "too_big", too_big(record - 1, "canonical bytes"))],
    );
    let told = |at: usize| (format!("items.{at}.itemId"), "Invalid row id: expected it to begin with s-1:".to_owned());
    let told: Vec<_> = (0..4).map(told).collect();
    let told = told.iter().map(|(path, message)| (&**path, "mismatch", message.clone()));
    let told: Vec<Expected> = [("record.metadata", "too_big", too_big(record - 1, "canonical bytes"))].into_iter().chain(told).collect();
    rows.row("limits: a byte less, and no row ids", &parts(), |p| (p["limits"] = json!({ "documentBytes": record - 1 }), p["rowIds"] = json!(true)), &told);
    rows.row(
        "limits: a byte less, and much that is wrong",
        &all,
        |p| {
            p["record"]["hash"] = json!("x".repeat(71));
            ours(p)["x"] = json!([]);
            ours(p)["manifest"]["itemCount"] = json!(9);
            p["limits"] = json!({ "documentBytes": record - 1 });
        },
        &[("record.metadata", "too_big", too_big(record - 1, "canonical bytes"))],
    );
    let bytes: usize = all["items"].as_array().unwrap().iter().map(|item| digest_item(&from_json(&item.to_string()).unwrap()).unwrap().json.len()).sum();
    rows.row("good: limits: all items' length", &all, |p| p["limits"] = json!({ "totalBytes": bytes, "items": 4 }), &[]);
    rows.row(
        "limits: a byte less of all items",
        &all,
        |p| p["limits"] = json!({ "totalBytes": bytes - 1 }),
        &[("items", "too_big", too_big(bytes - 1, "canonical bytes in all"))],
    );
    rows.row("limits: an item less", &parts(), |p| p["limits"] = json!({ "items": 3 }), &[("items", "too_big", too_big(3, "items"))]);
    rows.row(
        "limits: an item less, and an index",
        &all,
        |p| p["limits"] = json!({ "items": 3 }),
        &[("index", "too_big", too_big(3, "items")), ("items", "too_big", too_big(3, "items"))],
    );
    rows.row("good: limits: the record's levels", &all, |p| p["limits"] = json!({ "levels": 7 }), &[]);
    let deep = ["owners", "sources", "tags"].map(|name| format!("{MANIFEST}.pack.{name}"));
    let deep = deep.each_ref().map(|path| (&**path, "too_big", too_big(5, "levels of nesting")));
    rows.row("limits: fewer levels", &parts(), |p| p["limits"] = json!({ "levels": 5 }), &deep);
    for (value, received) in [(json!("x"), "string"), (json!([]), "array"), (json!(1), "number")] {
        rows.row(&format!("limits: {received}"), &all, |p| p["limits"] = value, &[("limits", "invalid_type", wrong("object", received))]);
    }
    for (name, most) in [("documentBytes", 268_435_456_u64), ("levels", 1_000), ("items", 9_007_199_254_740_991), ("totalBytes", 9_007_199_254_740_991)] {
        let expected = format!("integer from 0 to {most}");
        let many = if most > 1 << 50 { json!(1e16) } else { json!(most + 1) };
        for (value, received) in [(json!(-1), "number"), (json!(0.5), "number"), (many, "number"), (json!("1"), "string"), (Value::Null, "null")] {
            let name = format!("limits.{name}");
            rows.row(&format!("{name}: {value}"), &all, |p| p["limits"] = json!({ &name[7..]: value, if name == "limits.items" { "levels" } else { "items" }: 0 }), &[(&name, "invalid_type", wrong(&expected, received))]);
        }
    }
    rows.row("limits: another name", &all, |p| p["limits"] = json!({ "item": 1, "levels": 1 }), &[("limits.item", "extra", "Unknown member: item".into())]);
}

/// Parts that are as long as they may be, and a byte longer: right ones, and wrong ones, of which what is right counts
/// (`docs/ERRORS.md` section 6.1).
fn lengths(rows: &mut Rows) {
    let mut all = with_event(all_parts());
    all["manifest"] = manifest(&mut all).clone();
    all["output"] = all["event"]["payload"].clone();
    let size = |value: &Value| canonicalize(value).expect("JSON").len();
    let most = size(&all["record"]) + 1_000;
    all["limits"] = json!({ "documentBytes": most });
    let too_long = || too_big(most, "canonical bytes");
    let beside = |part: &str| json!({ "record": all["record"], "items": all["items"], "limits": all["limits"], part: all[part] });

    let cut = |text: &str| format!("{}…{}", &text[..128], &text[text.len() - 127..]);
    for (part, padded) in [("event", "/id"), ("event", "/payload/packKey"), ("output", "/packKey"), ("pack", "/title")] {
        let mut parts = beside(part);
        let expected = all[part].pointer(padded).unwrap();
        let found = json!(pad(&mut parts[part], padded, "", most, size));
        let path = format!("{part}{}", padded.replace('/', "."));
        rows.row(&format!("{path}: as long as it may be"), &parts, |_| (), &[(&path, "mismatch", mismatch(expected, cut(&found.to_string())))]);
        pad(&mut parts[part], padded, "", most + 1, size);
        rows.row(&format!("{path}: a byte too long"), &parts, |_| (), &[(part, "too_big", too_long())]);
    }

    // The first and the last character of each length in UTF-8, and of those that are escaped.
    let text = "\u{0}\u{7}\u{8}\t\n\u{b}\u{c}\r\u{e}\u{1f} !\"#[\\]\u{7f}\u{80}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}";
    let time = "\"2026-03-01T09:15:30.123Z\"".len();
    for (part, padded, bad, value, counted, message) in [
        ("event", "/id", "/key", json!(5), 0, wrong("string", "number")),
        ("event", "/id", "/version", json!([]), 0, wrong("string", "array")),
        ("event", "/id", "/occurredAt", json!(5), 0, wrong("date", "number")),
        ("event", "/id", "/occurredAt", json!("today"), 7, TIME.into()),
        ("event", "/id", "/payload/createdAt", json!(true), 0, wrong("date", "boolean")),
        ("event", "/payload/packKey", "/payload/itemCount", json!(-1), 0, count("number")),
        ("event", "/payload/packKey", "/payload/itemCount", json!("1"), 0, count("string")),
        ("event", "/id", "/payload", json!([]), 0, wrong("object", "array")),
        ("output", "/packKey", "/itemCount", json!(0.5), 0, count("number")),
        ("output", "/packKey", "/createdAt", json!({}), 0, wrong("date", "object")),
        ("pack", "/title", "/packKey", Value::Null, 0, wrong("string", "null")),
        ("pack", "/title", "/description", json!(5), 0, wrong("string", "number")),
        ("pack", "/title", "/owners", json!(5), 0, wrong("array", "number")),
        ("pack", "/title", "/owners/0", json!(5), 0, wrong("string", "number")),
        ("pack", "/title", "/tags/1", Value::Null, 0, wrong("string", "null")),
        ("pack", "/title", "/sources", json!({}), 0, wrong("array", "object")),
        ("pack", "/title", "/sources/1", json!(5), 0, wrong("object", "number")),
        ("pack", "/title", "/sources/0/required", json!("yes"), 0, wrong("boolean", "string")),
        ("pack", "/title", "/sources/0/kind", json!(""), 2, EMPTY.into()),
        ("manifest", "/pack/title", "/itemCount", json!(-1), 2, count("number")),
        ("manifest", "/pack/title", "/itemsRoot", json!({ "a": [1, true, "é"], "b": null }), 28, wrong("string", "object")),
        ("record", "/metadata/run", "/hash", json!(5), 0, wrong("string", "number")),
        ("record", "/metadata/run", "/itemCount", json!(-1), 0, count("number")),
        ("record", "/metadata/run", "/createdAt", json!("today"), 7, TIME.into()),
        ("record", "/metadata/run", "/createdAt", json!([]), 0, wrong("date", "array")),
        ("record", "/metadata/run", "/createdBy", json!({}), 0, wrong("string", "object")),
        ("record", "/metadata/run", "/metadata/$snapshot/actor", json!({ "x": [0.5, false] }), 17, wrong("string", "object")),
    ] {
        let mut parts = beside(part);
        *parts[part].pointer_mut(bad).unwrap() = value.clone();
        // A time counts as it would be written.
        let at_time = ["/createdAt", "/occurredAt"].into_iter().find(|at| *at != bad && all[part].pointer(at).is_some());
        if let Some(at) = at_time {
            *parts[part].pointer_mut(at).unwrap() = json!("2026-03-01 09:15:30.123456+00");
        }
        let measured = |value: &Value| {
            let mut value = value.clone();
            *value.pointer_mut(bad).unwrap() = json!(0);
            if let Some(at) = at_time {
                *value.pointer_mut(at).unwrap() = json!(0);
            }
            size(&value) - 1 + counted + at_time.map_or(0, |_| time - 1)
        };
        let path = format!("{part}{}", bad.replace('/', "."));
        let code = if message == TIME {
            "invalid_format"
        } else if message == EMPTY {
            "too_small"
        } else {
            "invalid_type"
        };
        pad(&mut parts[part], padded, text, most, measured);
        rows.row(&format!("{path} is {value}, as long as it may be"), &parts, |_| (), &[(&path, code, message)]);
        pad(&mut parts[part], padded, text, most + 1, measured);
        let path = if part == "record" { "record.metadata" } else { part };
        rows.row(&format!("{part}{bad} is {value}, a byte too long"), &parts, |_| (), &[(path, "too_big", too_long())]);
    }
}

/// Makes what is at that pointer a text that begins with `text`, of such a length that the whole has that size.
fn pad(whole: &mut Value, at: &str, text: &str, size: usize, measured: impl Fn(&Value) -> usize) -> String {
    *whole.pointer_mut(at).unwrap() = json!(text);
    let padded = format!("{text}{}", "x".repeat(size - measured(whole)));
    *whole.pointer_mut(at).unwrap() = json!(padded);
    assert_eq!(measured(whole), size);
    padded
}

/// What is right, in every form that a store may give it.
fn good(rows: &mut Rows) {
    let (base, all) = (parts(), all_parts());
    rows.row("good: record and items", &base, |_| (), &[]);
    rows.row("good: all parts", &all, |_| (), &[]);
    rows.row("good: a trusted hash alone", &all, |p| remove(&mut p["expect"], "seal"), &[]);
    rows.row("good: a trusted seal alone", &all, |p| remove(&mut p["expect"], "hash"), &[]);
    rows.row("good: items in another order", &all, |p| p["items"].as_array_mut().unwrap().reverse(), &[]);
    rows.row("good: no pack", &all, |p| p["pack"] = Value::Null, &[]);
    rows.row(
        "good: more columns",
        &all,
        |p| {
            p["record"]["id"] = json!(1);
            p["record"]["tenant"] = Value::Null;
            p["pack"]["createdAt"] = json!("whenever");
            p["pack"]["updatedAt"] = json!(12);
            p["pack"]["sources"][0]["id"] = json!([]);
            p["items"][0]["row"] = json!({ "a": [] });
            p["items"][0][""] = json!("x");
            p["record"][""] = json!("x");
            p["items"][0]["snapshotId"] = json!("another");
            p["items"][0]["createdAt"] = json!("nonsense");
            p["items"][1]["snapshotId"] = Value::Null;
            p["items"][1]["createdAt"] = Value::Null;
        },
        &[],
    );
    rows.row(
        "good: null for what is absent",
        &all,
        |p| {
            for name in ["sourceVersion", "textContent", "metadata"] {
                p["items"][2][name] = Value::Null;
            }
            for name in ["version", "required", "description"] {
                p["pack"]["sources"][1][name] = Value::Null;
            }
        },
        &[],
    );
    rows.row(
        "good: nobody made it, and a store says null",
        &base,
        |p| {
            remove(ours(p), "userId");
            remove(ours(p), "requestedBy");
            p["record"]["createdBy"] = Value::Null;
            seal_again(p);
        },
        &[],
    );
    rows.row(
        "good: an empty claim of the caller",
        &base,
        |p| {
            remove(ours(p), "userId");
            ours(p)["requestedBy"] = json!("");
            p["record"]["createdBy"] = json!("");
            seal_again(p);
        },
        &[],
    );
    for time in [
        "2026-03-01T09:15:30.123Z",
        "2026-03-01 09:15:30.123+00",
        "2026-03-01 10:15:30.123999+01",
        "2026-03-01 02:15:30.123456789-07:00",
        "2026-03-01t09:15:30.123z",
        "2026-03-01T14:45:30.123+05:30",
        "2026-02-28 23:15:30.123-10",
    ] {
        rows.row(&format!("good: createdAt {time}"), &base, |p| p["record"]["createdAt"] = json!(time), &[]);
    }
}

fn step_1(rows: &mut Rows) {
    let base = parts();
    for (value, received) in [(Value::Null, "null"), (json!("x"), "string"), (json!([]), "array"), (json!(1), "number"), (json!(true), "boolean")] {
        let name = format!("record: {received}");
        rows.row(&name, &base, |p| p["record"] = value, &[("record", "invalid_type", wrong("object", received))]);
    }
    rows.row("record: absent", &base, |p| remove(p, "record"), &[("record", "invalid_type", wrong("object", "undefined"))]);
    let all_absent = IN_RECORD.iter().filter(|(name, _)| *name != "createdBy");
    let all_absent: Vec<(String, String)> = all_absent.map(|(name, expected)| (format!("record.{name}"), wrong(expected, "undefined"))).collect();
    let all_absent: Vec<Expected> = all_absent.iter().map(|(path, message)| (&**path, "invalid_type", message.clone())).collect();
    rows.row("record: empty", &base, |p| p["record"] = json!({}), &all_absent);
    for (name, expected) in IN_RECORD {
        let path = format!("record.{name}");
        if name != "createdBy" {
            let message = wrong(expected, "undefined");
            let change = |p: &mut Value| remove(&mut p["record"], name);
            rows.row(&format!("record: no {name}"), &base, change, &[(&path, "invalid_type", message)]);
            let message = wrong(expected, "null");
            let change = |p: &mut Value| p["record"][name] = Value::Null;
            rows.row(&format!("record: {name} null"), &base, change, &[(&path, "invalid_type", message)]);
        }
        let message = wrong(expected, "array");
        let change = |p: &mut Value| p["record"][name] = json!([1]);
        rows.row(&format!("record: {name} an array"), &base, change, &[(&path, "invalid_type", message)]);
    }
    for name in ["snapshotId", "packKey"] {
        let change = |p: &mut Value| p["record"][name] = json!("");
        rows.row(&format!("record: {name} empty"), &base, change, &[(&format!("record.{name}"), "too_small", EMPTY.into())]);
    }
    let colon = |p: &mut Value| p["record"]["snapshotId"] = json!("s:1");
    rows.row("record: a colon", &base, colon, &[("record.snapshotId", "invalid_format", COLON.into())]);
    let upper = |p: &mut Value| p["record"]["hash"] = json!(p["record"]["hash"].as_str().unwrap().to_uppercase());
    rows.row("record: an upper-case hash", &base, upper, &[("record.hash", "invalid_format", DIGEST.into())]);
    let short = |p: &mut Value| p["record"]["hash"] = json!("sha256:00");
    rows.row("record: a short hash", &base, short, &[("record.hash", "invalid_format", DIGEST.into())]);
    for (value, received) in
        [(json!(-1), "number"), (json!(1.5), "number"), (json!(9_007_199_254_740_992_u64), "number"), (json!("4"), "string"), (json!(1e300), "number")]
    {
        let name = format!("record: itemCount {value}");
        rows.row(&name, &base, |p| p["record"]["itemCount"] = value, &[("record.itemCount", "invalid_type", count(received))]);
    }
    for (time, message) in [
        ("", TIME),
        ("2026-03-01T09:15:30.123", NO_OFFSET),
        ("2026-03-01 09:15:30.123", NO_OFFSET),
        ("2026-03-01T09:15:30.123+0000", TIME),
        ("2026-03-01T09:15:30.123+0", TIME),
        ("2026-02-30T09:15:30.123Z", TIME),
        ("2026-03-01T09:15:60.123Z", TIME),
        ("2026-03-01  09:15:30.123Z", TIME),
        ("2026-03-01_09:15:30.123Z", TIME),
        ("2026-03-01 09:15:30.123+24", TIME),
        ("2026-03-01 09:15:30.123 +00", TIME),
        ("1969-12-31 23:59:59+00", RANGE),
        ("1970-01-01 00:59:59+01", RANGE),
        ("9999-12-31T23:59:59.999-01:00", RANGE),
        ("0000-01-01T00:00:00Z", RANGE),
    ] {
        let change = |p: &mut Value| p["record"]["createdAt"] = json!(time);
        rows.row(&format!("record: createdAt {time}"), &base, change, &[("record.createdAt", "invalid_format", message.into())]);
    }
    let number = |p: &mut Value| p["record"]["createdAt"] = json!(1_772_356_530_123_u64);
    rows.row("record: createdAt in milliseconds", &base, number, &[("record.createdAt", "invalid_type", wrong("date", "number"))]);
    rows.row(
        "record: several wrong, in order",
        &base,
        |p| {
            for (name, _) in IN_RECORD {
                p["record"][name] = json!(true);
            }
        },
        &IN_RECORD.map(|(name, expected)| {
            let path: &'static str = format!("record.{name}").leak();
            (path, "invalid_type", wrong(expected, "boolean"))
        }),
    );
}

fn step_1_ours(rows: &mut Rows) {
    let base = parts();
    rows.row("$snapshot: absent", &base, |p| remove(&mut p["record"]["metadata"], "$snapshot"), &[(OURS, "invalid_type", wrong("object", "undefined"))]);
    for (value, received) in [(Value::Null, "null"), (json!([]), "array"), (json!("x"), "string")] {
        rows.row(&format!("$snapshot: {received}"), &base, |p| *ours(p) = value, &[(OURS, "invalid_type", wrong("object", received))]);
    }
    for name in IN_OURS {
        let path = format!("{OURS}.{name}");
        for (value, received) in [(Value::Null, "null"), (json!(1), "number")] {
            let change = |p: &mut Value| ours(p)[name] = value;
            rows.row(&format!("$snapshot: {name} {received}"), &base, change, &[(&path, "invalid_type", wrong("string", received))]);
        }
    }
    for name in ["seal", "actor", "grant"] {
        let change = |p: &mut Value| remove(ours(p), name);
        rows.row(&format!("$snapshot: no {name}"), &base, change, &[(&format!("{OURS}.{name}"), "invalid_type", wrong("string", "undefined"))]);
    }
    for name in ["userId", "idemKey"] {
        let change = |p: &mut Value| ours(p)[name] = json!("");
        rows.row(&format!("$snapshot: {name} empty"), &base, change, &[(&format!("{OURS}.{name}"), "too_small", EMPTY.into())]);
    }
    for name in ["seal", "parent"] {
        let change = |p: &mut Value| ours(p)[name] = json!("sha256:");
        rows.row(&format!("$snapshot: {name} no digest"), &base, change, &[(&format!("{OURS}.{name}"), "invalid_format", DIGEST.into())]);
    }
    let change = |p: &mut Value| ours(p)["actor"] = json!("root");
    rows.row("$snapshot: another actor", &base, change, &[(&format!("{OURS}.actor"), "mismatch", mismatch(r#""admin" or "user""#, r#""root""#))]);
    let change = |p: &mut Value| ours(p)["grant"] = json!("");
    rows.row("$snapshot: another grant", &base, change, &[(&format!("{OURS}.grant"), "mismatch", mismatch(r#""actor" or "role""#, r#""""#))]);
    rows.row(
        "$snapshot: more members, sorted",
        &base,
        |p| {
            for name in ["\u{e000}", "b", "\u{10000}", "", "a"] {
                ours(p)[name] = json!(1);
            }
        },
        &["", "a", "b", "\u{10000}", "\u{e000}"].map(|name| {
            let path: &'static str = format!("{OURS}.{name}").leak();
            (path, "extra", format!("Unknown member: {name}"))
        }),
    );
    let change = |p: &mut Value| ours(p)["__proto__"] = json!({ "a": 1 });
    rows.row("$snapshot: __proto__", &base, change, &[(&format!("{OURS}.__proto__"), "extra", "Unknown member: __proto__".into())]);
    rows.row(
        "$snapshot: a long name",
        &base,
        |p| ours(p)["n".repeat(300)] = json!(1),
        &[(
            &format!("{}…{}", format!("{OURS}.{}", "n".repeat(128)).chars().take(128).collect::<String>(), "n".repeat(127)),
            "extra",
            format!("Unknown member: {}…{}", "n".repeat(128), "n".repeat(127)),
        )],
    );
    let deep = |levels: usize| {
        let mut value = json!([]);
        (1..levels).for_each(|_| value = json!([value]));
        value
    };
    rows.row(
        "metadata: as deep as it may be",
        &base,
        |p| {
            p["record"]["metadata"]["deep"] = deep(998);
            seal_deep(p);
        },
        &[],
    );
    let path = format!("record.metadata.deep{}", ".0".repeat(998));
    rows.row(
        "metadata: too deep",
        &base,
        |p| {
            p["record"]["metadata"]["deep"] = deep(999);
            *ours(p) = json!("x");
        },
        &[(&format!("{}…{}", &path[..128], &path[path.len() - 127..]), "too_big", "Too big: expected at most 1000 levels of nesting".into())],
    );
}

/// [`seal_again`], where the other implementation may be too shallow: the deep part has a form that is easily written.
fn seal_deep(parts: &mut Value) {
    let mut record = parts["record"].clone();
    remove(&mut record["metadata"]["$snapshot"], "seal");
    let json = canonicalize(&record).expect("JSON");
    ours(parts)["seal"] = json!(Digest::of(json.as_bytes()));
}

fn step_2(rows: &mut Rows) {
    let base = parts();
    for (value, received) in [(Value::Null, "null"), (json!([]), "array"), (json!("x"), "string")] {
        rows.row(&format!("manifest: {received}"), &base, |p| *manifest(p) = value, &[(MANIFEST, "invalid_type", wrong("object", received))]);
    }
    rows.row("manifest: absent", &base, |p| remove(ours(p), "manifest"), &[(MANIFEST, "invalid_type", wrong("object", "undefined"))]);
    rows.row(
        "manifest: empty",
        &base,
        |p| *manifest(p) = json!({}),
        &[
            (&format!("{MANIFEST}.format"), "invalid_type", wrong("string", "undefined")),
            (&format!("{MANIFEST}.itemCount"), "invalid_type", count("undefined")),
            (&format!("{MANIFEST}.itemsRoot"), "invalid_type", wrong("string", "undefined")),
            (&format!("{MANIFEST}.pack"), "invalid_type", wrong("object", "undefined")),
        ],
    );
    let mut wrong_at = |name: &str, change: &dyn Fn(&mut Value), code: &str, message: String| {
        rows.row(&format!("manifest: {name} {message}"), &base, |p| change(manifest(p)), &[(&format!("{MANIFEST}.{name}"), code, message.clone())]);
    };
    wrong_at("format", &|m| m["format"] = json!("context.pack.snapshot/v2"), "mismatch", mismatch(r#""context.pack.snapshot/v1""#, r#""context.pack.snapshot/v2""#));
    wrong_at("itemCount", &|m| m["itemCount"] = json!(-1), "invalid_type", count("number"));
    wrong_at("itemCount", &|m| m["itemCount"] = Value::Null, "invalid_type", count("null"));
    wrong_at("itemsRoot", &|m| m["itemsRoot"] = json!("x"), "invalid_format", DIGEST.into());
    wrong_at("pack", &|m| m["pack"] = Value::Null, "invalid_type", wrong("object", "null"));
    wrong_at("pack.packKey", &|m| m["pack"]["packKey"] = json!(""), "too_small", EMPTY.into());
    wrong_at("pack.version", &|m| remove(&mut m["pack"], "version"), "invalid_type", wrong("string", "undefined"));
    wrong_at("pack.title", &|m| m["pack"]["title"] = json!([]), "invalid_type", wrong("string", "array"));
    wrong_at("pack.description", &|m| m["pack"]["description"] = Value::Null, "invalid_type", wrong("string", "null"));
    wrong_at("pack.owners", &|m| m["pack"]["owners"] = Value::Null, "invalid_type", wrong("array", "null"));
    wrong_at("pack.owners", &|m| m["pack"]["owners"] = json!({ "0": "x" }), "invalid_type", wrong("array", "object"));
    wrong_at("pack.tags.1", &|m| m["pack"]["tags"][1] = json!(1), "invalid_type", wrong("string", "number"));
    wrong_at("pack.sources", &|m| m["pack"]["sources"] = json!("x"), "invalid_type", wrong("array", "string"));
    wrong_at("pack.sources.0", &|m| m["pack"]["sources"][0] = Value::Null, "invalid_type", wrong("object", "null"));
    wrong_at("pack.sources.0.kind", &|m| m["pack"]["sources"][0]["kind"] = json!(""), "too_small", EMPTY.into());
    wrong_at("pack.sources.1.key", &|m| remove(&mut m["pack"]["sources"][1], "key"), "invalid_type", wrong("string", "undefined"));
    wrong_at("pack.sources.0.version", &|m| m["pack"]["sources"][0]["version"] = Value::Null, "invalid_type", wrong("string", "null"));
    wrong_at("pack.sources.0.required", &|m| m["pack"]["sources"][0]["required"] = json!("yes"), "invalid_type", wrong("boolean", "string"));
    wrong_at("colour", &|m| m["colour"] = json!(1), "extra", "Unknown member: colour".into());
    wrong_at("pack.createdAt", &|m| m["pack"]["createdAt"] = json!("2026-01-01T00:00:00Z"), "extra", "Unknown member: createdAt".into());
    wrong_at("pack.sources.1.colour", &|m| m["pack"]["sources"][1]["colour"] = Value::Null, "extra", "Unknown member: colour".into());
    rows.row(
        "manifest: in order",
        &base,
        |p| {
            ours(p)["aaa"] = json!(1);
            ours(p)["seal"] = json!(1);
            manifest(p)["aaa"] = json!(1);
            manifest(p)["AAA"] = json!(1);
            manifest(p)["itemCount"] = json!("4");
            manifest(p)["pack"]["aaa"] = json!(1);
            manifest(p)["pack"]["sources"][0]["aaa"] = json!(1);
            manifest(p)["pack"]["tags"] = json!(1);
            p["record"]["packKey"] = json!(1);
        },
        &[
            ("record.packKey", "invalid_type", wrong("string", "number")),
            (&format!("{MANIFEST}.itemCount"), "invalid_type", count("string")),
            (&format!("{MANIFEST}.pack.tags"), "invalid_type", wrong("array", "number")),
            (&format!("{MANIFEST}.pack.sources.0.aaa"), "extra", "Unknown member: aaa".into()),
            (&format!("{MANIFEST}.pack.aaa"), "extra", "Unknown member: aaa".into()),
            (&format!("{MANIFEST}.AAA"), "extra", "Unknown member: AAA".into()),
            (&format!("{MANIFEST}.aaa"), "extra", "Unknown member: aaa".into()),
            (&format!("{OURS}.seal"), "invalid_type", wrong("string", "number")),
            (&format!("{OURS}.aaa"), "extra", "Unknown member: aaa".into()),
        ],
    );
}

fn steps_3_to_5(rows: &mut Rows) {
    let mut base = parts();
    let (grant, seal_path) = (format!("{OURS}.grant"), format!("{OURS}.seal"));
    let hash = digest_of(manifest(&mut base));
    let other = Digest::of(b"other");
    let seal = ours(&mut base)["seal"].as_str().unwrap().to_owned();
    rows.row(
        "hash: another, sealed",
        &base,
        |p| {
            p["record"]["hash"] = json!(other);
            seal_again(p)
        },
        &[("record.hash", "mismatch", mismatch(hash, other))],
    );
    let mut bent = base.clone();
    bent["record"]["hash"] = json!(other);
    let computed = seal_again(&mut bent.clone());
    rows.row("hash: another", &base, |p| *p = bent, &[("record.hash", "mismatch", mismatch(hash, other)), (&seal_path, "mismatch", mismatch(computed, &seal))]);
    for (name, value, expected, found) in [
        ("packKey", json!("x"), r#""shop.docs""#, r#""x""#),
        ("packVersion", json!(""), r#""2026.3""#, r#""""#),
        ("itemCount", json!(5), "4", "5"),
        ("createdBy", json!("x\"y"), r#""u-42""#, r#""x\"y""#),
    ] {
        rows.row(
            &format!("record: another {name}, sealed"),
            &base,
            |p| {
                p["record"][name] = value;
                seal_again(p)
            },
            &[(&format!("record.{name}"), "mismatch", mismatch(expected, found))],
        );
    }
    for value in [None, Some(Value::Null)] {
        let name = format!("createdBy: {value:?}, sealed");
        rows.row(
            &name,
            &base,
            |p| {
                match value {
                    Some(value) => p["record"]["createdBy"] = value,
                    None => remove(&mut p["record"], "createdBy"),
                }
                seal_again(p)
            },
            &[("record.createdBy", "mismatch", mismatch(r#""u-42""#, "nothing"))],
        );
    }
    rows.row(
        "createdBy: of the caller, where there is a user",
        &base,
        |p| {
            p["record"]["createdBy"] = json!("scheduler");
            seal_again(p)
        },
        &[("record.createdBy", "mismatch", mismatch(r#""u-42""#, r#""scheduler""#))],
    );
    rows.row(
        "createdBy: somebody, where nobody is named",
        &base,
        |p| {
            remove(ours(p), "userId");
            remove(ours(p), "requestedBy");
            seal_again(p)
        },
        &[("record.createdBy", "mismatch", mismatch("nothing", r#""u-42""#))],
    );
    rows.row(
        "grant: of the other actor, sealed",
        &base,
        |p| {
            ours(p)["grant"] = json!("actor");
            seal_again(p)
        },
        &[(&grant, "mismatch", mismatch(r#""role""#, r#""actor""#))],
    );
    rows.row(
        "actor: of the other grant, sealed",
        &base,
        |p| {
            ours(p)["actor"] = json!("admin");
            seal_again(p)
        },
        &[(&grant, "mismatch", mismatch(r#""actor""#, r#""role""#))],
    );
    rows.row(
        "a long packKey is told in part",
        &base,
        |p| {
            p["record"]["packKey"] = json!("é".repeat(300));
            seal_again(p)
        },
        &[("record.packKey", "mismatch", mismatch(r#""shop.docs""#, format!("\"{}…{}\"", "é".repeat(127), "é".repeat(126))))],
    );
    rows.row("seal: another", &base, |p| ours(p)["seal"] = json!(other), &[(&seal_path, "mismatch", mismatch(&seal, other))]);
    for (name, change) in [
        ("metadata", (|p| p["record"]["metadata"]["run"] = json!(8)) as fn(&mut Value)),
        ("metadata, deep", |p| p["record"]["metadata"]["zone"]["list"][2]["b"] = json!(false)),
        ("metadata, one more", |p| p["record"]["metadata"]["more"] = Value::Null),
        ("snapshotId", |p| p["record"]["snapshotId"] = json!("s-2")),
        ("createdAt", |p| p["record"]["createdAt"] = json!("2026-03-01T09:15:30.124Z")),
        ("reason", |p| remove(ours(p), "reason")),
        ("parent", |p| ours(p)["parent"] = json!(Digest::of(b""))),
        ("channel", |p| ours(p)["channel"] = json!("")),
    ] {
        let mut bent = base.clone();
        change(&mut bent);
        let computed = seal_again(&mut bent.clone());
        rows.row(&format!("seal: other {name}"), &base, |p| *p = bent, &[(&seal_path, "mismatch", mismatch(computed, &seal))]);
    }
    rows.row(
        "all of it at once",
        &base,
        |p| {
            p["record"]["hash"] = json!(other);
            p["record"]["packKey"] = json!("x");
            p["record"]["packVersion"] = json!("x");
            p["record"]["itemCount"] = json!(0);
            p["record"]["createdBy"] = json!("x");
            ours(p)["grant"] = json!("actor");
            seal_again(p);
        },
        &[
            ("record.hash", "mismatch", mismatch(hash, other)),
            ("record.packKey", "mismatch", mismatch(r#""shop.docs""#, r#""x""#)),
            ("record.packVersion", "mismatch", mismatch(r#""2026.3""#, r#""x""#)),
            ("record.itemCount", "mismatch", mismatch(4, 0)),
            ("record.createdBy", "mismatch", mismatch(r#""u-42""#, r#""x""#)),
            (&grant, "mismatch", mismatch(r#""role""#, r#""actor""#)),
        ],
    );
    rows.row(
        "what is misshapen is not compared, the rest is",
        &base,
        |p| {
            p["record"]["hash"] = json!(1);
            p["record"]["packKey"] = json!("x");
            ours(p)["userId"] = json!(1);
            p["record"]["createdBy"] = json!("x");
            ours(p)["actor"] = json!("admin");
        },
        &[
            ("record.hash", "invalid_type", wrong("string", "number")),
            (&format!("{OURS}.userId"), "invalid_type", wrong("string", "number")),
            ("record.packKey", "mismatch", mismatch(r#""shop.docs""#, r#""x""#)),
            (&grant, "mismatch", mismatch(r#""actor""#, r#""role""#)),
        ],
    );
}

fn step_6(rows: &mut Rows) {
    let all = all_parts();
    for (value, received) in [(json!("x"), "string"), (json!([]), "array"), (json!(1), "number"), (json!(false), "boolean")] {
        rows.row(&format!("pack: {received}"), &all, |p| p["pack"] = value, &[("pack", "invalid_type", wrong("object", received))]);
    }
    let mut shape = |name: &str, change: &dyn Fn(&mut Value), code: &str, message: String| {
        rows.row(&format!("pack: {name} {message}"), &all, |p| change(&mut p["pack"]), &[(&format!("pack.{name}"), code, message.clone())]);
    };
    shape("packKey", &|p| p["packKey"] = json!(""), "too_small", EMPTY.into());
    shape("packKey", &|p| p["packKey"] = Value::Null, "invalid_type", wrong("string", "null"));
    shape("version", &|p| remove(p, "version"), "invalid_type", wrong("string", "undefined"));
    shape("title", &|p| p["title"] = Value::Null, "invalid_type", wrong("string", "null"));
    shape("description", &|p| p["description"] = json!(1), "invalid_type", wrong("string", "number"));
    shape("owners.0", &|p| p["owners"][0] = Value::Null, "invalid_type", wrong("string", "null"));
    shape("tags", &|p| p["tags"] = json!("web"), "invalid_type", wrong("array", "string"));
    shape("sources.1", &|p| p["sources"][1] = json!([]), "invalid_type", wrong("object", "array"));
    shape("sources.0.key", &|p| p["sources"][0]["key"] = Value::Null, "invalid_type", wrong("string", "null"));
    shape("sources.0.required", &|p| p["sources"][0]["required"] = json!(1), "invalid_type", wrong("boolean", "number"));
    shape("packKey", &|p| p["packKey"] = json!("x"), "mismatch", mismatch(r#""shop.docs""#, r#""x""#));
    shape("version", &|p| p["version"] = json!(""), "mismatch", mismatch(r#""2026.3""#, r#""""#));
    shape("title", &|p| p["title"] = json!("x"), "mismatch", mismatch(r#""Shop docs""#, r#""x""#));
    shape("description", &|p| p["description"] = Value::Null, "mismatch", mismatch(r#""What the shop's agents read""#, "nothing"));
    shape("owners", &|p| p["owners"].as_array_mut().unwrap().reverse(), "mismatch", mismatch(r#"["team.shop","team.web"]"#, r#"["team.web","team.shop"]"#));
    shape("tags", &|p| p["tags"] = json!([]), "mismatch", mismatch(r#"["web","api"]"#, "[]"));
    let sources = r#"[{"description":"The API","key":"contracts.api","kind":"contract","required":true,"version":"2"},{"key":"docs.about","kind":"docblock"}]"#;
    shape(
        "sources",
        &|p| {
            p["sources"].as_array_mut().unwrap().pop();
        },
        "mismatch",
        mismatch(sources, r#"[{"description":"The API","key":"contracts.api","kind":"contract","required":true,"version":"2"}]"#),
    );
    shape(
        "sources",
        &|p| p["sources"][1]["required"] = json!(false),
        "mismatch",
        mismatch(sources, sources.replace(r#""kind":"docblock""#, r#""kind":"docblock","required":false"#)),
    );
    rows.row(
        "pack: several members",
        &all,
        |p| p["pack"] = json!({ "packKey": "x", "version": "y", "title": "z" }),
        &[
            ("pack.packKey", "mismatch", mismatch(r#""shop.docs""#, r#""x""#)),
            ("pack.version", "mismatch", mismatch(r#""2026.3""#, r#""y""#)),
            ("pack.title", "mismatch", mismatch(r#""Shop docs""#, r#""z""#)),
            ("pack.description", "mismatch", mismatch(r#""What the shop's agents read""#, "nothing")),
            ("pack.owners", "mismatch", mismatch(r#"["team.shop","team.web"]"#, "nothing")),
            ("pack.tags", "mismatch", mismatch(r#"["web","api"]"#, "nothing")),
            ("pack.sources", "mismatch", mismatch(sources, "nothing")),
        ],
    );
    rows.row(
        "pack: misshapen, and not compared",
        &all,
        |p| {
            p["pack"]["title"] = json!("x");
            p["pack"]["tags"] = json!(1);
        },
        &[("pack.tags", "invalid_type", wrong("array", "number"))],
    );
    rows.row(
        "pack: nothing to compare with",
        &all,
        |p| {
            *manifest(p) = json!([]);
            p["pack"]["title"] = json!("x");
            remove(p, "expect")
        },
        &[(MANIFEST, "invalid_type", wrong("object", "array"))],
    );
}

fn steps_7_and_8(rows: &mut Rows) {
    let all = all_parts();
    let id = |at: usize| all["index"][at]["itemId"].as_str().expect("a text");
    let sorted = |later: usize, last: usize, now: usize| {
        let (last, now) = (id(last), id(now));
        let earlier = later - 1;
        format!("Unsorted index: expected itemIds in ascending order of UTF-16 code units, found {last} (index.{earlier}) before {now} (index.{later})")
    };
    let root = all["record"]["metadata"]["$snapshot"]["manifest"]["itemsRoot"].as_str().unwrap();
    for (value, received) in [(Value::Null, "null"), (json!({}), "object"), (json!("x"), "string")] {
        rows.row(&format!("index: {received}"), &all, |p| p["index"] = value, &[("index", "invalid_type", wrong("array", received))]);
    }
    rows.row(
        "index: entries that are none",
        &all,
        |p| {
            p["index"][0] = Value::Null;
            p["index"][1]["itemId"] = json!("");
            p["index"][2]["digest"] = json!("sha256:00");
            p["index"][3] = json!({});
        },
        &[
            ("index.0", "invalid_type", wrong("object", "null")),
            ("index.1.itemId", "too_small", EMPTY.into()),
            ("index.2.digest", "invalid_format", DIGEST.into()),
            ("index.3.itemId", "invalid_type", wrong("string", "undefined")),
            ("index.3.digest", "invalid_type", wrong("string", "undefined")),
        ],
    );
    rows.row("index: reversed", &all, |p| p["index"].as_array_mut().unwrap().reverse(), &[("index", "mismatch", sorted(1, 3, 2))]);
    rows.row("index: one twice", &all, |p| p["index"][3] = p["index"][2].clone(), &[("index", "mismatch", sorted(3, 2, 2))]);
    rows.row("index: sorted by characters", &all, |p| p["index"].as_array_mut().unwrap().swap(2, 3), &[("index", "mismatch", sorted(3, 3, 2))]);
    rows.row(
        "index: one less",
        &all,
        |p| {
            p["index"].as_array_mut().unwrap().pop();
        },
        &[("index", "mismatch", mismatch(4, 3))],
    );
    rows.row("index: empty", &all, |p| p["index"] = json!([]), &[("index", "mismatch", mismatch(4, 0))]);
    let mut bent = all.clone();
    bent["index"][1]["digest"] = json!(Digest::of(b"other"));
    let digests = bent["index"].as_array().unwrap().iter().map(|entry| entry["digest"].as_str().unwrap().parse().unwrap());
    let other_root = merkle::root(digests.collect());
    rows.row("index: another digest", &all, |p| *p = bent, &[("index", "mismatch", mismatch(root, other_root))]);
    rows.row(
        "index: wrong, so that items are compared by their root",
        &all,
        |p| {
            p["index"] = json!([]);
            p["items"][3]["content"] = json!("x");
        },
        &[
            ("index", "mismatch", mismatch(4, 0)),
            (
                "items",
                "mismatch",
                mismatch(
                    root,
                    merkle::root({
                        let mut bent = all.clone();
                        bent["items"][3]["content"] = json!("x");
                        index_of(&bent).into_iter().map(|(_, digest)| digest).collect()
                    }),
                ),
            ),
        ],
    );
    for (value, received) in [(json!("yes"), "string"), (Value::Null, "null"), (json!(1), "number")] {
        rows.row(&format!("rowIds: {received}"), &all, |p| p["rowIds"] = value, &[("rowIds", "invalid_type", wrong("boolean", received))]);
    }
    let (hash, seal, other) = (all["expect"]["hash"].as_str().unwrap(), all["expect"]["seal"].as_str().unwrap(), Digest::of(b"other"));
    for (value, received) in [(Value::Null, "null"), (json!("x"), "string"), (json!([]), "array")] {
        rows.row(&format!("expect: {received}"), &all, |p| p["expect"] = value, &[("expect", "invalid_type", wrong("plain object with a hash or a seal", received))]);
    }
    rows.row(
        "expect: null twice",
        &all,
        |p| p["expect"] = json!({ "hash": null, "seal": null }),
        &[("expect", "missing", NOTHING_EXPECTED.into())],
    );
    for (name, value) in [("nothing", json!({})), ("an empty seal", json!({ "seal": "" })), ("null and empty", json!({ "hash": null, "seal": "" }))] {
        rows.row(&format!("expect: {name}"), &all, |p| p["expect"] = value, &[("expect", "missing", NOTHING_EXPECTED.into())]);
    }
    rows.row(
        "expect: a digest under another name",
        &all,
        |p| p["expect"] = json!({ "zeal": seal, "digest": hash }),
        &[
            ("expect", "missing", NOTHING_EXPECTED.into()),
            ("expect.digest", "extra", "Unknown member: digest".into()),
            ("expect.zeal", "extra", "Unknown member: zeal".into()),
        ],
    );
    rows.row(
        "expect: a hash, no seal, and another name",
        &all,
        |p| p["expect"] = json!({ "hash": hash, "seal": null, "anchor": seal }),
        &[("expect.seal", "invalid_type", wrong("string", "null")), ("expect.anchor", "extra", "Unknown member: anchor".into())],
    );
    rows.row("expect: an empty hash, a seal", &all, |p| p["expect"] = json!({ "hash": "", "seal": seal }), &[("expect.hash", "invalid_format", DIGEST.into())]);
    rows.row(
        "trusted values beside the record, and other names",
        &all,
        |p| {
            for name in ["seal", "expected", "hash", "exepct", "\u{1b}[2J"] {
                p[name] = json!(hash);
            }
        },
        &[
            ("\\u001b[2J", "extra", "Unknown member: \\u001b[2J".into()),
            ("exepct", "extra", "Unknown member: exepct".into()),
            ("expected", "extra", "Unknown member: expected. Did you mean expect?".into()),
            ("hash", "extra", "Unknown member: hash. Did you mean expect.hash?".into()),
            ("seal", "extra", "Unknown member: seal. Did you mean expect.seal?".into()),
        ],
    );
    rows.row(
        "expect: no digest, and another seal",
        &all,
        |p| p["expect"] = json!({ "hash": hash.to_uppercase(), "seal": other }),
        &[("expect.hash", "invalid_format", DIGEST.into()), ("expect.seal", "mismatch", mismatch(other, seal))],
    );
    rows.row("expect: another hash", &all, |p| p["expect"]["hash"] = json!(other), &[("expect.hash", "mismatch", mismatch(other, hash))]);
    rows.row(
        "expect: others",
        &all,
        |p| p["expect"] = json!({ "hash": other, "seal": other }),
        &[("expect.hash", "mismatch", mismatch(other, hash)), ("expect.seal", "mismatch", mismatch(other, seal))],
    );
    rows.row(
        "expect: what was computed, not what the record has",
        &all,
        |p| {
            p["record"]["hash"] = json!(other);
            p["expect"] = json!({ "hash": other, "seal": seal_again(p) });
        },
        &[("record.hash", "mismatch", mismatch(hash, other)), ("expect.hash", "mismatch", mismatch(other, hash))],
    );
    rows.row(
        "expect: a seal that could not be computed",
        &all,
        |p| {
            ours(p)["reason"] = json!(1);
            p["expect"]["seal"] = json!(other);
        },
        &[(&format!("{OURS}.reason"), "invalid_type", wrong("string", "number"))],
    );
}

fn step_9(rows: &mut Rows) {
    for (with, base) in [("", parts()), (", index", all_parts())] {
        for (value, received) in [(Value::Null, "null"), (json!("x"), "string"), (json!([]), "array"), (json!(1), "number")] {
            let missing = format!("Item {} is missing", index_of(&base)[1].0);
            let issues = [("items.1", "invalid_type", wrong("object", received)), ("index.1", "missing", missing)];
            rows.row(&format!("item: {received}{with}"), &base, |p| p["items"][1] = value, if with.is_empty() { &issues[..1] } else { &issues });
        }
        let mut shape = |name: &str, value: Option<Value>, code: &str, message: String| {
            let told = format!("item: {name} {}{with}", value.as_ref().map_or("absent".into(), Value::to_string));
            let missing = format!("Item {} is missing", index_of(&base)[0].0);
            let path = format!("items.0.{name}");
            let issues = [(&*path, code, message), ("index.0", "missing", missing)];
            let is_told = name == "itemId" && !with.is_empty();
            rows.row(
                &told,
                &base,
                |p| match value {
                    Some(value) => p["items"][0][name] = value,
                    None => remove(&mut p["items"][0], name),
                },
                &issues[..=usize::from(is_told)],
            );
        };
        shape("itemId", None, "invalid_type", wrong("string", "undefined"));
        shape("itemId", Some(Value::Null), "invalid_type", wrong("string", "null"));
        shape("itemId", Some(json!("")), "too_small", EMPTY.into());
        shape("itemId", Some(json!(7)), "invalid_type", wrong("string", "number"));
        shape("kind", Some(Value::Null), "invalid_type", wrong("string", "null"));
        shape("kind", Some(json!("")), "too_small", EMPTY.into());
        shape("sourceKey", None, "invalid_type", wrong("string", "undefined"));
        shape("sourceVersion", Some(json!(2)), "invalid_type", wrong("string", "number"));
        shape("content", None, "invalid_type", wrong("string or object", "undefined"));
        shape("content", Some(Value::Null), "invalid_type", wrong("string or object", "null"));
        shape("content", Some(json!([])), "invalid_type", wrong("string or object", "array"));
        shape("textContent", Some(json!({})), "invalid_type", wrong("string", "object"));
        shape("metadata", Some(json!([])), "invalid_type", wrong("record", "array"));
        shape("metadata", Some(json!("x")), "invalid_type", wrong("record", "string"));
        rows.row(
            &format!("item: several members{with}"),
            &base,
            |p| p["items"][0] = json!({ "itemId": "API", "metadata": 1 }),
            &[
                ("items.0.kind", "invalid_type", wrong("string", "undefined")),
                ("items.0.sourceKey", "invalid_type", wrong("string", "undefined")),
                ("items.0.content", "invalid_type", wrong("string or object", "undefined")),
                ("items.0.metadata", "invalid_type", wrong("record", "number")),
            ],
        );
        rows.row(
            &format!("item: one twice{with}"),
            &base,
            |p| {
                let again = p["items"][1].clone();
                p["items"].as_array_mut().unwrap().push(again);
            },
            &[("items.4.itemId", "duplicate", "Duplicate itemId: also at items.1".into())],
        );
        rows.row(
            &format!("item: of a wrong one, the right one later{with}"),
            &base,
            |p| {
                let right = p["items"][0].clone();
                p["items"][0]["kind"] = json!(1);
                p["items"].as_array_mut().unwrap().push(right);
            },
            &[("items.0.kind", "invalid_type", wrong("string", "number")), ("items.4.itemId", "duplicate", "Duplicate itemId: also at items.0".into())],
        );
    }
    let all = all_parts();
    let index = index_of(&all);
    let mut bent = all.clone();
    bent["items"][0]["content"]["limit"] = json!(11);
    let changed = format!("Item API changed: expected {}, found {}", index[0].1, index_of(&bent)[0].1);
    rows.row("items: one changed", &all, |p| *p = bent, &[("items.0", "changed", changed)]);
    rows.row(
        "items: one missing",
        &all,
        |p| {
            p["items"].as_array_mut().unwrap().remove(1);
        },
        &[("index.1", "missing", "Item pricing is missing".into())],
    );
    rows.row(
        "items: all missing",
        &all,
        |p| p["items"] = json!([]),
        &[
            ("index.0", "missing", "Item API is missing".into()),
            ("index.1", "missing", "Item pricing is missing".into()),
            ("index.2", "missing", "Item \u{10000} is missing".into()),
            ("index.3", "missing", "Item \u{e000} is missing".into()),
            ("pack.sources.0", "missing_source", "Required source has no item: contract contracts.api@2".into()),
        ],
    );
    rows.row(
        "items: another id",
        &all,
        |p| p["items"][1]["itemId"] = json!("prices"),
        &[("items.1", "extra", "Item prices is not in the index".into()), ("index.1", "missing", "Item pricing is missing".into())],
    );
    rows.row(
        "items: one more",
        &all,
        |p| {
            let mut more = p["items"][1].clone();
            more["itemId"] = json!("i".repeat(300));
            p["items"].as_array_mut().unwrap().push(more);
        },
        &[("items.4", "extra", format!("Item {}…{} is not in the index", "i".repeat(128), "i".repeat(127)))],
    );
    rows.row(
        "items: compared with an index, without a manifest",
        &all,
        |p| {
            remove(p, "expect");
            *manifest(p) = Value::Null;
            p["items"][1]["itemId"] = json!("prices");
        },
        &[
            (MANIFEST, "invalid_type", wrong("object", "null")),
            ("items.1", "extra", "Item prices is not in the index".into()),
            ("index.1", "missing", "Item pricing is missing".into()),
        ],
    );
    for (value, received) in [(Value::Null, "null"), (json!("x"), "string"), (json!({}), "object")] {
        rows.row(&format!("items: {received}"), &all, |p| p["items"] = value, &[("items", "invalid_type", wrong("iterable", received))]);
    }
}

fn row_ids(rows: &mut Rows) {
    for (with, base) in [("", parts()), (", index", all_parts())] {
        let mut base = base;
        base["rowIds"] = json!(true);
        for item in base["items"].as_array_mut().unwrap() {
            item["itemId"] = json!(format!("s-1:{}", item["itemId"].as_str().unwrap()));
        }
        let foreign = |prefix: &str| format!("Invalid row id: expected it to begin with {prefix}");
        let missing = ("index.1", "missing", "Item pricing is missing".to_owned());
        let and_missing = |first: Expected<'static>| if with.is_empty() { vec![first] } else { vec![first, missing.clone()] };
        rows.row(&format!("row ids: good{with}"), &base, |_| (), &[]);
        for id in ["pricing", "s-2:pricing", "s-1", "S-1:pricing", " s-1:pricing"] {
            let issues = and_missing(("items.1.itemId", "mismatch", foreign("s-1:")));
            rows.row(&format!("row ids: {id}{with}"), &base, |p| p["items"][1]["itemId"] = json!(id), &issues);
        }
        let issues = and_missing(("items.1.itemId", "too_small", EMPTY.into()));
        rows.row(&format!("row ids: nothing behind{with}"), &base, |p| p["items"][1]["itemId"] = json!("s-1:"), &issues);
        rows.row(&format!("row ids: empty{with}"), &base, |p| p["items"][1]["itemId"] = json!(""), &issues);
        rows.row(
            &format!("row ids: unknown snapshot{with}"),
            &base,
            |p| {
                p["record"]["snapshotId"] = json!(1);
                p.as_object_mut().unwrap().remove("expect");
            },
            &[("record.snapshotId", "invalid_type", wrong("string", "number"))],
        );
        let mut issues = and_missing(("items.1.itemId", "mismatch", foreign("a snapshotId and a colon")));
        issues.insert(0, ("record.snapshotId", "invalid_type", wrong("string", "undefined")));
        rows.row(
            &format!("row ids: unknown snapshot, no colon{with}"),
            &base,
            |p| {
                remove(&mut p["record"], "snapshotId");
                p["items"][1]["itemId"] = json!("pricing");
            },
            &issues,
        );
        let mut issues = and_missing(("items.1.itemId", "mismatch", foreign("s-1:")));
        issues.insert(1, ("items.1.kind", "invalid_type", wrong("string", "null")));
        rows.row(
            &format!("row ids: a wrong one of a wrong item{with}"),
            &base,
            |p| {
                p["items"][1]["itemId"] = json!("x");
                p["items"][1]["kind"] = Value::Null;
            },
            &issues,
        );
    }
    let mut all = all_parts();
    let issues = |prefix: &str| -> Vec<Expected> {
        let mut issues: Vec<Expected> = Vec::new();
        for at in ["items.0.itemId", "items.1.itemId", "items.2.itemId", "items.3.itemId"] {
            issues.push((at, "mismatch", format!("Invalid row id: expected it to begin with {prefix}")));
        }
        for (at, (id, _)) in ["index.0", "index.1", "index.2", "index.3"].into_iter().zip(index_of(&parts())) {
            issues.push((at, "missing", format!("Item {id} is missing")));
        }
        issues
    };
    all["rowIds"] = json!(true);
    rows.row("row ids: item ids", &all, |_| (), &issues("s-1:"));
    rows.row(
        "row ids: of a long snapshotId",
        &all,
        |p| {
            p["record"]["snapshotId"] = json!("s".repeat(300));
            seal_again(p);
            remove(p, "expect");
        },
        &issues(&format!("{}…{}:", "s".repeat(128), "s".repeat(127))),
    );
}

fn steps_10_and_11(rows: &mut Rows) {
    let base = parts();
    let root = base["record"]["metadata"]["$snapshot"]["manifest"]["itemsRoot"].as_str().unwrap();
    let root_of = |parts: &Value| merkle::root(index_of(parts).into_iter().map(|(_, digest)| digest).collect());
    let source = ("pack.sources.0", "missing_source", "Required source has no item: contract contracts.api@2".to_owned());
    rows.row(
        "count: one less",
        &base,
        |p| {
            p["items"].as_array_mut().unwrap().pop();
        },
        &[("items", "mismatch", mismatch(4, 3))],
    );
    rows.row(
        "count: one more",
        &base,
        |p| {
            let mut more = p["items"][1].clone();
            more["itemId"] = json!("x");
            p["items"].as_array_mut().unwrap().push(more);
        },
        &[("items", "mismatch", mismatch(4, 5))],
    );
    rows.row("count: none", &base, |p| p["items"] = json!([]), &[("items", "mismatch", mismatch(4, 0)), source.clone()]);
    rows.row(
        "count: duplicates do not count",
        &base,
        |p| p["items"][2] = p["items"][1].clone(),
        &[("items.2.itemId", "duplicate", "Duplicate itemId: also at items.1".into()), ("items", "mismatch", mismatch(4, 3))],
    );
    rows.row(
        "count: what is wrong counts",
        &base,
        |p| {
            p["items"][1] = Value::Null;
            p["items"].as_array_mut().unwrap().pop();
        },
        &[("items.1", "invalid_type", wrong("object", "null")), ("items", "mismatch", mismatch(4, 3))],
    );
    for (name, change) in [
        ("content", (|p| p["items"][1]["content"]["step"] = json!(0.000_002)) as fn(&mut Value)),
        ("id", |p| p["items"][1]["itemId"] = json!("x")),
        ("kind", |p| p["items"][1]["kind"] = json!("x")),
        ("source", |p| p["items"][1]["sourceKey"] = json!("x")),
        ("version", |p| p["items"][1]["sourceVersion"] = json!("")),
        ("text", |p| p["items"][1]["textContent"] = json!("")),
        ("metadata", |p| p["items"][1]["metadata"] = json!({})),
    ] {
        let mut bent = base.clone();
        change(&mut bent);
        let found = root_of(&bent);
        rows.row(&format!("root: other {name}"), &base, |p| *p = bent, &[("items", "mismatch", mismatch(root, found))]);
    }
    rows.row(
        "sources: one that has no item",
        &base,
        |p| {
            p["items"].as_array_mut().unwrap().remove(0);
            count_again(p)
        },
        std::slice::from_ref(&source),
    );
    for (name, member, value, hint) in [
        ("version", "sourceVersion", json!("3"), "; an item of this kind and key has version 3"),
        ("kind", "kind", json!("docblock"), "; an item of this key has kind docblock"),
        ("key", "sourceKey", json!("contracts"), ""),
    ] {
        rows.row(
            &format!("sources: an item of another {name}"),
            &base,
            |p| {
                p["items"][0][member] = value;
                count_again(p)
            },
            &[(source.0, source.1, format!("{}{hint}", source.2))],
        );
    }
    rows.row(
        "sources: an item without a version",
        &base,
        |p| {
            remove(&mut p["items"][0], "sourceVersion");
            count_again(p)
        },
        &[(source.0, source.1, format!("{}; an item of this kind and key has no version", source.2))],
    );
    rows.row(
        "sources: more of them, in order",
        &base,
        |p| {
            manifest(p)["pack"]["sources"] = json!([
                { "kind": "z", "key": "z", "required": true }, { "kind": "a", "key": "a", "version": "", "required": true },
                { "kind": "docblock", "key": "docs.about", "required": true }, { "kind": "b", "key": "b", "required": false },
                { "kind": "z", "key": "z", "required": true }
            ]);
            hash_again(p)
        },
        &[
            ("pack.sources.0", "missing_source", "Required source has no item: z z".into()),
            ("pack.sources.1", "missing_source", "Required source has no item: a a@".into()),
            ("pack.sources.4", "missing_source", "Required source has no item: z z".into()),
        ],
    );
    rows.row(
        "sources: not looked for where an item is wrong",
        &base,
        |p| {
            p["items"].as_array_mut().unwrap().remove(0);
            count_again(p);
            p["items"][0]["kind"] = json!("");
        },
        &[("items.0.kind", "too_small", EMPTY.into())],
    );
}

fn many(rows: &mut Rows) {
    let base = parts();
    let issues = |count: usize| -> Vec<Expected> {
        (0..count)
            .map(|number| {
                let path: &'static str = format!("items.{number}").leak();
                (path, "invalid_type", wrong("object", "null"))
            })
            .collect()
    };
    let mut hundred = issues(99);
    hundred.push(("items", "mismatch", mismatch(4, 99)));
    rows.row("a hundred issues", &base, |p| p["items"] = json!(vec![Value::Null; 99]), &hundred);
    let mut more = issues(100);
    more.push(("", "too_many_issues", "More issues than the 100 listed".into()));
    rows.row("a hundred and one issues", &base, |p| p["items"] = json!(vec![Value::Null; 100]), &more);
    rows.row("many issues", &base, |p| p["items"] = json!(vec![Value::Null; 200]), &more);
}
