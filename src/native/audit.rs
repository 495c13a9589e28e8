//! Checking, comparing and streaming snapshots, for native services.
//!
//! How: what may come from a store or a stranger is taken as a [`Value`], whatever shape it has, and goes onto the same
//! tape as JavaScript's values; what we made ourselves is typed.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::convert::Infallible;
use std::error;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Context, IndexEntry, Input, Item, Native, Snapshot, assembled, index_of, unfailing};
use crate::audit::chain;
use crate::audit::summary;
use crate::audit::verify::{self, Parts, Verifier};
use crate::contract::{PREDICATE_TYPE, STATEMENT_TYPE};
use crate::format::event;
use crate::format::index::{self, Entries};
use crate::format::item::{self, ItemDigest};
use crate::format::manifest::{self, Manifest};
use crate::format::pack;
use crate::format::proof;
use crate::format::record;
use crate::format::statement;
use crate::operation::builder::Builder;
use crate::operation::host::Stream;
use crate::operation::preview;
use crate::primitives::digest::Digest;
use crate::primitives::leaves::{self, Leaves};
use crate::primitives::merkle::{self, LeafIndex};
use crate::primitives::sanitize::sanitize;
use crate::primitives::time::Timestamp;
use crate::value::check::Check;
use crate::value::evidence::{AllRead, Anchor, Verdict};
use crate::value::limits::Limits;
use crate::value::problem::{Code, Issue, Issues, Path, Problem};
use crate::value::tape::{ABSENT, ARRAY, At, OBJECT, TUPLE, Tape};
use crate::value::writer::Writer;

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[must_use]
pub struct Verification {
    valid: bool,
    /// Everything that differs; nothing if the snapshot is valid.
    pub issues: Vec<Issue>,
    /// The strongest trusted value that was given and held.
    pub anchor: Anchor,
}

impl Verification {
    /// Returns true if all was computed, compared and equal. Without an [`Anchor`], that says that the parts fit together,
    /// no more.
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

/// What a verification of a chain found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[must_use]
pub struct ChainVerification {
    /// What was found.
    #[serde(flatten)]
    pub verification: Verification,
    /// Number of records that were read.
    pub length: usize,
}

impl ChainVerification {
    /// Returns true if there is a record, and all was computed, compared and equal.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.verification.is_valid()
    }
}

/// What a snapshot is verified against.
#[derive(Clone, Copy, Debug, Default)]
pub struct VerifyOptions<'a> {
    /// The pack, where it is at hand: compared with the manifest in the record.
    pub pack: Option<&'a Value>,
    /// The index, where it is at hand: items that differ are named.
    pub index: Option<&'a [IndexEntry]>,
    /// Whether an item's id is stored as `<snapshotId>:<itemId>`.
    pub row_ids: bool,
    /// The hash that the verifier got elsewhere.
    pub hash: Option<Digest>,
    /// The seal that the verifier got elsewhere.
    pub seal: Option<Digest>,
    /// The event, if it is at hand: compared with the record.
    pub event: Option<&'a Value>,
    /// How much is read; the format's limits, if not lowered.
    pub limits: Limits,
}

/// Verifies a stored snapshot: computes everything again from its record and items, in any order, as a store returns them
/// (`null` for what is absent, members that we do not know). See `docs/ERRORS.md` section 8 for the issues.
///
/// ```
/// # use context_snapshot::*;
/// # let snapshot = snapshot_pack(
/// #     &Input { pack_key: "p".into(), ..Input::default() },
/// #     &Context {
/// #         actor: Some("admin".into()),
/// #         pack: Some(Pack { pack_key: "p".into(), ..Pack::default() }),
/// #         items: vec![Item { item_id: "a".into(), kind: "k".into(), source_key: "s".into(), content: "".into(), ..Item::default() }],
/// #         ..Context::default()
/// #     },
/// # )?;
/// let record = serde_json::to_value(&snapshot.record).unwrap();
/// let mut items: Vec<serde_json::Value> =
///     snapshot.items.iter().map(|item| serde_json::from_str(&item.json).unwrap()).collect();
/// assert!(verify_snapshot(&record, &items, &VerifyOptions::default()).is_valid());
///
/// items[0]["content"] = "changed".into();
/// let index = Some(&*snapshot.index);
/// let found = verify_snapshot(&record, &items, &VerifyOptions { index, ..VerifyOptions::default() });
/// assert_eq!((&*found.issues[0].path, found.issues[0].code.as_str()), ("items.0", "changed"));
/// # Ok::<(), Problem>(())
/// ```
pub fn verify_snapshot<I>(record: &Value, items: I, options: &VerifyOptions) -> Verification
where
    I: IntoIterator,
    I::Item: Borrow<Value>,
{
    let items = Each { values: items.into_iter(), write: Tape::stored_item };
    let mut tape = Tape::limited(options.limits);
    never(verify::verify_snapshot(&mut Stored { record, options, next: 0, items }, &mut tape)).into()
}

