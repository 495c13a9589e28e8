//! `SnapshotBuilder`.

use js_sys::Float64Array;
use wasm_bindgen::prelude::*;

use super::between_calls::{BetweenCalls, finished};
use super::host::JavaScript;
use super::imports::{ReadTask, build_item_digest, build_snapshot, frozen};
use super::results::{digests, failed, ids, texts_json, thrown};
use super::workspace::in_workspace;
use crate::operation::builder::Builder;
use crate::primitives::text::utf8;

/// `SnapshotBuilder`: see `pkg/src/index.d.ts`.
#[wasm_bindgen(skip_typescript)]
pub struct SnapshotBuilder(BetweenCalls<Builder>);

#[wasm_bindgen]
impl SnapshotBuilder {
    /// See `pkg/src/index.d.ts`.
    ///
    /// # Errors
    /// A `SnapshotError`, or an exception of the host's own code.
    #[wasm_bindgen(constructor)]
    pub fn new(input: &JsValue, ctx: &JsValue) -> Result<SnapshotBuilder, JsValue> {
        let builder =
            in_workspace(|walker, tape, _| Builder::open(&mut JavaScript::requesting(walker, input, ctx, false), tape));
        let builder = builder.map_err(failed)?;
        let limits = builder.draft.limits();
        Ok(Self(BetweenCalls::new(builder, limits)))
    }

    /// Returns `[snapshotId, createdAt]`, which are fixed from the beginning.
    ///
    /// # Errors
    /// An `Error` if it is finished.
    pub fn identity(&self) -> Result<JsValue, JsValue> {
        let state = self.0.state.borrow();
        let draft = &state.as_ref().ok_or_else(finished)?.draft;
        Ok(frozen(&texts_json(&[&draft.snapshot_id, &draft.created_at.text()])))
    }

    /// See `pkg/src/index.d.ts`.
    ///
    /// # Errors
    /// A `SnapshotError`, an `Error` if it is finished, or an exception of the host's own code.
    pub fn add(&self, item: &JsValue) -> Result<JsValue, JsValue> {
        self.0.check()?;
        self.0.with(
            |walker| walker.read_item(item),
            |builder, tape| {
                let added = builder.add(tape).map_err(|problem| thrown(&problem))?;
                let created_at = added.created_at.text();
                Ok(build_item_digest(&added.item_id, &added.digest.text(), added.json, Some(&created_at)))
            },
        )
    }

    /// See `pkg/src/index.d.ts`.
    ///
    /// # Errors
    /// The same as `add`.
    #[wasm_bindgen(js_name = addDigest)]
    pub fn add_digest(&self, entry: &JsValue) -> Result<(), JsValue> {
        self.0.check()?;
        self.0.with(
            |walker| walker.read(ReadTask::DigestedItem, entry),
            |builder, tape| builder.add_digest(tape).map_err(|problem| thrown(&problem)),
        )
    }

    /// See `pkg/src/index.d.ts`.
    ///
    /// # Errors
    /// A `SnapshotError`, or an `Error` if it is finished.
    pub fn finish(&self) -> Result<JsValue, JsValue> {
        match self.0.take()?.finish() {
            Ok((_, sealed, leaves)) => Ok(build_snapshot(
                utf8(&sealed.record),
                &sealed.event_id,
                &ids(&leaves),
                &digests(&leaves),
                None,
                &Float64Array::new_with_length(0),
            )),
            Err(unfinished) => {
                let (builder, problem) = *unfinished;
                *self.0.state.borrow_mut() = builder;
                Err(thrown(&problem))
            }
        }
    }
}
