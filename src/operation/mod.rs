//! The operation `context.pack.snapshot`: makes a snapshot of a host's values, stage by stage (ERRORS 3).

pub(crate) mod builder;
pub(crate) mod host;
pub(crate) mod intake;
pub(crate) mod known_items;
pub(crate) mod preview;
pub(crate) mod request;
pub(crate) mod snapshot;
