//! `verifySnapshot` and `SnapshotVerifier`.

use std::cell::Cell;

use wasm_bindgen::prelude::*;

use super::between_calls::BetweenCalls;
use super::host::JavaScript;
use super::imports::{ReadTask, hand_over};
use super::known_items::with_known;
use super::results::verification;
use super::workspace::in_workspace;
use crate::audit::verify::{self, Verifier};
use crate::value::evidence::AllRead;

/// `verifySnapshot(parts)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// An exception of the host's own code.
#[wasm_bindgen(js_name = verifySnapshot, skip_typescript)]
pub fn verify_snapshot(parts: &JsValue) -> Result<JsValue, JsValue> {
    let verdict = in_workspace(|walker, tape, _| {
        with_known(walker, |known| {
            let mut host = JavaScript::storing(walker, parts, ReadTask::OpenItems).knowing(known);
            verify::verify_snapshot(&mut host, tape)
        })
    });
    Ok(verification(verdict.map_err(hand_over)?, None))
}

/// `SnapshotVerifier`: see `pkg/src/index.d.ts`.
#[wasm_bindgen(skip_typescript)]
pub struct SnapshotVerifier {
    verifier: BetweenCalls<Verifier>,
    /// True if the parts have `items`, which are not read here, and none was added.
    ignores_items: Cell<bool>,
}

#[wasm_bindgen]
impl SnapshotVerifier {
    /// See `pkg/src/index.d.ts`.
    ///
    /// # Errors
    /// An exception of the host's own code.
    #[wasm_bindgen(constructor)]
    pub fn new(parts: &JsValue) -> Result<SnapshotVerifier, JsValue> {
        let opened = in_workspace(|walker, tape, _| {
            let verifier = Verifier::open(&mut JavaScript::storing(walker, parts, ReadTask::OpenItems), tape)?;
            Ok((verifier, walker.read(ReadTask::HasItems, parts)? == 1))
        });
        let (verifier, has_items) = opened.map_err(hand_over)?;
        let limits = verifier.limits();
        Ok(Self { verifier: BetweenCalls::new(verifier, limits), ignores_items: Cell::new(has_items) })
    }

    /// See `pkg/src/index.d.ts`.
    ///
    /// # Errors
    /// An exception of the host's own code, or an `Error` if it is finished.
    pub fn add(&self, item: &JsValue) -> Result<JsValue, JsValue> {
        self.verifier.check()?;
        self.ignores_items.set(false);
        self.verifier.with(
            |walker| walker.read_stored_item(item),
            |verifier, tape| Ok(verifier.add(tape).map_or(JsValue::UNDEFINED, |digest| digest.text().into())),
        )
    }

    /// See `pkg/src/index.d.ts`.
    ///
    /// # Errors
    /// An `Error` if it is finished.
    pub fn finish(&self) -> Result<JsValue, JsValue> {
        let is_all = self.verifier.is_all_read() && !self.ignores_items.get();
        Ok(verification(self.verifier.take()?.finish(is_all.then(AllRead::asserted_by_caller)), None))
    }
}
