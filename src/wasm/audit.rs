//! Checking, comparing and streaming snapshots, for JavaScript.
//!
//! How: as `super`, a walker for each operation. What lives longer than a call (a builder, a verifier) is put away while
//! host code runs, so that host code may call it again.

use std::cell::{Cell, RefCell};

use js_sys::{Error, Float64Array};
use wasm_bindgen::prelude::*;

use super::{
    Index, JavaScript, Walker, What, Words, build_diff, build_item_digest, build_preview, build_proof, build_snapshot,
    build_verification, bytes, digests, failed, find, frozen, hand_over, ids, path, reading, thrown, with_value,
};
use crate::audit::chain;
use crate::audit::summary;
use crate::audit::verify::{self, Parts, Verifier};
use crate::format::index::{self, Entries};
use crate::format::manifest::{self, Manifest};
use crate::format::proof;
use crate::format::statement;
use crate::operation::builder::Builder;
use crate::operation::host::Stream;
use crate::operation::preview;
use crate::primitives::digest::Digest;
use crate::primitives::object::{Object, array};
use crate::primitives::shown::shown;
use crate::primitives::string::quoted;
use crate::primitives::text::{concat, utf8};
use crate::primitives::{merkle, utf16};
use crate::value::check::{Check, Need};
use crate::value::evidence::{AllRead, Verdict};
use crate::value::limits::Limits;
use crate::value::problem::{Code, Issue, Issues, Path, Problem};
use crate::value::tape::{At, Tape, Value};

impl Entries for JavaScript<'_> {
    type Error = JsValue;

    fn next_entries(&mut self, tape: &mut Tape) -> Result<bool, JsValue> {
        let index = match self.index.take() {
            Some(index) => index,
            None => Index::new(&self.walker.index())?,
        };
        let more = next_entries(self.walker, &index, tape);
        self.index = Some(index);
        more
    }
}

fn next_entries(walker: &Walker, index: &Index, tape: &mut Tape) -> Result<bool, JsValue> {
    Ok(walker.take_over(walker.next_entries(index)?, tape))
}

impl Parts for JavaScript<'_> {
    fn parts(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        self.walker.take(What::Parts, self.ctx, tape).map(|_| ())
    }
}

/// What a verification came to, for JavaScript.
#[cfg_attr(small, optimize(size))]
fn verification(verdict: Verdict, length: Option<usize>) -> JsValue {
    let (valid, anchor) = (verdict.is_valid(), verdict.anchor);
    build_verification(valid, &listed(&verdict.into_issues()), anchor.as_str(), length)
}

/// Issues as JSON text.
#[cfg_attr(small, optimize(size))]
fn listed(issues: &[Issue]) -> String {
    let mut json = Vec::new();
    array(&mut json, issues, |out, issue| issue.write(out));
    utf8(&json).to_owned()
}

/// Texts as JSON text.
#[cfg_attr(small, optimize(size))]
fn named(names: &[&str]) -> String {
    let mut json = Vec::new();
    array(&mut json, names, |out, name| quoted(out, name));
    utf8(&json).to_owned()
}

/// `verifySnapshot(parts)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// What the host's own code threw.
#[wasm_bindgen(js_name = verifySnapshot, skip_typescript)]
#[cfg_attr(small, optimize(size))]
pub fn verify_snapshot(parts: &JsValue) -> Result<JsValue, JsValue> {
    let verdict = reading(|walker, tape, _| {
        verify::verify_snapshot(&mut JavaScript::reading(walker, parts, What::OpenItems), tape)
    });
    Ok(verification(verdict.map_err(hand_over)?, None))
}

/// `verifyChain(records, options)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// What the host's own code threw.
#[wasm_bindgen(js_name = verifyChain, skip_typescript)]
#[cfg_attr(small, optimize(size))]
pub fn verify_chain(records: &JsValue, options: &JsValue) -> Result<JsValue, JsValue> {
    let verdict = reading(|walker, tape, _| {
        let chain = JavaScript::reading(walker, records, What::OpenRecords);
        chain::verify(&mut Chain { chain, options }, tape)
    });
    let (verdict, length) = verdict.map_err(hand_over)?;
    Ok(verification(verdict, Some(length)))
}

/// Records, and what is trusted of them.
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
        self.chain.walker.take(What::ChainOptions, self.options, tape).map(|_| ())
    }
}

