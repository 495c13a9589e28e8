//! A manifest and its index: enough to prove items and to compare snapshots, without any item.
//!
//! Why they are checked on every use: both come from a store, and a proof from an index of another manifest proves nothing.
//! How: the manifest is read like any untrusted document, and the root of the index must be the manifest's.

use std::convert::Infallible;

use crate::format::index::{self, Entries};
use crate::format::manifest::{self, Manifest};
use crate::native::canonical::tape_of;
use crate::native::host::never;
use crate::native::types::{IndexEntry, Snapshot};
use crate::primitives::leaves::Leaves;
use crate::value::check::Check;
use crate::value::problem::{Issues, Path};
use crate::value::tape::{ARRAY, At, TUPLE, Tape};

/// A manifest and the index that belongs to it.
///
/// ```
/// # use context_snapshot::*;
/// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
/// let snapshot = snapshot_pack(&input, &context)?;
/// let contents = Contents::from(&snapshot);
/// assert_eq!(contents.index[0].item_id, "api");
/// # Ok::<(), Problem>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Contents<'a> {
    /// The document whose digest is the hash.
    pub manifest: &'a Manifest,
    /// The items' digests, in the order of the tree.
    pub index: &'a [IndexEntry],
}

impl<'a> From<&'a Snapshot> for Contents<'a> {
    fn from(snapshot: &'a Snapshot) -> Self {
        Self { manifest: &snapshot.manifest, index: &snapshot.index }
    }
}

impl Contents<'_> {
    /// Returns the leaves of the index, if manifest and index are right and belong together. Issues have paths that begin
    /// with `prefix`.
    pub(crate) fn leaves(&self, prefix: &[&str], issues: &mut Issues) -> Option<Leaves> {
        let tape = tape_of(&serde_json::to_value(self.manifest).expect("it is JSON"));
        let before = issues.mark();
        let within = |name| Path::of(&[prefix, &[name]].concat());
        let mut check = Check::new(&tape, issues, within("manifest"));
        let manifest = manifest::read(&mut check, At(0));
        let leaves = never(index::read(&mut EntriesOf { left: self.index }, &within("index"), issues))?;
        let manifest = manifest?;
        index::matches(leaves.len(), &|| leaves.root(), &manifest, &within("index"), issues)
            .filter(|_| issues.unchanged_since(before))
            .map(|_| leaves)
    }
}

/// Returns ids and digests in the order of the tree.
// F2.1-3
pub(crate) fn index_of(leaves: &Leaves) -> Vec<IndexEntry> {
    let entry = |number| Some(IndexEntry { item_id: leaves.id(number).to_owned(), digest: leaves.digest(number)? });
    leaves.in_order().into_iter().filter_map(entry).collect()
}

/// The entries of an index that were not handed over yet.
pub(crate) struct EntriesOf<'a> {
    pub(crate) left: &'a [IndexEntry],
}

impl Entries for EntriesOf<'_> {
    type Error = Infallible;

    fn next_entries(&mut self, tape: &mut Tape) -> Result<bool, Infallible> {
        const BATCH: usize = 1024;
        let (entries, left) = self.left.split_at(self.left.len().min(BATCH));
        self.left = left;
        tape.clear();
        tape.container(ARRAY, entries.len(), |tape| {
            for entry in entries {
                tape.begin_document();
                tape.container(TUPLE, 2, |tape| {
                    tape.string(&entry.item_id);
                    tape.digest(Some(entry.digest));
                });
            }
        });
        Ok(!entries.is_empty())
    }
}
