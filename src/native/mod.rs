//! The boundary to Rust: the operation over serde types, for native services.
//!
//! How: typed values are written onto the same tape that JavaScript's are, so that every check, every byte and every
//! message is the same code's. The clock and the secure random source are the operating system's.

mod audit;
#[cfg(not(target_arch = "wasm32"))]
mod dsse;
mod json;

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

pub use audit::{
    ChainVerification, Contents, DigestedItem, ItemProof, KindCount, Predicate, SnapshotBuilder, SnapshotDiff,
    SnapshotPreview, SnapshotVerifier, Statement, Subject, SubjectDigest, Unfinished, Verification, VerifyOptions,
    diff_snapshots, explain_item, preview_pack, prove_item, summarize_snapshot, to_statement, verify_chain,
    verify_item, verify_snapshot,
};

#[cfg(not(target_arch = "wasm32"))]
pub use dsse::*;
pub use json::{canonicalize_json, from_json};

use crate::contract::{EVENT_KEY, EVENT_VERSION, MAX_LEVELS, RESERVED_MEMBER};
use crate::format::item::ItemDigest;
use crate::format::manifest::Manifest;
use crate::format::pack::{Pack, Source};
use crate::format::{identifier, item};
use crate::operation::host::{self, Failure, Requester};
use crate::operation::intake::ValidItem;
use crate::operation::snapshot::{self, CompleteSnapshot, SealedRecord};
use crate::primitives::digest::Digest;
use crate::primitives::leaves::Leaves;
use crate::primitives::text::utf8;
use crate::primitives::time::Timestamp;
use crate::value::canonical;
use crate::value::limits::Limits;
use crate::value::problem::Problem;
use crate::value::tape::{ABSENT, ARRAY, CUT, KIND_BITS, NULL, OBJECT, TUPLE, Tape};
use crate::value::writer::Writer;

/// Input of the operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Which pack; not empty.
    pub pack_key: String,
    /// Which version of it; whichever the context has, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack_version: Option<String>,
    /// Why the snapshot is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who the caller says has asked for it; recorded as a claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<String>,
    /// What the caller wants kept with the snapshot; `$snapshot` is reserved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
}

/// What the host passes beside the input: who asks, and the pack with its items.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Context {
    /// `anonymous` (as when absent), `user` or `admin`; anything else is nobody.
    pub actor: Option<String>,
    /// The user's roles; `admin` lets a user in.
    pub roles: Option<Vec<String>>,
    /// The authenticated user; empty is none.
    pub user_id: Option<String>,
    /// Scope of the idempotency key.
    pub tenant_id: Option<String>,
    /// Scope of the idempotency key.
    pub organization_id: Option<String>,
    /// Scope of the idempotency key.
    pub workspace_id: Option<String>,
    /// By what way the request came.
    pub channel: Option<String>,
    /// Told in the event and in problems.
    pub trace_id: Option<String>,
    /// Two requests with one key name one snapshot; not empty.
    pub idem_key: Option<String>,
    /// What the host's policy engine has said.
    pub decision: Option<PolicyDecision>,
    /// The pack; `NOT_FOUND` without it.
    pub pack: Option<Pack>,
    /// The items, in any order.
    pub items: Vec<Item>,
    /// RFC 3339 with an offset; the clock, where absent.
    pub now: Option<String>,
    /// Not empty, no `:`; derived, where absent.
    pub snapshot_id: Option<String>,
    /// Seal of the snapshot that this one follows.
    pub parent: Option<String>,
    /// Lower limits than the format's, for packs of strangers.
    pub limits: Option<Limits>,
}

/// A decision that the host's policy engine already made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyDecision {
    /// `allow`, which grants nothing by itself, or `deny`, which is final.
    pub effect: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// An item of a pack.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// Unique in the pack; not empty.
    pub item_id: String,
    /// `docblock`, `contract`, `knowledge`, `data-view`, `schema`, `migration`, `external`, or any other; not empty.
    pub kind: String,
    /// Where it comes from; not empty.
    pub source_key: String,
    /// Which version of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_version: Option<String>,
    /// A string or an object.
    pub content: Value,
    /// The content as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_content: Option<String>,
    /// More about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
    /// RFC 3339 with an offset; not part of what is hashed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
}

