//! What is wrong with a value on the tape, and where.
//!
//! Why apart from writing: what is right is written without ever knowing its path; only what is wrong is looked through
//! a second time, in the order of the contract, for every issue in it. How: a [`Check`] walks with a path and collects;
//! each method returns the value where it is right. Codes and messages are those of zod 4, which the host's own schemas
//! are written in; `docs/ERRORS.md` lists them.

use crate::contract::RESERVED_MEMBER;
use crate::digest::Digest;
use crate::problem::{Issues, Path};
use crate::tape::{At, Tape, Value};
use crate::time::Timestamp;

/// Whether a member may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Required,
    /// It may be absent.
    Optional,
    /// It may be absent or `null`.
    Nullable,
}

/// A walk over one tape, one path, and what was found on the way.
pub(crate) struct Check<'t> {
    pub(crate) tape: &'t Tape,
    path: Path,
    pub(crate) issues: &'t mut Issues,
    /// The canonical document that these values belong to: that it is too long is told there, once.
    document: Option<Path>,
}

impl<'t> Check<'t> {
    pub(crate) fn new(tape: &'t Tape, issues: &'t mut Issues, path: Path, document: Path) -> Self {
        Self { tape, path, issues, document: Some(document) }
    }

    /// Runs `inside` for the member or element of that name.
    pub(crate) fn member<R>(&mut self, name: impl Into<String>, inside: impl FnOnce(&mut Self) -> R) -> R {
        let mut path = std::mem::take(&mut self.path);
        let result = path.within(name, |path| {
            self.path = std::mem::take(path);
            let result = inside(self);
            *path = std::mem::take(&mut self.path);
            result
        });
        self.path = path;
        result
    }

    /// The wrong value at `at`: it should have been `expected`.
    pub(crate) fn wrong(&mut self, expected: &str, at: At) {
        match self.tape.value(at) {
            Value::Cut(true) => self.too_long(),
            Value::Cut(false) => {} // the issues that made the boundary stop are all listed
            Value::Deep => self.issues.too_deep(&self.path),
            value => self.issues.invalid_type(&self.path, expected, &received(value)),
        }
    }

    /// The document is too long.
    pub(crate) fn too_long(&mut self) {
        if let Some(document) = self.document.take() {
            self.issues.too_long(&document);
        }
    }

    /// The itemId was that of an earlier item.
    pub(crate) fn duplicate(&mut self, position: u64) {
        let message = format!("Duplicate itemId: also at items.{position}");
        self.member("itemId", |check| check.issues.push(&check.path, "duplicate", message));
    }

    fn is_left_out(&self, need: Need, at: At) -> bool {
        match self.tape.value(at) {
            Value::Absent => need != Need::Required,
            Value::Null => need == Need::Nullable,
            _ => false,
        }
    }

    /// A string; its units are a well-formed one.
    pub(crate) fn string(&mut self, name: &str, at: At, need: Need) -> Option<String> {
        if self.is_left_out(need, at) {
            return None;
        }
        self.member(name, |check| {
            if let Value::String(units) = check.tape.value(at) {
                return check.well_formed(&units);
            }
            check.wrong("string", at);
            None
        })
    }

    /// The same, where it must not be empty.
    pub(crate) fn non_empty(&mut self, name: &str, at: At, need: Need) -> Option<String> {
        let string = self.string(name, at, need)?;
        if string.is_empty() {
            self.member(name, |check| check.issues.empty_string(&check.path));
            return None;
        }
        Some(string)
    }

    fn well_formed(&mut self, units: &[u16]) -> Option<String> {
        match unpaired_surrogate(units) {
            Some(index) => self.issues.unpaired_surrogate(&self.path, index),
            None => return Some(String::from_utf16_lossy(units)),
        }
        None
    }

    pub(crate) fn boolean(&mut self, name: &str, at: At, need: Need) -> Option<bool> {
        if self.is_left_out(need, at) {
            return None;
        }
        if let Value::Boolean(value) = self.tape.value(at) {
            return Some(value);
        }
        self.member(name, |check| check.wrong("boolean", at));
        None
    }

    /// An array, element by element; `None` where it is left out or no array.
    pub(crate) fn array<T>(
        &mut self,
        name: &str,
        at: At,
        mut element: impl FnMut(&mut Self, &str, At) -> Option<T>,
    ) -> Option<Vec<T>> {
        if self.is_left_out(Need::Optional, at) {
            return None;
        }
        self.member(name, |check| {
            let Value::Array(count, mut next) = check.tape.value(at) else {
                check.wrong("array", at);
                return None;
            };
            let mut values = Vec::new();
            for position in 0..count {
                values.extend(element(check, &position.to_string(), next));
                next = check.tape.after(next);
            }
            Some(values)
        })
    }

