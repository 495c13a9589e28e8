//! Exports that check and compare snapshots: verification, chains, proofs, diffs, previews, statements, summaries.

use wasm_bindgen::prelude::*;

use super::host::{JavaScript, failed, next_entries, reading, thrown, with_value};
use super::imports::{
    Index, ReadTask, Walker, build_diff, build_preview, build_proof, build_verification, find, frozen, hand_over, path,
};
use super::{bytes, digests, ids};
use crate::audit::chain;
use crate::audit::summary;
use crate::audit::verify;
use crate::format::index::{self, Entries};
use crate::format::manifest::{self, Manifest};
use crate::format::proof;
use crate::format::statement;
use crate::operation::host::Stream;
use crate::operation::preview;
use crate::primitives::digest::Digest;
use crate::primitives::object::{Object, array};
use crate::primitives::sanitize::sanitize;
use crate::primitives::string::quoted;
use crate::primitives::text::{concat, utf8};
use crate::primitives::{merkle, utf16};
use crate::value::check::{Check, Need};
use crate::value::evidence::Verdict;
use crate::value::problem::{Code, Issue, Issues, Path, Problem};
use crate::value::tape::{At, Tape, Value};

/// Builds the result of a verification.
#[cfg_attr(small, optimize(size))]
pub(super) fn verification(verdict: Verdict, length: Option<usize>) -> JsValue {
    let (valid, anchor) = (verdict.is_valid(), verdict.anchor);
    build_verification(valid, &listed(&verdict.into_issues()), anchor.as_str(), length)
}

/// Writes issues as JSON text.
#[cfg_attr(small, optimize(size))]
fn listed(issues: &[Issue]) -> String {
    let mut json = Vec::new();
    array(&mut json, issues, |out, issue| issue.write(out));
    utf8(&json).to_owned()
}

/// Writes texts as a JSON array.
#[cfg_attr(small, optimize(size))]
pub(super) fn named(names: &[&str]) -> String {
    let mut json = Vec::new();
    array(&mut json, names, |out, name| quoted(out, name));
    utf8(&json).to_owned()
}

/// `verifySnapshot(parts)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// An exception of the host's own code.
#[wasm_bindgen(js_name = verifySnapshot, skip_typescript)]
#[cfg_attr(small, optimize(size))]
pub fn verify_snapshot(parts: &JsValue) -> Result<JsValue, JsValue> {
    let verdict = reading(|walker, tape, _| {
        verify::verify_snapshot(&mut JavaScript::reading(walker, parts, ReadTask::OpenItems), tape)
    });
    Ok(verification(verdict.map_err(hand_over)?, None))
}

/// `verifyChain(records, options)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// An exception of the host's own code.
#[wasm_bindgen(js_name = verifyChain, skip_typescript)]
#[cfg_attr(small, optimize(size))]
pub fn verify_chain(records: &JsValue, options: &JsValue) -> Result<JsValue, JsValue> {
    let verdict = reading(|walker, tape, _| {
        let chain = JavaScript::reading(walker, records, ReadTask::OpenRecords);
        chain::verify(&mut Chain { chain, options }, tape)
    });
    let (verdict, length) = verdict.map_err(hand_over)?;
    Ok(verification(verdict, Some(length)))
}

/// The records of a chain, and the options of its verification.
struct Chain<'a> {
    chain: JavaScript<'a>,
    options: &'a JsValue,
}

impl Stream for Chain<'_> {
    type Error = JsValue;

    fn open(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        self.chain.open(tape)
    }

    fn next(&mut self, tape: &mut Tape) -> Result<bool, JsValue> {
        self.chain.next(tape)
    }

    fn close(&mut self) -> Result<(), JsValue> {
        self.chain.close()
    }
}

impl chain::Records for Chain<'_> {
    fn options(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        self.chain.walker.take(ReadTask::ChainOptions, self.options, tape).map(|_| ())
    }
}

/// A manifest and an index with its root.
struct Contents {
    manifest: Manifest,
    index: Index,
}

