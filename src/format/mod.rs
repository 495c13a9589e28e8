//! What is hashed: one file for each section of `docs/FORMAT.md`.

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