/// A verification of more items than fit in memory: [`verify_snapshot`], one item at a time.
pub struct SnapshotVerifier(Verifier, Limits);

impl SnapshotVerifier {
    /// Checks the record and what it is verified against.
    #[must_use]
    pub fn new(record: &Value, options: &VerifyOptions) -> Self {
        let mut tape = Tape::limited(options.limits);
        Self(never(Verifier::open(&mut Stored { record, options, next: 0, items: () }, &mut tape)), options.limits)
    }

    /// Checks an item; items may come in any order.
    pub fn add(&mut self, item: &Value) {
        let mut tape = Tape::limited(self.1);
        tape.stored_item(item);
        self.0.add(&mut tape);
    }

    /// Returns what was found, once all items were added.
    pub fn finish(self) -> Verification {
        self.0.finish(Some(AllRead::asserted_by_caller())).into()
    }
}

impl fmt::Debug for SnapshotVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnapshotVerifier").finish_non_exhaustive()
    }
}

/// Verifies records that follow each other, the oldest first: each later one's parent is the seal of the one before.
/// Seals are computed again; items are not looked at. No record at all is not a valid chain.
///
/// `seal` is that of the newest record, kept elsewhere: without it, a tail that was cut off cannot be seen.
pub fn verify_chain<I>(records: I, seal: Option<Digest>) -> ChainVerification
where
    I: IntoIterator,
    I::Item: Borrow<Value>,
{
    let mut chain = Chain { records: Each { values: records.into_iter(), write: Tape::stored_record }, seal };
    let (verdict, length) = never(chain::verify(&mut chain, &mut Tape::default()));
    ChainVerification { verification: verdict.into(), length }
}

/// Records, and what is trusted of them.
struct Chain<I> {
    records: Each<I>,
    seal: Option<Digest>,
}

impl<I> Stream for Chain<I>
where
    Each<I>: Stream<Error = Infallible>,
{
    type Error = Infallible;

    fn open(&mut self, tape: &mut Tape) -> Result<(), Infallible> {
        self.records.open(tape)
    }

    fn next(&mut self, tape: &mut Tape) -> Result<bool, Infallible> {
        self.records.next(tape)
    }

    fn close(&mut self) -> Result<(), Infallible> {
        self.records.close()
    }
}

impl<I> chain::Records for Chain<I>
where
    Each<I>: Stream<Error = Infallible>,
{
    fn options(&mut self, tape: &mut Tape) -> Result<(), Infallible> {
        tape.clear();
        match self.seal {
            Some(seal) => tape.container(TUPLE, 2, |tape| {
                tape.container(TUPLE, 2, |tape| {
                    tape.string(&seal.to_string());
                    tape.mark(ABSENT);
                });
                tape.mark(ABSENT);
            }),
            None => tape.mark(ABSENT),
        }
        Ok(())
    }
}

/// A manifest and the index that belongs to it.
#[derive(Clone, Copy, Debug)]
pub struct Contents<'a> {
    /// What is hashed.
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
    /// The index, where it and the manifest fit together.
    fn read(&self, prefix: &[&str], issues: &mut Issues) -> Option<Leaves> {
        let mut tape = Tape::default();
        tape.json(&serde_json::to_value(self.manifest).expect("it is JSON"), 1);
        let before = issues.mark();
        let within = |name| Path::of(&[prefix, &[name]].concat());
        let mut check = Check::new(&tape, issues, within("manifest"));
        let manifest = manifest::read(&mut check, At(0));
        let leaves = never(index::read(&mut Slice { index: self.index, next: 0 }, &within("index"), issues))?;
        let manifest = manifest?;
        index::matches(leaves.len(), &|| leaves.root(), &manifest, &within("index"), issues)
            .filter(|_| issues.unchanged_since(before))
            .map(|_| leaves)
    }
}

