//! Work with stored snapshots: verifies, compares and describes them.

pub(crate) mod chain;
pub(crate) mod diff;
pub(crate) mod summary;
pub(crate) mod trust;
pub(crate) mod verify;
