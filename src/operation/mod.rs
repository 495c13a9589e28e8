//! `context.pack.snapshot`: from what a host gives to a snapshot, stage by stage (`docs/ERRORS.md` section 3).

pub(crate) mod builder;
pub(crate) mod host;
pub(crate) mod intake;
pub(crate) mod preview;
pub(crate) mod request;
pub(crate) mod snapshot;
