//! How much is read: the format's own limits, and lower ones that a host sets for what comes from strangers.
//!
//! Why values and not constants: a preview of a stranger's pack should refuse long before the format does, and tests and
//! fuzzers have to come to every limit with small inputs. How: an operation has one [`Limits`]; whoever reads, writes or
//! lists for it has a copy. Each limit holds for one document, however many are read together.

use serde::{Deserialize, Serialize};

use crate::contract::{MAX_COUNT, MAX_DOCUMENT_BYTES, MAX_ISSUES, MAX_LEVELS};
use crate::primitives::text::{concat, decimal};
use crate::value::check::{self, Check};
use crate::value::tape::{At, Tape, Value};

/// Bounds on what is read. Higher ones than the format's are the format's.
///
/// ```
/// use context_snapshot::Limits;
///
/// // For a preview of a stranger's pack.
/// let limits = Limits { document_bytes: 1 << 20, items: 10_000, ..Limits::default() };
/// assert_eq!(limits.levels, 1_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Limits {
    /// Canonical bytes of one document: an item, a pack, a record, an event. The format allows 268,435,456.
    pub document_bytes: usize,
    /// Levels of nesting in a document, its root being the first. The format allows 1,000.
    pub levels: usize,
    /// Items of a snapshot, and entries of an index.
    pub items: u64,
    /// Canonical bytes of all items together.
    pub total_bytes: u64,
    /// Issues that are listed. Tests lower it; hosts cannot.
    #[doc(hidden)]
    #[serde(skip)]
    pub issues: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: MAX_DOCUMENT_BYTES,
            levels: MAX_LEVELS,
            items: MAX_COUNT,
            total_bytes: MAX_COUNT,
            issues: MAX_ISSUES,
        }
    }
}

/// Names of the members, in the order of the contract, with the highest value of each.
const MEMBERS: [(&str, u64); 4] = [
    ("documentBytes", MAX_DOCUMENT_BYTES as u64),
    ("levels", MAX_LEVELS as u64),
    ("items", MAX_COUNT),
    ("totalBytes", MAX_COUNT),
];

impl Limits {
    /// The same, none of them above the format's.
    pub(crate) fn within_format(self) -> Self {
        let most = Self::default();
        Self {
            document_bytes: self.document_bytes.min(most.document_bytes),
            levels: self.levels.min(most.levels),
            items: self.items.min(most.items),
            total_bytes: self.total_bytes.min(most.total_bytes),
            issues: self.issues.min(most.issues),
        }
    }

    /// The limits in the record `[documentBytes, levels, items, totalBytes, other names]` at `at`. If they are absent, or
    /// something is wrong with them, those of `otherwise`; [`check`] says what is wrong.
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn read(tape: &Tape, at: At, otherwise: Self) -> Self {
        Self::right(tape, at, otherwise).unwrap_or(otherwise)
    }

    #[expect(clippy::cast_possible_truncation, reason = "within the format's limits, which fit")]
    #[cfg_attr(small, optimize(size))]
    fn right(tape: &Tape, at: At, otherwise: Self) -> Option<Self> {
        let Value::Record(first) = tape.value(at) else { return None };
        let [document_bytes, levels, items, total_bytes, others] = tape.slots(first);
        if matches!(tape.value(others), Value::Array(1.., _)) {
            return None;
        }
        let member = |place: usize, at: At, otherwise: u64| match tape.value(at) {
            Value::Absent => Some(otherwise),
            value => good(value, MEMBERS[place].1),
        };
        Some(Self {
            document_bytes: member(0, document_bytes, otherwise.document_bytes as u64)? as usize,
            levels: member(1, levels, otherwise.levels as u64)? as usize,
            items: member(2, items, otherwise.items)?,
            total_bytes: member(3, total_bytes, otherwise.total_bytes)?,
            issues: otherwise.issues,
        })
    }
}

fn good(value: Value, most: u64) -> Option<u64> {
    check::integer(value).filter(|&value| value <= most)
}

/// Says what is wrong with the limits at `at`, under the name that `check` is at.
#[cfg_attr(small, optimize(size))]
pub(crate) fn check(check: &mut Check, at: At) {
    let first = match check.tape.value(at) {
        Value::Absent => return,
        Value::Record(first) => first,
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
