//! Compares two snapshots.
//!
//! Why manifests and indexes: they say which items differ, without any item. How: both indexes are in the order of the tree,
//! so one walk through both is enough.

use std::cmp::Ordering;

use serde::Serialize;

use crate::native::contents::Contents;
use crate::primitives::leaves::{self, Leaves};
use crate::value::evidence::Verdict;
use crate::value::problem::{Code, Issues, Problem};

/// The difference between two snapshots.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SnapshotDiff {
    /// Ids of the items that only the second has, in the order of the tree.
    pub added: Vec<String>,
    /// Ids of the items that only the first has.
    pub removed: Vec<String>,
    /// Ids of the items that both have, with different digests.
    pub changed: Vec<String>,
    /// Number of items that are the same in both.
    pub unchanged: u64,
    /// Names of the pack's members that differ.
    pub pack: Vec<&'static str>,
}

/// Compares two snapshots by their manifests and indexes, in linear time. The ids are those of the indexes: only
/// [`verify_snapshot`](crate::verify_snapshot) can compare them with the items.
///
/// ```
/// # use context_snapshot::*;
/// # let (input, mut context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
/// let before = snapshot_pack(&input, &context)?;
/// context.items[1].content = "Open from 8 to 18.".into();
/// let after = snapshot_pack(&input, &context)?;
///
/// let diff = diff_snapshots(Contents::from(&before), Contents::from(&after))?;
/// assert_eq!((diff.changed, diff.unchanged), (vec!["hours".to_owned()], 1));
/// # Ok::<(), Problem>(())
/// ```
///
/// # Errors
/// 422 if an index and its manifest do not belong together.
// E8.5-2
pub fn diff_snapshots(before: Contents, after: Contents) -> Result<SnapshotDiff, Problem> {
    let mut issues = Issues::default();
    let both = (before.leaves(&["before"], &mut issues), after.leaves(&["after"], &mut issues));
    issues.into_result(Code::ValidationFailed)?;
    let (Some(old), Some(new)) = both else { return Err(Verdict::refusal("the index", Issues::default())) };
    let mut diff = difference(&old, &new);
    diff.pack = before.manifest.pack.differences(&after.manifest.pack);
    Ok(diff)
}

/// Compares the items of two snapshots, without their packs.
pub(crate) fn difference(old: &Leaves, new: &Leaves) -> SnapshotDiff {
    let mut diff = SnapshotDiff::default();
    let (mut old_numbers, mut new_numbers) =
        (old.in_order().into_iter().peekable(), new.in_order().into_iter().peekable());
    loop {
        let order = match (old_numbers.peek(), new_numbers.peek()) {
            (Some(&old_number), Some(&new_number)) => {
                leaves::compare_utf16(old.id(old_number).as_bytes(), new.id(new_number).as_bytes())
            }
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return diff,
        };
        let old_number = old_numbers.next_if(|_| order.is_le());
        let new_number = new_numbers.next_if(|_| order.is_ge());
        match (old_number, new_number) {
            (Some(removed), None) => diff.removed.push(old.id(removed).to_owned()),
            (None, Some(added)) => diff.added.push(new.id(added).to_owned()),
            (Some(one), Some(other)) if old.digest(one) != new.digest(other) => {
                diff.changed.push(old.id(one).to_owned());
            }
            _ => diff.unchanged += 1,
        }
    }
}
