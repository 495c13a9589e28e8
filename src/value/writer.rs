//! Writes values from the tape as canonical JSON (RFC 8785): exactly one text for each value (F9-1).
//!
//! Why: a digest is computed over bytes, and JSON has many byte forms of one value. How: members are ordered by the UTF-16
//! units of their names (RFC 8785 section 3.2.3), strings and numbers are written as ECMAScript writes them, and there is
//! no white space (F9.1-1). Writing stops at the first value that has no canonical form and returns only a [`Refusal`];
//! [`super::check`] then finds what is wrong and where. So the successful path does not track paths.

use super::tape::{At, Key, Shape, Tape, Value};
use crate::contract::MAX_DOCUMENT_BYTES;
use crate::primitives::buffer::{Buffer, Label};
use crate::primitives::number::{decimal, number};
use crate::primitives::order::sorted_indices;
use crate::primitives::string::{Refusal, string};

/// Writes values from the tape as canonical JSON, one document after the other.
pub(crate) struct Writer {
    pub(crate) out: Buffer,
    /// Where the current document begins in `out`.
    start: usize,
    /// Longest document, in bytes (F10-2).
    pub(crate) max_bytes: usize,
    /// Positions of the values of the open shaped objects, innermost last. Kept here so that an object does not allocate.
    values: Vec<At>,
}

impl Default for Writer {
    fn default() -> Self {
        Self::with_limit(MAX_DOCUMENT_BYTES)
    }
}

impl Writer {
    /// Makes a writer of documents with at most `max_bytes` bytes.
    pub(crate) fn with_limit(max_bytes: usize) -> Self {
        Self { out: Buffer::default(), start: 0, max_bytes, values: Vec::new() }
    }

    /// Begins a document after the bytes written so far.
    pub(crate) fn begin(&mut self) {
        self.start = self.out.len();
        self.values.clear();
    }

    /// Checks the length of the current document so far, so that writing stops soon after it is too long (F10-6, F10-7).
    // F10-2
    pub(crate) fn check_length(&self) -> Result<(), Refusal> {
        if self.out.len() - self.start <= self.max_bytes { Ok(()) } else { Err(Refusal::TooLong) }
    }

    /// Returns true if the writer is worth keeping, because nothing large was written with it.
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "nothing is kept natively"))]
    pub(crate) fn is_small(&self) -> bool {
        self.out.is_small()
    }

    /// Writes constant bytes.
    #[inline(always)]
    pub(crate) fn raw<const N: usize>(&mut self, bytes: &[u8; N]) {
        self.out.push_prefix(bytes, N);
    }

    /// Writes canonical JSON.
    pub(crate) fn bytes(&mut self, json: &[u8]) {
        self.out.push(json);
    }

    /// Writes a constant label.
    #[inline(always)]
    pub(crate) fn label(&mut self, (block, length): &Label) {
        self.out.push_prefix(block, *length);
    }

    /// Writes the value at `at`. Each kind has a function of its own, so that a level of nesting takes little stack. O(n) in
    /// the size of the value, except for sorting the members of an object.
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
        self.check_length()
    }

    /// Writes an array (F9.1-2).
    fn array(&mut self, tape: &Tape, count: usize, first: At) -> Result<(), Refusal> {
        self.out.push_prefix(b"[", 1);
        let mut at = first;
        for position in 0..count {
            if position > 0 {
                self.out.push_prefix(b",", 1);
            }
            self.value(tape, at)?;
            at = tape.after(at);
        }
        self.out.push_prefix(b"]", 1);
        Ok(())
    }

    /// Writes an object whose order of members is known (F9.1-3).
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
        self.out.push_prefix(b"}", 1);
        Ok(())
    }

    /// Writes an object (F9.1-3).
    fn object(&mut self, tape: &Tape, at: At) -> Result<(), Refusal> {
        self.out.push_prefix(b"{", 1);
        self.members(tape, &tape.members(at).unwrap_or_default())?;
        self.out.push_prefix(b"}", 1);
        Ok(())
    }

    /// Writes members in canonical order, joined with commas (F9.4-1). O(n log n) comparisons of names.
    pub(crate) fn members(&mut self, tape: &Tape, members: &[(Key, At)]) -> Result<(), Refusal> {
        let order = sorted_indices(members.len(), &|left, right| members[left].0.compare(&members[right].0));
        for (position, &member) in order.iter().enumerate() {
            if position > 0 {
                self.out.push_prefix(b",", 1);
            }
            let (key, value) = members[member];
            self.name(key)?;
            self.value(tape, value)?;
        }
        Ok(())
    }

    /// Writes a name and the colon after it.
    fn name(&mut self, key: Key) -> Result<(), Refusal> {
        match key {
            Key::Interned(key) => key.name.as_ref().ok_or(Refusal::Malformed)?.write(&mut self.out),
            Key::Text(text) => {
                string(&mut self.out, text)?;
                self.out.push_prefix(b":", 1);
            }
        }
        Ok(())
    }
}