/// A proof that one item is in a snapshot (RFC 9162 section 2.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemProof {
    /// The item.
    pub item_id: String,
    /// Its position in the order of the tree.
    pub leaf_index: u64,
    /// The digests of its siblings, from the leaf upwards; at most 53.
    pub path: Vec<Digest>,
    /// What was hashed.
    pub manifest: Manifest,
    /// Its digest.
    pub hash: Digest,
}

/// Proves that an item is in a snapshot, from its manifest and index.
///
/// # Errors
/// 422 where index and manifest do not fit together; 404 where the index does not have the item.
///
/// # Panics
/// Never, or we have a bug.
// E8.5-1
pub fn prove_item(contents: Contents, item_id: &str) -> Result<ItemProof, Problem> {
    let mut issues = Issues::default();
    let leaves = contents.read(&[], &mut issues);
    issues.into_result(Code::ValidationFailed)?;
    let position = leaves.as_ref().and_then(|leaves| leaves.number(item_id));
    let (Some(leaves), Some(position)) = (leaves, position) else {
        return Err(Problem::new(Code::NotFound, format!("No item {} in the index", sanitize(item_id))));
    };
    let leaf_index = position as u64;
    let path = merkle::inclusion_proof(leaves.digests_in_order(), LeafIndex(leaf_index)).expect("it is a leaf");
    let manifest = contents.manifest.clone();
    Ok(ItemProof { item_id: item_id.to_owned(), leaf_index, path, hash: manifest.hash(), manifest })
}

/// Whether `proof`, an [`ItemProof`] in JSON, proves the item to be in the snapshot with that hash, which the verifier
/// trusts. False for anything that is no proof of this item.
#[must_use]
pub fn verify_item(item: &Value, proof: &Value, hash: Digest) -> bool {
    explain_item(item, proof, &hash.text()).valid
}

/// The same, with the reasons, at paths that begin with `item`, `proof` or `hash`.
pub fn explain_item(item: &Value, proof: &Value, hash: &str) -> Verification {
    let mut trusted = Tape::default();
    trusted.string(hash);
    let (mut item_tape, mut proof_tape) = (Tape::default(), Tape::default());
    item_tape.stored_item(item);
    if proof.is_object() {
        proof_tape.container(TUPLE, 5, |tape| {
            for name in ["itemId", "leafIndex", "path", "manifest", "hash"] {
                tape.member(proof, name, 1);
            }
        });
    } else {
        proof_tape.kind(proof);
    }
    proof::verify(&item_tape, &proof_tape, &trusted).into()
}

/// What differs between two snapshots.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SnapshotDiff {
    /// Ids of the items that only the second has, in the order of the tree.
    pub added: Vec<String>,
    /// Ids of the items that only the first has.
    pub removed: Vec<String>,
    /// Ids of the items that both have, with other digests.
    pub changed: Vec<String>,
    /// Number of items that are the same.
    pub unchanged: u64,
    /// Names of the manifest's pack members that differ.
    pub pack: Vec<&'static str>,
}

/// Compares two snapshots by their manifests and indexes alone, in linear time.
///
/// # Errors
/// 422 where an index and its manifest do not fit together.
// E8.5-2
pub fn diff_snapshots(before: Contents, after: Contents) -> Result<SnapshotDiff, Problem> {
    let mut issues = Issues::default();
    let both = (before.read(&["before"], &mut issues), after.read(&["after"], &mut issues));
    issues.into_result(Code::ValidationFailed)?;
    let (Some(old), Some(new)) = both else { return Err(Verdict::refusal("the index", Issues::default())) };
    let mut diff = difference(&old, &new);
    diff.pack = before.manifest.pack.differences(&after.manifest.pack);
    Ok(diff)
}

