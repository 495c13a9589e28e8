//! Verification of a stored snapshot: recomputes everything and reports each difference (FORMAT 11, ERRORS 8.1).
//!
//! Why it never fails: the data comes from stores and strangers, so a wrong value is a result, not an error. How: all
//! steps share one list of issues. A step is left out if an earlier issue took away a value that it needs.
//! Each comparison returns evidence ([`crate::value::evidence`]), and a snapshot is valid only with evidence of every step
//! (F11-13, E8-2). Takes time `n log n` in the number of items, and linear time in their bytes.

use crate::audit::trust;
use crate::format::event;
use crate::format::index::{self, Entries, IndexMatches};
use crate::format::item;
use crate::format::manifest::{self, Manifest};
use crate::format::pack;
use crate::format::record::{self, CheckedRecord};
use crate::operation::host;
use crate::operation::host::{Next, Stream};
use crate::operation::intake::{Intake, Outcome};
use crate::operation::known_items::KnownItem;
use crate::primitives::digest::Digest;
use crate::primitives::leaves::Leaves;
use crate::primitives::sanitize::sanitize;
use crate::primitives::text::{concat, decimal};
use crate::primitives::utf16;
use crate::value::canonical_size;
use crate::value::check::{self, Check, Need, NoUnknownMembers};
use crate::value::evidence::{AllRead, Anchor, Count, Equal, Hash, OptionalJson, Part, Verdict};
use crate::value::host_limits;
use crate::value::limits::Limits;
use crate::value::problem::{IssueCode, Issues, Path};
use crate::value::tape::{At, NOWHERE, Tape, Value};
use crate::value::writer::Writer;

/// A source of all parts of a snapshot except its items.
pub(crate) trait Parts: Entries {
    /// Writes the tuple `[limits, record, pack, index, rowIds, event, manifest, output, expect, unknown names]`. An index is
    /// written as `true`, and then read by [`Entries`].
    fn parts(&mut self, tape: &mut Tape) -> Result<(), Self::Error>;
}

/// The form in which ids of items are stored (F5.4-1).
#[derive(Debug)]
enum RowIds {
    /// The plain item id.
    Plain,
    /// The id with this `snapshotId` and a colon before it.
    Prefixed(String),
    /// The id with a prefix, which is not known because the record's `snapshotId` is wrong.
    PrefixedByAny,
}

/// Evidence that all parts except the items are right.
#[derive(Debug)]
#[expect(dead_code, reason = "evidence that the comparisons were made")]
struct PartsEvidence {
    record: record::Evidence,
    pack: Part<Vec<Equal<OptionalJson>>>,
    event: Part<event::Evidence>,
    manifest: Part<Equal<Hash>>,
    output: Part<event::OutputEvidence>,
    expect: Part<trust::Evidence>,
    no_others: NoUnknownMembers,
}

/// Evidence that the items are those of the root.
#[derive(Debug)]
#[expect(dead_code, reason = "evidence that the comparisons were made")]
enum ItemsEvidence {
    /// Without an index: number and root of the items equal those of the manifest (F11-10).
    ByRoot(IndexMatches),
    /// With an index: it gives the manifest's root, has as many entries as items were read, and each entry has the digest
    /// of an item (F11-9, E8.1-25).
    ByIndex { index: IndexMatches, read: Equal<Count>, matched: Equal<Count> },
}

/// Evidence that a snapshot is valid (F11-13).
#[derive(Debug)]
#[expect(dead_code, reason = "evidence that the comparisons were made")]
struct Evidence {
    parts: PartsEvidence,
    read: AllRead,
    items: ItemsEvidence,
    sources: pack::SourcesMet,
}

