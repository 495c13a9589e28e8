//! Takes a snapshot of a pack that is in memory.
//!
//! Why: most packs are. How: the core hands over canonical items in batches, in the order of the context; afterwards they
//! are put into the order of the tree. The core returns the record as JSON, because only the core
//! writes records, and the JSON is read back into the type.

use serde::Deserialize;

use crate::contract::{EVENT_KEY, EVENT_VERSION, RESERVED_MEMBER};
use crate::format::manifest::Manifest;
use crate::native::call::{Call, Caller};
use crate::native::contents::index_of;
use crate::native::host::problems_only;
use crate::native::json::from_json;
use crate::native::types::{Context, Event, Input, Output, Record, Snapshot, SnapshotItem};
use crate::operation::intake::ValidItem;
use crate::operation::snapshot::{self, CompleteSnapshot, SealedRecord};
use crate::primitives::leaves::Leaves;
use crate::primitives::text::utf8;
use crate::primitives::time::Timestamp;
use crate::value::problem::Problem;
use crate::value::writer::Writer;

/// Takes a snapshot: checks who asks, then the input, then the pack and its items.
///
/// ```
/// # use context_snapshot::*;
/// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
/// let snapshot = snapshot_pack(&input, &context)?;
/// assert_eq!(snapshot.output.item_count, 2);
/// assert_eq!(snapshot.record.hash, snapshot.manifest.hash());
/// assert_eq!(snapshot.event.payload, snapshot.output);
///
/// // The same content has the same hash, whoever asks and whenever.
/// let later = Context { now: None, user_id: None, ..context };
/// assert_eq!(snapshot_pack(&input, &later)?.output.hash, snapshot.output.hash);
///
/// let nobody = Context { actor: None, ..later };
/// assert_eq!(snapshot_pack(&input, &nobody).unwrap_err().code(), Code::Unauthenticated);
/// # Ok::<(), Problem>(())
/// ```
///
/// # Errors
/// In this order: 401 or 403 if the caller is refused; 422 for input and context; 404 if there is no pack, or not the
/// requested one; 422 for the pack, then for the items; 412 if a required source has no item; 500 if the operating system has no
/// randomness.
///
/// # Panics
/// Never, unless this crate has a bug.
pub fn snapshot_pack(input: &Input, context: &Context) -> Result<Snapshot, Problem> {
    let (mut host, mut tape) = Call::begin(input, context);
    let keep = |host: &mut Caller, batch: &[u8]| host.whole.batches.push(batch.to_vec());
    let CompleteSnapshot { created_at, sealed, leaves, items: valid } =
        problems_only(snapshot::snapshot(&mut host, &mut tape, &mut Writer::default(), keep))?;
    let items = leaves.in_order().into_iter().map(|number| {
        let ValidItem { batch, start, length, created_at: own, .. } = valid[number];
        let json = &host.whole.batches[batch][start..][..length];
        SnapshotItem {
            item_id: leaves.id(number).to_owned(),
            created_at: own.unwrap_or(created_at),
            json: utf8(json).to_owned(),
        }
    });
    let items = items.collect();
    Ok(Snapshot { items, ..without_items(created_at, sealed, &leaves) })
}

/// Returns the snapshot with an empty list of items.
pub(crate) fn without_items(created_at: Timestamp, sealed: SealedRecord, leaves: &Leaves) -> Snapshot {
    // serde_json alone would make integers that no binary64 equals of some numbers, and refuse many levels.
    let record: Record = from_json(utf8(&sealed.record)).expect("the record is JSON of that shape");
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