fn difference(old: &Leaves, new: &Leaves) -> SnapshotDiff {
    let mut diff = SnapshotDiff::default();
    let (mut old_numbers, mut new_numbers) =
        (old.in_order().into_iter().peekable(), new.in_order().into_iter().peekable());
    loop {
        let order = match (old_numbers.peek(), new_numbers.peek()) {
            (Some(&old_number), Some(&new_number)) => leaves::compare_utf16(old.id(old_number), new.id(new_number)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return diff,
        };
        let old_number = old_numbers.next_if(|_| order.is_le());
        let new_number = new_numbers.next_if(|_| order.is_ge());
        match (old_number, new_number) {
            (Some(removed), None) => diff.removed.push(old.id(removed).to_owned()),
            (None, Some(added)) => diff.added.push(new.id(added).to_owned()),
            (Some(one), Some(other)) if old.digest(one) != new.digest(other) => {
                diff.changed.push(old.id(one).to_owned());
            }
            _ => diff.unchanged += 1,
        }
    }
}

/// Number of items of a kind, and of their canonical bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KindCount {
    /// The kind.
    pub kind: String,
    /// Number of items.
    pub items: u64,
    /// Canonical bytes of these items.
    pub bytes: u64,
}

/// What a snapshot would hold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SnapshotPreview {
    /// What is wrong with the items, or missing among them.
    pub problems: Vec<Issue>,
    /// The hash that a snapshot would have. As manifest and changes, only where there are no problems but missing sources.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<Digest>,
    /// What would be hashed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<Manifest>,
    /// What changed since the snapshot that it was compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<SnapshotDiff>,
    /// The items that are right; of duplicates the first.
    pub index: Vec<IndexEntry>,
    /// Their canonical bytes.
    pub bytes: u64,
    /// The same by kind, sorted.
    pub kinds: Vec<KindCount>,
}

/// Shows what [`snapshot_pack`](super::snapshot_pack) would make, to a user or an admin; identifier, idempotency key and
/// parent of the context are not looked at.
///
/// # Errors
/// 401 or 403 for a caller who may not; 422 for input, context and a bad `against`; 404 and 422 for the pack. What is wrong
/// with the items is in the preview.
///
/// # Panics
/// Never, or we have a bug.
pub fn preview_pack(input: &Input, context: &Context, against: Option<Contents>) -> Result<SnapshotPreview, Problem> {
    let context = Context { snapshot_id: None, idem_key: None, parent: None, ..context.clone() };
    let mut host = Native { input, context: &context, next: 0, batches: Vec::new() };
    let mut old = None;
    let mut read = |_: &mut Native, _: &mut Tape, issues: &mut Issues| {
        // E8.5-3
        old = against.and_then(|against| against.read(&["against"], issues));
        Ok(())
    };
    let found = unfailing(preview::preview(
        &mut host,
        &mut Tape::limited(context.limits.unwrap_or_default()),
        &mut Writer::default(),
        &mut read,
    ))?;
    let manifest: Option<Manifest> =
        found.manifest.as_ref().map(|(json, _)| serde_json::from_slice(json).expect("it is a manifest"));
    let changes = manifest.as_ref().zip(old.zip(against)).map(|(_, (old, against))| SnapshotDiff {
        pack: against.manifest.pack.differences(&found.pack),
        ..difference(&old, &found.leaves)
    });
    let kinds = found.kinds.in_order().map(|count| KindCount {
        kind: count.names.concat(),
        items: count.items,
        bytes: count.bytes,
    });
    let kinds: Vec<KindCount> = kinds.collect();
    Ok(SnapshotPreview {
        problems: found.problems,
        hash: found.manifest.map(|(_, hash)| hash),
        manifest,
        changes,
        index: index_of(&found.leaves),
        bytes: kinds.iter().map(|kind| kind.bytes).sum(),
        kinds,
    })
}

/// An item that was digested elsewhere, by [`digest_item`](super::digest_item). That kind and source are the item's is the
/// caller's word.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DigestedItem {
    /// The item.
    pub item_id: String,
    /// Its leaf hash, as text.
    pub digest: String,
    /// Its kind.
    pub kind: String,
    /// Where it comes from.
    pub source_key: String,
    /// Which version of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_version: Option<String>,
}

/// A snapshot of a pack that is too large to hold, or arrives over time: memory is one item, and a digest and an id for
/// each.
pub struct SnapshotBuilder(Builder);

