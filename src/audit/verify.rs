//! Verification: everything of a stored snapshot is computed again, and what differs is named (`docs/FORMAT.md` section
//! 11, `docs/ERRORS.md` section 8).
//!
//! Why it never fails: what it looks at comes from stores and strangers, and that it is wrong is an answer. How: one list
//! of issues goes through all steps; what a step needs and does not have, because of an issue before, it leaves out. Each
//! step that compares returns evidence ([`crate::value::evidence`]), and a snapshot is valid if there is evidence of every step.
//! In time `n log n` in the number of items, linear in their bytes.

use crate::audit::trust;
use crate::format::event;
use crate::format::index::{self, Entries, IndexMatches};
use crate::format::item;
use crate::format::manifest::{self, Manifest};
use crate::format::pack;
use crate::format::record::{self, Checked};
use crate::operation::host;
use crate::operation::host::Stream;
use crate::operation::intake::{Intake, Outcome};
use crate::primitives::leaves::Leaves;
use crate::primitives::shown::shown;
use crate::primitives::text::{concat, decimal};
use crate::primitives::utf16;
use crate::value::check::{self, Check, Need, NoOthers};
use crate::value::evidence::{AllRead, Anchor, Count, Equal, Hash, Json, Part, Verdict};
use crate::value::limits::Limits;
use crate::value::lowered;
use crate::value::measure;
use crate::value::problem::{IssueCode, Issues, Path};
use crate::value::tape::{At, NOWHERE, Tape, Value};
use crate::value::writer::Writer;

/// Where the parts that are read at once come from.
pub(crate) trait Parts: Entries {
    /// Writes the record `[limits, record, pack, index, rowIds, event, manifest, output, expect, other names]`; in the place
    /// of an index, `true`.
    fn parts(&mut self, tape: &mut Tape) -> Result<(), Self::Error>;
}

/// How an item's id is stored.
#[derive(Debug)]
enum RowIds {
    /// As it is.
    No,
    /// Behind this id of a snapshot, and a colon.
    Behind(String),
    /// Behind the id of a snapshot, and it is not known which.
    BehindAny,
}

/// What makes the parts right that are read at once.
#[derive(Debug)]
#[expect(dead_code, reason = "evidence is there to have been made")]
struct PartsEvidence {
    record: record::Evidence,
    pack: Part<Vec<Equal<Json>>>,
    event: Part<event::Evidence>,
    manifest: Part<Equal<Hash>>,
    output: Part<event::OutputEvidence>,
    expect: Part<trust::Evidence>,
    others: NoOthers,
}

/// What makes the items right: they are those of the root.
#[derive(Debug)]
#[expect(dead_code, reason = "evidence is there to have been made")]
enum ItemsEvidence {
    /// Their number and the root of their tree are the manifest's.
    ByRoot(IndexMatches),
    /// The index gives the manifest's root, as many items were read as it has entries, and so many entries were matched
    /// by the digest of an item.
    ByIndex { index: IndexMatches, read: Equal<Count>, matched: Equal<Count> },
}

/// What makes a snapshot valid.
#[derive(Debug)]
#[expect(dead_code, reason = "evidence is there to have been made")]
struct Evidence {
    parts: PartsEvidence,
    read: AllRead,
    items: ItemsEvidence,
    sources: pack::SourcesMet,
}

/// A verification of a snapshot, whose items come one at a time.
pub(crate) struct Verifier {
    manifest: Option<Manifest>,
    evidence: Option<PartsEvidence>,
    anchor: Anchor,
    index: Option<(Leaves, Option<IndexMatches>)>,
    /// Which entries of the index have an item, and how many of them one of the same digest.
    seen: Vec<bool>,
    matched: u64,
    row_ids: RowIds,
    intake: Intake,
    duplicates: usize,
    /// Whether some item had the wrong shape or the id of something else.
    misshapen: bool,
    /// Whether some item had any issue.
    wrong: bool,
    writer: Writer,
}

