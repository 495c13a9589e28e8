//! The documents of `docs/FORMAT.md`, one file each: how we build them, and how we check those of others.

use crate::value::canonical_size::Members;

pub(crate) mod absence;
pub(crate) mod event;
pub(crate) mod identifier;
pub(crate) mod index;
pub(crate) mod item;
pub(crate) mod manifest;
pub(crate) mod pack;
pub(crate) mod proof;
pub(crate) mod record;
pub(crate) mod statement;
pub(crate) mod version;

/// Returns the names in a table of members, so that no constant has to repeat them.
///
/// # Panics
/// At compile time, if the table does not have `N` rows.
const fn names<const N: usize>(members: Members) -> [&'static str; N] {
    assert!(members.len() == N, "one name for each member");
    let mut names = [""; N];
    let mut row = 0;
    while row < N {
        names[row] = members[row].0;
        row += 1;
    }
    names
}
