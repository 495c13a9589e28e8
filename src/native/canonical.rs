//! Canonical JSON of values (RFC 8785), and its digest.

use serde_json::Value;

use crate::primitives::digest::Digest;
use crate::primitives::text::utf8;
use crate::value::canonical;
use crate::value::problem::Problem;
use crate::value::tape::Tape;

/// Writes a JSON value in its canonical form (RFC 8785).
///
/// ```
/// # use context_snapshot::*;
/// let value = serde_json::json!({ "b": 1.0, "a": [1e21, "é"] });
/// assert_eq!(canonicalize(&value)?, r#"{"a":[1e+21,"é"],"b":1}"#);
/// # Ok::<(), Problem>(())
/// ```
///
/// # Errors
/// 422 for an integer that no binary64 equals, at more than 1,000 levels, and above 268,435,456 bytes.
///
/// # Panics
/// Never, unless this crate has a bug.
pub fn canonicalize(value: &Value) -> Result<String, Problem> {
    Ok(utf8(canonical::canonicalize(&tape_of(value))?.written()).to_owned())
}

/// Computes SHA-256 of the canonical form of a JSON value, without a prefix.
///
/// ```
/// # use context_snapshot::*;
/// let value = serde_json::json!({ "b": 1, "a": 2 });
/// assert_eq!(digest(&value)?, Digest::of(br#"{"a":2,"b":1}"#));
/// # Ok::<(), Problem>(())
/// ```
///
/// # Errors
/// As [`canonicalize`].
pub fn digest(value: &Value) -> Result<Digest, Problem> {
    Ok(Digest::of(canonical::canonicalize(&tape_of(value))?.written()))
}

/// Returns a tape with a JSON value on it.
pub(crate) fn tape_of(value: &Value) -> Tape {
    let mut tape = Tape::default();
    tape.json(value, 1);
    tape
}