impl Verifier {
    /// Steps 1 to 8, and 12.
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn open<P: Parts>(host: &mut P, tape: &mut Tape) -> Result<Self, P::Error> {
        host.parts(tape)?;
        let tape = &*tape;
        let Value::Tuple(first) = tape.value(At(0)) else { unreachable!("a record") };
        let [limits_at, record, pack, index, row_ids, event, manifest, output, expect, others] = tape.slots(first);

        let limits = lowered::read(tape, limits_at, tape.limits);
        let mut issues = Issues::new(limits);
        let checked = record::check(&mut Check::new(tape, &mut issues, Path::of(&["record"])), record);
        let pack_evidence = if matches!(tape.value(pack), Value::Null) {
            Part::not_given(tape, NOWHERE)
        } else {
            part(tape, pack, || check_pack(tape, pack, checked.manifest.as_ref(), &mut issues))
        };

        let in_index = Path::of(&["index"]);
        let index_given = tape.value(index).is_there();
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
            let fits = index::fits(index.len(), &|| index.root(), manifest, &in_index, &mut issues)?;
            Some((index, Some(fits)))
        });
        let index_is_used = index_given == index.is_some();

        let mut check = Check::new(tape, &mut issues, Path::default());
        let row_ids = match check.boolean("rowIds", row_ids, Need::Optional) {
            None | Some(false) => RowIds::No,
            Some(true) => match &checked.snapshot_id {
                Some(id) => RowIds::Behind(id.clone()),
                None => RowIds::BehindAny,
            },
        };
        check.member("limits", |check| lowered::check(check, limits_at));
        let record = checked.sealed.as_ref().map(|(record, _)| record);
        let event = part(tape, event, || check.member("event", |check| event::check(check, event, record)));
        let same_manifest =
            part(tape, manifest, || check.member("manifest", |check| check_manifest(check, manifest, checked.hash)));
        let output = part(tape, output, || check.member("output", |check| event::check_output(check, output, record)));
        let mut anchor = Anchor::None;
        let seal = checked.sealed.as_ref().map(|&(_, seal)| seal);
        let trusted = part(tape, expect, || {
            let (held, strongest) = check.member("expect", |check| trust::compare(check, expect, checked.hash, seal));
            anchor = strongest;
            held
        });
        let no_others = check.unknown_names(others, |name| match name {
            "hash" => ". Did you mean expect.hash?",
            "seal" => ". Did you mean expect.seal?",
            "expected" => ". Did you mean expect?",
            _ => "",
        });

        let Checked { manifest, evidence: record, .. } = checked;
        let evidence = || {
            Some(PartsEvidence {
                record: record?,
                pack: pack_evidence?,
                event: event?,
                manifest: same_manifest?,
                output: output?,
                expect: trusted?,
                others: no_others?,
            })
        };
        let evidence = evidence().filter(|_| index_is_used);
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
            misshapen: false,
            wrong: false,
            writer: Writer::bounded_by(limits.document_bytes),
        })
    }

    /// How much is read of an item.
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "natively, the caller has them"))]
    pub(crate) fn limits(&self) -> Limits {
        self.intake.issues.limits
    }

    /// Whether items are not looked at any more: there are too many of them, or too many issues.
    fn has_stopped(&self) -> bool {
        self.intake.has_stopped()
    }

    /// Step 9, for the item on the tape.
    pub(crate) fn add(&mut self, tape: &mut Tape) {
        let Self { index, seen, matched, row_ids, intake, writer, .. } = self;
        if !intake.has_room() {
            return;
        }
        let position = decimal(intake.position() as u64);
        let before = intake.issues.mark();
        let foreign = strip(row_ids, tape).err();
        // Of an item that is too long, that is all that is said.
        if let Some(prefix) = &foreign
            && !item::is_too_long(tape, intake.issues.limits.document_bytes)
        {
            let path = Path::of(&["items", &position, "itemId"]);
            item::name(tape, &mut intake.issues);
            intake.issues.push(
                &path,
                IssueCode::Mismatch,
                concat(&["Invalid row id: expected it to begin with ", prefix]),
            );
        }
        intake.issues.about(None);
        writer.out.truncate(0);
        let outcome = intake.enter(tape, writer, foreign.is_some());
        intake.digest(writer.out.written());
        self.misshapen |= matches!(outcome, Outcome::Invalid { .. } | Outcome::NotOfSnapshot);
        let is_duplicate = matches!(outcome, Outcome::Duplicate | Outcome::Invalid { is_duplicate: true });
        self.duplicates += usize::from(is_duplicate);
        self.wrong |= !intake.issues.is_at(before);
        let (Some((index, _)), None) = (index, foreign) else { return };
        let Some(id) = item::item_id(tape) else { return };
        let entry = index.number(&id);
        let is_first = entry.is_some_and(|entry| !std::mem::replace(&mut seen[entry], true));
        let Outcome::Valid(entered) = outcome else { return };
        let path = Path::of(&["items", &position]);
        let found = intake.leaves.digest(entered.number);
        intake.issues.about(Some(&id));
        match (entry.and_then(|entry| index.digest(entry)), found) {
            (Some(expected), Some(found)) if expected == found => *matched += u64::from(is_first),
            (Some(expected), Some(found)) => {
                let (expected, found) = (expected.text(), found.text());
                let message = concat(&["Item ", &shown(&id), " changed: expected ", &expected, ", found ", &found]);
                intake.issues.push(&path, IssueCode::Changed, message);
            }
            _ => intake.issues.push(&path, IssueCode::Extra, concat(&["Item ", &shown(&id), " is not in the index"])),
        }
        self.intake.issues.about(None);
    }

    /// Steps 10 and 11. `read` is there if all items were read.
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn finish(self, read: Option<AllRead>) -> Verdict {
        let Self { manifest, evidence, anchor, index, seen, matched, intake, duplicates, misshapen, wrong, .. } = self;
        let is_over = intake.is_over;
        let Intake { leaves, missing, mut issues, .. } = intake;
        let mut items = None;
        let mut sources = None;
        if !is_over {
            if let Some((index, fits)) = index {
                for (entry, _) in seen.iter().enumerate().filter(|&(_, &seen)| !seen) {
                    issues.about(Some(index.id(entry)));
                    let message = concat(&["Item ", &shown(index.id(entry)), " is missing"]);
                    issues.push(&Path::element("index", entry), IssueCode::Missing, message);
                }
                issues.about(None);
                let entries = Count(index.len() as u64);
                let read = Equal::of(entries, Count(leaves.read() as u64));
                let matched = Equal::of(entries, Count(matched));
                if let (Some(index), Some(read), Some(matched)) = (fits, read, matched) {
                    items = Some(ItemsEvidence::ByIndex { index, read, matched });
                }
            } else if let Some(manifest) = &manifest {
                let path = Path::of(&["items"]);
                if wrong {
                    let count = (leaves.read() - duplicates) as u64;
                    if count != manifest.item_count {
                        issues.mismatch(&path, &decimal(manifest.item_count), &decimal(count));
                    }
                } else {
                    items = index::fits(leaves.len(), &|| leaves.root(), manifest, &path, &mut issues)
                        .map(ItemsEvidence::ByRoot);
                }
            }
            if !misshapen {
                let of_pack = manifest.as_ref().map(|manifest| manifest.pack.sources()).unwrap_or_default();
                sources = missing.report(of_pack, &mut issues);
            }
        }
        let evidence = || Some(Evidence { parts: evidence?, read: read?, items: items?, sources: sources? });
        Verdict::of("the snapshot", evidence().as_ref(), issues, anchor)
    }

    /// What was found so far, if the items are not there.
    fn abandon(self) -> Verdict {
        Verdict::of("the snapshot", None::<&Evidence>, self.intake.issues, self.anchor)
    }
}

