//! Canonical form of any JSON value, or the list of everything that is wrong with it.

use crate::primitives::buffer::Buffer;
use crate::primitives::string::Refusal;
use crate::value::canonical_size;
use crate::value::check::Check;
use crate::value::problem::{Code, Issues, Path, Problem};
use crate::value::tape::{At, Tape, Value};
use crate::value::writer::Writer;

/// Returns the canonical JSON of the value on the tape (RFC 8785, FORMAT 9).
///
/// # Errors
/// If the value is not JSON, with all issues; if it is too long, with that one issue (E5-8).
// E3-9
pub(crate) fn canonicalize(tape: &Tape) -> Result<Buffer, Problem> {
    let mut writer = Writer::default();
    writer.begin();
    let Err(refusal) = writer.value(tape, At(0)) else { return Ok(writer.out) };
    let mut issues = Issues::default();
    let mut check = Check::new(tape, &mut issues, Path::default());
    if check.text_mistake() {
        return Err(issues.into_problem(Code::ValidationFailed));
    }
    match refusal {
        Refusal::Malformed if canonical_size::json(tape, At(0)) <= check.issues.limits.document_bytes => {
            check.json(At(0));
        }
        Refusal::Malformed | Refusal::TooLong => check.too_long(),
    }
    Err(issues.into_problem(Code::ValidationFailed))
}

/// Returns the canonical JSON of the value on the tape, if it was read from JSON text.
///
/// # Errors
/// Those of [`canonicalize`]; if it is not text, an issue that says so.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "natively, the types exclude other values"))]
pub(crate) fn canonicalize_text(tape: &Tape) -> Result<Buffer, Problem> {
    if !matches!(tape.value(At(0)), Value::Bad(_)) {
        return canonicalize(tape);
    }
    let mut issues = Issues::default();
    Check::new(tape, &mut issues, Path::default()).wrong("JSON text, a string or Uint8Array", At(0));
    Err(issues.into_problem(Code::ValidationFailed))
}