/// There is no snapshot yet: a required source has no item.
#[derive(Debug)]
pub struct Unfinished {
    /// What is missing.
    pub problem: Problem,
    /// The builder, for more items; not where the manifest or the record is too long.
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
    /// Checks caller, input and pack, and fixes identifier and time; the context's items are not looked at.
    ///
    /// # Errors
    /// As [`snapshot_pack`](super::snapshot_pack), up to the pack.
    pub fn new(input: &Input, context: &Context) -> Result<Self, Problem> {
        let mut host = Native { input, context, next: 0, batches: Vec::new() };
        let mut tape = Tape::limited(host.limits());
        unfailing(Builder::open(&mut host, &mut tape)).map(Self)
    }

    /// The snapshot's identifier.
    #[must_use]
    pub fn snapshot_id(&self) -> &str {
        &self.0.draft.snapshot_id
    }

    /// When the snapshot is made.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        self.0.draft.created_at
    }

    /// Number of items so far.
    #[must_use]
    pub fn item_count(&self) -> u64 {
        self.0.len() as u64
    }

    /// Adds an item, in any order. What is returned is ready to be stored, with the time that goes with it.
    ///
    /// # Errors
    /// 422 where it is no item, or there is one of its id; the builder is as it was.
    pub fn add(&mut self, item: &Item) -> Result<(ItemDigest, Timestamp), Problem> {
        let mut tape = Tape::limited(self.0.draft.limits());
        item.write(&mut tape);
        let added = self.0.add(&tape)?;
        Ok((ItemDigest { item_id: added.item_id, digest: added.digest, json: added.json.to_owned() }, added.created_at))
    }

    /// Adds an item that was digested elsewhere.
    ///
    /// # Errors
    /// As [`SnapshotBuilder::add`].
    pub fn add_digest(&mut self, entry: &DigestedItem) -> Result<(), Problem> {
        let mut tape = Tape::default();
        tape.container(TUPLE, 5, |tape| {
            tape.string(&entry.item_id);
            tape.string(&entry.digest);
            tape.string(&entry.kind);
            tape.string(&entry.source_key);
            tape.optional(entry.source_version.as_deref());
        });
        self.0.add_digest(&tape)
    }

    /// The snapshot, without its items.
    ///
    /// # Errors
    /// 412, with the builder, where a required source has no item; 422 where the manifest or the record is too long.
    pub fn finish(self) -> Result<Snapshot, Box<Unfinished>> {
        match self.0.finish() {
            Ok((created_at, sealed, leaves)) => Ok(assembled(created_at, sealed, &leaves)),
            Err(unfinished) => {
                let (builder, problem) = *unfinished;
                Err(Box::new(Unfinished { problem, builder: builder.map(Self) }))
            }
        }
    }
}

/// The summary of a snapshot as Markdown, for the presentation `context.snapshot.summary`. With items, kinds and sources are
/// broken down. No content of a pack can add a link, HTML or a row.
///
/// # Errors
/// 422 where the record is not right, or the items are not those of the record.
pub fn summarize_snapshot<'a>(
    record: &Value,
    items: Option<impl IntoIterator<Item = &'a Value>>,
) -> Result<String, Problem> {
    let mut tape = Tape::default();
    tape.stored_record(record);
    let mut items = items.map(|items| Each { values: items.into_iter(), write: Tape::stored_item });
    unfailing(summary::summarize(&mut tape, items.as_mut()))
}

/// An in-toto Statement v1 about a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// `https://in-toto.io/Statement/v1`.
    #[serde(rename = "_type")]
    pub statement_type: String,
    /// One: the pack, with the hash of its content.
    pub subject: Vec<Subject>,
    /// `https://contractspec.io/attestation/context-snapshot/v1`.
    pub predicate_type: String,
    /// What is said of the subject.
    pub predicate: Predicate,
}

/// What a statement is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// `context-pack:<packKey>@<packVersion>`; `%`, `@`, `…`, blanks and characters that are not seen are percent-encoded. A
    /// name of more than 256 UTF-16 units is its first 128, `…`, and the SHA-256 of the whole.
    pub name: String,
    /// The hash, in hexadecimal digits.
    pub digest: SubjectDigest,
}