/// A verification in progress: the parts were checked, and items arrive one at a time.
pub(crate) struct Verifier {
    manifest: Option<Manifest>,
    evidence: Option<PartsEvidence>,
    anchor: Anchor,
    /// The index, if it is used (E8.1-25); with evidence that it matches the manifest, if the manifest could be read.
    index: Option<(Leaves, Option<IndexMatches>)>,
    /// For each entry of the index: true if an item has its id.
    seen: Vec<bool>,
    /// Number of entries that have the digest of an item.
    matched: u64,
    row_ids: RowIds,
    intake: Intake,
    duplicates: usize,
    /// True if an item has a wrong shape, or an id of another snapshot (E8.1-28).
    has_malformed: bool,
    /// True if an item has any issue (E8.1-25).
    has_issues: bool,
    writer: Writer,
}

impl Verifier {
    /// Reads and checks all parts except the items: steps 1 to 8, and step 12 (FORMAT 11).
    pub(crate) fn open<P: Parts>(host: &mut P, tape: &mut Tape) -> Result<Self, P::Error> {
        host.parts(tape)?;
        let tape = &*tape;
        let Value::Tuple(first) = tape.value(At(0)) else { unreachable!("a host writes a tuple") };
        let [limits_at, record, pack, index, row_ids, event, manifest, output, expect, unknown] = tape.slots(first);

        // E8.1-23: limits are read first.
        let limits = host_limits::read(tape, limits_at, tape.limits);
        let mut issues = Issues::new(limits);
        let checked = record::check(&mut Check::new(tape, &mut issues, Path::of(&["record"])), record);
        // E8.1-21: `null` means no pack.
        let pack_evidence = if matches!(tape.value(pack), Value::Null) {
            Part::not_given(tape, NOWHERE)
        } else {
            check_part(tape, pack, || check_pack(tape, pack, checked.manifest.as_ref(), &mut issues))
        };

        let in_index = Path::of(&["index"]);
        let index_given = tape.value(index).is_present();
        let index = match tape.value(index) {
            Value::Absent => None,
            Value::Boolean(true) => index::read(host, &in_index, &mut issues)?,
            _ => {
                Check::new(tape, &mut issues, in_index.clone()).wrong("array", index);
                None
            }
        };
        let index = index.and_then(|index| {
            let Some(manifest) = &checked.manifest else { return Some((index, None)) };
            let matches = index::matches(index.len(), &|| index.root(), manifest, &in_index, &mut issues)?;
            Some((index, Some(matches)))
        });
        // An index that was given must also be used (E8.1-25).
        let index_is_right = index_given == index.is_some();

        let mut check = Check::new(tape, &mut issues, Path::default());
        // E8.1-13
        let row_ids = match check.boolean("rowIds", row_ids, Need::Optional) {
            None | Some(false) => RowIds::Plain,
            Some(true) => match &checked.snapshot_id {
                Some(id) => RowIds::Prefixed(id.clone()),
                None => RowIds::PrefixedByAny,
            },
        };
        check.member("limits", |check| host_limits::check(check, limits_at));
        let record = checked.record.as_ref().map(|(record, _)| record);
        let event = check_part(tape, event, || check.member("event", |check| event::check(check, event, record)));
        let same_manifest = check_part(tape, manifest, || {
            check.member("manifest", |check| check_manifest(check, manifest, checked.hash))
        });
        let output =
            check_part(tape, output, || check.member("output", |check| event::check_output(check, output, record)));
        let mut anchor = Anchor::None;
        let seal = checked.record.as_ref().map(|&(_, seal)| seal);
        let trusted = check_part(tape, expect, || {
            let (held, strongest) = check.member("expect", |check| trust::compare(check, expect, checked.hash, seal));
            anchor = strongest;
            held
        });
        // E8-8, E8.1-16, E8.1-31
        let no_others = check.unknown_names(unknown, |name| match name {
            "hash" => ". Did you mean expect.hash?",
            "seal" => ". Did you mean expect.seal?",
            "expected" => ". Did you mean expect?",
            _ => "",
        });

        let CheckedRecord { manifest, evidence: record, .. } = checked;
        let evidence = || {
            Some(PartsEvidence {
                record: record?,
                pack: pack_evidence?,
                event: event?,
                manifest: same_manifest?,
                output: output?,
                expect: trusted?,
                no_others: no_others?,
            })
        };
        let evidence = evidence().filter(|_| index_is_right);
        let sources = manifest.as_ref().map(|manifest| manifest.pack.sources()).unwrap_or_default();
        let mut intake = Intake::new(sources, true, limits);
        intake.issues = issues;
        Ok(Self {
            manifest,
            evidence,
            anchor,
            seen: vec![false; index.as_ref().map_or(0, |(index, _)| index.len())],
            matched: 0,
            index,
            row_ids,
            intake,
            duplicates: 0,
            has_malformed: false,
            has_issues: false,
            writer: Writer::with_limit(limits.document_bytes),
        })
    }

