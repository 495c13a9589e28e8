//! Canonical size of a malformed document: the bytes of its valid parts (ERRORS 6.1).
//!
//! Why: a document that is too long gives that one issue, whatever else is wrong with it (E5-8), so all checkers must agree
//! on when it is too long. A valid document is measured while it is written; these functions measure the others. How: a
//! wrong value counts 0 bytes, but the name, the colon and the comma around it count (E6.1-2). O(n) in the size of the tape.

use crate::value::check;
use crate::value::tape::{At, Tape, Value};
use crate::value::writer::Writer;

/// The type that a member must have. A member of another type counts 0 bytes.
#[derive(Clone, Copy)]
pub(crate) enum MemberKind {
    Text,
    /// Text, or `null`, which means absent.
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

/// Names and kinds of an object's members, in the order in which they are on the tape.
pub(crate) type Members = &'static [(&'static str, MemberKind)];

/// A size above every limit. Sums saturate here, so that the sum of several parts that are too long cannot wrap around.
const TOO_LONG: usize = usize::MAX / 2;

/// Adds two sizes; saturates at [`TOO_LONG`].
fn sum(bytes: usize, more: usize) -> usize {
    bytes.saturating_add(more).min(TOO_LONG)
}

/// Returns the canonical bytes of a JSON value; what is not JSON counts 0 (E6.1-3). O(n).
// E6.1-2
pub(crate) fn json(tape: &Tape, at: At) -> usize {
    match tape.value(at) {
        Value::Absent | Value::Date(..) | Value::Bad(_) | Value::Deep(_) | Value::Tuple(_) | Value::Cut(false) => 0,
        Value::Cut(true) => TOO_LONG,
        Value::Array(count, mut at) => {
            let mut bytes = brackets(count);
            for _ in 0..count {
                bytes = sum(bytes, json(tape, at));
                at = tape.after(at);
            }
            bytes
        }
        Value::Object(..) | Value::Shaped(..) => {
            let members = tape.members(at).unwrap_or_default();
            let mut bytes = brackets(members.len());
            for (key, at) in members {
                bytes = sum(bytes, sum(text(key.units()) + 1, json(tape, at)));
            }
            bytes
        }
        Value::String(units) => text(&units),
        Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Double(_) => {
            let mut writer = Writer::default();
            writer.begin();
            match writer.value(tape, at) {
                Ok(()) => writer.out.len(),
                Err(_) => 0,
            }
        }
    }
}

/// Returns the bytes of a string with its quotes. An unpaired surrogate counts 2 bytes, like each half of a pair
/// (E6.1-2). O(n).
fn text(units: &[u16]) -> usize {
    let mut bytes = 2;
    for &unit in units {
        bytes += match unit {
            0x08 | 0x09 | 0x0A | 0x0C | 0x0D | 0x22 | 0x5C | 0x80..0x800 | 0xD800..0xE000 => 2,
            0..0x20 => 6,
            0x20..0x80 => 1,
            _ => 3,
        };
    }
    bytes
}

/// Returns the bytes of two brackets and of the commas between `count` elements.
fn brackets(count: usize) -> usize {
    2 + count.saturating_sub(1)
}

/// Returns the canonical bytes of a tuple, as the object with these members; 0 for any other value. O(n).
pub(crate) fn object(tape: &Tape, at: At, members: Members) -> usize {
    let first = match tape.value(at) {
        Value::Tuple(first) => first,
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
            Value::Null => matches!(kind, MemberKind::TextOrNull),
            _ => false,
        };
        if !is_left_out {
            bytes = sum(bytes, sum(name.len() + 4, member(tape, at, kind)));
        }
    }
    bytes
}

