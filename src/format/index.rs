//! Indexes: reads one from an untrusted source and compares it with its manifest (FORMAT 2.1, F11-7).
//!
//! Why: the index is not hashed (F2.1-3, F8-1), so whoever uses one must first check that it gives the root. How: entries
//! come in batches, because there may be millions. Valid entries are read without a path; an invalid one is read again
//! to report its issues.

use crate::format::manifest::Manifest;
use crate::primitives::digest::Digest;
use crate::primitives::leaves::{self, Leaves};
use crate::primitives::sanitize::sanitize;
use crate::primitives::text::{concat, decimal};
use crate::primitives::utf16;
use crate::value::canonical_size::{self, MemberKind, Members};
use crate::value::check::{Check, Need};
use crate::value::evidence::{Count, Equal, Root};
use crate::value::problem::{IssueCode, Issues, Path};
use crate::value::tape::{At, Tape, Value};

/// A source of index entries.
pub(crate) trait Entries {
    type Error;
    /// Writes the next batch: an array of tuples `[itemId, digest]`, or the value found instead of an index. Returns
    /// false at the end.
    fn next_entries(&mut self, tape: &mut Tape) -> Result<bool, Self::Error>;
}

/// Names and kinds of the members of an entry.
const MEASURED: Members = &[("itemId", MemberKind::Text), ("digest", MemberKind::Text)];
const MEMBERS: [&str; 2] = super::names(MEASURED);

/// Reads an index. Returns `None`, with issues below `path`, if it is malformed, too long or not sorted (E8.1-7).
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
            check.wrong("array", At(0)); // E8.1-18
            break;
        };
        for _ in 0..count {
            if position as u64 >= check.issues.limits.items {
                // E4.4-3: this issue replaces those of the entries.
                issues.roll_back_to(before);
                issues.too_big(path, issues.limits.items, " items");
                return Ok(None);
            }
            match read_entry(&tape, at, check.issues.limits.document_bytes) {
                None => check.member(&decimal(position as u64), |check| check_entry(check, at)),
                Some((id, digest)) => {
                    let last = leaves.len().checked_sub(1).map(|last| leaves.id(last));
                    if last.is_none_or(|last| leaves::compare_utf16(last.as_bytes(), id.as_bytes()).is_lt()) {
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
    if !issues.unchanged_since(before) {
        return Ok(None);
    }
    if let Some(message) = unsorted {
        issues.push(path, IssueCode::Mismatch, message);
        return Ok(None);
    }
    Ok(Some(leaves))
}

/// Builds the message for the first entry whose id is not greater than the previous id (E8-13).
fn unsorted_message(position: usize, id: &str, last: &str) -> String {
    let (place, earlier) = (decimal(position as u64), decimal(position as u64 - 1));
    concat(&[
        "Unsorted index: expected itemIds in ascending order of UTF-16 code units, found ",
        &sanitize(last),
        " (index.",
        &earlier,
        ") before ",
        &sanitize(id),
        " (index.",
        &place,
        ")",
    ])
}

/// Reads the entry at `at` if it is valid and has at most `most` bytes.
fn read_entry(tape: &Tape, at: At, most: usize) -> Option<(String, Digest)> {
    let Value::Tuple(first) = tape.value(at) else { return None };
    let [item_id, digest] = tape.slots(first);
    match (tape.value(item_id), tape.value(digest)) {
        (Value::String(id), Value::String(digest)) if !id.is_empty() => {
            // A UTF-16 unit has at most 6 bytes in canonical JSON. Only an entry that may be too long is measured.
            let may_be_long = 6 * id.len() + 128 > most;
            if may_be_long && canonical_size::object(tape, at, MEASURED) > most {
                return None;
            }
            Some((utf16::utf8(&id)?, Digest::from_units(&digest).ok()?))
        }
        _ => None,
    }
}

/// Reports everything that is wrong with the entry at `at`.
fn check_entry(check: &mut Check, at: At) {
    check.begin_document();
    if canonical_size::object(check.tape, at, MEASURED) > check.issues.limits.document_bytes {
        return check.too_long(); // E8.1-20
    }
    if let Some(([item_id, digest], _)) = check.object(at, MEMBERS) {
        check.non_empty("itemId", item_id, Need::Required);
        check.digest("digest", digest, Need::Required);
    }
}

/// Evidence that a list of leaves has the number and the root of its manifest.
#[derive(Debug)]
pub(crate) struct IndexMatches {
    #[expect(dead_code, reason = "evidence that the numbers were compared")]
    count: Equal<Count>,
    #[expect(dead_code, reason = "evidence that the roots were compared")]
    root: Equal<Root>,
}

/// Compares the number and the root of leaves with the manifest (F11-7, F11-10). Reports the first difference at `path`
/// (E8.1-7, E8.1-10).
pub(crate) fn matches(
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