/// Digests of a subject, by algorithm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectDigest {
    /// 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// What a statement says of a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Predicate {
    /// The snapshot's identifier.
    pub snapshot_id: String,
    /// RFC 3339, UTC, milliseconds.
    pub created_at: String,
    /// The authenticated user, else who was named by the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// Digest of the record.
    pub seal: Digest,
    /// What was hashed.
    pub manifest: Manifest,
    /// Why the snapshot was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The in-toto Statement v1 about the snapshot with that record.
///
/// # Errors
/// 422 where the record is not right.
///
/// # Panics
/// Never, or we have a bug.
pub fn to_statement(record: &Value) -> Result<Statement, Problem> {
    let mut tape = Tape::default();
    tape.stored_record(record);
    let json = statement::statement(&tape)?;
    let statement: Statement = serde_json::from_slice(&json).expect("we have just written it");
    debug_assert!(statement.statement_type == STATEMENT_TYPE && statement.predicate_type == PREDICATE_TYPE);
    Ok(statement)
}

fn never<T>(result: Result<T, Infallible>) -> T {
    match result {
        Ok(value) => value,
        Err(never) => match never {},
    }
}

/// Stored values on the tape.
impl Tape {
    /// What the object has under that name, at that level of its document.
    fn member(&mut self, object: &Value, name: &str, level: usize) {
        match object.get(name) {
            Some(value) => self.json(value, level),
            None => self.mark(ABSENT),
        }
    }

    /// What kind of value it is: all that is said of one that stands in the place of an object.
    fn kind(&mut self, value: &Value) {
        match value {
            Value::String(_) => self.string(""),
            _ => self.scalar(Some(value)),
        }
    }

    /// A member that is not a container: of one, only that it is one. How much is in it, and how deep, is not looked at.
    fn scalar(&mut self, value: Option<&Value>) {
        match value {
            None => self.mark(ABSENT),
            Some(Value::Array(_)) => self.container(ARRAY, 0, |_| ()),
            Some(Value::Object(_)) => self.container(OBJECT, 0, |_| ()),
            Some(value) => self.json(value, 1),
        }
    }

    /// What an object has under that name, read as what has that name is: JSON, a list of texts, or neither.
    fn named(&mut self, object: &Value, name: &str) {
        match (name, object.get(name)) {
            ("content" | "metadata", Some(value @ Value::Object(_))) => self.json(value, 2),
            ("metadata" | "itemCount" | "required" | "owners" | "tags" | "sources", Some(Value::String(_))) => {
                self.bad("string");
            }
            ("owners" | "tags", Some(Value::Array(texts))) => {
                self.container(ARRAY, texts.len(), |tape| texts.iter().for_each(|text| tape.scalar(Some(text))));
            }
            (_, value) => self.scalar(value),
        }
    }

    /// The members of an object by name; `null` is absent where `nullable` says so. Where there is no name, nothing is read.
    /// What is no object is written as it is.
    fn by_name(&mut self, object: &Value, names: &[&str], nullable: impl Fn(&str) -> bool) {
        match object {
            Value::Object(_) => {}
            // That it is one is all that will be said of it.
            _ => return self.kind(object),
        }
        self.container(TUPLE, names.len(), |tape| {
            for name in names {
                match object.get(name) {
                    _ if name.is_empty() => tape.mark(ABSENT),
                    Some(Value::Null) if nullable(name) => tape.mark(ABSENT),
                    _ => tape.named(object, name),
                }
            }
        });
    }

    /// A record as a store returns it.
    fn stored_record(&mut self, record: &Value) {
        self.by_name(record, &record::MEMBERS, |_| false);
    }

    /// An item as a store returns it; its time is not looked at.
    fn stored_item(&mut self, item: &Value) {
        let names = item::MEMBERS.map(|name| if name == "createdAt" { "" } else { name });
        self.by_name(item, &names, item::is_optional);
    }

    /// An event as a store or a bus returns it.
    fn event(&mut self, event: &Value) {
        if !event.is_object() {
            return self.by_name(event, &[], |_| false);
        }
        self.container(TUPLE, 6, |tape| {
            for name in ["id", "key", "version", "occurredAt"] {
                tape.named(event, name);
            }
            tape.scalar(event.get("traceId").filter(|trace_id| !trace_id.is_null()));
            match event.get("payload") {
                None => tape.mark(ABSENT),
                Some(payload) => {
                    tape.by_name(payload, &event::OUTPUT_MEMBERS, |_| false);
                }
            }
        });
    }

