//! How long a document is that is not right: the canonical bytes of what is right in it.
//!
//! Why: a document that is too long is refused with that one issue, whatever else is wrong with it, and all who check it
//! have to agree when that is. What is right is measured when it is written; this is for the rest. How: a wrong value
//! counts nothing, but the name, the colon and the comma around it count (`docs/ERRORS.md` section 6.1). In time linear
//! in what was read.

use crate::canonical::{Writer, string};
use crate::check;
use crate::tape::{At, Key, Tape, Value};

/// What a member has to be, to count.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Text,
    /// Text; `null` is absent.
    TextOrNull,
    Count,
    Flag,
    Time,
    Object,
    TextOrObject,
    Texts,
    /// An array of objects with these members.
    Each(Members),
    /// An object with these members.
    Of(Members),
}

/// Names and kinds of an object's members, in the order in which they were read.
pub(crate) type Members = &'static [(&'static str, Kind)];

/// More than any document may have.
const TOO_LONG: usize = usize::MAX / 2;

/// Bytes of a JSON value.
#[cfg_attr(small, optimize(size))]
pub(crate) fn json(tape: &Tape, at: At) -> usize {
    match tape.value(at) {
        Value::Absent | Value::Date(_) | Value::Bad(_) | Value::Deep | Value::Record(_) | Value::Cut(false) => 0,
        Value::Cut(true) => TOO_LONG,
        Value::Array(count, mut at) => {
            let mut bytes = brackets(count);
            for _ in 0..count {
                bytes += json(tape, at);
                at = tape.after(at);
            }
            bytes
        }
        Value::Object(..) | Value::Shaped(..) => {
            let members = tape.members(at).unwrap_or_default();
            let each = members.iter().map(|&(key, at)| name(key) + 1 + json(tape, at));
            brackets(members.len()) + each.sum::<usize>()
        }
        Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Double(_) | Value::String(_) => {
            let mut writer = Writer::default();
            writer.begin();
            match writer.value(tape, at) {
                Ok(()) => writer.out.len(),
                Err(_) => 0,
            }
        }
    }
    .min(TOO_LONG)
}

/// Brackets, and commas between so many.
#[cfg_attr(small, optimize(size))]
fn brackets(count: usize) -> usize {
    2 + count.saturating_sub(1)
}

/// A name with its quotes; nothing where it has an unpaired surrogate.
#[cfg_attr(small, optimize(size))]
fn name(key: Key) -> usize {
    match key {
        Key::Interned(key) => key.name.as_ref().map_or(0, |name| name.len() - 1),
        Key::Text(text) => {
            let mut writer = Writer::default();
            string(&mut writer.out, text).map_or(0, |()| writer.out.len())
        }
    }
}

/// Bytes of an object that was read by the names of its members; 0 of anything else.
#[cfg_attr(small, optimize(size))]
pub(crate) fn object(tape: &Tape, at: At, members: Members) -> usize {
    let first = match tape.value(at) {
        Value::Record(first) => first,
        Value::Cut(true) => return TOO_LONG,
        _ => return 0,
    };
    let mut next = first;
    let mut bytes = 1;
    for &(name, kind) in members {
        let at = next;
        next = tape.after(at);
        let is_left_out = match tape.value(at) {
            Value::Absent => true,
            Value::Null => matches!(kind, Kind::TextOrNull),
            _ => false,
        };
        if !is_left_out {
            bytes += name.len() + 4 + member(tape, at, kind);
        }
    }
    bytes.min(TOO_LONG)
}

#[cfg_attr(small, optimize(size))]
fn member(tape: &Tape, at: At, kind: Kind) -> usize {
    let value = tape.value(at);
    let fits = match (kind, &value) {
        (_, Value::Cut(true)) => return TOO_LONG,
        (Kind::Time, _) => {
            return check::stored_time(value).map_or(0, |time| time.text().len() + 2);
        }
        (Kind::Each(members), &Value::Array(count, mut at)) => {
            let mut bytes = brackets(count);
            for _ in 0..count {
                bytes += object(tape, at, members);
                at = tape.after(at);
            }
            return bytes.min(TOO_LONG);
        }
        (Kind::Texts, &Value::Array(count, mut at)) => {
            let mut bytes = brackets(count);
            for _ in 0..count {
                bytes += member(tape, at, Kind::Text);
                at = tape.after(at);
            }
            return bytes.min(TOO_LONG);
        }
        (Kind::Of(members), _) => return object(tape, at, members),
        (Kind::Text | Kind::TextOrNull | Kind::TextOrObject, Value::String(_))
        | (Kind::Flag, Value::Boolean(_))
        | (Kind::Object | Kind::TextOrObject, Value::Object(..) | Value::Shaped(..)) => true,
        (Kind::Count, &value) => check::integer(value).is_some(),
        _ => false,
    };
    if fits { json(tape, at) } else { 0 }
}
