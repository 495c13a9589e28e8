//! Work with stored snapshots: verifies them, and describes their content.

pub(crate) mod chain;
pub(crate) mod summary;
pub(crate) mod trust;
pub(crate) mod verify;