    /// A trusted hash or seal.
    fn trusted(&mut self, hash: Option<Digest>, seal: Option<Digest>) {
        // It is the caller's, so lower limits do not hold for it.
        let limits = std::mem::take(&mut self.limits);
        self.container(TUPLE, 3, |tape| {
            for digest in [hash, seal] {
                match digest {
                    Some(digest) => tape.string(&digest.to_string()),
                    None => tape.mark(ABSENT),
                }
            }
            tape.mark(ABSENT);
        });
        self.limits = limits;
    }

    /// A pack as a store returns it.
    fn stored_pack(&mut self, pack: &Value) {
        if !pack.is_object() {
            return self.by_name(pack, &[], |_| false);
        }
        self.container(TUPLE, pack::MEMBERS.len(), |tape| {
            for name in pack::MEMBERS {
                match pack.get(name) {
                    Some(Value::Null) if !matches!(name, "packKey" | "version" | "title") => tape.mark(ABSENT),
                    Some(Value::Array(sources)) if name == "sources" => tape.container(ARRAY, sources.len(), |tape| {
                        for source in sources {
                            let names = ["kind", "key", "version", "required", "description"];
                            tape.by_name(source, &names, |name| !matches!(name, "kind" | "key"));
                        }
                    }),
                    _ => tape.named(pack, name),
                }
            }
        });
    }
}

/// Stored values, one at a time.
struct Each<I> {
    values: I,
    write: fn(&mut Tape, &Value),
}

impl<I> Stream for Each<I>
where
    I: Iterator,
    I::Item: Borrow<Value>,
{
    type Error = Infallible;

    fn open(&mut self, tape: &mut Tape) -> Result<(), Infallible> {
        tape.clear();
        tape.boolean(true);
        Ok(())
    }

    fn next(&mut self, tape: &mut Tape) -> Result<bool, Infallible> {
        let Some(value) = self.values.next() else { return Ok(false) };
        tape.clear();
        (self.write)(tape, value.borrow());
        Ok(true)
    }

    fn close(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Entries of an index.
struct Slice<'a> {
    index: &'a [IndexEntry],
    next: usize,
}

impl Entries for Slice<'_> {
    type Error = Infallible;

    fn next_entries(&mut self, tape: &mut Tape) -> Result<bool, Infallible> {
        const BATCH: usize = 1024;
        let entries = &self.index[self.next..];
        let entries = &entries[..entries.len().min(BATCH)];
        self.next += entries.len();
        tape.clear();
        tape.container(ARRAY, entries.len(), |tape| {
            for entry in entries {
                tape.begin_document();
                tape.container(TUPLE, 2, |tape| {
                    tape.string(&entry.item_id);
                    tape.string(&entry.digest.to_string());
                });
            }
        });
        Ok(!entries.is_empty())
    }
}

/// A stored snapshot, with its items where they are at hand.
struct Stored<'a, I> {
    record: &'a Value,
    options: &'a VerifyOptions<'a>,
    next: usize,
    items: I,
}

impl<I> Entries for Stored<'_, I> {
    type Error = Infallible;

    fn next_entries(&mut self, tape: &mut Tape) -> Result<bool, Infallible> {
        let mut slice = Slice { index: self.options.index.unwrap_or_default(), next: self.next };
        let more = slice.next_entries(tape);
        self.next = slice.next;
        more
    }
}

impl<I: Stream<Error = Infallible>> Stream for Stored<'_, I> {
    type Error = Infallible;

    fn open(&mut self, tape: &mut Tape) -> Result<(), Infallible> {
        self.items.open(tape)
    }

    fn next(&mut self, tape: &mut Tape) -> Result<bool, Infallible> {
        self.items.next(tape)
    }

    fn close(&mut self) -> Result<(), Infallible> {
        self.items.close()
    }
}

impl<I> Parts for Stored<'_, I> {
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
                Some(event) => tape.event(event),
                None => tape.mark(ABSENT),
            }
            // No manifest and no output beside the record.
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

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
