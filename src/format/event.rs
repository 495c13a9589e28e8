//! Events: the id of an event, and the check of an event that a store or a bus returns (FORMAT 5.3, F11-12).

use crate::contract::{EVENT_KEY, EVENT_VERSION};
use crate::format::identifier::uuid8;
use crate::format::record::{MEASURED_OUTPUT, ProvenanceText, Record};
use crate::primitives::digest::Digest;
use crate::primitives::object::Object;
use crate::primitives::time::Timestamp;
use crate::value::canonical_size::{self, MemberKind, Members};
use crate::value::check::{Check, Need, TimeForm};
use crate::value::evidence::{Count, Equal, Hash, OptionalText};
use crate::value::tape::{At, Value};

/// Computes the id of the event that announces a snapshot (F5.3-1).
pub(crate) fn id(snapshot_id: &str) -> String {
    let mut document = Vec::new();
    let mut object = Object::begin(&mut document);
    object.string("event", EVENT_KEY);
    object.string("snapshotId", snapshot_id);
    object.end();
    uuid8(&document)
}

/// Evidence that an event fits the record.
#[derive(Debug)]
#[expect(dead_code, reason = "evidence that the comparisons were made")]
pub(crate) struct Evidence {
    id: Equal<OptionalText>,
    occurred_at: Equal<OptionalText>,
    trace_id: Equal<OptionalText>,
    payload: OutputEvidence,
}

/// Evidence that an output, or the payload of an event, fits the record.
#[derive(Debug)]
#[expect(dead_code, reason = "evidence that the comparisons were made")]
pub(crate) struct OutputEvidence {
    snapshot_id: Equal<OptionalText>,
    pack_key: Equal<OptionalText>,
    pack_version: Equal<OptionalText>,
    hash: Equal<Hash>,
    item_count: Equal<Count>,
    created_at: Equal<OptionalText>,
}

/// Names of the members of an output and of a payload, in the order of issues (E8.1-12).
pub(crate) const OUTPUT_MEMBERS: [&str; 6] = super::names(MEASURED_OUTPUT);

/// Members of an event (F5.3-2), in the order of issues (E8.1-12).
const MEASURED: Members = &[
    ("id", MemberKind::Text),
    ("key", MemberKind::Text),
    ("version", MemberKind::Text),
    ("occurredAt", MemberKind::Time),
    ("traceId", MemberKind::Text),
    ("payload", MemberKind::Of(MEASURED_OUTPUT)),
];
const MEMBERS: [&str; 6] = super::names(MEASURED);

/// The members of an output as they were read. A member that is wrong is `None`.
#[derive(Debug, Default)]
struct OutputMembers {
    snapshot_id: Option<String>,
    pack_key: Option<String>,
    pack_version: Option<String>,
    hash: Option<Digest>,
    item_count: Option<u64>,
    created_at: Option<Timestamp>,
}

impl OutputMembers {
    /// Reads the members and reports what is wrong with them. Identifiers may be any string (E8.1-32).
    fn read(check: &mut Check, at: At) -> Self {
        let Some((members, _)) = check.object(at, OUTPUT_MEMBERS) else { return Self::default() };
        let [snapshot_id, pack_key, pack_version, hash, item_count, created_at] = members;
        Self {
            snapshot_id: check.string("snapshotId", snapshot_id, Need::Required),
            pack_key: check.string("packKey", pack_key, Need::Required),
            pack_version: check.string("packVersion", pack_version, Need::Required),
            hash: check.digest("hash", hash, Need::Required),
            item_count: check.count("itemCount", item_count),
            created_at: check.time("createdAt", created_at, Need::Required, TimeForm::Stored),
        }
    }

    /// Compares the members with those of the record.
    fn compare(&self, check: &mut Check, record: &Record) -> Option<OutputEvidence> {
        let mut words =
            |name: &str, expected: &str, found: Option<&str>| check.compare_text(name, Some(expected), found.map(Some));
        let snapshot_id = words("snapshotId", &record.snapshot_id, self.snapshot_id.as_deref());
        let pack_key = words("packKey", &record.pack_key, self.pack_key.as_deref());
        let pack_version = words("packVersion", &record.pack_version, self.pack_version.as_deref());
        let hash = check.compare("hash", Hash(record.hash), self.hash.map(Hash));
        let item_count = check.compare("itemCount", Count(record.item_count), self.item_count.map(Count));
        let created_at = same_time(check, "createdAt", record, self.created_at);
        Some(OutputEvidence {
            snapshot_id: snapshot_id?,
            pack_key: pack_key?,
            pack_version: pack_version?,
            hash: hash?,
            item_count: item_count?,
            created_at: created_at?,
        })
    }
}

/// Compares a time with the record's `createdAt`.
fn same_time(check: &mut Check, name: &str, record: &Record, found: Option<Timestamp>) -> Option<Equal<OptionalText>> {
    check.compare_text(name, Some(&record.created_at.text()), Some(Some(&found?.text())))
}

/// Starts the check of the document at `at`. If it is too long, reports that and returns false (E8.1-20).
fn check_length(check: &mut Check, at: At, members: Members) -> bool {
    check.begin_document();
    let fits = canonical_size::object(check.tape, at, members) <= check.issues.limits.document_bytes;
    if !fits {
        check.too_long();
    }
    fits
}

/// Checks an output beside the record (E8.1-15). Compares it if the record's seal could be computed (E8.1-32).
pub(crate) fn check_output(check: &mut Check, at: At, record: Option<&Record>) -> Option<OutputEvidence> {
    if !check_length(check, at, MEASURED_OUTPUT) {
        return None;
    }
    let before = check.issues.mark();
    let output = OutputMembers::read(check, at);
    if !check.issues.unchanged_since(before) {
        return None;
    }
    output.compare(check, record?)
}

/// Checks an event (F11-12, E8.1-12). Compares it if the record's seal could be computed (E8.1-32).
pub(crate) fn check(check: &mut Check, at: At, record: Option<&Record>) -> Option<Evidence> {
    if !check_length(check, at, MEASURED) {
        return None;
    }
    let before = check.issues.mark();
    let ([event_id, key, version, occurred_at, trace_id, payload], _) = check.object(at, MEMBERS)?;
    let event_id = check.string("id", event_id, Need::Required);
    check.one_of("key", key, [EVENT_KEY, EVENT_KEY]);
    check.one_of("version", version, [EVENT_VERSION, EVENT_VERSION]);
    let occurred_at = check.time("occurredAt", occurred_at, Need::Required, TimeForm::Stored);
    let is_untraced = matches!(check.tape.value(trace_id), Value::Absent);
    let trace_id = check.string("traceId", trace_id, Need::Optional);
    let output = check.member("payload", |check| OutputMembers::read(check, payload));
    if !check.issues.unchanged_since(before) {
        return None;
    }
    let record = record?;
    let event_id = check.compare_text("id", Some(&id(&record.snapshot_id)), event_id.as_deref().map(Some));
    let occurred_at = same_time(check, "occurredAt", record, occurred_at);
    let found = if is_untraced { Some(None) } else { trace_id.as_deref().map(Some) };
    let trace_id = check.compare_text("traceId", record.provenance.text(ProvenanceText::TraceId), found);
    let payload = check.member("payload", |check| output.compare(check, record));
    Some(Evidence { id: event_id?, occurred_at: occurred_at?, trace_id: trace_id?, payload: payload? })
}
