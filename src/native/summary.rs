//! Summarizes a snapshot: for people as Markdown, for programs as data.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::audit::summary::Summary;
use crate::native::host::{Host, problems_only};
use crate::primitives::digest::Digest;
use crate::primitives::time::Timestamp;
use crate::value::problem::Problem;
use crate::value::tape::Tape;

/// Summarizes a snapshot as Markdown, for the presentation `context.snapshot.summary`.
///
/// With items, the summary breaks them down by kind and source. No text of a pack can add a link, HTML or a row.
///
/// ```
/// # use context_snapshot::*;
/// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
/// # let snapshot = snapshot_pack(&input, &context)?;
/// # let record = serde_json::to_value(&snapshot.record).unwrap();
/// # let items: Vec<serde_json::Value> = snapshot.items.iter().map(|item| from_json(&item.json).unwrap()).collect();
/// let page = summarize_snapshot(&record, Some(&items))?;
/// assert!(page.starts_with("# Context snapshot of `Shop docs`\n"));
/// assert!(page.contains("| `docblock` | 1 | "));
/// # Ok::<(), Problem>(())
/// ```
///
/// # Errors
/// 422 if the record is wrong, or the items are not those of the record.
pub fn summarize_snapshot<'a>(
    record: &Value,
    items: Option<impl IntoIterator<Item = &'a Value>>,
) -> Result<String, Problem> {
    Ok(read(record, items)?.to_markdown())
}

/// What a summary is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotSummary {
    /// Title of the pack.
    pub title: String,
    /// Key of the pack.
    pub pack_key: String,
    /// Version of the pack.
    pub pack_version: String,
    /// Hash of the snapshot.
    pub hash: Digest,
    /// Seal of its record.
    pub seal: Digest,
    /// Number of items.
    pub item_count: u64,
    /// The items by kind, sorted; empty without items.
    pub kinds: Vec<KindSummary>,
    /// The items by source, sorted; empty without items.
    pub sources: Vec<SourceSummary>,
    /// Who made the snapshot, when and why.
    pub provenance: ProvenanceSummary,
}

/// Number and canonical bytes of the items of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindSummary {
    /// The kind.
    pub kind: String,
    /// Number of items.
    pub items: u64,
    /// Their canonical bytes.
    pub bytes: u64,
}

/// Number and canonical bytes of the items of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceSummary {
    /// Kind of the source.
    pub kind: String,
    /// Key of the source.
    pub source_key: String,
    /// Version of the source, if the items have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_version: Option<String>,
    /// Number of items.
    pub items: u64,
    /// Their canonical bytes.
    pub bytes: u64,
}

/// Who made a snapshot, when and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProvenanceSummary {
    /// When it was made.
    pub created_at: Timestamp,
    /// The record's `createdBy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// The authenticated user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Who asked for it, by the input; not verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The caller's actor: `anonymous`, `user` or `admin`.
    pub actor: String,
    /// By what the caller was admitted: `actor` or `role`.
    pub grant: String,
    /// Seal of the parent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Digest>,
}

/// Returns what a summary is made of, as data. With items, counts them by kind and source.
///
/// # Errors
/// 422 if the record is wrong, or the items are not those of the record.
///
/// # Panics
/// Never: the core writes what this type reads.
pub fn summary_of<'a>(
    record: &Value,
    items: Option<impl IntoIterator<Item = &'a Value>>,
) -> Result<SnapshotSummary, Problem> {
    Ok(serde_json::from_slice(&read(record, items)?.to_json()).expect("the core writes a summary"))
}

fn read<'a>(record: &Value, items: Option<impl IntoIterator<Item = &'a Value>>) -> Result<Summary, Problem> {
    let mut tape = Tape::default();
    tape.stored_record(record);
    let mut items = items.map(|items| Host::new((), items, |tape, item: &&Value| tape.stored_item(item)));
    problems_only(Summary::read(&mut tape, items.as_mut()))
}