/// An idempotency key and what it is unique in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdempotencyKey {
    /// Not empty.
    pub idem_key: String,
    /// Not empty.
    pub pack_key: String,
    /// The version of the pack that is snapshotted.
    pub pack_version: String,
    /// Scope, where the host knows it.
    #[serde(default)]
    pub tenant_id: Option<String>,
    /// Scope, where the host knows it.
    #[serde(default)]
    pub organization_id: Option<String>,
    /// Scope, where the host knows it.
    #[serde(default)]
    pub workspace_id: Option<String>,
}

/// Output of the operation, and payload of its event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// The snapshot's identifier.
    pub snapshot_id: String,
    /// The pack's key.
    pub pack_key: String,
    /// The pack's version.
    pub pack_version: String,
    /// Digest of the manifest: what is in the snapshot.
    pub hash: Digest,
    /// Number of items.
    pub item_count: u64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The event that the host emits once the snapshot is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The same for every delivery.
    pub id: String,
    /// `context.snapshot.created`.
    pub key: &'static str,
    /// `1.0.0`.
    pub version: &'static str,
    /// When the snapshot was made.
    pub occurred_at: Timestamp,
    /// The context's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// What the event says.
    pub payload: Output,
}

/// What the host stores for the snapshot itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The snapshot's identifier.
    pub snapshot_id: String,
    /// The pack's key.
    pub pack_key: String,
    /// The pack's version.
    pub pack_version: String,
    /// Digest of the manifest.
    pub hash: Digest,
    /// Number of items.
    pub item_count: u64,
    /// RFC 3339, UTC, milliseconds.
    pub created_at: String,
    /// The authenticated user, else who was named by the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// The input's metadata, and `$snapshot`: manifest, seal, who, why.
    pub metadata: Map<String, Value>,
}

/// An item and its digest, in the order of the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IndexEntry {
    /// The item.
    pub item_id: String,
    /// Its leaf hash.
    pub digest: Digest,
}

/// An item as it was hashed, ready to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotItem {
    /// Unique in the snapshot.
    pub item_id: String,
    /// The item's own time, else the snapshot's.
    pub created_at: Timestamp,
    /// The canonical item (RFC 8785): the bytes that its digest is over, after the prefix.
    pub json: String,
}

/// An immutable snapshot of a context pack, for the host to persist.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// What the operation answers.
    pub output: Output,
    /// What it emits.
    pub event: Event,
    /// What is stored for the snapshot.
    pub record: Record,
    /// What is hashed.
    pub manifest: Manifest,
    /// The items' digests, in the order of the tree.
    pub index: Vec<IndexEntry>,
    /// The items, in the same order.
    pub items: Vec<SnapshotItem>,
}

/// Takes a snapshot: checks who asks, then the input, then the pack and its items.
///
/// # Errors
/// In this order: 401 or 403 for a caller who may not; 422 for input and context; 404 where the pack is absent or
/// another; 422 for the pack, then for the items; 412 where a required source has no item; 500 where the operating
/// system has no randomness.
///
/// # Panics
/// Never, or we have a bug.
pub fn snapshot_pack(input: &Input, context: &Context) -> Result<Snapshot, Problem> {
    let mut host = Native { input, context, next: 0, batches: Vec::new() };
    let keep = |host: &mut Native, batch: &[u8]| host.batches.push(batch.to_vec());
    let mut tape = Tape::limited(host.limits());
    let CompleteSnapshot { created_at, sealed, leaves, items: valid } =
        unfailing(snapshot::snapshot(&mut host, &mut tape, &mut Writer::default(), keep))?;
    let items = leaves.in_order().into_iter().map(|number| {
        let ValidItem { batch, start, length, created_at: own, .. } = valid[number];
        let json = &host.batches[batch][start..][..length];
        SnapshotItem {
            item_id: leaves.id(number).to_owned(),
            created_at: own.unwrap_or(created_at),
            json: utf8(json).to_owned(),
        }
    });
    let items = items.collect();
    Ok(Snapshot { items, ..assembled(created_at, sealed, &leaves) })
}

/// Problems only: values that are in Rust throw nothing.
fn unfailing<T>(result: Result<T, Failure<Infallible>>) -> Result<T, Problem> {
    result.map_err(|failure| match failure {
        Failure::Problem(problem) => problem,
        Failure::Host(never) => match never {},
    })
}

