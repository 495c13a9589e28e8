//! `snapshotPack`, `previewPack` and `snapshotIdFor`.

use js_sys::Float64Array;
use wasm_bindgen::prelude::*;

use super::host::JavaScript;
use super::imports::{Items, ReadTask, build_preview, build_snapshot};
use super::known_index::read_manifest_and_index;
use super::known_items::with_known;
use super::results::{digests, failed, ids, issues_json, texts_json};
use super::workspace::{in_workspace, with_value};
use crate::format::identifier;
use crate::operation::intake::ValidItem;
use crate::operation::preview;
use crate::operation::snapshot::{self, CompleteSnapshot};
use crate::primitives::digest::Digest;
use crate::primitives::object::{Object, array};
use crate::primitives::text::utf8;
use crate::value::problem::Issues;
use crate::value::tape::Tape;

/// `snapshotPack(input, ctx)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or an exception of the host's own code.
#[wasm_bindgen(js_name = snapshotPack, skip_typescript)]
pub fn snapshot_pack(input: &JsValue, ctx: &JsValue) -> Result<JsValue, JsValue> {
    in_workspace(|walker, tape, writer| {
        let items = Items::new(walker);
        walker.keep_items(&items);
        with_known(walker, |known| {
            let mut host = JavaScript::requesting(walker, input, ctx, false).keeping(items).knowing(known);
            let CompleteSnapshot { sealed, leaves, items: valid, .. } =
                snapshot::snapshot(&mut host, tape, writer, keep_batch).map_err(failed)?;
            let mut places = Vec::new();
            for number in leaves.in_order() {
                places.extend_from_slice(&place(number, &valid[number]));
            }
            let built = build_snapshot(
                utf8(&sealed.record),
                &sealed.event_id,
                &ids(&leaves),
                &digests(&leaves),
                host.items.as_ref(),
                &Float64Array::from(&*places),
            );
            host.keep(leaves);
            Ok(built)
        })
    })
}

/// Keeps a batch of canonical items.
fn keep_batch(host: &mut JavaScript, batch: &[u8]) {
    if let Some(items) = &host.items {
        items.keep_batch(batch.as_ptr(), batch.len());
    }
}

/// Returns the number of an item, and its own time or NaN.
#[expect(clippy::cast_precision_loss, reason = "numbers have 32 bits here, and a time value is a binary64")]
fn place(number: usize, item: &ValidItem) -> [f64; 2] {
    [number as f64, item.created_at.map_or(f64::NAN, |time| time.millis() as f64)]
}

/// `previewPack(input, ctx)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or an exception of the host's own code.
#[wasm_bindgen(js_name = previewPack, skip_typescript)]
pub fn preview_pack(input: &JsValue, ctx: &JsValue) -> Result<JsValue, JsValue> {
    in_workspace(|walker, tape, writer| {
        with_known(walker, |known| {
            let mut against = None;
            let mut read_against = |host: &mut JavaScript, tape: &mut Tape, issues: &mut Issues| {
                if host.walker.read_onto(tape, ReadTask::Against, ctx)? {
                    // E8.5-3
                    against = read_manifest_and_index(host.walker, tape, &["against"], issues)?;
                }
                Ok(())
            };
            let mut host = JavaScript::requesting(walker, input, ctx, true).knowing(known);
            let found = preview::preview(&mut host, tape, writer, &mut read_against).map_err(failed)?;
            let mut kinds = Vec::new();
            let counts: Vec<_> = found.kinds.in_order().collect();
            array(&mut kinds, &counts, |out, count| {
                let mut object = Object::begin(out);
                object.number("bytes", count.bytes);
                object.number("items", count.items);
                object.string("kind", &count.names[0]);
                object.end();
            });
            let differences = against.as_ref().map(|against| against.manifest.pack.differences(&found.pack));
            let (manifest, hash) = found.manifest.unzip();
            let built = build_preview(
                &issues_json(&found.problems),
                &ids(&found.leaves),
                &digests(&found.leaves),
                utf8(&kinds),
                manifest.as_deref().map(utf8),
                hash.map(Digest::text).as_deref(),
                against.as_ref().map(|against| &against.index),
                &texts_json(&differences.unwrap_or_default()),
            );
            host.keep(found.leaves);
            Ok(built)
        })
    })
}

/// `snapshotIdFor(key)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or an exception of the host's own code.
#[wasm_bindgen(js_name = snapshotIdFor, skip_typescript)]
pub fn snapshot_id_for(key: &JsValue) -> Result<JsValue, JsValue> {
    Ok(with_value(|walker| walker.read(ReadTask::IdempotencyKey, key), identifier::id_for)?.into())
}
