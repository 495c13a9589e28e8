//! Runs all verifications of `tests/vectors/verifications.json`, whatever the types of their parts are.
//!
//! Why here: the types of Rust rule some of them out (an index that is not an array, a manifest or an output beside the record,
//! unknown names), but JavaScript can pass them, and the native tests of the core should not depend on a host. How: parts are
//! written to the tape as the boundary to JavaScript writes them.

use std::convert::Infallible;

use serde::Deserialize as _;

use super::*;
use crate::operation::host::{Next, Stream};
use crate::value::tape::ARRAY;

/// Parts of any shape, as the npm package's `verifySnapshot` takes them.
struct AnyParts<'a> {
    parts: &'a Value,
    items: std::slice::Iter<'a, Value>,
    is_index_read: bool,
}

impl<'a> AnyParts<'a> {
    fn new(parts: &'a Value) -> Self {
        let items = parts.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        Self { parts, items: items.iter(), is_index_read: false }
    }
}

impl Entries for AnyParts<'_> {
    type Error = Infallible;

    fn next_entries(&mut self, tape: &mut Tape) -> Result<bool, Infallible> {
        let entries = self.parts["index"].as_array().expect("it is read only if it is one");
        tape.clear();
        tape.container(ARRAY, entries.len(), |tape| {
            for entry in entries {
                tape.begin_document();
                tape.by_name(entry, &["itemId", "digest"], |_| false);
            }
        });
        Ok(!std::mem::replace(&mut self.is_index_read, true) && !entries.is_empty())
    }
}

impl Stream for AnyParts<'_> {
    type Error = Infallible;

    fn open(&mut self, tape: &mut Tape) -> Result<(), Infallible> {
        tape.clear();
        match self.parts.get("items") {
            Some(Value::Array(_)) => tape.boolean(true),
            items => tape.scalar(items),
        }
        Ok(())
    }

    fn next(&mut self, tape: &mut Tape) -> Result<Next, Infallible> {
        let Some(item) = self.items.next() else { return Ok(Next::End) };
        tape.clear();
        tape.stored_item(item);
        Ok(Next::Value)
    }

    fn close(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Parts for AnyParts<'_> {
    fn parts(&mut self, tape: &mut Tape) -> Result<(), Infallible> {
        const PARTS: [&str; 10] =
            ["record", "items", "pack", "index", "rowIds", "event", "manifest", "output", "limits", "expect"];
        const LIMITS: [&str; 4] = ["documentBytes", "levels", "items", "totalBytes"];
        const OUTPUT: [&str; 6] = ["snapshotId", "packKey", "packVersion", "hash", "itemCount", "createdAt"];
        let parts = self.parts;
        let limits = tape.limits;
        tape.container(TUPLE, 10, |tape| {
            tape.limits = Limits::default();
            let given = parts.get("limits").filter(|limits| !limits.is_null());
            tape.part(given, |tape, limits| tape.own(limits, &LIMITS));
            tape.limits = limits;
            tape.part(parts.get("record"), Tape::stored_record);
            tape.part(parts.get("pack"), Tape::stored_pack);
            match parts.get("index") {
                Some(Value::Array(_)) => tape.boolean(true),
                index => tape.scalar(index),
            }
            tape.scalar(parts.get("rowIds"));
            tape.part(parts.get("event"), Tape::stored_event);
            tape.part(parts.get("manifest"), |tape, manifest| tape.json(manifest, 1));
            tape.part(parts.get("output"), |tape, output| tape.by_name(output, &OUTPUT, |_| false));
            tape.limits = Limits::default();
            tape.part(parts.get("expect"), |tape, expect| tape.own(expect, &["hash", "seal"]));
            tape.others(parts, &PARTS);
            tape.limits = limits;
        });
        Ok(())
    }
}

impl Tape {
    /// Writes a document, if it is there.
    fn part(&mut self, value: Option<&Value>, write: impl FnOnce(&mut Self, &Value)) {
        self.begin_document();
        match value {
            Some(value) => write(self, value),
            None => self.mark(ABSENT),
        }
    }

    /// Writes an object of the caller: members by name, and the names of the others.
    fn own(&mut self, object: &Value, names: &[&str]) {
        if !object.is_object() {
            return self.kind(object);
        }
        self.container(TUPLE, names.len() + 1, |tape| {
            names.iter().for_each(|name| tape.scalar(object.get(name)));
            tape.others(object, names);
        });
    }

    /// Writes the names of an object that are not known, as an array that may be empty.
    fn others(&mut self, object: &Value, known: &[&str]) {
        let names = object.as_object().expect("an object").keys().filter(|name| !known.contains(&name.as_str()));
        let names: Vec<&String> = names.collect();
        self.container(ARRAY, names.len(), |tape| names.iter().for_each(|name| tape.string(name)));
    }
}

/// Returns the limits of parts, or the default if they are wrong.
fn limits_of(parts: &Value) -> Limits {
    serde_json::from_value(parts["limits"].clone())
        .ok()
        .filter(|limits: &Limits| limits.within_format() == *limits)
        .unwrap_or_default()
}

#[test]
fn every_verification_vector_has_its_answer_whatever_its_parts_are() {
    let path = format!("{}/tests/vectors/verifications.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the file");
    let mut deserializer = serde_json::Deserializer::from_str(&text);
    deserializer.disable_recursion_limit();
    let cases: Vec<Value> = Vec::deserialize(&mut deserializer).expect("a list");
    let mut ruled_out = 0;
    for case in &cases {
        let parts = &case["parts"];
        let mut tape = Tape::limited(limits_of(parts));
        let found = never(verify::verify_snapshot(&mut AnyParts::new(parts), &mut tape));
        let mut found = serde_json::to_value(Verification::from(found)).expect("JSON");
        // The vectors do not have the itemId of issues.
        for issue in found["issues"].as_array_mut().expect("a list") {
            issue.as_object_mut().expect("an issue").remove("itemId");
        }
        assert_eq!(found, case["expected"], "{}", case["name"]);
        ruled_out += usize::from(["manifest", "output", "hash", "seal"].iter().any(|name| parts.get(name).is_some()));
    }
    assert!(cases.len() >= 400 && ruled_out >= 20, "{} cases, {ruled_out} of them ruled out", cases.len());
}

#[test]
fn a_verifier_reads_items_within_the_limits_that_it_was_opened_with() {
    let limits = |limits: Value| {
        let parts = serde_json::json!({ "record": {}, "items": [], "limits": limits });
        // The tape has the default limits, so the lower ones come from the parts.
        never(Verifier::open(&mut AnyParts::new(&parts), &mut Tape::default())).limits()
    };
    let lower = Limits { levels: 7, items: 2, ..Limits::default() };
    assert_eq!(limits(serde_json::json!({ "levels": 7, "items": 2 })), lower);
    assert_eq!(limits(serde_json::json!({})), Limits::default());
    assert_eq!(limits(serde_json::json!({ "levels": 1_000 })), Limits::default());
    for wrong in [serde_json::json!({ "levels": 7, "items": 0.5 }), serde_json::json!({ "levels": 7, "item": 2 })] {
        assert_eq!(limits(wrong), Limits::default());
    }
}