fn member(tape: &Tape, at: At, kind: MemberKind) -> usize {
    let value = tape.value(at);
    let fits = match (kind, &value) {
        (_, Value::Cut(true)) => return TOO_LONG,
        (MemberKind::Time, &value) => {
            // A time counts in the form in which it is written; a string that is not a time counts as it is (E6.1-2).
            return match (check::stored_time(value), value) {
                (Some(time), _) => time.text().len() + 2,
                (None, Value::String(units)) => text(&units),
                _ => 0,
            };
        }
        (MemberKind::Each(members), &Value::Array(count, mut at)) => {
            let mut bytes = brackets(count);
            for _ in 0..count {
                bytes = sum(bytes, object(tape, at, members));
                at = tape.after(at);
            }
            return bytes;
        }
        (MemberKind::Texts, &Value::Array(count, mut at)) => {
            let mut bytes = brackets(count);
            for _ in 0..count {
                bytes = sum(bytes, member(tape, at, MemberKind::Text));
                at = tape.after(at);
            }
            return bytes;
        }
        (MemberKind::Of(members), _) => return object(tape, at, members),
        (MemberKind::Text | MemberKind::TextOrNull | MemberKind::TextOrObject, Value::String(_))
        | (MemberKind::Flag, Value::Boolean(_))
        | (MemberKind::Object | MemberKind::TextOrObject, Value::Object(..) | Value::Shaped(..)) => true,
        (MemberKind::Count, &value) => check::integer(value).is_some(),
        _ => false,
    };
    if fits { json(tape, at) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::tape::{ABSENT, ARRAY, CUT, KIND_BITS, NULL, TUPLE};

    const MEMBERS: Members = &[
        ("a", MemberKind::TextOrNull),
        ("b", MemberKind::Text),
        ("c", MemberKind::Of(INNER)),
        ("d", MemberKind::Texts),
    ];
    const INNER: Members = &[("e", MemberKind::Time)];

    /// Measures the value that `write` writes.
    fn bytes(write: impl FnOnce(&mut Tape)) -> usize {
        let mut tape = Tape::default();
        write(&mut tape);
        object(&tape, At(0), MEMBERS)
    }

    /// Measures an object whose members have these values.
    fn bytes_of(write: &[&dyn Fn(&mut Tape)]) -> usize {
        bytes(|tape| tape.container(TUPLE, write.len(), |tape| write.iter().for_each(|write| write(tape))))
    }

    fn absent(tape: &mut Tape) {
        tape.mark(ABSENT);
    }

    fn null(tape: &mut Tape) {
        tape.mark(NULL);
    }

    /// Reading stopped here because the document is too long.
    fn too_long(tape: &mut Tape) {
        tape.mark(CUT);
    }

    /// Reading stopped here because there were too many bad values.
    fn too_many_bad(tape: &mut Tape) {
        tape.mark(CUT | 1 << KIND_BITS);
    }

    #[test]
    fn leaves_out_null_only_if_the_member_may_be_null() {
        // E6.1-2
        let text = |tape: &mut Tape| tape.string("é");
        assert_eq!(bytes_of(&[&absent, &text, &absent, &absent]), "{\"b\":\"é\"}".len());
        assert_eq!(bytes_of(&[&null, &text, &absent, &absent]), "{\"b\":\"é\"}".len());
        assert_eq!(bytes_of(&[&text, &null, &absent, &null]), "{\"a\":\"é\",\"b\":,\"d\":}".len());
    }

    #[test]
    fn counts_as_too_long_wherever_reading_stopped_for_length() {
        assert_eq!(bytes(too_long), TOO_LONG);
        assert_eq!(bytes_of(&[&too_long, &absent, &absent, &absent]), TOO_LONG);
        assert_eq!(bytes_of(&[&absent, &absent, &too_long, &absent]), TOO_LONG);
        let within = |tape: &mut Tape| tape.container(TUPLE, 1, too_long);
        assert_eq!(bytes_of(&[&absent, &absent, &within, &absent]), TOO_LONG);
        let within = |tape: &mut Tape| tape.container(ARRAY, 1, too_long);
        assert_eq!(bytes_of(&[&absent, &absent, &absent, &within]), TOO_LONG);
        let mut tape = Tape::default();
        tape.container(ARRAY, 2, |tape| {
            too_long(tape);
            null(tape);
        });
        assert_eq!(json(&tape, At(0)), TOO_LONG);
    }

    #[test]
    fn counts_only_what_was_read_before_too_many_bad_values() {
        assert_eq!(bytes(too_many_bad), 0);
        assert_eq!(bytes_of(&[&absent, &too_many_bad, &absent, &absent]), "{\"b\":}".len());
        let mut tape = Tape::default();
        tape.container(ARRAY, 2, |tape| {
            null(tape);
            too_many_bad(tape);
        });
        assert_eq!(json(&tape, At(0)), "[null,]".len());
    }
}
