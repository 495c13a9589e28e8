//! Verifies a stored snapshot.
//!
//! Why untyped parts: the answer names what is wrong with them, so they may be any JSON that a store returns. How:
//! [`verify_snapshot`] reads all items at once; [`SnapshotVerifier`] is handed one at a time. Both compute everything again
//! and compare it (`docs/FORMAT.md` section 11, `docs/ERRORS.md` section 8).

use std::borrow::Borrow;
use std::convert::Infallible;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::audit::verify::{self, Parts, Verifier};
use crate::format::index::Entries;
use crate::native::contents::EntriesOf;
use crate::native::host::{Host, never};
use crate::native::types::IndexEntry;
use crate::primitives::digest::Digest;
use crate::value::evidence::{AllRead, Anchor, Verdict};
use crate::value::limits::Limits;
use crate::value::problem::Issue;
use crate::value::tape::{ABSENT, TUPLE, Tape};

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[must_use]
pub struct Verification {
    valid: bool,
    /// Everything that differs; empty if the snapshot is valid.
    pub issues: Vec<Issue>,
    /// The strongest trusted value that was given and held.
    pub anchor: Anchor,
}

impl Verification {
    /// Returns true if everything was computed, compared and equal. Without an [`Anchor`], that means that the parts fit
    /// together, and no more: whoever can change all of them can make them fit.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.valid
    }
}

impl From<Verdict> for Verification {
    fn from(verdict: Verdict) -> Self {
        Self { valid: verdict.is_valid(), anchor: verdict.anchor, issues: verdict.into_issues() }
    }
}

/// What a snapshot is verified against.
#[derive(Clone, Copy, Debug, Default)]
pub struct VerifyOptions<'a> {
    /// The pack, if it is at hand: compared with the manifest in the record.
    pub pack: Option<&'a Value>,
    /// The index, if it is at hand: items that differ are named.
    pub index: Option<&'a [IndexEntry]>,
    /// True if items are stored with the id `<snapshotId>:<itemId>`.
    pub row_ids: bool,
    /// The hash that the verifier trusts, because it was kept elsewhere.
    pub hash: Option<Digest>,
    /// The seal that the verifier trusts, because it was kept elsewhere.
    pub seal: Option<Digest>,
    /// The event, if it is at hand: compared with the record.
    pub event: Option<&'a Value>,
    /// How much is read; the format's limits, unless lowered.
    pub limits: Limits,
}

/// Verifies a stored snapshot: computes everything again from its record and items.
///
/// Items may come in any order, and both as a store returns them: with `null` for absent members, and with members of the
/// host's own. `docs/ERRORS.md` section 8 lists the issues.
///
/// ```
/// # use context_snapshot::*;
/// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
/// let snapshot = snapshot_pack(&input, &context)?;
/// let record = serde_json::to_value(&snapshot.record).unwrap();
/// let mut items: Vec<serde_json::Value> =
///     snapshot.items.iter().map(|item| from_json(&item.json).unwrap()).collect();
/// assert!(verify_snapshot(&record, &items, &VerifyOptions::default()).is_valid());
///
/// items[0]["content"] = "changed".into();
/// let index = Some(&*snapshot.index);
/// let found = verify_snapshot(&record, &items, &VerifyOptions { index, ..VerifyOptions::default() });
/// assert_eq!((&*found.issues[0].path, found.issues[0].code), ("items.0", IssueCode::Changed));
/// # Ok::<(), Problem>(())
/// ```
pub fn verify_snapshot<I>(record: &Value, items: I, options: &VerifyOptions) -> Verification
where
    I: IntoIterator,
    I::Item: Borrow<Value>,
{
    let mut host = Host::new(Stored::new(record, options), items, |tape, item| tape.stored_item(item.borrow()));
    never(verify::verify_snapshot(&mut host, &mut Tape::limited(options.limits))).into()
}