    /// Returns the limits in force.
    pub(crate) fn limits(&self) -> Limits {
        self.intake.issues.limits
    }

    /// Returns true if no more items are read.
    fn has_stopped(&self) -> bool {
        self.intake.has_stopped()
    }

    /// Checks the item on the tape: step 9 (F11-9, E8.1-9).
    /// Returns its digest if it is valid and within the limits, and its id is new.
    pub(crate) fn add(&mut self, tape: &mut Tape) -> Option<Digest> {
        let Self { row_ids, intake, writer, .. } = self;
        if !intake.check_item_limit() {
            return None;
        }
        let position = decimal(intake.position() as u64);
        let before = intake.issues.mark();
        let wrong_prefix = strip_prefix(row_ids, tape).err();
        // An item that is too long gives no other issues (E8.1-20).
        if let Some(prefix) = &wrong_prefix
            && !item::is_too_long(tape, At(0), intake.issues.limits.document_bytes)
        {
            let path = Path::of(&["items", &position, "itemId"]);
            item::about_item(tape, At(0), &mut intake.issues);
            intake.issues.push(
                &path,
                IssueCode::Mismatch,
                concat(&["Invalid row id: expected it to begin with ", prefix]), // E8-14
            );
        }
        intake.issues.set_item(None);
        writer.out.truncate(0);
        let outcome = intake.add(tape, writer, wrong_prefix.is_some());
        intake.digest(writer.out.written());
        self.has_issues |= !intake.issues.unchanged_since(before);
        let id = if wrong_prefix.is_some() { None } else { item::item_id(tape, At(0)) };
        let leaf = outcome.leaf();
        self.compare(&position, id.as_deref(), outcome);
        self.intake.leaves.digest(leaf?)
    }

    /// Checks a known item, which is not on the tape: step 9.
    fn add_known(&mut self, known: &KnownItem) {
        if !self.intake.check_item_limit() {
            return;
        }
        let position = decimal(self.intake.position() as u64);
        let outcome = self.intake.add_known(known);
        self.has_issues |= !matches!(outcome, Outcome::Valid(_));
        self.compare(&position, Some(&known.item_id), outcome);
    }

    /// Compares an item that was added with the index. `id` is its id if that is valid and of this snapshot.
    fn compare(&mut self, position: &str, id: Option<&str>, outcome: Outcome) {
        let Self { index, seen, matched, intake, .. } = self;
        self.has_malformed |= matches!(outcome, Outcome::Invalid { .. } | Outcome::NotOfSnapshot);
        let is_duplicate = matches!(outcome, Outcome::Duplicate | Outcome::Invalid { is_duplicate: true });
        self.duplicates += usize::from(is_duplicate);
        let (Some((index, _)), Some(id)) = (index, id) else { return };
        let entry = index.number(id);
        let is_first = entry.is_some_and(|entry| !std::mem::replace(&mut seen[entry], true));
        let Outcome::Valid(item) = outcome else { return }; // E8.1-26
        let path = Path::of(&["items", position]);
        let found = intake.leaves.digest(item.leaf);
        intake.issues.set_item(Some(id));
        match (entry.and_then(|entry| index.digest(entry)), found) {
            (Some(expected), Some(found)) if expected == found => *matched += u64::from(is_first),
            (Some(expected), Some(found)) => {
                let (expected, found) = (expected.text(), found.text());
                // E8-6
                let message = concat(&["Item ", &sanitize(id), " changed: expected ", &expected, ", found ", &found]);
                intake.issues.push(&path, IssueCode::Changed, message);
            }
            // E8-7
            _ => {
                intake.issues.push(&path, IssueCode::Extra, concat(&["Item ", &sanitize(id), " is not in the index"]));
            }
        }
        self.intake.issues.set_item(None);
    }

