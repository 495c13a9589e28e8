//! A host's value: read once, checked, and written as canonical JSON.

pub(crate) mod canonical;
pub(crate) mod canonical_size;
pub(crate) mod canonical_text;
pub(crate) mod check;
pub(crate) mod evidence;
pub(crate) mod host_limits;
pub(crate) mod limits;
pub(crate) mod problem;
pub(crate) mod tape;
pub(crate) mod writer;