/// Evidence that the part at `at` was not given; else what `compare` finds.
fn part<E>(tape: &Tape, at: At, compare: impl FnOnce() -> Option<E>) -> Option<Part<E>> {
    Part::not_given(tape, at).or_else(|| compare().map(Part::Compared))
}

/// Compares a manifest that was given beside the record with the record's.
#[cfg_attr(small, optimize(size))]
fn check_manifest(check: &mut Check, at: At, hash: Option<Hash>) -> Option<Equal<Hash>> {
    check.begin_document();
    if matches!(check.tape.value(at), Value::Object(..) | Value::Shaped(..) | Value::Cut(true)) {
        if measure::json(check.tape, at) > check.issues.limits.document_bytes {
            check.too_long();
            return None;
        }
        let before = check.issues.mark();
        check.json(at);
        if !check.issues.is_at(before) {
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

/// Step 6.
#[cfg_attr(small, optimize(size))]
fn check_pack(tape: &Tape, at: At, manifest: Option<&Manifest>, issues: &mut Issues) -> Option<Vec<Equal<Json>>> {
    let mut check = Check::new(tape, issues, Path::of(&["pack"]));
    let before = check.issues.mark();
    let pack = pack::read(&mut check, at);
    if measure::object(tape, at, pack::MEASURED) > check.issues.limits.document_bytes {
        check.issues.rewind(before);
        check.begin_document();
        check.too_long();
        return None;
    }
    if !check.issues.is_at(before) {
        return None;
    }
    let (pack, manifest) = (pack?, manifest?);
    let mut same = Some(Vec::new());
    for name in pack::MEMBERS {
        let (expected, found) = (manifest.pack.member(name), pack.member(name));
        let equal: Option<Equal<Json>> = check.same(name, expected.as_deref(), Some(found.as_deref()));
        same = same.zip(equal).map(|(mut same, equal)| {
            same.push(equal);
            same
        });
    }
    same
}

/// Takes off what a row id has before the item's; the prefix that it should have had where it has not.
#[cfg_attr(small, optimize(size))]
fn strip(row_ids: &RowIds, tape: &mut Tape) -> Result<(), String> {
    if matches!(row_ids, RowIds::No) {
        return Ok(());
    }
    let Some(at) = item::ItemSlots::read(tape).map(|item| item.item_id) else { return Ok(()) };
    let Value::String(units) = tape.value(at) else { return Ok(()) };
    if units.is_empty() || check::unpaired_surrogate(&units).is_some() {
        return Ok(()); // that is told, of the whole
    }
    // No snapshotId has a colon.
    let colon = units.iter().position(|&unit| unit == u16::from(b':'));
    match (row_ids, colon) {
        (RowIds::Behind(id), _) if colon.is_none_or(|colon| !utf16::is(&units[..colon], id)) => {
            Err(concat(&[&shown(id), ":"]))
        }
        (_, None) => Err("a snapshotId and a colon".to_owned()),
        (_, Some(colon)) => {
            tape.cut_prefix(at, colon + 1);
            Ok(())
        }
    }
}

/// Steps 10 and 11 for items that have to be right.
#[cfg_attr(small, optimize(size))]
pub(crate) fn check_items(intake: &mut Intake, manifest: &Manifest) -> Option<(IndexMatches, pack::SourcesMet)> {
    let Intake { leaves, missing, issues, .. } = intake;
    if !issues.is_empty() {
        return None;
    }
    let fits = index::fits(leaves.len(), &|| leaves.root(), manifest, &Path::of(&["items"]), issues);
    let met = missing.report(manifest.pack.sources(), issues);
    fits.zip(met)
}

/// Verifies a snapshot and its items.
pub(crate) fn verify_snapshot<E, H>(host: &mut H, tape: &mut Tape) -> Result<Verdict, E>
where
    H: Parts<Error = E> + Stream<Error = E>,
{
    let mut verifier = Verifier::open(host, tape)?;
    let opened = host::open(host, tape, "items", &mut verifier.intake.issues)?;
    if !opened {
        return Ok(verifier.abandon());
    }
    let mut read = None;
    while !verifier.has_stopped() {
        let has_more = host.next(tape)?;
        read = AllRead::at_end(has_more);
        if !has_more {
            return Ok(verifier.finish(read));
        }
        verifier.add(tape);
    }
    host.close()?;
    Ok(verifier.finish(read))
}
