//! Takes a snapshot of a pack that is too large to hold, or whose items arrive over time.
//!
//! Why: this needs memory for one item only, plus an id and a digest for each. How: caller, input and pack are checked first.
//! Each item is returned in canonical form, so that the host can store it before it adds the next one.

use std::error;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::format::item::ItemDigest;
use crate::native::call::Call;
use crate::native::host::problems_only;
use crate::native::item::Item;
use crate::native::snapshot::without_items;
use crate::native::types::{Context, Input, Snapshot};
use crate::operation::builder::Builder;
use crate::primitives::digest::Digest;
use crate::primitives::time::Timestamp;
use crate::value::problem::Problem;
use crate::value::tape::{TUPLE, Tape};

/// An item that was digested elsewhere, by [`digest_item`](super::digest_item). Nothing checks that kind and source belong to
/// the digest: the caller vouches for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DigestedItem {
    /// Identifier of the item.
    pub item_id: String,
    /// Leaf hash of the item.
    pub digest: Digest,
    /// Kind of the item.
    pub kind: String,
    /// Where the item comes from.
    pub source_key: String,
    /// Version of the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_version: Option<String>,
}

/// Takes a snapshot one item at a time.
///
/// ```
/// # use context_snapshot::*;
/// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
/// let mut builder = SnapshotBuilder::new(&input, &context)?;
/// for item in &context.items {
///     let (stored, created_at) = builder.add(item)?;
///     assert_eq!((stored.item_id, created_at), (item.item_id.clone(), builder.created_at()));
/// }
/// assert_eq!((builder.snapshot_id(), builder.item_count()), ("s-1", 2));
///
/// let snapshot = builder.finish().unwrap();
/// assert_eq!(snapshot.output, snapshot_pack(&input, &context)?.output);
/// # Ok::<(), Problem>(())
/// ```
pub struct SnapshotBuilder(Builder);

/// Why [`SnapshotBuilder::finish`] did not return a snapshot.
#[derive(Debug)]
pub struct Unfinished {
    /// What is missing or too long.
    pub problem: Problem,
    /// The builder, to add the missing items; absent if the manifest or the record is too long.
    pub builder: Option<SnapshotBuilder>,
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

impl error::Error for Unfinished {}

impl fmt::Debug for SnapshotBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnapshotBuilder").field("snapshot_id", &self.snapshot_id()).finish_non_exhaustive()
    }
}

impl SnapshotBuilder {
    /// Checks caller, input and pack, and decides identifier and time. The items of the context are not read.
    ///
    /// ```
    /// # use context_snapshot::*;
    /// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
    /// let refused = SnapshotBuilder::new(&input, &Context { pack: None, ..context }).unwrap_err();
    /// assert_eq!(refused.code(), Code::NotFound);
    /// # Ok::<(), Problem>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`snapshot_pack`](super::snapshot_pack) for caller, input, context and pack.
    pub fn new(input: &Input, context: &Context) -> Result<Self, Problem> {
        let (mut host, mut tape) = Call::begin(input, context);
        problems_only(Builder::open(&mut host, &mut tape)).map(Self)
    }

    /// Returns the identifier of the snapshot.
    #[must_use]
    pub fn snapshot_id(&self) -> &str {
        &self.0.draft.snapshot_id
    }

    /// Returns when the snapshot is made.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        self.0.draft.created_at
    }

    /// Returns the number of items so far.
    #[must_use]
    pub fn item_count(&self) -> u64 {
        self.0.len() as u64
    }

    /// Adds an item, in any order, and returns what to store: the canonical item with its digest, and its time.
    ///
    /// ```
    /// # use context_snapshot::*;
    /// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
    /// let mut builder = SnapshotBuilder::new(&input, &context)?;
    /// let (stored, created_at) = builder.add(&context.items[1])?;
    /// assert_eq!((&*stored.item_id, created_at.to_string()), ("hours", "2026-03-01T09:15:30.123Z".to_owned()));
    ///
    /// let refused = builder.add(&context.items[1]).unwrap_err();
    /// assert_eq!(refused.issues()[0].code, IssueCode::Duplicate);
    /// # Ok::<(), Problem>(())
    /// ```
    ///
    /// # Errors
    /// 422 if the item is not valid, or its id was added before. The builder is then unchanged.
    pub fn add(&mut self, item: &Item) -> Result<(ItemDigest, Timestamp), Problem> {
        let mut tape = Tape::limited(self.0.draft.limits());
        item.write(&mut tape);
        let added = self.0.add(&tape)?;
        Ok((ItemDigest { item_id: added.item_id, digest: added.digest, json: added.json.to_owned() }, added.created_at))
    }

    /// Adds an item that was digested elsewhere.
    ///
    /// ```
    /// # use context_snapshot::*;
    /// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
    /// // On another machine:
    /// let digested = digest_item(&context.items[1])?;
    ///
    /// let mut builder = SnapshotBuilder::new(&input, &context)?;
    /// builder.add(&context.items[0])?;
    /// builder.add_digest(&DigestedItem {
    ///     item_id: digested.item_id,
    ///     digest: digested.digest,
    ///     kind: "docblock".into(),
    ///     source_key: "docs.about".into(),
    ///     source_version: None,
    /// })?;
    /// assert_eq!(builder.finish().unwrap().output.hash, snapshot_pack(&input, &context)?.output.hash);
    /// # Ok::<(), Problem>(())
    /// ```
    ///
    /// # Errors
    /// As [`SnapshotBuilder::add`].
    pub fn add_digest(&mut self, entry: &DigestedItem) -> Result<(), Problem> {
        let mut tape = Tape::default();
        tape.container(TUPLE, 5, |tape| {
            tape.string(&entry.item_id);
            tape.digest(Some(entry.digest));
            tape.string(&entry.kind);
            tape.string(&entry.source_key);
            tape.optional(entry.source_version.as_deref());
        });
        self.0.add_digest(&tape)
    }

    /// Returns the snapshot. Its list of items is empty: the host has stored them already.
    ///
    /// ```
    /// # use context_snapshot::*;
    /// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
    /// let builder = SnapshotBuilder::new(&input, &context)?;
    /// let unfinished = builder.finish().unwrap_err();
    /// assert_eq!(unfinished.problem.code(), Code::PreconditionFailed); // The contract is required.
    ///
    /// let mut builder = unfinished.builder.unwrap();
    /// builder.add(&context.items[0])?;
    /// assert!(builder.finish().is_ok());
    /// # Ok::<(), Problem>(())
    /// ```
    ///
    /// # Errors
    /// 412, with the builder, if a required source has no item; 422 if the manifest or the record is too long.
    pub fn finish(self) -> Result<Snapshot, Box<Unfinished>> {
        match self.0.finish() {
            Ok((created_at, sealed, leaves)) => Ok(without_items(created_at, sealed, &leaves)),
            Err(unfinished) => {
                let (builder, problem) = *unfinished;
                Err(Box::new(Unfinished { problem, builder: builder.map(Self) }))
            }
        }
    }
}