    /// Compares the items with the index or the root, and checks the required sources: steps 10 and 11.
    /// `read` is evidence that all items were read.
    ///
    /// Rules: F11-10, F11-11, E8.1-10, E8.1-11.
    pub(crate) fn finish(self, read: Option<AllRead>) -> Verdict {
        let Self {
            manifest,
            evidence,
            anchor,
            index,
            seen,
            matched,
            intake,
            duplicates,
            has_malformed,
            has_issues,
            ..
        } = self;
        let is_over_limit = intake.is_over_limit;
        let Intake { leaves, sources, mut issues, .. } = intake;
        let mut items = None;
        let mut sources_met = None;
        // E8.1-29
        if !is_over_limit {
            if let Some((index, matches)) = index {
                for (entry, _) in seen.iter().enumerate().filter(|&(_, &seen)| !seen) {
                    // E8-9
                    issues.set_item(Some(index.id(entry)));
                    let message = concat(&["Item ", &sanitize(index.id(entry)), " is missing"]);
                    issues.push(&Path::element("index", entry), IssueCode::Missing, message);
                }
                issues.set_item(None);
                let entries = Count(index.len() as u64);
                let read = Equal::of(entries, Count(leaves.read_count() as u64));
                let matched = Equal::of(entries, Count(matched));
                if let (Some(index), Some(read), Some(matched)) = (matches, read, matched) {
                    items = Some(ItemsEvidence::ByIndex { index, read, matched });
                }
            } else if let Some(manifest) = &manifest {
                let path = Path::of(&["items"]);
                if has_issues {
                    let count = (leaves.read_count() - duplicates) as u64;
                    if count != manifest.item_count {
                        issues.mismatch(&path, &decimal(manifest.item_count), &decimal(count));
                    }
                } else {
                    items = index::matches(leaves.len(), &|| leaves.root(), manifest, &path, &mut issues)
                        .map(ItemsEvidence::ByRoot);
                }
            }
            if !has_malformed {
                let of_pack = manifest.as_ref().map(|manifest| manifest.pack.sources()).unwrap_or_default();
                sources_met = sources.report(of_pack, &mut issues);
            }
        }
        let evidence = || Some(Evidence { parts: evidence?, read: read?, items: items?, sources: sources_met? });
        Verdict::of("the snapshot", evidence().as_ref(), issues, anchor)
    }

    /// Returns the verdict if the items cannot be iterated: never valid.
    fn abandon(self) -> Verdict {
        Verdict::of("the snapshot", None::<&Evidence>, self.intake.issues, self.anchor)
    }
}

/// Returns evidence that the part at `at` was not given, or else the evidence of `compare`.
fn check_part<E>(tape: &Tape, at: At, compare: impl FnOnce() -> Option<E>) -> Option<Part<E>> {
    Part::not_given(tape, at).or_else(|| compare().map(Part::Compared))
}

/// Compares a manifest beside the record with the record's own (E8.1-14).
fn check_manifest(check: &mut Check, at: At, hash: Option<Hash>) -> Option<Equal<Hash>> {
    check.begin_document();
    // E6.1-3: it is measured and checked as JSON first.
    if matches!(check.tape.value(at), Value::Object(..) | Value::Shaped(..) | Value::Cut(true)) {
        if canonical_size::json(check.tape, at) > check.issues.limits.document_bytes {
            check.too_long();
            return None;
        }
        let before = check.issues.mark();
        check.json(at);
        if !check.issues.unchanged_since(before) {
            return None;
        }
    }
    let found = Hash(manifest::read(check, at)?.hash());
    let expected = hash?;
    let equal = Equal::of(expected, found);
    if equal.is_none() {
        check.issues.mismatch(&check.path, &expected.0.text(), &found.0.text());
    }
    equal
}

