//! A host's value, read once, and what is wrong with it.

pub(crate) mod canonical;
pub(crate) mod check;
pub(crate) mod evidence;
pub(crate) mod limits;
pub(crate) mod lowered;
pub(crate) mod measure;
pub(crate) mod problem;
pub(crate) mod tape;
pub(crate) mod writer;
