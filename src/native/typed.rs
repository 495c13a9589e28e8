//! Writes typed values to the tape.
//!
//! Why: Rust values go through the same checks, and become the same bytes, as JavaScript values. How: each type writes its
//! members in the order in which the core reads them.

use serde_json::{Map, Number, Value};

use crate::format::pack::Source;
use crate::primitives::digest::Digest;
use crate::primitives::time::Timestamp;
use crate::value::limits::Limits;
use crate::value::tape::{ABSENT, ARRAY, CUT, KIND_BITS, NULL, OBJECT, TUPLE, Tape};

impl Tape {
    /// Returns an empty tape that takes documents within these limits.
    pub(crate) fn limited(limits: Limits) -> Self {
        let mut tape = Self::default();
        tape.limits = limits.within_format();
        tape
    }

    /// Writes limits, as a value for the core to read.
    pub(crate) fn limits(&mut self, limits: Limits) {
        let Limits { document_bytes, levels, items, total_bytes, .. } = limits.within_format();
        self.container(TUPLE, 5, |tape| {
            for limit in [document_bytes as u64, levels as u64, items, total_bytes] {
                #[expect(clippy::cast_precision_loss, reason = "they go up to 2^53 - 1")]
                tape.number(limit as f64);
            }
            tape.mark(ABSENT);
        });
    }

    /// Writes a text that may be absent.
    // F13-8
    pub(crate) fn optional(&mut self, value: Option<&str>) {
        match value {
            Some(value) => self.string(value),
            None => self.mark(ABSENT),
        }
    }

    /// Writes a digest that may be absent.
    pub(crate) fn digest(&mut self, digest: Option<Digest>) {
        self.optional(digest.map(Digest::text).as_deref());
    }

    /// Writes an instant that may be absent.
    pub(crate) fn time(&mut self, time: Option<Timestamp>) {
        self.optional(time.map(Timestamp::text).as_deref());
    }

    /// Writes a list of texts that may be absent.
    pub(crate) fn strings(&mut self, values: Option<&[String]>) {
        match values {
            Some(values) => {
                self.container(ARRAY, values.len(), |tape| values.iter().for_each(|value| tape.string(value)));
            }
            None => self.mark(ABSENT),
        }
    }

    /// Writes a JSON object that may be absent, at this level of its document.
    pub(crate) fn object(&mut self, members: Option<&Map<String, Value>>, level: usize) {
        match members {
            Some(members) => self.map(members, level),
            None => self.mark(ABSENT),
        }
    }

    fn map(&mut self, members: &Map<String, Value>, level: usize) {
        if level > self.limits.levels {
            return self.deep();
        }
        if members.keys().any(|name| self.is_text_too_long(name)) {
            return self.mark(CUT);
        }
        self.container_of_some(OBJECT, members.len(), |tape| {
            let read = tape.until_too_many_bad_values(members.values(), level);
            members.keys().take(read).for_each(|name| tape.member_name(name));
            read
        });
    }

    /// Writes a JSON value, at this level of its document.
    pub(crate) fn json(&mut self, value: &Value, level: usize) {
        if self.is_too_long() {
            return self.mark(CUT);
        }
        if self.has_too_many_bad_values() {
            return self.mark(CUT | 1 << KIND_BITS);
        }
        match value {
            Value::Null => self.mark(NULL),
            Value::Bool(value) => self.boolean(*value),
            Value::Number(number) => match binary64(number) {
                Some(value) => self.number(value),
                None => self.bad("bigint"),
            },
            Value::String(value) => self.string(value),
            Value::Array(_) if level > self.limits.levels => self.deep(),
            // E6.1-5
            Value::Array(values) if values.len() >= self.limits.document_bytes => self.mark(CUT),
            Value::Array(values) => {
                self.container_of_some(ARRAY, values.len(), |tape| {
                    tape.until_too_many_bad_values(values.iter(), level)
                });
            }
            Value::Object(members) => self.map(members, level),
        }
    }

    /// Writes the values in a container, until there are too many bad ones (E5-6). Returns how many: what is not read does not count for the
    /// length of the document.
    fn until_too_many_bad_values<'v>(&mut self, values: impl Iterator<Item = &'v Value>, level: usize) -> usize {
        let mut read = 0;
        // A loop, because each level of `for_each` takes a kilobyte of stack in unoptimized code.
        for value in values {
            if self.has_too_many_bad_values() {
                break;
            }
            self.json(value, level + 1);
            read += 1;
        }
        read
    }
}

/// Returns the binary64 that equals the number, if there is one.
// F7.4-6
#[expect(clippy::cast_possible_truncation, reason = "the comparison finds out")]
pub(crate) fn binary64(number: &Number) -> Option<f64> {
    let value = number.as_f64()?;
    let exact = match (number.as_i64(), number.as_u64()) {
        (Some(integer), _) => i128::from(integer) == value as i128,
        (_, Some(integer)) => i128::from(integer) == value as i128,
        _ => value.is_finite(),
    };
    exact.then_some(value)
}

impl Source {
    /// Writes the source.
    pub(crate) fn write_to(&self, tape: &mut Tape) {
        tape.container(TUPLE, 5, |tape| {
            tape.string(&self.kind);
            tape.string(&self.key);
            tape.optional(self.version.as_deref());
            match self.required {
                Some(required) => tape.boolean(required),
                None => tape.mark(ABSENT),
            }
            tape.optional(self.description.as_deref());
        });
    }
}
