//! `verifyChain`.

use wasm_bindgen::prelude::*;

use super::host::{ChainRecords, JavaScript};
use super::imports::{ReadTask, hand_over};
use super::results::verification;
use super::workspace::in_workspace;
use crate::audit::chain;

/// `verifyChain(records, options)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// An exception of the host's own code.
#[wasm_bindgen(js_name = verifyChain, skip_typescript)]
pub fn verify_chain(records: &JsValue, options: &JsValue) -> Result<JsValue, JsValue> {
    let verdict = in_workspace(|walker, tape, _| {
        let records = JavaScript::storing(walker, records, ReadTask::OpenRecords);
        chain::verify(&mut ChainRecords { records, options }, tape)
    });
    let (verdict, length) = verdict.map_err(hand_over)?;
    Ok(verification(verdict, Some(length)))
}
