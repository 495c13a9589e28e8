//! The state of a builder or a verifier, which lives from one call to the next.

use std::cell::{Cell, RefCell};

use js_sys::Error;
use wasm_bindgen::JsValue;

use super::imports::{Walker, WordCount, hand_over};
use super::workspace::in_workspace;
use crate::value::limits::Limits;
use crate::value::tape::Tape;

/// State that is not borrowed while host code runs, so that host code may call its methods again.
pub(crate) struct BetweenCalls<T> {
    /// `None` once it is finished.
    pub(crate) state: RefCell<Option<T>>,
    limits: Limits,
    /// Number of calls that are reading a value.
    reading: Cell<usize>,
    /// True if reading a value has failed: then not all values were read.
    failed: Cell<bool>,
}

impl<T> BetweenCalls<T> {
    pub(crate) fn new(state: T, limits: Limits) -> Self {
        Self { state: RefCell::new(Some(state)), limits, reading: Cell::new(0), failed: Cell::new(false) }
    }

    /// Reads a value, during which host code may run, and then passes it to `and_then` with the state.
    pub(crate) fn with<R>(
        &self,
        read: impl FnOnce(&Walker) -> Result<WordCount, JsValue>,
        and_then: impl FnOnce(&mut T, &mut Tape) -> Result<R, JsValue>,
    ) -> Result<R, JsValue> {
        in_workspace(|walker, tape, _| {
            walker.limit_to(self.limits.document_bytes, self.limits.levels);
            tape.limits = self.limits;
            self.reading.set(self.reading.get() + 1);
            let words = read(walker);
            self.reading.set(self.reading.get() - 1);
            if words.is_err() {
                self.failed.set(true);
            }
            // Received first: even if the value's own code has called `finish`, the tape has to learn the names in the value.
            let received = walker.receive_value(words.map_err(hand_over)?, tape);
            if received.is_err() {
                self.failed.set(true);
            }
            received.map_err(hand_over)?;
            let mut state = self.state.borrow_mut();
            and_then(state.as_mut().ok_or_else(finished)?, tape)
        })
    }

    /// Returns whether all values were read: no call is in the middle of reading one, and none has failed.
    pub(crate) fn is_all_read(&self) -> bool {
        !self.failed.get() && self.reading.get() == 0
    }

    /// Takes the state out.
    ///
    /// # Errors
    /// An `Error` if it is finished.
    pub(crate) fn take(&self) -> Result<T, JsValue> {
        self.state.take().ok_or_else(finished)
    }

    /// Checks that it is not finished.
    ///
    /// # Errors
    /// An `Error` if it is.
    pub(crate) fn check(&self) -> Result<(), JsValue> {
        if self.state.borrow().is_some() { Ok(()) } else { Err(finished()) }
    }
}

pub(crate) fn finished() -> JsValue {
    hand_over(Error::new("It is finished: nothing can be added, and finish can be called only once").into())
}
