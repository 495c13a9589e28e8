//! The boundary to JavaScript: the exported functions.
//!
//! Why scripts beside these files (`js/`): values are read where they live, and results are made where they will be used;
//! nothing but the tape, text and numbers crosses. How: `imports` declares the scripts, `host` is the seam, this file exports the
//! operation, `audit` all that checks and compares, `streaming` the builder and the verifier.

pub mod audit;
mod host;
mod imports;
pub mod streaming;

use js_sys::{Float64Array, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::format::{identifier, item};
use crate::operation::intake::ValidItem;
use crate::operation::snapshot::{self, CompleteSnapshot};
use crate::primitives::digest::Digest;
use crate::primitives::leaves::Leaves;
use crate::primitives::object::array;
use crate::primitives::string::quoted;
use crate::primitives::text::utf8;
use crate::value::canonical;
use host::{JavaScript, failed, reading, with_value};
use imports::{Items, ReadTask, build_item_digest, build_snapshot};

/// Has 33 % of the code of the standard library's allocator.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// `snapshotPack(input, ctx)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or an exception of the host's own code.
#[wasm_bindgen(js_name = snapshotPack, skip_typescript)]
#[cfg_attr(small, optimize(size))]
pub fn snapshot_pack(input: &JsValue, ctx: &JsValue) -> Result<JsValue, JsValue> {
    reading(|walker, tape, writer| {
        let items = Items::new(walker);
        walker.note_in(&items);
        let mut host = JavaScript::new(walker, input, ctx, false);
        let CompleteSnapshot { sealed, leaves, items: valid, .. } =
            snapshot::snapshot(&mut host, tape, writer, |_, _| {}).map_err(failed)?;
        let mut places = Vec::new();
        for number in leaves.in_order() {
            places.extend_from_slice(&place(number, &valid[number]));
        }
        Ok(build_snapshot(
            utf8(&sealed.record),
            &sealed.event_id,
            &ids(&leaves),
            &digests(&leaves),
            Some(&items),
            &Float64Array::from(&*places),
        ))
    })
}

/// Writes the ids as a JSON array, in the order of the tree.
fn ids(leaves: &Leaves) -> String {
    let mut json = Vec::new();
    array(&mut json, &leaves.in_order(), |out, &number| quoted(out, leaves.id(number)));
    utf8(&json).to_owned()
}

/// Returns the digests, 32 bytes each, in the order of the tree.
fn digests(leaves: &Leaves) -> Uint8Array {
    bytes(&leaves.digests_in_order())
}

fn bytes(digests: &[Digest]) -> Uint8Array {
    let bytes: Vec<u8> = digests.iter().flat_map(|digest| digest.0).collect();
    Uint8Array::from(&*bytes)
}

/// `snapshotIdFor(key)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or an exception of the host's own code.
#[wasm_bindgen(js_name = snapshotIdFor, skip_typescript)]
pub fn snapshot_id_for(key: &JsValue) -> Result<JsValue, JsValue> {
    Ok(with_value(|walker| walker.read(ReadTask::IdempotencyKey, key), identifier::id_for)?.into())
}

/// `canonicalize(value)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or an exception of the host's own code.
#[wasm_bindgen(skip_typescript)]
pub fn canonicalize(value: &JsValue) -> Result<JsValue, JsValue> {
    let json = with_value(|walker| walker.a_value(value), canonical::canonicalize)?;
    Ok(utf8(json.written()).into())
}

/// `digest(value)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or an exception of the host's own code.
#[wasm_bindgen(skip_typescript)]
pub fn digest(value: &JsValue) -> Result<JsValue, JsValue> {
    let json = with_value(|walker| walker.a_value(value), canonical::canonicalize)?;
    Ok(Digest::of(json.written()).text().into())
}

/// `digestItem(item)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or an exception of the host's own code.
#[wasm_bindgen(js_name = digestItem, skip_typescript)]
pub fn digest_item(item: &JsValue) -> Result<JsValue, JsValue> {
    let digested = with_value(|walker| walker.an_item(item), item::digest_item)?;
    Ok(build_item_digest(&digested.item_id, &digested.digest.text(), &digested.json, None))
}

/// Returns the number of an item and its own time; NaN if it has none.
#[expect(clippy::cast_precision_loss, reason = "numbers have 32 bits here, and a time value is a binary64")]
fn place(number: usize, item: &ValidItem) -> [f64; 2] {
    [number as f64, item.created_at.map_or(f64::NAN, |time| time.millis() as f64)]
}