/// Verifies a snapshot whose items do not fit in memory: [`verify_snapshot`], one item at a time.
///
/// ```
/// # use context_snapshot::*;
/// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
/// # let snapshot = snapshot_pack(&input, &context)?;
/// # let record = serde_json::to_value(&snapshot.record).unwrap();
/// # let items: Vec<serde_json::Value> = snapshot.items.iter().map(|item| from_json(&item.json).unwrap()).collect();
/// let options = VerifyOptions { hash: Some(snapshot.output.hash), ..VerifyOptions::default() };
/// let mut verifier = SnapshotVerifier::new(&record, &options);
/// for item in &items {
///     verifier.add(item);
/// }
/// let found = verifier.finish();
/// assert!(found.is_valid());
/// assert_eq!(found.anchor, Anchor::Hash);
/// # Ok::<(), Problem>(())
/// ```
pub struct SnapshotVerifier {
    verifier: Verifier,
    limits: Limits,
}

impl SnapshotVerifier {
    /// Checks the record, and the parts in `options`.
    #[must_use]
    pub fn new(record: &Value, options: &VerifyOptions) -> Self {
        let mut stored = Stored::new(record, options);
        let verifier = never(Verifier::open(&mut stored, &mut Tape::limited(options.limits)));
        Self { verifier, limits: options.limits }
    }

    /// Checks an item. Items may come in any order. Returns its digest, or `None` if it is not valid or exceeds a limit, or if its id was
    /// there before.
    pub fn add(&mut self, item: &Value) -> Option<Digest> {
        let mut tape = Tape::limited(self.limits);
        tape.stored_item(item);
        self.verifier.add(&mut tape)
    }

    /// Returns what was found. Call it after all items were added.
    pub fn finish(self) -> Verification {
        self.verifier.finish(Some(AllRead::asserted_by_caller())).into()
    }
}

impl fmt::Debug for SnapshotVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnapshotVerifier").finish_non_exhaustive()
    }
}

/// The parts of a stored snapshot without its items.
struct Stored<'a> {
    record: &'a Value,
    options: &'a VerifyOptions<'a>,
    entries: EntriesOf<'a>,
}

impl<'a> Stored<'a> {
    fn new(record: &'a Value, options: &'a VerifyOptions<'a>) -> Self {
        Self { record, options, entries: EntriesOf { left: options.index.unwrap_or_default() } }
    }
}

impl Entries for Stored<'_> {
    type Error = Infallible;

    fn next_entries(&mut self, tape: &mut Tape) -> Result<bool, Infallible> {
        self.entries.next_entries(tape)
    }
}

impl Parts for Stored<'_> {
    fn parts(&mut self, tape: &mut Tape) -> Result<(), Infallible> {
        let VerifyOptions { pack, index, row_ids, hash, seal, event, limits } = *self.options;
        tape.container(TUPLE, 10, |tape| {
            tape.limits(limits);
            tape.begin_document();
            tape.stored_record(self.record);
            tape.begin_document();
            match pack {
                Some(pack) => tape.stored_pack(pack),
                None => tape.mark(ABSENT),
            }
            match index {
                Some(_) => tape.boolean(true),
                None => tape.mark(ABSENT),
            }
            tape.boolean(row_ids);
            tape.begin_document();
            match event {
                Some(event) => tape.stored_event(event),
                None => tape.mark(ABSENT),
            }
            // Rust has no manifest, no output and no unknown names beside the record.
            tape.mark(ABSENT);
            tape.mark(ABSENT);
            if hash.is_none() && seal.is_none() {
                tape.mark(ABSENT);
            } else {
                tape.trusted(hash, seal);
            }
            tape.mark(ABSENT);
        });
        Ok(())
    }
}

impl<I: Iterator> Entries for Host<Stored<'_>, I> {
    type Error = Infallible;

    fn next_entries(&mut self, tape: &mut Tape) -> Result<bool, Infallible> {
        self.whole.next_entries(tape)
    }
}

impl<I: Iterator> Parts for Host<Stored<'_>, I> {
    fn parts(&mut self, tape: &mut Tape) -> Result<(), Infallible> {
        self.whole.parts(tape)
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
