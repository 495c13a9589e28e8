//! Canonical JSON of values on the tape (RFC 8785): one text for one value.
//!
//! Why: a digest is over bytes, and JSON leaves their choice open. How: members ordered by the UTF-16 units of their
//! names (section 3.2.3), strings and numbers as ECMAScript writes them, no white space. Writing stops at the first thing
//! that is not canonical JSON and says no more than that ([`Refusal`]); [`super::check`] then looks for what, and where. So
//! the way that succeeds carries no paths.

use super::tape::{At, Key, Shape, Tape, Value};
use crate::contract::MAX_DOCUMENT_BYTES;
use crate::primitives::buffer::{Buffer, Label};
use crate::primitives::number::{decimal, number};
use crate::primitives::order::ordered;
use crate::primitives::string::{Refusal, string};

/// Writes canonical JSON of tape values, one document behind the other.
pub(crate) struct Writer {
    pub(crate) out: Buffer,
    /// Where the document begins that is being written, and how many bytes it may have.
    start: usize,
    pub(crate) most: usize,
    /// Where the values are of the shaped objects that are open, innermost last; kept here so that none allocates.
    values: Vec<At>,
}

impl Default for Writer {
    fn default() -> Self {
        Self::bounded_by(MAX_DOCUMENT_BYTES)
    }
}

impl Writer {
    /// A writer of documents that have so many bytes at most.
    pub(crate) fn bounded_by(most: usize) -> Self {
        Self { out: Buffer::default(), start: 0, most, values: Vec::new() }
    }

    /// Begins a document at the end of what is there.
    pub(crate) fn begin(&mut self) {
        self.start = self.out.len();
        self.values.clear();
    }

    /// Checks the length of the document so far.
    // F10-2, F10-6, F10-7
    pub(crate) fn bounded(&self) -> Result<(), Refusal> {
        if self.out.len() - self.start <= self.most { Ok(()) } else { Err(Refusal::TooLong) }
    }

    /// Whether it is worth keeping: nothing large has been written.
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "nothing is kept natively"))]
    pub(crate) fn is_small(&self) -> bool {
        self.out.is_small()
    }

    /// Some bytes of ours.
    #[inline(always)]
    pub(crate) fn raw<const N: usize>(&mut self, bytes: &[u8; N]) {
        self.out.push_start(bytes, N);
    }

    #[inline(always)]
    pub(crate) fn label(&mut self, (block, length): &Label) {
        self.out.push_start(block, *length);
    }

    /// The value at `at`. What each kind needs is in a function of its own, so that nesting takes little stack.
    pub(crate) fn value(&mut self, tape: &Tape, at: At) -> Result<(), Refusal> {
        match tape.decode(at) {
            // F9.1-1
            Value::Null => self.raw(b"null"),
            Value::Boolean(true) => self.raw(b"true"),
            Value::Boolean(false) => self.raw(b"false"),
            Value::Integer(value) => decimal(&mut self.out, value < 0, value.unsigned_abs().into(), 0),
            Value::Double(value) => number(&mut self.out, value),
            Value::String(text) => string(&mut self.out, text)?,
            Value::Array(count, first) => self.array(tape, count, first)?,
            Value::Shaped(shape, first) => self.shaped(tape, shape, first)?,
            Value::Object(..) => self.object(tape, at)?,
            Value::Cut(true) => return Err(Refusal::TooLong),
            Value::Absent | Value::Tuple(..) | Value::Date(..) | Value::Bad(_) | Value::Deep(_) | Value::Cut(false) => {
                return Err(Refusal::Malformed);
            }
        }
        self.bounded()
    }

    // F9.1-2
    fn array(&mut self, tape: &Tape, count: usize, first: At) -> Result<(), Refusal> {
        self.out.push_start(b"[", 1);
        let mut at = first;
        for position in 0..count {
            if position > 0 {
                self.out.push_start(b",", 1);
            }
            self.value(tape, at)?;
            at = tape.after(at);
        }
        self.out.push_start(b"]", 1);
        Ok(())
    }

    fn shaped(&mut self, tape: &Tape, shape: &Shape, first: At) -> Result<(), Refusal> {
        let order = shape.order.as_ref().ok_or(Refusal::Malformed)?;
        let base = self.values.len();
        let mut at = first;
        for _ in order {
            self.values.push(at);
            at = tape.after(at);
        }
        for (place, name) in order {
            name.write(&mut self.out);
            self.value(tape, self.values[base + place])?;
        }
        self.values.truncate(base);
        self.out.push_start(b"}", 1);
        Ok(())
    }

    // F9.1-3
    fn object(&mut self, tape: &Tape, at: At) -> Result<(), Refusal> {
        self.out.push_start(b"{", 1);
        self.members(tape, &tape.members(at).unwrap_or_default())?;
        self.out.push_start(b"}", 1);
        Ok(())
    }

    /// Members, in order and joined with commas.
    // F9.4-1
    pub(crate) fn members(&mut self, tape: &Tape, members: &[(Key, At)]) -> Result<(), Refusal> {
        let order = ordered(members.len(), &|left, right| members[left].0.compare(&members[right].0));
        for (position, &member) in order.iter().enumerate() {
            if position > 0 {
                self.out.push_start(b",", 1);
            }
            let (key, value) = members[member];
            self.name(key)?;
            self.value(tape, value)?;
        }
        Ok(())
    }

    fn name(&mut self, key: Key) -> Result<(), Refusal> {
        match key {
            Key::Interned(key) => key.name.as_ref().ok_or(Refusal::Malformed)?.write(&mut self.out),
            Key::Text(text) => {
                string(&mut self.out, text)?;
                self.out.push_start(b":", 1);
            }
        }
        Ok(())
    }
}
