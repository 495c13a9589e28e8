//! `proveItem`, `verifyItem` and `explainItem`.

use wasm_bindgen::prelude::*;

use super::imports::{KnownIndex, ReadTask, Walker, build_proof, hand_over, position_of, siblings_of};
use super::known_index::{check_index, read_manifest};
use super::results::{thrown, verification};
use super::workspace::in_workspace;
use crate::format::proof;
use crate::primitives::digest::Digest;
use crate::primitives::sanitize::sanitize;
use crate::primitives::text::{concat, utf8};
use crate::primitives::utf16;
use crate::value::check::{Check, Need};
use crate::value::evidence::Verdict;
use crate::value::problem::{Code, Issues, Path, Problem};
use crate::value::tape::{At, Tape, Value};

/// `proveItem(snapshot, itemId)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or an exception of the host's own code.
// E8.5-1
#[wasm_bindgen(js_name = proveItem, skip_typescript)]
pub fn prove_item(snapshot: &JsValue, item_id: &JsValue) -> Result<JsValue, JsValue> {
    let mut issues = Issues::default();
    let proof = in_workspace(|walker, tape, _| {
        walker.read_onto(tape, ReadTask::ManifestAndIndex, snapshot)?;
        in_workspace(|id_walker, id_tape, _| {
            id_walker.receive(id_walker.read_value(item_id)?, id_tape);
            prove(walker, tape, id_tape, &mut issues)
        })
    });
    let proof = proof.map_err(hand_over)?;
    issues.into_result(Code::ValidationFailed).map_err(|problem| thrown(&problem))?;
    proof.map_err(|id| thrown(&Problem::new(Code::NotFound, concat(&["No item ", &sanitize(&id), " in the index"]))))
}

/// Makes the proof. If there is none, returns the id that the index does not have, or issues.
#[expect(clippy::cast_precision_loss, reason = "counts go up to 2^53 - 1")]
fn prove(
    walker: &Walker,
    tape: &Tape,
    id_tape: &Tape,
    issues: &mut Issues,
) -> Result<Result<JsValue, String>, JsValue> {
    let (manifest, array) = read_manifest(walker, tape, &[], issues);
    let id = match id_tape.value(At(0)) {
        Value::String(units) => utf16::utf8(&units),
        _ => None,
    };
    let find = |array: &JsValue| match (&id, &manifest) {
        (Some(id), Some(manifest)) => position_of(array, id, &manifest.items_root.text(), manifest.item_count as f64),
        _ => Ok(-1.0),
    };
    let mut position = -1.0;
    if let Some(array) = &array {
        position = find(array)?;
        if position < 0.0 {
            let path = Path::of(&["index"]);
            check_index(walker, &KnownIndex::new(array)?, manifest.as_ref(), &path, issues, true)?;
            position = find(array)?;
        }
    }
    Check::new(id_tape, issues, Path::default()).string("itemId", At(0), Need::Required);
    let (Some(id), Some(manifest), Some(array), true) = (&id, &manifest, array, position >= 0.0 && issues.is_empty())
    else {
        return Ok(Err(id.unwrap_or_default()));
    };
    let json = manifest.to_canonical();
    let hash = Digest::of(&json).text();
    Ok(Ok(build_proof(id, position, &siblings_of(&array, position), utf8(&json), &hash)))
}

/// `explainItem(item, proof, hash)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// An exception of the host's own code.
#[wasm_bindgen(js_name = explainItem, skip_typescript)]
pub fn explain_item(item: &JsValue, proof: &JsValue, hash: &JsValue) -> Result<JsValue, JsValue> {
    Ok(verification(check_proof(item, proof, hash)?, None))
}

/// `verifyItem(item, proof, hash)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// An exception of the host's own code.
#[wasm_bindgen(js_name = verifyItem, skip_typescript)]
pub fn verify_item(item: &JsValue, proof: &JsValue, hash: &JsValue) -> Result<bool, JsValue> {
    check_proof(item, proof, hash).map(|verdict| verdict.is_valid())
}

fn check_proof(item: &JsValue, proof: &JsValue, hash: &JsValue) -> Result<Verdict, JsValue> {
    let verdict = in_workspace(|hash_walker, trusted, _| {
        hash_walker.read_onto(trusted, ReadTask::Scalar, hash)?;
        in_workspace(|item_walker, item_tape, _| {
            item_walker.receive_value(item_walker.read_stored_item(item)?, item_tape)?;
            in_workspace(|walker, tape, _| {
                walker.read_onto(tape, ReadTask::Proof, proof)?;
                Ok(proof::verify(item_tape, tape, trusted))
            })
        })
    });
    verdict.map_err(hand_over)
}
