//! What is asked of snapshots afterwards: whether they hold, and what they hold.

pub(crate) mod chain;
pub(crate) mod summary;
pub(crate) mod trust;
pub(crate) mod verify;
