//! Answers the questions of `tests/soak` to the native verifier: reads JSON lines, writes JSON lines.
//!
//! A line is `{ parts }` (as `verifySnapshot` takes them), `{ records, options? }`, `{ item, proof, hash }` or `{ absence: { itemId, proof, hash } }`.
//! The answer is what the npm package's function returns, or `null` if the types of Rust cannot express the question (an index that is not
//! an array, say). A panic is answered with `{ panic }`, so that the soak test can report the line that caused it.

use std::io::{BufRead as _, BufWriter, Write as _, stdin, stdout};
use std::panic::catch_unwind;

use context_snapshot::{
    Anchor, Digest, IndexEntry, Issue, Limits, SnapshotVerifier, VerifyOptions, verify_absence, verify_chain,
    verify_item, verify_snapshot,
};
use serde::{Deserialize as _, Serialize};
use serde_json::{Number, Value};

/// A verification as JavaScript returns it, with its order of members.
#[derive(Serialize)]
struct Answer<'a> {
    valid: bool,
    issues: &'a [Issue],
    anchor: Anchor,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<usize>,
}

/// Formats an answer as JSON.
fn text(answer: &impl Serialize) -> String {
    serde_json::to_string(answer).expect("answers are JSON")
}

/// The values that [`VerifyOptions`] borrows.
struct Owned {
    index: Option<Vec<IndexEntry>>,
    hash: Option<Digest>,
    seal: Option<Digest>,
}

/// Members of the parts that the Rust API has too. Parts with any other member are not a question for it.
const PARTS: [&str; 8] = ["record", "items", "pack", "index", "rowIds", "expect", "limits", "event"];

impl Owned {
    /// Parses the options; `None` if Rust cannot express them.
    fn of(parts: &Value) -> Option<Self> {
        if !parts.as_object()?.keys().all(|name| PARTS.contains(&&**name)) {
            return None;
        }
        let index = match parts.get("index") {
            Some(index) => Some(index.as_array()?.iter().map(entry).collect::<Option<Vec<IndexEntry>>>()?),
            None => None,
        };
        let expect = match parts.get("expect") {
            Some(expect) => Some(expect.as_object()?),
            None => None,
        };
        let is_known = |name: &String| name == "hash" || name == "seal";
        if expect.is_some_and(|expect| expect.is_empty() || !expect.keys().all(is_known)) {
            return None;
        }
        let trusted = |name| match expect.and_then(|expect| expect.get(name)) {
            Some(digest) => Some(Some(digest.as_str()?.parse().ok()?)),
            None => Some(None),
        };
        Some(Self { index, hash: trusted("hash")?, seal: trusted("seal")? })
    }

    /// Builds the options; `None` if Rust cannot express them.
    fn options<'a>(&'a self, parts: &'a Value) -> Option<VerifyOptions<'a>> {
        Some(VerifyOptions {
            pack: parts.get("pack"),
            index: self.index.as_deref(),
            row_ids: parts.get("rowIds").map_or(Some(false), Value::as_bool)?,
            hash: self.hash,
            seal: self.seal,
            limits: limits(parts.get("limits"))?,
            event: parts.get("event"),
        })
    }
}

/// Parses an entry of an index.
fn entry(entry: &Value) -> Option<IndexEntry> {
    let item_id = entry.get("itemId")?.as_str()?.to_owned();
    let digest = entry.get("digest")?.as_str()?.parse().ok()?;
    Some(IndexEntry { item_id, digest })
}

/// Parses the limits; `None` if they are invalid, which the Rust API cannot express.
fn limits(given: Option<&Value>) -> Option<Limits> {
    let Some(given) = given.filter(|given| !given.is_null()) else { return Some(Limits::default()) };
    given.as_object()?;
    let (limits, max): (Limits, Limits) = (serde_json::from_value(given.clone()).ok()?, Limits::default());
    let is_right = limits.document_bytes <= max.document_bytes
        && limits.levels <= max.levels
        && limits.items <= max.items
        && limits.total_bytes <= max.total_bytes;
    is_right.then_some(limits)
}

