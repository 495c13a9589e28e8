//! Limits that a host lowers (ERRORS 4.4): reads them from the tape and reports what is wrong with them.

use crate::contract::{MAX_COUNT, MAX_DOCUMENT_BYTES, MAX_LEVELS};
use crate::primitives::text::{concat, decimal};
use crate::value::check::{self, Check};
use crate::value::limits::Limits;
use crate::value::tape::{At, Tape, Value};

/// Name and highest value of each member, in the order of the contract.
// E4.4-1, E4.4-2, E4.4-3, E4.4-4
const MEMBERS: [(&str, u64); 4] = [
    ("documentBytes", MAX_DOCUMENT_BYTES as u64),
    ("levels", MAX_LEVELS as u64),
    ("items", MAX_COUNT),
    ("totalBytes", MAX_COUNT),
];

/// Reads the limits in the tuple `[documentBytes, levels, items, totalBytes, unknown names]` at `at`. Returns `default` if
/// they are absent or anything is wrong with them (E4.4-6); [`check()`] reports what is wrong.
pub(crate) fn read(tape: &Tape, at: At, default: Limits) -> Limits {
    valid_limits(tape, at, default).unwrap_or(default)
}

#[expect(clippy::cast_possible_truncation, reason = "within the format's limits, which fit")]
fn valid_limits(tape: &Tape, at: At, default: Limits) -> Option<Limits> {
    let Value::Tuple(first) = tape.value(at) else { return None };
    let [document_bytes, levels, items, total_bytes, others] = tape.slots(first);
    if matches!(tape.value(others), Value::Array(1.., _)) {
        return None;
    }
    let member = |place: usize, at: At, default: u64| match tape.value(at) {
        Value::Absent => Some(default),
        value => valid_limit(value, MEMBERS[place].1),
    };
    Some(Limits {
        document_bytes: member(0, document_bytes, default.document_bytes as u64)? as usize,
        levels: member(1, levels, default.levels as u64)? as usize,
        items: member(2, items, default.items)?,
        total_bytes: member(3, total_bytes, default.total_bytes)?,
        issues: default.issues,
    })
}

fn valid_limit(value: Value, max: u64) -> Option<u64> {
    check::integer(value).filter(|&value| value <= max)
}

/// Reports what is wrong with the limits at `at`, below the path of `check` (E4.4-5).
pub(crate) fn check(check: &mut Check, at: At) {
    let first = match check.tape.value(at) {
        Value::Absent => return,
        Value::Tuple(first) => first,
        _ => return check.wrong("object", at),
    };
    let slots: [At; 5] = check.tape.slots(first);
    for ((name, max), at) in MEMBERS.into_iter().zip(slots) {
        let value = check.tape.value(at);
        if value.is_present() && valid_limit(value, max).is_none() {
            let expected = concat(&["integer from 0 to ", &decimal(max)]);
            check.member(name, |check| check.wrong(&expected, at));
        }
    }
    _ = check.unknown_names(slots[4], |_| "");
}
