//! Shows what a snapshot would hold, without taking it.
//!
//! Why: whoever edits a pack wants to see every wrong item at once, and what changed since the last snapshot. How: the same
//! stages as for a snapshot, except that what is wrong with items is part of the answer.

use serde::Serialize;

use crate::audit::diff::{SnapshotDiff, difference};
use crate::format::manifest::Manifest;
use crate::native::call::{Call, Caller};
use crate::native::contents::{Contents, index_of};
use crate::native::host::problems_only;
use crate::native::types::{Context, IndexEntry, Input};
use crate::operation::preview;
use crate::primitives::digest::Digest;
use crate::value::problem::{Issue, Issues, Problem};
use crate::value::tape::Tape;
use crate::value::writer::Writer;

/// The number of items of a kind, and the number of their canonical bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KindCount {
    /// The kind.
    pub kind: String,
    /// Number of items.
    pub items: u64,
    /// Canonical bytes of these items.
    pub bytes: u64,
}

/// What a snapshot would hold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SnapshotPreview {
    /// Issues of the items, and required sources that have no item.
    pub problems: Vec<Issue>,
    /// The hash that a snapshot would have. Hash, manifest and changes are absent if an item is wrong; a missing source
    /// does not matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<Digest>,
    /// The document whose digest would be the hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<Manifest>,
    /// What changed since the snapshot that it was compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<SnapshotDiff>,
    /// The items that are right, and the first of each group of duplicates.
    pub index: Vec<IndexEntry>,
    /// Canonical bytes of these items.
    pub bytes: u64,
    /// The same by kind, sorted.
    pub kinds: Vec<KindCount>,
}

/// Shows a user or an admin what [`snapshot_pack`](super::snapshot_pack) would make. Identifier, idempotency key and parent
/// of the context are not read.
///
/// ```
/// # use context_snapshot::*;
/// # let (input, mut context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
/// let last = snapshot_pack(&input, &context)?;
/// context.items[0].content = "A new contract".into();
/// context.items[1].kind.clear();
///
/// let preview = preview_pack(&input, &context, Some(Contents::from(&last)))?;
/// assert_eq!(preview.problems[0].path, "items.1.kind");
/// assert_eq!((preview.index.len(), preview.hash), (1, None));
///
/// context.items[1].kind = "docblock".into();
/// let preview = preview_pack(&input, &context, Some(Contents::from(&last)))?;
/// assert_eq!(preview.changes.unwrap().changed, ["api"]);
/// # Ok::<(), Problem>(())
/// ```
///
/// # Errors
/// 401 or 403 if the caller is refused; 422 if input, context or `against` is wrong; 404 if there is no pack, or not the
/// requested one; 422 if the pack is malformed. Issues of the items are not errors: they are in the preview.
///
/// # Panics
/// Never, unless this crate has a bug.
pub fn preview_pack(input: &Input, context: &Context, against: Option<Contents>) -> Result<SnapshotPreview, Problem> {
    let context = Context { snapshot_id: None, idem_key: None, parent: None, ..context.clone() };
    let (mut host, mut tape) = Call::begin(input, &context);
    let mut old = None;
    let mut read = |_: &mut Caller, _: &mut Tape, issues: &mut Issues| {
        // E8.5-3
        old = against.and_then(|against| against.leaves(&["against"], issues));
        Ok(())
    };
    let found = problems_only(preview::preview(&mut host, &mut tape, &mut Writer::default(), &mut read))?;
    let manifest: Option<Manifest> =
        found.manifest.as_ref().map(|(json, _)| serde_json::from_slice(json).expect("it is a manifest"));
    let changes = manifest.as_ref().zip(old.zip(against)).map(|(_, (old, against))| SnapshotDiff {
        pack: against.manifest.pack.differences(&found.pack),
        ..difference(&old, &found.leaves)
    });
    let kinds = found.kinds.in_order().map(|count| KindCount {
        kind: count.names.concat(),
        items: count.items,
        bytes: count.bytes,
    });
    let kinds: Vec<KindCount> = kinds.collect();
    Ok(SnapshotPreview {
        problems: found.problems,
        hash: found.manifest.map(|(_, hash)| hash),
        manifest,
        changes,
        index: index_of(&found.leaves),
        bytes: kinds.iter().map(|kind| kind.bytes).sum(),
        kinds,
    })
}
