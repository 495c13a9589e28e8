//! JavaScript as a host: the traits of the core, over a walker.

use wasm_bindgen::JsValue;

use super::imports::{AFTER_KNOWN, FIXED, Items, KNOWN, KnownIndex, ReadTask, VALUE_TEXT, Walker, next_count};
use crate::audit::chain::Records;
use crate::audit::verify::Parts;
use crate::format::index::Entries;
use crate::operation::host::{Next, Requester, Stream};
use crate::operation::known_items::KnownItems;
use crate::primitives::leaves::Leaves;
use crate::value::tape::Tape;

/// What one operation reads, and the walker that it reads with.
pub(crate) struct JavaScript<'a> {
    pub(crate) walker: &'a Walker,
    /// The operation's input, if it has one.
    input: Option<&'a JsValue>,
    /// The object that everything else is read from.
    ctx: &'a JsValue,
    is_preview: bool,
    /// Opens the sequence of values that are read one at a time.
    open: ReadTask,
    index: Option<KnownIndex>,
    /// Where items are kept, so that they can be made again.
    pub(crate) items: Option<Items>,
    known: Option<&'a mut KnownItems>,
}

impl<'a> JavaScript<'a> {
    /// Makes a host that requests a snapshot or a preview.
    pub(crate) fn requesting(walker: &'a Walker, input: &'a JsValue, ctx: &'a JsValue, is_preview: bool) -> Self {
        Self { input: Some(input), is_preview, ..Self::storing(walker, ctx, ReadTask::OpenItems) }
    }

    /// Makes the host keep the items that it reads.
    pub(crate) fn keeping(self, items: Items) -> Self {
        Self { items: Some(items), ..self }
    }

    /// Makes a host for the functions that read stored values. They have no input.
    pub(crate) fn storing(walker: &'a Walker, ctx: &'a JsValue, open: ReadTask) -> Self {
        Self { walker, input: None, ctx, is_preview: false, open, index: None, items: None, known: None }
    }

    /// The same host, which knows items.
    pub(crate) fn knowing(self, known: Option<&'a mut KnownItems>) -> Self {
        Self { known, ..self }
    }

    /// Keeps the leaves of the operation for the next one.
    pub(crate) fn keep(&mut self, leaves: Leaves) {
        if let Some(known) = &mut self.known {
            known.keep(leaves);
        }
    }
}

impl Requester for JavaScript<'_> {
    type Error = JsValue;

    fn caller(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        self.walker.read_onto(tape, ReadTask::Caller, self.ctx).map(|_| ())
    }

    fn request(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        let input = self.input.expect("there is a request");
        let task = if self.is_preview { ReadTask::PreviewRequest } else { ReadTask::Request };
        self.walker.read_onto(tape, task, input).map(|_| ())
    }

    fn clock(&mut self) -> f64 {
        js_sys::Date::now()
    }

    fn pack_name(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        self.walker.read_onto(tape, ReadTask::PackName, self.ctx).map(|_| ())
    }

    fn pack_rest(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        self.walker.read_onto(tape, ReadTask::PackRest, self.ctx).map(|_| ())
    }

    // A script counts, because another instance may make the next identifier.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "42 bits")]
    fn count(&mut self, seed: u64) -> u64 {
        next_count(seed as f64) as u64
    }
}

impl Stream for JavaScript<'_> {
    type Error = JsValue;

    fn open(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        self.walker.read_onto(tape, self.open, self.ctx).map(|_| ())
    }

    fn next(&mut self, tape: &mut Tape) -> Result<Next, JsValue> {
        let mut words = self.walker.next_item()?;
        if matches!(words, KNOWN..AFTER_KNOWN) {
            return Ok(Next::Known(words.abs_diff(KNOWN) as usize));
        }
        let is_fixed = words > VALUE_TEXT && words.abs() >= FIXED;
        if is_fixed {
            words -= words.signum() * FIXED;
        }
        let received = self.walker.receive_value(words, tape);
        if is_fixed {
            tape.is_fixed = true;
        }
        if received.is_err() {
            // The first error counts, as in `for … of`.
            _ = self.walker.close_items();
        }
        Ok(if received? { Next::Value } else { Next::End })
    }

    fn close(&mut self) -> Result<(), JsValue> {
        self.walker.close_items()
    }

    fn known(&mut self) -> Option<&mut KnownItems> {
        self.known.as_deref_mut()
    }
}

impl Entries for JavaScript<'_> {
    type Error = JsValue;

    fn next_entries(&mut self, tape: &mut Tape) -> Result<bool, JsValue> {
        let index = match self.index.take() {
            Some(index) => index,
            None => KnownIndex::new(&self.walker.index_array())?,
        };
        let more = next_entries(self.walker, &index, tape);
        self.index = Some(index);
        more
    }
}

impl Parts for JavaScript<'_> {
    fn parts(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        self.walker.read_onto(tape, ReadTask::Parts, self.ctx).map(|_| ())
    }
}

/// Reads the next entries of an index onto the tape; returns `false` at the end.
pub(crate) fn next_entries(walker: &Walker, index: &KnownIndex, tape: &mut Tape) -> Result<bool, JsValue> {
    Ok(walker.receive(walker.next_entries(index)?, tape))
}

/// The entries of one index.
pub(crate) struct IndexEntries<'a> {
    pub(crate) walker: &'a Walker,
    pub(crate) index: &'a KnownIndex,
}

impl Entries for IndexEntries<'_> {
    type Error = JsValue;

    fn next_entries(&mut self, tape: &mut Tape) -> Result<bool, JsValue> {
        next_entries(self.walker, self.index, tape)
    }
}

/// The records of a chain, and the options of its verification.
pub(crate) struct ChainRecords<'a> {
    pub(crate) records: JavaScript<'a>,
    pub(crate) options: &'a JsValue,
}

impl Stream for ChainRecords<'_> {
    type Error = JsValue;

    fn open(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        self.records.open(tape)
    }

    fn next(&mut self, tape: &mut Tape) -> Result<Next, JsValue> {
        self.records.next(tape)
    }

    fn close(&mut self) -> Result<(), JsValue> {
        self.records.close()
    }
}

impl Records for ChainRecords<'_> {
    fn options(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        self.records.walker.read_onto(tape, ReadTask::ChainOptions, self.options).map(|_| ())
    }
}