/// The snapshot, without its items.
fn assembled(created_at: Timestamp, sealed: SealedRecord, leaves: &Leaves) -> Snapshot {
    // Nested as deep as the format allows, which is deeper than serde_json's own limit.
    let mut deserializer = serde_json::Deserializer::from_slice(&sealed.record);
    deserializer.disable_recursion_limit();
    let record = Record::deserialize(&mut deserializer).expect("the record is JSON of that shape");
    let manifest = record.metadata.get(RESERVED_MEMBER).and_then(|ours| ours.get("manifest"));
    let manifest = manifest.and_then(|manifest| Manifest::deserialize(manifest).ok()).expect("we have just written it");
    let output = Output {
        snapshot_id: record.snapshot_id.clone(),
        pack_key: record.pack_key.clone(),
        pack_version: record.pack_version.clone(),
        hash: record.hash,
        item_count: record.item_count,
        created_at,
    };
    let event = Event {
        id: sealed.event_id,
        key: EVENT_KEY,
        version: EVENT_VERSION,
        occurred_at: created_at,
        trace_id: sealed.trace_id,
        payload: output.clone(),
    };
    Snapshot { output, event, record, manifest, index: index_of(leaves), items: Vec::new() }
}

/// Ids and digests, in the order of the tree.
// F2.1-3
fn index_of(leaves: &Leaves) -> Vec<IndexEntry> {
    let entry = |number| Some(IndexEntry { item_id: leaves.id(number).to_owned(), digest: leaves.digest(number)? });
    leaves.in_order().into_iter().filter_map(entry).collect()
}

/// The snapshotId that [`snapshot_pack`] derives from an idempotency key, so that a host can look for an earlier result
/// first.
///
/// # Errors
/// 422 where `idem_key` or `pack_key` is empty.
pub fn snapshot_id_for(key: &IdempotencyKey) -> Result<String, Problem> {
    let mut tape = Tape::default();
    tape.container(TUPLE, 6, |tape| {
        tape.string(&key.idem_key);
        tape.string(&key.pack_key);
        tape.string(&key.pack_version);
        tape.optional(key.tenant_id.as_deref());
        tape.optional(key.organization_id.as_deref());
        tape.optional(key.workspace_id.as_deref());
    });
    identifier::id_for(&tape)
}

/// The canonical form of a JSON value (RFC 8785).
///
/// # Errors
/// 422 where an integer has no binary64 that equals it, at more than 1,000 levels, and above 268,435,456 bytes.
///
/// # Panics
/// Never, or we have a bug.
pub fn canonicalize(value: &Value) -> Result<String, Problem> {
    Ok(utf8(canonical::canonicalize(&tape_of(value))?.written()).to_owned())
}

/// A tape with a JSON value on it.
pub(crate) fn tape_of(value: &Value) -> Tape {
    let mut tape = Tape::default();
    tape.json(value, 1);
    tape
}

/// SHA-256 of the canonical form of a JSON value, with no prefix.
///
/// # Errors
/// As [`canonicalize`].
pub fn digest(value: &Value) -> Result<Digest, Problem> {
    Ok(Digest::of(canonical::canonicalize(&tape_of(value))?.written()))
}

/// The leaf hash of an item by itself.
///
/// # Errors
/// 422 where it is no item.
pub fn digest_item(item: &Item) -> Result<ItemDigest, Problem> {
    let mut tape = Tape::default();
    item.write(&mut tape);
    item::digest_item(&tape)
}

