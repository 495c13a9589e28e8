//! Classes that live longer than a call: `SnapshotBuilder` and `SnapshotVerifier`.
//!
//! How: their state is out of reach while host code runs, so that host code may call them again.

use std::cell::{Cell, RefCell};

use js_sys::{Error, Float64Array};
use wasm_bindgen::prelude::*;

use super::audit::{named, verification};
use super::host::{JavaScript, WordCount, failed, reading, thrown};
use super::imports::{ReadTask, Walker, build_item_digest, build_snapshot, frozen, hand_over};
use super::{digests, ids};
use crate::audit::verify::Verifier;
use crate::operation::builder::Builder;
use crate::primitives::text::utf8;
use crate::value::evidence::AllRead;
use crate::value::limits::Limits;
use crate::value::tape::Tape;

/// A state that lives longer than a call, and is out of reach in the middle of one: host code may call its owner again.
struct Suspended<T> {
    state: RefCell<Option<T>>,
    limits: Limits,
    /// Number of calls that are reading a value, and whether one of them has failed: then not everything was read.
    reading: Cell<usize>,
    failed: Cell<bool>,
}

impl<T> Suspended<T> {
    #[cfg_attr(small, optimize(size))]
    fn new(state: T, limits: Limits) -> Self {
        Self { state: RefCell::new(Some(state)), limits, reading: Cell::new(0), failed: Cell::new(false) }
    }

    /// Reads a value, while host code may run, and then hands it to `and_then` with the state.
    fn with<R>(
        &self,
        read: impl FnOnce(&Walker) -> Result<WordCount, JsValue>,
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
            // Taken over first: the names in the value are learnt even if its own code has finished this object meanwhile.
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
pub struct SnapshotBuilder(Suspended<Builder>);

#[wasm_bindgen]
impl SnapshotBuilder {
    /// See `pkg/src/index.d.ts`.
    ///
    /// # Errors
    /// A `SnapshotError`, or an exception of the host's own code.
    #[wasm_bindgen(constructor)]
    #[cfg_attr(small, optimize(size))]
    pub fn new(input: &JsValue, ctx: &JsValue) -> Result<SnapshotBuilder, JsValue> {
        let builder = reading(|walker, tape, _| Builder::open(&mut JavaScript::new(walker, input, ctx, false), tape));
        let builder = builder.map_err(failed)?;
        let limits = builder.draft.limits();
        Ok(Self(Suspended::new(builder, limits)))
    }

    /// Returns the snapshotId and createdAt, which are fixed from the beginning.
    ///
    /// # Errors
    /// An `Error` if it is finished.
    #[cfg_attr(small, optimize(size))]
    pub fn identity(&self) -> Result<JsValue, JsValue> {
        let state = self.0.state.borrow();
        let draft = &state.as_ref().ok_or_else(finished)?.draft;
        Ok(frozen(&named(&[&draft.snapshot_id, &draft.created_at.text()])))
    }

    /// See `pkg/src/index.d.ts`.
    ///
    /// # Errors
    /// A `SnapshotError`, an `Error` if it is finished, or an exception of the host's own code.
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
    /// The same as `add`.
    #[wasm_bindgen(js_name = addDigest)]
    pub fn add_digest(&self, entry: &JsValue) -> Result<(), JsValue> {
        self.0.check()?;
        self.0.with(
            |walker| walker.read(ReadTask::DigestedItem, entry),
            |builder, tape| builder.add_digest(tape).map_err(|problem| thrown(&problem)),
        )
    }

    /// See `pkg/src/index.d.ts`.
    ///
    /// # Errors
    /// A `SnapshotError`, or an `Error` if it is finished.
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
    kept: Suspended<Verifier>,
    /// True if the parts have `items`, which nobody reads here, and none was added.
    passes_over: Cell<bool>,
}

#[wasm_bindgen]
impl SnapshotVerifier {
    /// See `pkg/src/index.d.ts`.
    ///
    /// # Errors
    /// An exception of the host's own code.
    #[wasm_bindgen(constructor)]
    #[cfg_attr(small, optimize(size))]
    pub fn new(parts: &JsValue) -> Result<SnapshotVerifier, JsValue> {
        let opened = reading(|walker, tape, _| {
            let verifier = Verifier::open(&mut JavaScript::reading(walker, parts, ReadTask::OpenItems), tape)?;
            Ok((verifier, walker.read(ReadTask::HasItems, parts)? == 1))
        });
        let (verifier, has_items) = opened.map_err(hand_over)?;
        let limits = verifier.limits();
        Ok(Self { kept: Suspended::new(verifier, limits), passes_over: Cell::new(has_items) })
    }

    /// See `pkg/src/index.d.ts`.
    ///
    /// # Errors
    /// An exception of the host's own code; an `Error` if it is finished.
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
    /// An `Error` if it is finished.
    #[cfg_attr(small, optimize(size))]
    pub fn finish(&self) -> Result<JsValue, JsValue> {
        let is_all = !self.kept.failed.get() && self.kept.reading.get() == 0 && !self.passes_over.get();
        Ok(verification(self.kept.take()?.finish(is_all.then(AllRead::asserted_by_caller)), None))
    }
}