/// A manifest and an index that fit together.
struct Contents {
    manifest: Manifest,
    index: Index,
}

/// Reads the manifest and finds the index, from what the walker has just written onto the tape; `None` where there is no
/// index.
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

/// Reads an index entry by entry, and notes what is found of it; `false`, with issues, where it does not fit.
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

/// A manifest and an index, from what the walker has just written onto the tape; `None`, with issues, where they do not fit
/// together.
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

/// The digest that a value is, if it is one. Read as all else, onto that tape: to take texts over in another way would be
/// code on both sides.
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
/// A `SnapshotError`, or what the host's own code threw.
// E8.5-1
#[wasm_bindgen(js_name = proveItem, skip_typescript)]
#[cfg_attr(small, optimize(size))]
pub fn prove_item(snapshot: &JsValue, item_id: &JsValue) -> Result<JsValue, JsValue> {
    let mut issues = Issues::default();
    let proof = reading(|walker, tape, _| {
        walker.take(What::Contents, snapshot, tape)?;
        reading(|id_walker, id_tape, _| {
            id_walker.take_over(id_walker.a_value(item_id)?, id_tape);
            proof_of(walker, tape, id_tape, &mut issues)
        })
    });
    let proof = proof.map_err(hand_over)?;
    issues.into_result(Code::ValidationFailed).map_err(|problem| thrown(&problem))?;
    proof.map_err(|id| thrown(&Problem::new(Code::NotFound, concat(&["No item ", &shown(&id), " in the index"]))))
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
/// What the host's own code threw.
#[wasm_bindgen(js_name = explainItem, skip_typescript)]
#[cfg_attr(small, optimize(size))]
pub fn explain_item(item: &JsValue, proof: &JsValue, hash: &JsValue) -> Result<JsValue, JsValue> {
    Ok(verification(proof_verdict(item, proof, hash)?, None))
}

/// `verifyItem(item, proof, hash)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// What the host's own code threw.
#[wasm_bindgen(js_name = verifyItem, skip_typescript)]
#[cfg_attr(small, optimize(size))]
pub fn verify_item(item: &JsValue, proof: &JsValue, hash: &JsValue) -> Result<bool, JsValue> {
    proof_verdict(item, proof, hash).map(|verdict| verdict.is_valid())
}

#[cfg_attr(small, optimize(size))]
fn proof_verdict(item: &JsValue, proof: &JsValue, hash: &JsValue) -> Result<Verdict, JsValue> {
    let verdict = reading(|hash_walker, trusted, _| {
        hash_walker.take(What::Scalar, hash, trusted)?;
        reading(|item_walker, item_tape, _| {
            item_walker.take_over(item_walker.a_stored_item(item)?, item_tape);
            reading(|walker, tape, _| {
                walker.take(What::Proof, proof, tape)?;
                Ok(proof::verify(item_tape, tape, trusted))
            })
        })
    });
    verdict.map_err(hand_over)
}

/// `diffSnapshots(before, after)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or what the host's own code threw.
// E8.5-2
#[wasm_bindgen(js_name = diffSnapshots, skip_typescript)]
#[cfg_attr(small, optimize(size))]
pub fn diff_snapshots(before: &JsValue, after: &JsValue) -> Result<JsValue, JsValue> {
    let mut issues = Issues::default();
    let mut one = |value, prefix| {
        reading(|walker, tape, _| {
            walker.take(What::Contents, value, tape)?;
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
/// A `SnapshotError`, or what the host's own code threw.
#[wasm_bindgen(js_name = previewPack, skip_typescript)]
#[cfg_attr(small, optimize(size))]
pub fn preview_pack(input: &JsValue, ctx: &JsValue) -> Result<JsValue, JsValue> {
    let mut against = None;
    let mut read = |host: &mut JavaScript, tape: &mut Tape, issues: &mut Issues| {
        if host.walker.take(What::Against, ctx, tape)? {
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
/// A `SnapshotError`, or what the host's own code threw.
#[wasm_bindgen(js_name = toStatement, skip_typescript)]
#[cfg_attr(small, optimize(size))]
pub fn to_statement(snapshot: &JsValue) -> Result<JsValue, JsValue> {
    let json = with_value(|walker| walker.read(What::RecordOf, snapshot), statement::statement)?;
    Ok(frozen(utf8(&json)))
}

/// What `signStatement(statement)` signs: canonical JSON.
///
/// # Errors
/// A `SnapshotError` if it is not a statement about a snapshot, or what the host's own code threw.
#[wasm_bindgen(js_name = statementToSign, skip_typescript)]
pub fn statement_to_sign(statement: &JsValue) -> Result<JsValue, JsValue> {
    stated(statement, statement::to_sign)
}

/// Checks the statement of an envelope: returns the hash of its manifest if all of it was compared and is right, else JSON
/// text of the issues.
///
/// # Errors
/// What the host's own code threw.
#[wasm_bindgen(js_name = checkStatement, skip_typescript)]
#[cfg_attr(small, optimize(size))]
pub fn check_statement(statement: &JsValue) -> Result<JsValue, JsValue> {
    stated(statement, |tape| {
        let mut issues = Issues::default();
        let evidence = statement::check(&mut Check::new(tape, &mut issues, Path::of(&["payload"])), At(0));
        let hash = evidence.filter(|_| issues.is_empty()).map(|evidence| evidence.hash.text());
        Ok(hash.unwrap_or_else(|| listed(&issues.into_listed())).into_bytes())
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
/// A `SnapshotError`, or what the host's own code threw.
#[wasm_bindgen(js_name = summarizeSnapshot, skip_typescript)]
#[cfg_attr(small, optimize(size))]
pub fn summarize_snapshot(snapshot: &JsValue) -> Result<JsValue, JsValue> {
    reading(|walker, tape, _| {
        walker.take(What::RecordOf, snapshot, tape).map_err(hand_over)?;
        let has_items = walker.read(What::HasItems, snapshot).map_err(hand_over)? > 0;
        let mut stored = JavaScript::reading(walker, snapshot, What::OpenItems);
        Ok(summary::summarize(tape, has_items.then_some(&mut stored)).map_err(failed)?.into())
    })
}

/// What is kept between two calls, and put away in the middle of one.
struct Kept<T> {
    state: RefCell<Option<T>>,
    limits: Limits,
    /// Calls that are reading a value, and whether one of them has failed: then not all was read.
    reading: Cell<usize>,
    failed: Cell<bool>,
}

impl<T> Kept<T> {
    #[cfg_attr(small, optimize(size))]
    fn new(state: T, limits: Limits) -> Self {
        Self { state: RefCell::new(Some(state)), limits, reading: Cell::new(0), failed: Cell::new(false) }
    }

    /// Reads a value, with host code running, then does with it what there is to do.
    fn with<R>(
        &self,
        read: impl FnOnce(&Walker) -> Result<Words, JsValue>,
        and_then: impl FnOnce(&mut T, &mut Tape) -> Result<R, JsValue>,
    ) -> Result<R, JsValue> {
        reading(|walker, tape, _| {
            walker.limit_to(self.limits.document_bytes, self.limits.levels);
            self.reading.set(self.reading.get() + 1);
            let words = read(walker);
            self.reading.set(self.reading.get() - 1);
            if words.is_err() {
                self.failed.set(true);
            }
            // Taken over first: if the value's own code has finished what this is, the names in it are learnt nevertheless.
            walker.take_over(words.map_err(hand_over)?, tape);
            let mut state = self.state.borrow_mut();
            and_then(state.as_mut().ok_or_else(finished)?, tape)
        })
    }

    fn take(&self) -> Result<T, JsValue> {
        self.state.take().ok_or_else(finished)
    }

    fn check(&self) -> Result<(), JsValue> {
        if self.state.borrow().is_some() { Ok(()) } else { Err(finished()) }
    }
}

fn finished() -> JsValue {
    hand_over(Error::new("It is finished: nothing can be added, and it can be finished only once").into())
}

/// `SnapshotBuilder`: see `pkg/src/index.d.ts`.
#[wasm_bindgen(skip_typescript)]
pub struct SnapshotBuilder(Kept<Builder>);

#[wasm_bindgen]
impl SnapshotBuilder {
    /// See `pkg/src/index.d.ts`.
    ///
    /// # Errors
    /// A `SnapshotError`, or what the host's own code threw.
    #[wasm_bindgen(constructor)]
    #[cfg_attr(small, optimize(size))]
    pub fn new(input: &JsValue, ctx: &JsValue) -> Result<SnapshotBuilder, JsValue> {
        let builder = reading(|walker, tape, _| Builder::open(&mut JavaScript::new(walker, input, ctx, false), tape));
        let builder = builder.map_err(failed)?;
        let limits = builder.draft.limits();
        Ok(Self(Kept::new(builder, limits)))
    }

    /// What is fixed: snapshotId, createdAt.
    ///
    /// # Errors
    /// Where it is finished.
    #[cfg_attr(small, optimize(size))]
    pub fn identity(&self) -> Result<JsValue, JsValue> {
        let state = self.0.state.borrow();
        let draft = &state.as_ref().ok_or_else(finished)?.draft;
        Ok(frozen(&named(&[&draft.snapshot_id, &draft.created_at.text()])))
    }

    /// See `pkg/src/index.d.ts`.
    ///
    /// # Errors
    /// A `SnapshotError`, an `Error` where it is finished, or what the host's own code threw.
    pub fn add(&self, item: &JsValue) -> Result<JsValue, JsValue> {
        self.0.check()?;
        self.0.with(
            |walker| walker.an_item(item),
            |builder, tape| {
                let added = builder.add(tape).map_err(|problem| thrown(&problem))?;
                let created_at = added.created_at.text();
                Ok(build_item_digest(&added.item_id, &added.digest.text(), added.json, Some(&created_at)))
            },
        )
    }

    /// See `pkg/src/index.d.ts`.
    ///
    /// # Errors
    /// As `add`.
    #[wasm_bindgen(js_name = addDigest)]
    pub fn add_digest(&self, entry: &JsValue) -> Result<(), JsValue> {
        self.0.check()?;
        self.0.with(
            |walker| walker.read(What::DigestedItem, entry),
            |builder, tape| builder.add_digest(tape).map_err(|problem| thrown(&problem)),
        )
    }

    /// See `pkg/src/index.d.ts`.
    ///
    /// # Errors
    /// A `SnapshotError`, or an `Error` where it is finished.
    #[cfg_attr(small, optimize(size))]
    pub fn finish(&self) -> Result<JsValue, JsValue> {
        match self.0.take()?.finish() {
            Ok((_, sealed, leaves)) => Ok(build_snapshot(
                utf8(&sealed.record),
                &sealed.event_id,
                &ids(&leaves),
                &digests(&leaves),
                None,
                &Float64Array::new_with_length(0),
            )),
            Err(unfinished) => {
                let (builder, problem) = *unfinished;
                *self.0.state.borrow_mut() = builder;
                Err(thrown(&problem))
            }
        }
    }
}

/// `SnapshotVerifier`: see `pkg/src/index.d.ts`.
#[wasm_bindgen(skip_typescript)]
pub struct SnapshotVerifier {
    kept: Kept<Verifier>,
    /// Whether items stand beside the record, which nobody reads, and none was added.
    passes_over: Cell<bool>,
}

#[wasm_bindgen]
impl SnapshotVerifier {
    /// See `pkg/src/index.d.ts`.
    ///
    /// # Errors
    /// What the host's own code threw.
    #[wasm_bindgen(constructor)]
    #[cfg_attr(small, optimize(size))]
    pub fn new(parts: &JsValue) -> Result<SnapshotVerifier, JsValue> {
        let opened = reading(|walker, tape, _| {
            let verifier = Verifier::open(&mut JavaScript::reading(walker, parts, What::OpenItems), tape)?;
            Ok((verifier, walker.read(What::HasItems, parts)? == 1))
        });
        let (verifier, has_items) = opened.map_err(hand_over)?;
        let limits = verifier.limits();
        Ok(Self { kept: Kept::new(verifier, limits), passes_over: Cell::new(has_items) })
    }

    /// See `pkg/src/index.d.ts`.
    ///
    /// # Errors
    /// What the host's own code threw; an `Error` where it is finished.
    pub fn add(&self, item: &JsValue) -> Result<(), JsValue> {
        self.kept.check()?;
        self.passes_over.set(false);
        self.kept.with(
            |walker| walker.a_stored_item(item),
            |verifier, tape| {
                verifier.add(tape);
                Ok(())
            },
        )
    }

    /// See `pkg/src/index.d.ts`.
    ///
    /// # Errors
    /// An `Error` where it is finished.
    #[cfg_attr(small, optimize(size))]
    pub fn finish(&self) -> Result<JsValue, JsValue> {
        let is_all = !self.kept.failed.get() && self.kept.reading.get() == 0 && !self.passes_over.get();
        Ok(verification(self.kept.take()?.finish(is_all.then(AllRead::as_the_caller_says)), None))
    }
}