/// Answers a question about a snapshot.
fn snapshot(parts: &Value) -> Option<String> {
    let owned = Owned::of(parts)?;
    let options = owned.options(parts)?;
    let (record, items) = (parts.get("record")?, parts.get("items")?.as_array()?);
    // In JavaScript, a string is the JSON text of an item.
    if items.iter().any(Value::is_string) {
        return None;
    }
    let found = verify_snapshot(record, items, &options);
    // 1 in 8 is also verified item by item.
    if items.len() % 8 == 1 {
        let mut verifier = SnapshotVerifier::new(record, &options);
        for item in items {
            verifier.add(item);
        }
        assert_eq!(verifier.finish(), found, "item by item");
    }
    Some(text(&Answer { valid: found.is_valid(), issues: &found.issues, anchor: found.anchor, length: None }))
}

/// Answers a question about a chain.
fn chain(records: &Value, options: Option<&Value>) -> Option<String> {
    let seal = match options {
        None => None,
        Some(options) => {
            let expect = options.get("expect")?.as_object()?;
            if options.as_object()?.len() > 1 || expect.len() > 1 {
                return None;
            }
            Some(expect.get("seal")?.as_str()?.parse().ok()?)
        }
    };
    let found = verify_chain(records.as_array()?, seal);
    let (verification, length) = (&found.verification, Some(found.length));
    let (issues, anchor) = (&verification.issues, verification.anchor);
    Some(text(&Answer { valid: found.is_valid(), issues, anchor, length }))
}

/// Answers a question about a proof.
fn item(question: &Value) -> Option<String> {
    let hash = question.get("hash")?.as_str()?.parse().ok()?;
    let item = question.get("item").filter(|item| !item.is_string())?;
    Some(verify_item(item, question.get("proof")?, hash).to_string())
}

/// Answers a question about a proof of absence.
fn absence(question: &Value) -> Option<String> {
    let hash = question.get("hash")?.as_str()?.parse().ok()?;
    Some(verify_absence(question.get("itemId")?.as_str()?, question.get("proof")?, hash).to_string())
}

/// Parses a line as ECMAScript does: like `from_json`, but without its limit on nesting, because the limit applies to each
/// part and not to the line.
fn read(line: &str) -> Option<Value> {
    fn to_binary64(value: &mut Value) {
        match value {
            Value::Number(number) if number.is_u64() || number.is_i64() => {
                let nearest = number.as_f64().unwrap_or_default();
                let is_same = number.as_i128() == Some(nearest as i128);
                if !is_same && let Some(nearest) = Number::from_f64(nearest) {
                    *number = nearest;
                }
            }
            Value::Array(values) => values.iter_mut().for_each(to_binary64),
            Value::Object(members) => members.values_mut().for_each(to_binary64),
            _ => {}
        }
    }
    let mut deserializer = serde_json::Deserializer::from_str(line);
    deserializer.disable_recursion_limit();
    let mut value = Value::deserialize(&mut deserializer).ok()?;
    to_binary64(&mut value);
    Some(value)
}

/// Answers one line; `None` if Rust cannot express the question.
fn answer(line: &str) -> Option<String> {
    let question = read(line)?;
    if let Some(parts) = question.get("parts") {
        snapshot(parts)
    } else if let Some(records) = question.get("records") {
        chain(records, question.get("options"))
    } else if let Some(asked) = question.get("absence") {
        absence(asked)
    } else {
        item(&question)
    }
}

fn main() {
    let mut out = BufWriter::new(stdout().lock());
    let mut lines = stdin().lock().lines();
    while let Some(Ok(line)) = lines.next() {
        // An empty line ends a batch.
        if line.is_empty() {
            out.flush().expect("the soak test reads");
            continue;
        }
        let answer = catch_unwind(|| answer(&line)).unwrap_or_else(|panic| {
            let message = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
            Some(text(&serde_json::json!({ "panic": message })))
        });
        writeln!(out, "{}", answer.as_deref().unwrap_or("null")).expect("the soak test reads");
    }
}
