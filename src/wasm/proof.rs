//! `proveItem`, `verifyItem` and `explainItem`; `proveAbsence`, `verifyAbsence` and `explainAbsence`.

use wasm_bindgen::prelude::*;

use super::imports::{KnownIndex, ReadTask, Walker, build_proof, hand_over, position_of};
use super::known_index::{check_index, read_manifest};
use super::results::{thrown, verification};
use super::workspace::in_workspace;
use crate::format::{absence, proof};
use crate::primitives::digest::Digest;
use crate::primitives::sanitize::sanitize;
use crate::primitives::text::{concat, utf8};
use crate::primitives::utf16;
use crate::value::check::{Check, Need};
use crate::value::evidence::Verdict;
use crate::value::problem::{Code, Issues, Path, Problem};
use crate::value::tape::{At, Tape, Value};

/// `proveItem(snapshot, itemId)` and `proveAbsence(snapshot, itemId)`: see `pkg/src/index.d.ts`. One export for both is less code.
///
/// # Errors
/// A `SnapshotError`, or an exception of the host's own code.
// E8.5-1, E8.5-6
#[wasm_bindgen(skip_typescript)]
pub fn prove(snapshot: &JsValue, item_id: &JsValue, is_absence: bool) -> Result<JsValue, JsValue> {
    let mut issues = Issues::default();
    let proof = in_workspace(|walker, tape, _| {
        walker.read_onto(tape, ReadTask::ManifestAndIndex, snapshot)?;
        in_workspace(|id_walker, id_tape, _| {
            id_walker.receive(id_walker.read_value(item_id)?, id_tape);
            make_proof(walker, tape, id_tape, is_absence, &mut issues)
        })
    });
    let proof = proof.map_err(hand_over)?;
    issues.into_result(Code::ValidationFailed).map_err(|problem| thrown(&problem))?;
    proof.map_err(|id| thrown(&Problem::new(Code::NotFound, concat(&["No item ", &sanitize(&id), " in the index"]))))
}

/// Makes the proof. If there is none, returns the id that the index does not have, or issues.
#[expect(clippy::cast_precision_loss, reason = "counts go up to 2^53 - 1")]
fn make_proof(
    walker: &Walker,
    tape: &Tape,
    id_tape: &Tape,
    is_absence: bool,
    issues: &mut Issues,
) -> Result<Result<JsValue, String>, JsValue> {
    let (manifest, array) = read_manifest(walker, tape, &[], issues);
    let id = match id_tape.value(At(0)) {
        Value::String(units) => utf16::utf8(&units),
        _ => None,
    };
    let find = |array: &JsValue| match (&id, &manifest) {
        (Some(id), Some(manifest)) => position_of(array, id, &manifest.items_root.text(), manifest.item_count as f64),
        _ => Ok(f64::NAN),
    };
    let mut position = f64::NAN;
    if let Some(array) = &array {
        position = find(array)?;
        if position.is_nan() {
            let path = Path::of(&["index"]);
            check_index(walker, &KnownIndex::new(array)?, manifest.as_ref(), &path, issues, true)?;
            position = find(array)?;
        }
    }
    let mut check = Check::new(id_tape, issues, Path::default());
    if is_absence {
        check.non_empty("itemId", At(0), Need::Required);
    } else {
        check.string("itemId", At(0), Need::Required);
    }
    let id = id.unwrap_or_default();
    if is_absence && position >= 0.0 {
        absence::report_present(&id, issues);
    }
    let (Some(manifest), Some(array), true) = (&manifest, array, issues.is_empty()) else { return Ok(Err(id)) };
    if position.is_nan() || is_absence != (position < 0.0) {
        return Ok(Err(id));
    }
    let json = manifest.to_canonical();
    let hash = Digest::of(&json).text();
    Ok(Ok(build_proof(&array, &id, position, utf8(&json), &hash)))
}

/// `explainItem(item, proof, hash)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// An exception of the host's own code.
#[wasm_bindgen(js_name = explainItem, skip_typescript)]
pub fn explain_item(item: &JsValue, proof: &JsValue, hash: &JsValue) -> Result<JsValue, JsValue> {
    Ok(verification(check_proof(item, proof, hash, false)?, None))
}

/// `verifyItem(item, proof, hash)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// An exception of the host's own code.
#[wasm_bindgen(js_name = verifyItem, skip_typescript)]
pub fn verify_item(item: &JsValue, proof: &JsValue, hash: &JsValue) -> Result<bool, JsValue> {
    check_proof(item, proof, hash, false).map(|verdict| verdict.is_valid())
}

/// `explainAbsence(itemId, proof, hash)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// An exception of the host's own code.
#[wasm_bindgen(js_name = explainAbsence, skip_typescript)]
pub fn explain_absence(item_id: &JsValue, proof: &JsValue, hash: &JsValue) -> Result<JsValue, JsValue> {
    Ok(verification(check_proof(item_id, proof, hash, true)?, None))
}

/// Checks a proof of an item, or of the absence of an id.
fn check_proof(subject: &JsValue, proof: &JsValue, hash: &JsValue, is_absence: bool) -> Result<Verdict, JsValue> {
    let verdict = in_workspace(|hash_walker, trusted, _| {
        hash_walker.read_onto(trusted, ReadTask::Scalar, hash)?;
        in_workspace(|subject_walker, subject_tape, _| {
            if is_absence {
                subject_walker.read_onto(subject_tape, ReadTask::Scalar, subject)?;
            } else {
                subject_walker.receive_value(subject_walker.read_stored_item(subject)?, subject_tape)?;
            }
            in_workspace(|walker, tape, _| {
                walker.read_onto(tape, if is_absence { ReadTask::Absence } else { ReadTask::Proof }, proof)?;
                Ok(if is_absence { absence::verify } else { proof::verify }(subject_tape, tape, trusted))
            })
        })
    });
    verdict.map_err(hand_over)
}
