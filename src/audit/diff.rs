//! The difference between two snapshots.
//!
//! Why indexes are enough: they say which items differ, without any item. How: both indexes are in the order of the tree, so
//! one walk through both is enough.

use std::cmp::Ordering;

use serde::Serialize;

use crate::primitives::leaves::{self, Leaves};

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

/// Compares the items of two snapshots; the caller compares their packs. O(n).
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