/// Compares the pack with the manifest's: step 6 (F11-6, E8.1-6).
fn check_pack(
    tape: &Tape,
    at: At,
    manifest: Option<&Manifest>,
    issues: &mut Issues,
) -> Option<Vec<Equal<OptionalJson>>> {
    let mut check = Check::new(tape, issues, Path::of(&["pack"]));
    let before = check.issues.mark();
    let pack = pack::read(&mut check, at);
    if canonical_size::object(tape, at, pack::MEASURED) > check.issues.limits.document_bytes {
        check.issues.roll_back_to(before);
        check.begin_document();
        check.too_long();
        return None;
    }
    if !check.issues.unchanged_since(before) {
        return None;
    }
    let (pack, manifest) = (pack?, manifest?);
    let mut same = Some(Vec::new());
    for name in pack::MEMBERS {
        let (expected, found) = (manifest.pack.member(name), pack.member(name));
        let equal: Option<Equal<OptionalJson>> = check.compare(name, expected.as_deref(), Some(found.as_deref()));
        same = same.zip(equal).map(|(mut same, equal)| {
            same.push(equal);
            same
        });
    }
    same
}

/// Removes the prefix of a row id, so that the tape has the item id (E8.1-27).
///
/// # Errors
/// The expected prefix, as messages show it, if the row id does not begin with it.
fn strip_prefix(row_ids: &RowIds, tape: &mut Tape) -> Result<(), String> {
    if matches!(row_ids, RowIds::Plain) {
        return Ok(());
    }
    let Some(at) = item::ItemSlots::read(tape, At(0)).map(|item| item.item_id()) else { return Ok(()) };
    let Value::String(units) = tape.value(at) else { return Ok(()) };
    if units.is_empty() || check::unpaired_surrogate(&units).is_some() {
        return Ok(()); // the intake reports it for the whole row id
    }
    // A snapshotId has no colon, so the prefix ends at the first one (F5.4-1).
    let colon = units.iter().position(|&unit| unit == u16::from(b':'));
    match (row_ids, colon) {
        (RowIds::Prefixed(id), _) if colon.is_none_or(|colon| !utf16::is(&units[..colon], id)) => {
            Err(concat(&[&sanitize(id), ":"]))
        }
        (_, None) => Err("a snapshotId and a colon".to_owned()),
        (_, Some(colon)) => {
            tape.remove_prefix(at, colon + 1);
            Ok(())
        }
    }
}

/// Does steps 10 and 11 for items that must all be valid, as in a summary (E8.5-5).
pub(crate) fn check_items(intake: &mut Intake, manifest: &Manifest) -> Option<(IndexMatches, pack::SourcesMet)> {
    let Intake { leaves, sources, issues, .. } = intake;
    if !issues.is_empty() {
        return None;
    }
    let matches = index::matches(leaves.len(), &|| leaves.root(), manifest, &Path::of(&["items"]), issues);
    let met = sources.report(manifest.pack.sources(), issues);
    matches.zip(met)
}

/// Verifies a snapshot and all its items (`verifySnapshot`).
pub(crate) fn verify_snapshot<E, H>(host: &mut H, tape: &mut Tape) -> Result<Verdict, E>
where
    H: Parts<Error = E> + Stream<Error = E>,
{
    let mut verifier = Verifier::open(host, tape)?;
    let opened = host::open(host, tape, "items", &mut verifier.intake.issues)?;
    tape.limits = verifier.limits();
    if !opened {
        return Ok(verifier.abandon());
    }
    let mut read = None;
    while !verifier.has_stopped() {
        let next = host.next(tape)?;
        let has_more = next != Next::End;
        read = AllRead::at_end(has_more);
        if !has_more {
            if let Some(known) = host.known() {
                known.learn(&mut verifier.intake.learnt, &verifier.intake.leaves);
            }
            return Ok(verifier.finish(read));
        }
        match host.known_item(next) {
            Some(known) => verifier.add_known(known),
            None => {
                verifier.add(tape);
            }
        }
    }
    host.close()?;
    Ok(verifier.finish(read))
}