/// Reads the manifest and finds the index that the walker has just read; `None` if there is no index.
#[cfg_attr(small, optimize(size))]
fn manifest_and_index(
    walker: &Walker,
    tape: &Tape,
    prefix: &[&str],
    issues: &mut Issues,
) -> (Option<Manifest>, Option<JsValue>) {
    let mut check = Check::new(tape, issues, Path::of(prefix));
    let Some(([manifest, index], _)) = check.object(At(0), ["manifest", "index"]) else { return (None, None) };
    let manifest = check.member("manifest", |check| {
        check.begin_document();
        manifest::read(check, manifest)
    });
    let is_index = matches!(tape.value(index), Value::Boolean(true));
    if !is_index {
        check.member("index", |check| check.wrong("array", index));
    }
    (manifest, is_index.then(|| walker.index()))
}

/// Reads an index entry by entry and remembers its root. Returns false, with issues, if the manifest does not match.
#[cfg_attr(small, optimize(size))]
fn study(
    walker: &Walker,
    index: &Index,
    manifest: Option<&Manifest>,
    path: &Path,
    issues: &mut Issues,
    with_tree: bool,
) -> Result<bool, JsValue> {
    let leaves = index::read(&mut Read { walker, index }, path, issues)?;
    let (Some(manifest), Some(leaves)) = (manifest, leaves) else { return Ok(false) };
    let tree = if with_tree { merkle::levels(leaves.digests_in_order()) } else { Vec::new() };
    let root = || tree.last().copied().unwrap_or_else(|| leaves.root());
    let fits = index::matches(leaves.len(), &root, manifest, path, issues).is_some();
    if fits {
        index.learn(&manifest.items_root.text(), with_tree.then(|| bytes(&tree)));
    }
    Ok(fits)
}

/// Reads the manifest and the index that the walker has just read; `None`, with issues, if they do not match.
#[cfg_attr(small, optimize(size))]
fn contents(
    walker: &Walker,
    tape: &mut Tape,
    prefix: &[&str],
    issues: &mut Issues,
) -> Result<Option<Contents>, JsValue> {
    let (manifest, Some(array)) = manifest_and_index(walker, tape, prefix, issues) else { return Ok(None) };
    let index = Index::new(&array)?;
    let mut path = Path::of(prefix);
    path.enter("index");
    let fits = match (digest_in(walker, &index.root(), tape)?, &manifest) {
        (Some(root), Some(manifest)) => index::matches(index.length(), &|| root, manifest, &path, issues).is_some(),
        (Some(_), None) => false,
        (None, manifest) => study(walker, &index, manifest.as_ref(), &path, issues, false)?,
    };
    Ok(manifest.filter(|_| fits).map(|manifest| Contents { manifest, index }))
}

/// Reads a digest, if the value is one. It goes through the tape like everything else, because another way for texts would be more code
/// on both sides.
fn digest_in(walker: &Walker, value: &JsValue, tape: &mut Tape) -> Result<Option<Digest>, JsValue> {
    if !value.is_string() {
        return Ok(None);
    }
    walker.take_over(walker.a_value(value)?, tape);
    Ok(match tape.value(At(0)) {
        Value::String(units) => Digest::from_units(&units).ok(),
        _ => None,
    })
}

struct Read<'a> {
    walker: &'a Walker,
    index: &'a Index,
}

impl Entries for Read<'_> {
    type Error = JsValue;

    fn next_entries(&mut self, tape: &mut Tape) -> Result<bool, JsValue> {
        next_entries(self.walker, self.index, tape)
    }
}

/// `proveItem(snapshot, itemId)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or an exception of the host's own code.
// E8.5-1
#[wasm_bindgen(js_name = proveItem, skip_typescript)]
#[cfg_attr(small, optimize(size))]
pub fn prove_item(snapshot: &JsValue, item_id: &JsValue) -> Result<JsValue, JsValue> {
    let mut issues = Issues::default();
    let proof = reading(|walker, tape, _| {
        walker.take(ReadTask::ManifestAndIndex, snapshot, tape)?;
        reading(|id_walker, id_tape, _| {
            id_walker.take_over(id_walker.a_value(item_id)?, id_tape);
            proof_of(walker, tape, id_tape, &mut issues)
        })
    });
    let proof = proof.map_err(hand_over)?;
    issues.into_result(Code::ValidationFailed).map_err(|problem| thrown(&problem))?;
    proof.map_err(|id| thrown(&Problem::new(Code::NotFound, concat(&["No item ", &sanitize(&id), " in the index"]))))
}

