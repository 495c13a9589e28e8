//! `summarizeSnapshot` and `summaryOf`.

use wasm_bindgen::prelude::*;

use super::host::JavaScript;
use super::imports::{ReadTask, frozen, hand_over};
use super::results::failed;
use super::workspace::in_workspace;
use crate::audit::summary::Summary;
use crate::primitives::text::utf8;

/// `summarizeSnapshot(snapshot)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or an exception of the host's own code.
#[wasm_bindgen(js_name = summarizeSnapshot, skip_typescript)]
pub fn summarize_snapshot(snapshot: &JsValue) -> Result<JsValue, JsValue> {
    Ok(read(snapshot)?.to_markdown().into())
}

/// `summaryOf(snapshot)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or an exception of the host's own code.
#[wasm_bindgen(js_name = summaryOf, skip_typescript)]
pub fn summary_of(snapshot: &JsValue) -> Result<JsValue, JsValue> {
    Ok(frozen(utf8(&read(snapshot)?.to_json())))
}

#[inline(never)]
fn read(snapshot: &JsValue) -> Result<Summary, JsValue> {
    in_workspace(|walker, tape, _| {
        walker.read_onto(tape, ReadTask::SnapshotRecord, snapshot).map_err(hand_over)?;
        let has_items = walker.read(ReadTask::HasItems, snapshot).map_err(hand_over)? > 0;
        let mut stored = JavaScript::storing(walker, snapshot, ReadTask::OpenItems);
        Summary::read(tape, has_items.then_some(&mut stored)).map_err(failed)
    })
}
