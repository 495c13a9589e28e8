//! The seam to JavaScript: one call's values, read by a walker and taken over onto a tape.
//!
//! Why a workspace for each operation: host code (getters, proxies, iterators) runs in the middle of an operation and may call us
//! again. An exception of the host comes back as it was thrown.

use std::cell::Cell;

use wasm_bindgen::prelude::*;

use super::imports::{Index, ReadTask, Walker, hand_over, next_count, refusal};
use crate::audit::verify::Parts;
use crate::format::index::Entries;
use crate::operation::host::{Failure, Requester, Stream};
use crate::platform;
use crate::primitives::digest;
use crate::value::problem::Problem;
use crate::value::tape::Tape;
use crate::value::writer::Writer;

/// Number of words that were read. Negative if the tape has no room for them, so that they must still be delivered.
pub(super) type WordCount = i32;

impl Walker {
    /// Takes over the words that were read. Returns false if there are none.
    pub(super) fn take_over(&self, words: WordCount, tape: &mut Tape) -> bool {
        let count = words.unsigned_abs() as usize;
        if words < 0 {
            let (words, text) = tape.room(count, self.text_length());
            self.deliver(words.as_mut_ptr(), words.len(), text.as_mut_ptr(), text.len());
        }
        if count > 0 {
            tape.learn(count);
        }
        count > 0
    }

    pub(super) fn read(&self, task: ReadTask, of: &JsValue) -> Result<WordCount, JsValue> {
        self.read_by_number(task as u32, of)
    }

    pub(super) fn take(&self, task: ReadTask, of: &JsValue, tape: &mut Tape) -> Result<bool, JsValue> {
        Ok(self.take_over(self.read(task, of)?, tape))
    }
}

/// What one operation reads and writes with: a walker, and the tape that has learnt the same names and shapes.
pub(super) struct Workspace {
    walker: Walker,
    tape: Tape,
    writer: Writer,
}

thread_local! {
    /// The workspace that is not in use. Learning names and shapes again would be 20 % of the cost of a small pack.
    static SPARE: Cell<Option<Box<Workspace>>> = const { Cell::new(None) };
}

/// Takes the spare workspace or makes one. The first call also finds out if the host has a SHA-256 of its own.
pub(super) fn spare() -> Box<Workspace> {
    SPARE.take().unwrap_or_else(|| {
        let memory = wasm_bindgen::memory();
        digest::use_native(platform::sha256(&memory));
        Box::new(Workspace { walker: Walker::new(&memory), tape: Tape::default(), writer: Writer::default() })
    })
}

/// Keeps a workspace for the next operation, unless it has grown large.
pub(super) fn keep(workspace: Box<Workspace>) {
    if workspace.walker.rest() && workspace.tape.is_small() && workspace.writer.is_small() {
        SPARE.set(Some(workspace));
    }
}

/// Runs an operation with a workspace of its own. Every value with members must be read onto that tape, and so must the first
/// value: it carries the names that were learnt in an earlier operation that failed.
pub(super) fn reading<R>(operation: impl FnOnce(&Walker, &mut Tape, &mut Writer) -> R) -> R {
    let mut workspace = spare();
    let result = operation(&workspace.walker, &mut workspace.tape, &mut workspace.writer);
    keep(workspace);
    result
}

/// Runs an operation that reads a single value.
pub(super) fn with_value<R>(
    read: impl FnOnce(&Walker) -> Result<WordCount, JsValue>,
    operation: impl FnOnce(&Tape) -> Result<R, Problem>,
) -> Result<R, JsValue> {
    reading(|walker, tape, _| {
        walker.take_over(read(walker).map_err(hand_over)?, tape);
        operation(tape).map_err(|problem| thrown(&problem))
    })
}

#[cfg_attr(small, optimize(size))]
pub(super) fn failed(failure: Failure<JsValue>) -> JsValue {
    match failure {
        Failure::Problem(problem) => thrown(&problem),
        Failure::Host(exception) => hand_over(exception),
    }
}

#[cfg_attr(small, optimize(size))]
pub(super) fn thrown(problem: &Problem) -> JsValue {
    refusal(&problem.to_json())
}

/// The host of an operation: the values of one call, read by its walker.
pub(super) struct JavaScript<'a> {
    pub(super) walker: &'a Walker,
    /// The input of a request; `None` for all other operations.
    input: Option<&'a JsValue>,
    /// The object that everything else is read from.
    ctx: &'a JsValue,
    is_preview: bool,
    /// Opens the values that are read one at a time.
    open: ReadTask,
    index: Option<Index>,
}

impl<'a> JavaScript<'a> {
    pub(super) fn new(walker: &'a Walker, input: &'a JsValue, ctx: &'a JsValue, is_preview: bool) -> Self {
        Self { input: Some(input), is_preview, ..Self::reading(walker, ctx, ReadTask::OpenItems) }
    }

    /// Makes the host of an operation without a request.
    pub(super) fn reading(walker: &'a Walker, ctx: &'a JsValue, open: ReadTask) -> Self {
        Self { walker, input: None, ctx, is_preview: false, open, index: None }
    }
}

impl Requester for JavaScript<'_> {
    type Error = JsValue;

    fn caller(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        self.walker.take(ReadTask::Caller, self.ctx, tape).map(|_| ())
    }

    fn request(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        let input = self.input.expect("there is a request");
        let what = if self.is_preview { ReadTask::PreviewRequest } else { ReadTask::Request };
        self.walker.take(what, input, tape).map(|_| ())
    }

    fn clock(&mut self) -> f64 {
        js_sys::Date::now()
    }

    fn pack_name(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        self.walker.take(ReadTask::PackName, self.ctx, tape).map(|_| ())
    }

    fn pack_rest(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        self.walker.take(ReadTask::PackRest, self.ctx, tape).map(|_| ())
    }

    // JavaScript counts, because another instance may make the next identifier.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "42 bits")]
    fn count(&mut self, seed: u64) -> u64 {
        next_count(seed as f64) as u64
    }
}

impl Stream for JavaScript<'_> {
    type Error = JsValue;

    fn open(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        self.walker.take(self.open, self.ctx, tape).map(|_| ())
    }

    fn next(&mut self, tape: &mut Tape) -> Result<bool, JsValue> {
        Ok(self.walker.take_over(self.walker.next_item()?, tape))
    }

    fn close(&mut self) -> Result<(), JsValue> {
        self.walker.close_items()
    }
}

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

pub(super) fn next_entries(walker: &Walker, index: &Index, tape: &mut Tape) -> Result<bool, JsValue> {
    Ok(walker.take_over(walker.next_entries(index)?, tape))
}

impl Parts for JavaScript<'_> {
    fn parts(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        self.walker.take(ReadTask::Parts, self.ctx, tape).map(|_| ())
    }
}
