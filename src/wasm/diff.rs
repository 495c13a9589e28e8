//! `diffSnapshots`.

use wasm_bindgen::prelude::*;

use super::imports::{ReadTask, build_diff, hand_over};
use super::known_index::read_manifest_and_index;
use super::results::{texts_json, thrown};
use super::workspace::in_workspace;
use crate::value::evidence::Verdict;
use crate::value::problem::{Code, Issues};

/// `diffSnapshots(before, after)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or an exception of the host's own code.
// E8.5-2
#[wasm_bindgen(js_name = diffSnapshots, skip_typescript)]
pub fn diff_snapshots(before: &JsValue, after: &JsValue) -> Result<JsValue, JsValue> {
    let mut issues = Issues::default();
    let mut read = |value, prefix| {
        in_workspace(|walker, tape, _| {
            walker.read_onto(tape, ReadTask::ManifestAndIndex, value)?;
            read_manifest_and_index(walker, tape, &[prefix], &mut issues)
        })
    };
    let before = read(before, "before").map_err(hand_over)?;
    let after = read(after, "after").map_err(hand_over)?;
    issues.into_result(Code::ValidationFailed).map_err(|problem| thrown(&problem))?;
    let (Some(before), Some(after)) = (before, after) else {
        return Err(thrown(&Verdict::refusal("the index", Issues::default())));
    };
    let pack = texts_json(&before.manifest.pack.differences(&after.manifest.pack));
    Ok(build_diff(&before.index, &after.index, &pack))
}