#[expect(clippy::cast_precision_loss, reason = "counts go up to 2^53 - 1")]
#[cfg_attr(small, optimize(size))]
fn proof_of(
    walker: &Walker,
    tape: &Tape,
    id_tape: &Tape,
    issues: &mut Issues,
) -> Result<Result<JsValue, String>, JsValue> {
    let (manifest, array) = manifest_and_index(walker, tape, &[], issues);
    let id = match id_tape.value(At(0)) {
        Value::String(units) => utf16::utf8(&units),
        _ => None,
    };
    let find = |array: &JsValue| match (&id, &manifest) {
        (Some(id), Some(manifest)) => find(array, id, &manifest.items_root.text(), manifest.item_count as f64),
        _ => Ok(-1.0),
    };
    let mut position = -1.0;
    if let Some(array) = &array {
        position = find(array)?;
        if position < 0.0 {
            study(walker, &Index::new(array)?, manifest.as_ref(), &Path::of(&["index"]), issues, true)?;
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
    Ok(Ok(build_proof(id, position, &path(&array, position), utf8(&json), &hash)))
}

/// `explainItem(item, proof, hash)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// An exception of the host's own code.
#[wasm_bindgen(js_name = explainItem, skip_typescript)]
#[cfg_attr(small, optimize(size))]
pub fn explain_item(item: &JsValue, proof: &JsValue, hash: &JsValue) -> Result<JsValue, JsValue> {
    Ok(verification(proof_verdict(item, proof, hash)?, None))
}

/// `verifyItem(item, proof, hash)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// An exception of the host's own code.
#[wasm_bindgen(js_name = verifyItem, skip_typescript)]
#[cfg_attr(small, optimize(size))]
pub fn verify_item(item: &JsValue, proof: &JsValue, hash: &JsValue) -> Result<bool, JsValue> {
    proof_verdict(item, proof, hash).map(|verdict| verdict.is_valid())
}

#[cfg_attr(small, optimize(size))]
fn proof_verdict(item: &JsValue, proof: &JsValue, hash: &JsValue) -> Result<Verdict, JsValue> {
    let verdict = reading(|hash_walker, trusted, _| {
        hash_walker.take(ReadTask::Scalar, hash, trusted)?;
        reading(|item_walker, item_tape, _| {
            item_walker.take_over(item_walker.a_stored_item(item)?, item_tape);
            reading(|walker, tape, _| {
                walker.take(ReadTask::Proof, proof, tape)?;
                Ok(proof::verify(item_tape, tape, trusted))
            })
        })
    });
    verdict.map_err(hand_over)
}

/// `diffSnapshots(before, after)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or an exception of the host's own code.
// E8.5-2
#[wasm_bindgen(js_name = diffSnapshots, skip_typescript)]
#[cfg_attr(small, optimize(size))]
pub fn diff_snapshots(before: &JsValue, after: &JsValue) -> Result<JsValue, JsValue> {
    let mut issues = Issues::default();
    let mut one = |value, prefix| {
        reading(|walker, tape, _| {
            walker.take(ReadTask::ManifestAndIndex, value, tape)?;
            contents(walker, tape, &[prefix], &mut issues)
        })
    };
    let before = one(before, "before").map_err(hand_over)?;
    let after = one(after, "after").map_err(hand_over)?;
    issues.into_result(Code::ValidationFailed).map_err(|problem| thrown(&problem))?;
    let (Some(before), Some(after)) = (before, after) else {
        return Err(thrown(&Verdict::refusal("the index", Issues::default())));
    };
    let pack = named(&before.manifest.pack.differences(&after.manifest.pack));
    Ok(build_diff(&before.index, &after.index, &pack))
}

/// `previewPack(input, ctx)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or an exception of the host's own code.
#[wasm_bindgen(js_name = previewPack, skip_typescript)]
#[cfg_attr(small, optimize(size))]
pub fn preview_pack(input: &JsValue, ctx: &JsValue) -> Result<JsValue, JsValue> {
    let mut against = None;
    let mut read = |host: &mut JavaScript, tape: &mut Tape, issues: &mut Issues| {
        if host.walker.take(ReadTask::Against, ctx, tape)? {
            // E8.5-3
            against = contents(host.walker, tape, &["against"], issues)?;
        }
        Ok(())
    };
    let found = reading(|walker, tape, writer| {
        preview::preview(&mut JavaScript::new(walker, input, ctx, true), tape, writer, &mut read)
    })
    .map_err(failed)?;
    let mut kinds = Vec::new();
    let counts: Vec<_> = found.kinds.in_order().collect();
    array(&mut kinds, &counts, |out, count| {
        let mut object = Object::begin(out);
        object.number("bytes", count.bytes);
        object.number("items", count.items);
        object.string("kind", &count.names[0]);
        object.end();
    });
    let differences = against.as_ref().map(|against| against.manifest.pack.differences(&found.pack));
    let (manifest, hash) = found.manifest.unzip();
    Ok(build_preview(
        &listed(&found.problems),
        &ids(&found.leaves),
        &digests(&found.leaves),
        utf8(&kinds),
        manifest.as_deref().map(utf8),
        hash.map(Digest::text).as_deref(),
        against.as_ref().map(|against| &against.index),
        &named(&differences.unwrap_or_default()),
    ))
}

/// `toStatement(snapshot)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or an exception of the host's own code.
#[wasm_bindgen(js_name = toStatement, skip_typescript)]
#[cfg_attr(small, optimize(size))]
pub fn to_statement(snapshot: &JsValue) -> Result<JsValue, JsValue> {
    let json = with_value(|walker| walker.read(ReadTask::SnapshotRecord, snapshot), statement::statement)?;
    Ok(frozen(utf8(&json)))
}

/// Returns the canonical JSON that `signStatement(statement)` signs.
///
/// # Errors
/// A `SnapshotError` if it is not a statement about a snapshot, or an exception of the host's own code.
#[wasm_bindgen(js_name = statementToSign, skip_typescript)]
pub fn statement_to_sign(statement: &JsValue) -> Result<JsValue, JsValue> {
    stated(statement, statement::to_sign)
}

/// Checks the statement of an envelope. Returns the hash of its manifest if everything was compared and matches, otherwise the issues
/// as JSON text.
///
/// # Errors
/// An exception of the host's own code.
#[wasm_bindgen(js_name = checkStatement, skip_typescript)]
#[cfg_attr(small, optimize(size))]
pub fn check_statement(statement: &JsValue) -> Result<JsValue, JsValue> {
    stated(statement, |tape| {
        let mut issues = Issues::default();
        let evidence = statement::check(&mut Check::new(tape, &mut issues, Path::of(&["payload"])), At(0));
        let hash = evidence.filter(|_| issues.is_empty()).map(|evidence| evidence.hash.text());
        Ok(hash.unwrap_or_else(|| listed(&issues.into_vec())).into_bytes())
    })
}

#[inline(never)]
#[cfg_attr(small, optimize(size))]
fn stated(statement: &JsValue, text: fn(&Tape) -> Result<Vec<u8>, Problem>) -> Result<JsValue, JsValue> {
    let text = with_value(|walker| walker.a_value(statement), text)?;
    Ok(utf8(&text).into())
}

/// `summarizeSnapshot(snapshot)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or an exception of the host's own code.
#[wasm_bindgen(js_name = summarizeSnapshot, skip_typescript)]
#[cfg_attr(small, optimize(size))]
pub fn summarize_snapshot(snapshot: &JsValue) -> Result<JsValue, JsValue> {
    reading(|walker, tape, _| {
        walker.take(ReadTask::SnapshotRecord, snapshot, tape).map_err(hand_over)?;
        let has_items = walker.read(ReadTask::HasItems, snapshot).map_err(hand_over)? > 0;
        let mut stored = JavaScript::reading(walker, snapshot, ReadTask::OpenItems);
        Ok(summary::summarize(tape, has_items.then_some(&mut stored)).map_err(failed)?.into())
    })
}