/// Reads the JSON text of a statement as ECMAScript's `JSON.parse` reads it, which is what other verifiers of envelopes do: the
/// last of members with one name counts, numbers become the nearest binary64. `None` where that is not possible.
#[cfg_attr(target_arch = "wasm32", allow(dead_code, reason = "envelopes are checked there otherwise"))]
pub(crate) fn parsed(text: &str) -> Option<Value> {
    fn to_binary64(value: &mut Value) {
        match value {
            Value::Number(number) if binary64(number).is_none() => {
                if let Some(nearest) = number.as_f64().and_then(Number::from_f64) {
                    *number = nearest;
                }
            }
            Value::Array(values) => values.iter_mut().for_each(to_binary64),
            Value::Object(members) => members.values_mut().for_each(to_binary64),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    if levels(text) > MAX_LEVELS {
        return None;
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.disable_recursion_limit();
    let mut value = Value::deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    to_binary64(&mut value);
    Some(value)
}

/// Levels of nesting in JSON text, without reading it; more where it is no JSON.
fn levels(text: &str) -> usize {
    let (mut level, mut most) = (0_usize, 0);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'[' | b'{' => level += 1,
            b']' | b'}' => level = level.saturating_sub(1),
            b'"' => {
                while let Some(byte) = bytes.next() {
                    match byte {
                        b'\\' => _ = bytes.next(),
                        b'"' => break,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        most = most.max(level);
    }
    most
}

/// Typed values on the tape.
impl Tape {
    /// A tape that is read onto within these limits.
    fn limited(limits: Limits) -> Self {
        let mut tape = Self::default();
        tape.limits = limits.within_format();
        tape
    }

    /// Limits, as they are read from it.
    fn limits(&mut self, limits: Limits) {
        let Limits { document_bytes, levels, items, total_bytes, .. } = limits.within_format();
        self.container(TUPLE, 5, |tape| {
            for limit in [document_bytes as u64, levels as u64, items, total_bytes] {
                #[expect(clippy::cast_precision_loss, reason = "they go up to 2^53 - 1")]
                tape.number(limit as f64);
            }
            tape.mark(ABSENT);
        });
    }

    // F13-8
    fn optional(&mut self, value: Option<&str>) {
        match value {
            Some(value) => self.string(value),
            None => self.mark(ABSENT),
        }
    }

    fn strings(&mut self, values: Option<&[String]>) {
        match values {
            Some(values) => {
                self.container(ARRAY, values.len(), |tape| values.iter().for_each(|value| tape.string(value)));
            }
            None => self.mark(ABSENT),
        }
    }

    fn object(&mut self, members: Option<&Map<String, Value>>, level: usize) {
        match members {
            Some(members) => self.map(members, level),
            None => self.mark(ABSENT),
        }
    }

    fn map(&mut self, members: &Map<String, Value>, level: usize) {
        if level > self.limits.levels {
            return self.deep();
        }
        if members.keys().any(|name| self.is_text_too_long(name)) {
            return self.mark(CUT);
        }
        self.container(OBJECT, members.len(), |tape| {
            members.values().for_each(|value| tape.json(value, level + 1));
            members.keys().for_each(|name| tape.member_name(name));
        });
    }

    /// A JSON value at that level of its document.
    fn json(&mut self, value: &Value, level: usize) {
        if self.is_too_long() {
            return self.mark(CUT);
        }
        if self.has_too_many_bad_values() {
            return self.mark(CUT | 1 << KIND_BITS);
        }
        match value {
            Value::Null => self.mark(NULL),
            Value::Bool(value) => self.boolean(*value),
            Value::Number(number) => match binary64(number) {
                Some(value) => self.number(value),
                None => self.bad("bigint"),
            },
            Value::String(value) => self.string(value),
            Value::Array(_) if level > self.limits.levels => self.deep(),
            Value::Array(values) => self.container(ARRAY, values.len(), |tape| {
                values.iter().for_each(|value| tape.json(value, level + 1));
            }),
            Value::Object(members) => self.map(members, level),
        }
    }
}

/// The number, where a binary64 equals it.
// F7.4-6
#[expect(clippy::cast_possible_truncation, reason = "that is what is looked for")]
fn binary64(number: &Number) -> Option<f64> {
    let value = number.as_f64()?;
    let exact = match (number.as_i64(), number.as_u64()) {
        (Some(integer), _) => i128::from(integer) == value as i128,
        (_, Some(integer)) => i128::from(integer) == value as i128,
        _ => value.is_finite(),
    };
    exact.then_some(value)
}

impl Item {
    fn write(&self, tape: &mut Tape) {
        tape.container(TUPLE, 8, |tape| {
            tape.string(&self.item_id);
            tape.string(&self.kind);
            tape.string(&self.source_key);
            tape.optional(self.source_version.as_deref());
            // F10-5
            tape.json(&self.content, 2);
            tape.optional(self.text_content.as_deref());
            tape.object(self.metadata.as_ref(), 2);
            tape.optional(self.created_at.as_deref());
        });
    }
}

impl Source {
    fn tape(&self, tape: &mut Tape) {
        tape.container(TUPLE, 5, |tape| {
            tape.string(&self.kind);
            tape.string(&self.key);
            tape.optional(self.version.as_deref());
            match self.required {
                Some(required) => tape.boolean(required),
                None => tape.mark(ABSENT),
            }
            tape.optional(self.description.as_deref());
        });
    }
}

struct Native<'a> {
    input: &'a Input,
    context: &'a Context,
    next: usize,
    batches: Vec<Vec<u8>>,
}

impl Native<'_> {
    fn limits(&self) -> Limits {
        self.context.limits.unwrap_or_default()
    }
}

impl Requester for Native<'_> {
    type Error = Infallible;

    fn caller(&mut self, tape: &mut Tape) -> Result<(), Infallible> {
        let Context { actor, roles, decision, trace_id, .. } = self.context;
        tape.clear();
        tape.container(TUPLE, 5, |tape| {
            tape.optional(actor.as_deref());
            tape.optional(trace_id.as_deref());
            match decision {
                Some(PolicyDecision { effect, reason }) => tape.container(TUPLE, 2, |tape| {
                    tape.string(effect);
                    tape.optional(reason.as_deref());
                }),
                None => tape.mark(ABSENT),
            }
            tape.boolean(true);
            tape.strings(roles.as_deref());
        });
        Ok(())
    }

    fn request(&mut self, tape: &mut Tape) -> Result<(), Infallible> {
        let (input, context) = (self.input, self.context);
        tape.clear();
        tape.container(TUPLE, 12, |tape| {
            tape.container(TUPLE, 5, |tape| {
                tape.string(&input.pack_key);
                tape.optional(input.pack_version.as_deref());
                tape.optional(input.reason.as_deref());
                tape.optional(input.requested_by.as_deref());
                tape.object(input.metadata.as_ref(), 2);
            });
            tape.optional(context.user_id.as_deref());
            tape.optional(context.tenant_id.as_deref());
            tape.optional(context.organization_id.as_deref());
            tape.optional(context.workspace_id.as_deref());
            tape.optional(context.channel.as_deref());
            tape.optional(context.trace_id.as_deref());
            tape.optional(context.idem_key.as_deref());
            tape.optional(context.now.as_deref());
            tape.optional(context.snapshot_id.as_deref());
            tape.optional(context.parent.as_deref());
            tape.limits(context.limits.unwrap_or_default());
        });
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "a time value is a binary64")]
    fn clock(&mut self) -> f64 {
        if cfg!(all(target_arch = "wasm32", target_os = "unknown")) {
            return f64::NAN; // there is none to ask
        }
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(f64::NAN, |since| since.as_millis() as f64)
    }

    fn pack_name(&mut self, tape: &mut Tape) -> Result<(), Infallible> {
        tape.clear();
        match &self.context.pack {
            Some(pack) => tape.container(TUPLE, 2, |tape| {
                tape.string(&pack.pack_key);
                tape.string(&pack.version);
            }),
            None => tape.mark(ABSENT),
        }
        Ok(())
    }

    fn pack_rest(&mut self, tape: &mut Tape) -> Result<(), Infallible> {
        tape.clear();
        let Some(pack) = &self.context.pack else { unreachable!("its name was read") };
        tape.container(TUPLE, 5, |tape| {
            tape.string(&pack.title);
            tape.optional(pack.description.as_deref());
            tape.strings(pack.owners.as_deref());
            tape.strings(pack.tags.as_deref());
            match &pack.sources {
                Some(sources) => {
                    tape.container(ARRAY, sources.len(), |tape| sources.iter().for_each(|source| source.tape(tape)));
                }
                None => tape.mark(ABSENT),
            }
        });
        Ok(())
    }

    fn count(&mut self, seed: u64) -> u64 {
        /// What was returned last; 0 before the first.
        static LAST: AtomicU64 = AtomicU64::new(0);
        let next = |last| if last == 0 { seed + 1 } else { last + 1 };
        next(LAST.fetch_update(Relaxed, Relaxed, |last| Some(next(last))).unwrap_or_default())
    }
}

impl host::Stream for Native<'_> {
    type Error = Infallible;

    fn open(&mut self, tape: &mut Tape) -> Result<(), Infallible> {
        tape.clear();
        tape.boolean(true);
        Ok(())
    }

    fn next(&mut self, tape: &mut Tape) -> Result<bool, Infallible> {
        let Some(item) = self.context.items.get(self.next) else { return Ok(false) };
        self.next += 1;
        tape.clear();
        item.write(tape);
        Ok(true)
    }

    fn close(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
