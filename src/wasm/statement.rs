//! `toStatement`, and the parts of `signStatement` and `verifyEnvelope` that need no signature (`pkg/src/envelope.js`).

use wasm_bindgen::prelude::*;

use super::imports::{ReadTask, frozen};
use super::results::issues_json;
use super::workspace::with_value;
use crate::format::statement;
use crate::primitives::text::utf8;
use crate::value::check::Check;
use crate::value::problem::{Issues, Path, Problem};
use crate::value::tape::{At, Tape};

/// `toStatement(snapshot)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or an exception of the host's own code.
#[wasm_bindgen(js_name = toStatement, skip_typescript)]
pub fn to_statement(snapshot: &JsValue) -> Result<JsValue, JsValue> {
    let json = with_value(|walker| walker.read(ReadTask::SnapshotRecord, snapshot), statement::statement)?;
    Ok(frozen(utf8(&json)))
}

/// Writes the bytes that `signStatement(statement)` signs, as text: canonical JSON.
///
/// # Errors
/// A `SnapshotError` if it is not a statement about a snapshot, or an exception of the host's own code.
#[wasm_bindgen(js_name = statementToSign, skip_typescript)]
pub fn statement_to_sign(statement: &JsValue) -> Result<JsValue, JsValue> {
    with_statement(statement, statement::to_sign)
}

/// Checks the statement of an envelope. Returns the hash of its manifest if everything in it was compared and is right, otherwise
/// JSON text of the issues.
///
/// # Errors
/// An exception of the host's own code.
#[wasm_bindgen(js_name = checkStatement, skip_typescript)]
pub fn check_statement(statement: &JsValue) -> Result<JsValue, JsValue> {
    with_statement(statement, |tape| {
        let mut issues = Issues::default();
        let evidence = statement::check(&mut Check::new(tape, &mut issues, Path::of(&["payload"])), At(0));
        let hash = evidence.filter(|_| issues.is_empty()).map(|evidence| evidence.hash.text());
        Ok(hash.unwrap_or_else(|| issues_json(&issues.into_vec())).into_bytes())
    })
}

#[inline(never)]
fn with_statement(statement: &JsValue, text: fn(&Tape) -> Result<Vec<u8>, Problem>) -> Result<JsValue, JsValue> {
    let text = with_value(|walker| walker.read_value(statement), text)?;
    Ok(utf8(&text).into())
}
