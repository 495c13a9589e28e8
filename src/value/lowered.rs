//! Limits that a host lowers, as it gives them.

use crate::contract::{MAX_COUNT, MAX_DOCUMENT_BYTES, MAX_LEVELS};
use crate::primitives::text::{concat, decimal};
use crate::value::check::{self, Check};
use crate::value::limits::Limits;
use crate::value::tape::{At, Tape, Value};

/// Names of the members, in the order of the contract, with the highest value of each.
// E4.4-1, E4.4-2, E4.4-3, E4.4-4
const MEMBERS: [(&str, u64); 4] = [
    ("documentBytes", MAX_DOCUMENT_BYTES as u64),
    ("levels", MAX_LEVELS as u64),
    ("items", MAX_COUNT),
    ("totalBytes", MAX_COUNT),
];

/// The limits in the record `[documentBytes, levels, items, totalBytes, other names]` at `at`. If they are absent, or
/// something is wrong with them, those of `otherwise`; [`check()`] says what is wrong.
// E4.4-6
#[cfg_attr(small, optimize(size))]
pub(crate) fn read(tape: &Tape, at: At, otherwise: Limits) -> Limits {
    right(tape, at, otherwise).unwrap_or(otherwise)
}

#[expect(clippy::cast_possible_truncation, reason = "within the format's limits, which fit")]
#[cfg_attr(small, optimize(size))]
fn right(tape: &Tape, at: At, otherwise: Limits) -> Option<Limits> {
    let Value::Tuple(first) = tape.value(at) else { return None };
    let [document_bytes, levels, items, total_bytes, others] = tape.slots(first);
    if matches!(tape.value(others), Value::Array(1.., _)) {
        return None;
    }
    let member = |place: usize, at: At, otherwise: u64| match tape.value(at) {
        Value::Absent => Some(otherwise),
        value => good(value, MEMBERS[place].1),
    };
    Some(Limits {
        document_bytes: member(0, document_bytes, otherwise.document_bytes as u64)? as usize,
        levels: member(1, levels, otherwise.levels as u64)? as usize,
        items: member(2, items, otherwise.items)?,
        total_bytes: member(3, total_bytes, otherwise.total_bytes)?,
        issues: otherwise.issues,
    })
}

fn good(value: Value, most: u64) -> Option<u64> {
    check::integer(value).filter(|&value| value <= most)
}

/// Says what is wrong with the limits at `at`, under the name that `check` is at.
// E4.4-5
#[cfg_attr(small, optimize(size))]
pub(crate) fn check(check: &mut Check, at: At) {
    let first = match check.tape.value(at) {
        Value::Absent => return,
        Value::Tuple(first) => first,
        _ => return check.wrong("object", at),
    };
    let slots: [At; 5] = check.tape.slots(first);
    for ((name, most), at) in MEMBERS.into_iter().zip(slots) {
        let value = check.tape.value(at);
        if value.is_there() && good(value, most).is_none() {
            let expected = concat(&["integer from 0 to ", &decimal(most)]);
            check.member(name, |check| check.wrong(&expected, at));
        }
    }
    _ = check.unknown_names(slots[4], |_| "");
}
