//! From values of the core to JavaScript: results as `js/results.js` makes them, and what is thrown.

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;

use super::imports::{build_verification, hand_over, refusal};
use crate::operation::host::Failure;
use crate::primitives::digest::{self, Digest};
use crate::primitives::leaves::Leaves;
use crate::primitives::object::array;
use crate::primitives::string::quoted;
use crate::primitives::text::utf8;
use crate::value::evidence::Verdict;
use crate::value::problem::{Issue, Problem};

/// Writes the ids as JSON text, in the order of the tree.
pub(crate) fn ids(leaves: &Leaves) -> String {
    let mut json = Vec::new();
    array(&mut json, &leaves.in_order(), |out, &number| quoted(out, leaves.id(number)));
    let Ok(json) = String::from_utf8(json) else { unreachable!("JSON is UTF-8") };
    json
}

/// Copies the digests, in the order of the tree, and after them the other levels of the tree if it was computed.
pub(crate) fn digests(leaves: &Leaves) -> Uint8Array {
    if leaves.tree.is_empty() { bytes(&leaves.digests_in_order()) } else { bytes(&leaves.tree) }
}

/// Copies digests, 32 bytes each.
pub(crate) fn bytes(digests: &[Digest]) -> Uint8Array {
    Uint8Array::from(digest::bytes(digests))
}

/// Writes issues as JSON text.
pub(crate) fn issues_json(issues: &[Issue]) -> String {
    let mut json = Vec::new();
    array(&mut json, issues, |out, issue| issue.write(out));
    utf8(&json).to_owned()
}

/// Writes texts as JSON text.
pub(crate) fn texts_json(texts: &[&str]) -> String {
    let mut json = Vec::new();
    array(&mut json, texts, |out, text| quoted(out, text));
    utf8(&json).to_owned()
}

/// Makes the verification that is returned. Only that of a chain has a length.
pub(crate) fn verification(verdict: Verdict, length: Option<usize>) -> JsValue {
    let (valid, anchor) = (verdict.is_valid(), verdict.anchor);
    build_verification(valid, &issues_json(&verdict.into_issues()), anchor.as_str(), length)
}

/// Makes the exception for a failure: a `SnapshotError`, or an exception of the host's own code.
pub(crate) fn failed(failure: Failure<JsValue>) -> JsValue {
    match failure {
        Failure::Problem(problem) => thrown(&problem),
        Failure::Host(exception) => hand_over(exception),
    }
}

/// Makes the `SnapshotError` for a problem.
pub(crate) fn thrown(problem: &Problem) -> JsValue {
    refusal(&problem.to_json())
}