    /// An instant: a date, a text as RFC 3339 has it and, where `numbers` says so, milliseconds since the epoch.
    pub(crate) fn time(&mut self, name: &str, at: At, need: Need, numbers: bool) -> Option<Timestamp> {
        const TEXT: &str = "Invalid time: expected RFC 3339 with an offset";
        const RANGE: &str = "Invalid time: expected an instant from 1970 to 9999";
        if self.is_left_out(need, at) {
            return None;
        }
        self.member(name, |check| {
            let (time, wrong) = match check.tape.value(at) {
                Value::Date(value) if value.is_nan() => {
                    check.issues.invalid_type(&check.path, "date", "Invalid Date");
                    return None;
                }
                Value::Date(value) => (Timestamp::from_time_value(value), RANGE),
                Value::Integer(value) if numbers => (Timestamp::from_millis(value.into()), RANGE),
                Value::Double(value) if numbers => (Timestamp::from_time_value(value), RANGE),
                Value::String(units) => match millis_of_text(&units) {
                    Some(millis) => (Timestamp::from_millis(millis), RANGE),
                    None => (None, TEXT),
                },
                _ => {
                    check.wrong("date", at);
                    return None;
                }
            };
            if time.is_none() {
                check.issues.push(&check.path, "invalid_format", wrong);
            }
            time
        })
    }

    /// An identifier that the host chose: `:` would make its row ids ambiguous.
    pub(crate) fn snapshot_id(&mut self, name: &str, at: At) -> Option<String> {
        let id = self.non_empty(name, at, Need::Nullable)?;
        if id.contains(':') {
            let message = "Invalid snapshotId: expected no colon (:), which separates it from item ids in row ids";
            self.member(name, |check| check.issues.push(&check.path, "invalid_format", message));
            return None;
        }
        Some(id)
    }

    /// A digest.
    pub(crate) fn digest(&mut self, name: &str, at: At) -> Option<Digest> {
        let digest = self.string(name, at, Need::Nullable)?.parse::<Digest>();
        if let Err(invalid) = digest {
            self.member(name, |check| check.issues.push(&check.path, "invalid_format", invalid.to_string()));
        }
        digest.ok()
    }

    /// A record of JSON values: what is wrong in it, however deep.
    pub(crate) fn record(&mut self, name: &str, at: At) {
        self.member(name, |check| match check.tape.value(at) {
            Value::Absent => {}
            Value::Object(..) | Value::Shaped(..) => check.json(at),
            _ => check.wrong("record", at),
        });
    }

    /// A JSON value: what is wrong in it, however deep.
    pub(crate) fn json(&mut self, at: At) {
        match self.tape.value(at) {
            Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Double(_) => {}
            Value::String(units) => {
                if let Some(index) = unpaired_surrogate(&units) {
                    self.issues.unpaired_surrogate(&self.path, index);
                }
            }
            Value::Array(count, mut next) => {
                for position in 0..count {
                    self.member(position.to_string(), |check| check.json(next));
                    next = self.tape.after(next);
                }
            }
            Value::Object(..) | Value::Shaped(..) => self.members(at, |check, _, value| check.json(value)),
            _ => self.wrong("JSON value", at),
        }
    }

    /// The members of an object, in its own order; names are checked here.
    fn members(&mut self, at: At, mut each: impl FnMut(&mut Self, &[u16], At)) {
        for (key, value) in self.tape.members(at).unwrap_or_default() {
            let name = key.units();
            self.member(String::from_utf16_lossy(name), |check| {
                if let Some(index) = unpaired_surrogate(name) {
                    check.issues.unpaired_surrogate(&check.path, index);
                }
                each(check, name, value);
            });
        }
    }

    /// The metadata of an input: a record in which one name is ours.
    pub(crate) fn input_metadata(&mut self, name: &str, at: At) {
        if !matches!(self.tape.value(at), Value::Object(..) | Value::Shaped(..)) {
            return self.record(name, at);
        }
        self.member(name, |check| {
            check.members(at, |check, name, value| {
                if is_reserved(name) {
                    check.issues.push(&check.path, "reserved", format!("Reserved member: {RESERVED_MEMBER}"));
                } else {
                    check.json(value);
                }
            });
        });
    }
}

/// Whether a member of an input's metadata has the name that is ours.
pub(crate) fn is_reserved(name: &[u16]) -> bool {
    name.iter().copied().eq(RESERVED_MEMBER.encode_utf16())
}

/// An instant in RFC 3339, read from UTF-16.
pub(crate) fn parse_time(units: &[u16]) -> Option<Timestamp> {
    Timestamp::from_millis(millis_of_text(units)?)
}

fn millis_of_text(units: &[u16]) -> Option<i64> {
    Timestamp::millis_of_rfc3339(&String::from_utf16(units).ok()?)
}

/// Index of the first surrogate that is not half of a pair.
fn unpaired_surrogate(units: &[u16]) -> Option<usize> {
    let mut index = 0;
    for character in char::decode_utf16(units.iter().copied()) {
        match character {
            Ok(character) => index += character.len_utf16(),
            Err(_) => return Some(index),
        }
    }
    None
}

/// What a value is, in zod's words.
fn received(value: Value) -> String {
    match value {
        Value::Absent | Value::Cut(_) => "undefined",
        Value::Null => "null",
        Value::Boolean(_) => "boolean",
        Value::Integer(_) | Value::Double(_) => "number",
        Value::String(_) => "string",
        Value::Array(..) => "array",
        Value::Object(..) | Value::Shaped(..) | Value::Record(..) | Value::Deep => "object",
        Value::Date(_) => "Date",
        Value::Bad(units) => return String::from_utf16_lossy(&units),
    }
    .to_owned()
}
