//! An index that comes from anybody: read once, and held against the manifest that it belongs to.
//!
//! Why: a snapshot's index is not hashed, so whoever uses one has to see that it gives the root. How: entries come in
//! batches, since there may be millions; what is right needs no path, and what is wrong is looked at again for it.

use crate::format::manifest::Manifest;
use crate::primitives::digest::Digest;
use crate::primitives::leaves::{self, Leaves};
use crate::primitives::shown::shown;
use crate::primitives::text::{concat, decimal};
use crate::primitives::utf16;
use crate::value::check::{Check, Need};
use crate::value::evidence::{Count, Equal, Root};
use crate::value::measure::{self, MemberKind, Members};
use crate::value::problem::{IssueCode, Issues, Path};
use crate::value::tape::{At, Tape, Value};

/// Where an index comes from.
pub(crate) trait Entries {
    type Error;
    /// Writes the next entries, an array of records `[itemId, digest]`, or what is there instead of an index; `false` at
    /// the end.
    fn next_entries(&mut self, tape: &mut Tape) -> Result<bool, Self::Error>;
}

/// What an entry is measured by.
const MEASURED: Members = &[("itemId", MemberKind::Text), ("digest", MemberKind::Text)];

/// Reads an index, at that path; `None`, with issues, if it is none, is too long or is not sorted.
#[cfg_attr(small, optimize(size))]
pub(crate) fn read<E>(
    entries: &mut dyn Entries<Error = E>,
    path: &Path,
    issues: &mut Issues,
) -> Result<Option<Leaves>, E> {
    let before = issues.mark();
    let mut tape = Tape::default();
    let mut leaves = Leaves::default();
    let mut position = 0_usize;
    let mut unsorted = None;
    while entries.next_entries(&mut tape)? && !issues.is_full() {
        let mut check = Check::new(&tape, issues, path.clone());
        let Value::Array(count, mut at) = tape.value(At(0)) else {
            check.wrong("array", At(0));
            break;
        };
        for _ in 0..count {
            if position as u64 >= check.issues.limits.items {
                issues.rewind(before);
                issues.too_big(path, issues.limits.items, " items");
                return Ok(None);
            }
            match good_entry(&tape, at, check.issues.limits.document_bytes) {
                None => check.member(&decimal(position as u64), |check| bad_entry(check, at)),
                Some((id, digest)) => {
                    let last = leaves.len().checked_sub(1).map(|last| leaves.id(last));
                    if last.is_none_or(|last| leaves::order(last, &id).is_lt()) {
                        leaves.append(&id, digest);
                    } else if unsorted.is_none() {
                        unsorted = Some(unsorted_message(position, &id, last.unwrap_or_default()));
                    }
                }
            }
            position += 1;
            at = tape.after(at);
        }
    }
    if !issues.is_at(before) {
        return Ok(None);
    }
    if let Some(message) = unsorted {
        issues.push(path, IssueCode::Mismatch, message);
        return Ok(None);
    }
    Ok(Some(leaves))
}

/// That the entry at that position has an id which does not come after the one before.
#[cfg_attr(small, optimize(size))]
fn unsorted_message(position: usize, id: &str, last: &str) -> String {
    let (place, earlier) = (decimal(position as u64), decimal(position as u64 - 1));
    concat(&[
        "Unsorted index: expected itemIds in ascending order of UTF-16 code units, found ",
        &shown(last),
        " (index.",
        &earlier,
        ") before ",
        &shown(id),
        " (index.",
        &place,
        ")",
    ])
}

/// The entry at `at`, if it is one of at most that many bytes.
fn good_entry(tape: &Tape, at: At, most: usize) -> Option<(String, Digest)> {
    let Value::Tuple(first) = tape.value(at) else { return None };
    let [item_id, digest] = tape.slots(first);
    match (tape.value(item_id), tape.value(digest)) {
        (Value::String(id), Value::String(digest)) if !id.is_empty() => {
            // An id has at most six bytes a unit; an entry is measured if that might be too much.
            let may_be_long = 6 * id.len() + 128 > most;
            if may_be_long && measure::object(tape, at, MEASURED) > most {
                return None;
            }
            Some((utf16::utf8(&id)?, Digest::from_units(&digest).ok()?))
        }
        _ => None,
    }
}

#[cfg_attr(small, optimize(size))]
fn bad_entry(check: &mut Check, at: At) {
    check.begin_document();
    if measure::object(check.tape, at, MEASURED) > check.issues.limits.document_bytes {
        return check.too_long();
    }
    if let Some(([item_id, digest], _)) = check.object(at, ["itemId", "digest"]) {
        check.non_empty("itemId", item_id, Need::Required);
        check.digest("digest", digest, Need::Required);
    }
}

/// There are as many as the manifest says, and they give its root.
#[derive(Debug)]
pub(crate) struct IndexMatches {
    #[expect(dead_code, reason = "it is there to have been compared")]
    count: Equal<Count>,
    #[expect(dead_code, reason = "it is there to have been compared")]
    root: Equal<Root>,
}

/// Compares number and root of what is at `path` with the manifest's.
#[cfg_attr(small, optimize(size))]
pub(crate) fn fits(
    count: usize,
    root: &dyn Fn() -> Digest,
    manifest: &Manifest,
    path: &Path,
    issues: &mut Issues,
) -> Option<IndexMatches> {
    let (expected, found) = (Count(manifest.item_count), Count(count as u64));
    let Some(count) = Equal::of(expected, found) else {
        issues.mismatch(path, &decimal(expected.0), &decimal(found.0));
        return None;
    };
    let (expected, found) = (Root(manifest.items_root), Root(root()));
    let Some(root) = Equal::of(expected, found) else {
        issues.mismatch(path, &expected.0.text(), &found.0.text());
        return None;
    };
    Some(IndexMatches { count, root })
}
