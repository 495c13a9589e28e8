//! Verification: everything of a stored snapshot is computed again, and what differs is named (`docs/FORMAT.md` section
//! 11, `docs/ERRORS.md` section 8).
//!
//! Why it never fails: what it looks at comes from stores and strangers, and that it is wrong is an answer. How: one list
//! of issues goes through all steps; what a step needs and does not have, because of an issue before, it leaves out.

use crate::canonical::{Writer, utf8};
use crate::check::{self, Check, Need};
use crate::contract::MAX_DOCUMENT_BYTES;
use crate::digest::Digest;
use crate::gathering::{Gathering, Outcome};
use crate::index::{self, Entries};
use crate::item;
use crate::leaves::Leaves;
use crate::manifest::Manifest;
use crate::pack::{self, Pack};
use crate::problem::{Issue, Issues, Path, shortened, text};
use crate::record;
use crate::snapshot::{self, Source};
use crate::tape::{At, Tape, Value};

/// Where the parts that are read at once come from.
pub(crate) trait Parts: Entries {
    /// Writes the record `[record, pack, index, rowIds, expect]`; in the place of an index, `true`.
    fn parts(&mut self, tape: &mut Tape) -> Result<(), Self::Error>;
}

/// How an item's id is stored.
#[derive(Debug)]
enum RowIds {
    /// As it is.
    No,
    /// Behind this.
    Behind(Vec<u16>),
    /// Behind the id of a snapshot, and it is not known which.
    BehindAny,
}

/// A verification of a snapshot, whose items come one at a time.
pub(crate) struct Verifier {
    manifest: Option<Manifest>,
    /// Of the manifest, where there is one.
    pack: Pack,
    index: Option<Leaves>,
    /// Which entries of the index have an item.
    seen: Vec<bool>,
    row_ids: RowIds,
    gathering: Gathering,
    duplicates: usize,
    /// Whether some item had the wrong shape or the id of something else.
    misshapen: bool,
    /// Whether some item had any issue.
    wrong: bool,
    writer: Writer,
}

impl Verifier {
    /// Steps 1 to 8.
    pub(crate) fn open<P: Parts>(host: &mut P, tape: &mut Tape) -> Result<Self, P::Error> {
        host.parts(tape)?;
        let tape = &*tape;
        let Value::Record(first) = tape.value(At(0)) else { unreachable!("a record") };
        let [record, pack, index, row_ids, expect] = tape.slots(first);

        let mut issues = Issues::default();
        let checked = record::check(&mut Check::new(tape, &mut issues, Path::of(&["record"])), record);
        if !matches!(tape.value(pack), Value::Absent | Value::Null) {
            check_pack(tape, pack, checked.manifest.as_ref(), &mut issues);
        }

        let in_index = Path::of(&["index"]);
        let index = match tape.value(index) {
            Value::Absent => None,
            Value::Boolean(true) => index::read(host, &in_index, &mut issues)?,
            _ => {
                Check::new(tape, &mut issues, in_index.clone()).wrong("array", index);
                None
            }
        };
        let fits = |index: &Leaves| match &checked.manifest {
            Some(manifest) => index::fits(index.len(), &|| index.root(), manifest, &in_index, &mut issues),
            None => true,
        };
        let index = index.filter(fits);

        let mut check = Check::new(tape, &mut issues, Path::default());
        let row_ids = match check.boolean("rowIds", row_ids, Need::Optional) {
            None | Some(false) => RowIds::No,
            Some(true) => match &checked.snapshot_id {
                Some(id) => RowIds::Behind(text(&[id, ":"]).encode_utf16().collect()),
                None => RowIds::BehindAny,
            },
        };
        if tape.value(expect).is_there() {
            check.member("expect", |check| {
                let Some(([hash, seal], _)) = check.object(expect, ["hash", "seal"]) else { return };
                let hash = check.digest("hash", hash, Need::Optional);
                let seal = check.digest("seal", seal, Need::Optional);
                let computed_seal = checked.sealed.as_ref().map(|&(_, seal)| seal);
                for (name, trusted, computed) in [("hash", hash, checked.hash), ("seal", seal, computed_seal)] {
                    if let Some(trusted) = trusted {
                        check.compare(name, &trusted.text(), computed.map(Digest::text));
                    }
                }
            });
        }

        let pack = checked.manifest.as_ref().map(|manifest| manifest.pack.clone()).unwrap_or_default();
        let mut gathering = Gathering::new(&pack, true);
        gathering.issues = issues;
        Ok(Self {
            manifest: checked.manifest,
            pack,
            seen: vec![false; index.as_ref().map_or(0, Leaves::len)],
            index,
            row_ids,
            gathering,
            duplicates: 0,
            misshapen: false,
            wrong: false,
            writer: Writer::default(),
        })
    }

    /// Whether there is no room for another issue.
    pub(crate) fn is_full(&self) -> bool {
        self.gathering.issues.is_full()
    }

    /// Step 9, for the item on the tape.
    pub(crate) fn add(&mut self, tape: &mut Tape) {
        let Self { pack, index, seen, row_ids, gathering, writer, .. } = self;
        let position = gathering.position().to_string();
        let before = gathering.issues.found();
        let foreign = strip(row_ids, tape).err();
        if let Some(prefix) = &foreign {
            let path = Path::of(&["items", &position, "itemId"]);
            gathering.issues.push(&path, "mismatch", text(&["Invalid row id: expected it to begin with ", prefix]));
        }
        writer.out.truncate(0);
        let outcome = gathering.enter(tape, pack, writer, foreign.is_some());
        gathering.digest(writer.out.written());
        self.misshapen |= matches!(outcome, Outcome::Misshapen { .. } | Outcome::Foreign);
        let is_duplicate = matches!(outcome, Outcome::Duplicate | Outcome::Misshapen { is_duplicate: true });
        self.duplicates += usize::from(is_duplicate);
        self.wrong |= gathering.issues.found() > before;
        let (Some(index), None) = (index, foreign) else { return };
        let Some(id) = item::item_id(tape) else { return };
        let entry = index.number(&id);
        if let Some(entry) = entry {
            seen[entry] = true;
        }
        let Outcome::Good(entered) = outcome else { return };
        let path = Path::of(&["items", &position]);
        match entry.and_then(|entry| index.digest(entry)) {
            None => gathering.issues.push(&path, "extra", text(&["Item ", &shortened(id), " is not in the index"])),
            Some(expected) if Some(expected) != gathering.leaves.digest(entered.number) => {
                let found = gathering.leaves.digest(entered.number).expect("it was computed");
                let (expected, found) = (expected.text(), found.text());
                let message = text(&["Item ", &shortened(id), " changed: expected ", &expected, ", found ", &found]);
                gathering.issues.push(&path, "changed", message);
            }
            Some(_) => {}
        }
    }

    /// Steps 10 and 11.
    pub(crate) fn finish(self) -> Vec<Issue> {
        let Self { manifest, pack, index, seen, gathering, duplicates, misshapen, wrong, .. } = self;
        let Gathering { leaves, missing, mut issues, .. } = gathering;
        if let Some(index) = index {
            for (entry, _) in seen.iter().enumerate().filter(|&(_, &seen)| !seen) {
                let message = text(&["Item ", &shortened(index.id(entry).to_owned()), " is missing"]);
                issues.push(&Path::element("index", entry), "missing", message);
            }
        } else if let Some(manifest) = &manifest {
            let path = Path::of(&["items"]);
            if wrong {
                let count = (leaves.read() - duplicates) as u64;
                if count != manifest.item_count {
                    issues.mismatch(&path, &manifest.item_count.to_string(), &count.to_string());
                }
            } else {
                index::fits(leaves.len(), &|| leaves.root(), manifest, &path, &mut issues);
            }
        }
        if !misshapen {
            missing.report(&pack, &mut issues);
        }
        issues.into_listed()
    }

    /// What was found so far, where the items are not there.
    fn abandon(self) -> Vec<Issue> {
        self.gathering.issues.into_listed()
    }
}

/// Step 6.
fn check_pack(tape: &Tape, at: At, manifest: Option<&Manifest>, issues: &mut Issues) {
    let before = issues.found();
    let mut check = Check::new(tape, issues, Path::of(&["pack"]));
    let Some(pack) = pack::read(&mut check, at) else { return };
    let mut json = Vec::new();
    pack.write(&mut json);
    if json.len() > MAX_DOCUMENT_BYTES {
        check.too_long();
    }
    if let Some(manifest) = manifest
        && check.issues.found() == before
    {
        for name in pack::MEMBERS {
            let (expected, found) = (manifest.pack.member(name), pack.member(name));
            let told = |json: Option<Vec<u8>>| json.map_or_else(|| check::told(None), |json| utf8(&json).to_owned());
            check.compare(name, &told(expected), Some(told(found)));
        }
    }
}

/// Takes off what a row id has before the item's; the prefix that it should have had where it has not.
fn strip(row_ids: &RowIds, tape: &mut Tape) -> Result<(), String> {
    let Some(at) = item::Item::read(tape).map(|item| item.item_id) else { return Ok(()) };
    let Value::String(units) = tape.value(at) else { return Ok(()) };
    if units.is_empty() || check::unpaired_surrogate(&units).is_some() {
        return Ok(()); // that is told, of the whole
    }
    let length = match row_ids {
        RowIds::No => return Ok(()),
        RowIds::Behind(prefix) if units.starts_with(prefix) => prefix.len(),
        RowIds::Behind(prefix) => {
            return Err(text(&[&shortened(String::from_utf16_lossy(&prefix[..prefix.len() - 1])), ":"]));
        }
        RowIds::BehindAny => match units.iter().position(|&unit| unit == u16::from(b':')) {
            Some(colon) => colon + 1,
            None => return Err("a snapshotId and a colon".to_owned()),
        },
    };
    tape.cut_prefix(at, length);
    Ok(())
}

/// Steps 10 and 11 for items that have to be right.
pub(crate) fn check_items(gathering: &mut Gathering, manifest: &Manifest) {
    let Gathering { leaves, missing, issues, .. } = gathering;
    if issues.is_empty() {
        index::fits(leaves.len(), &|| leaves.root(), manifest, &Path::of(&["items"]), issues);
        missing.report(&manifest.pack, issues);
    }
}

/// Verifies a snapshot and its items.
pub(crate) fn verify_snapshot<E, H>(host: &mut H, tape: &mut Tape) -> Result<Vec<Issue>, E>
where
    H: Parts<Error = E> + Source<Error = E>,
{
    let mut verifier = Verifier::open(host, tape)?;
    let opened = snapshot::open(host, tape, "items", &mut verifier.gathering.issues)?;
    if !opened {
        return Ok(verifier.abandon());
    }
    while !verifier.is_full() && host.next(tape)? {
        verifier.add(tape);
    }
    if verifier.is_full() {
        host.close()?;
    }
    Ok(verifier.finish())
}

/// Verifies records, the oldest first.
pub(crate) fn verify_chain<E>(source: &mut dyn Source<Error = E>, tape: &mut Tape) -> Result<Vec<Issue>, E> {
    let mut issues = Issues::default();
    if !snapshot::open(source, tape, "records", &mut issues)? {
        return Ok(issues.into_listed());
    }
    // The seal of the one before; `None` where there is none to compare with.
    let mut before: Option<Digest> = None;
    let mut position = 0_usize;
    while source.next(tape)? {
        let path = Path::element("records", position);
        let mut check = Check::new(tape, &mut issues, path);
        let sealed = record::check(&mut check, At(0)).sealed;
        if let (Some(before), Some((record, _))) = (before, &sealed) {
            check.member("metadata", |check| {
                check.member("$snapshot", |check| {
                    let parent = record.circumstances.parent.map(Digest::text);
                    let found = parent.unwrap_or_else(|| check::told(None));
                    check.compare("parent", &before.text(), Some(found));
                });
            });
        }
        before = sealed.map(|(_, seal)| seal);
        if issues.is_full() {
            source.close()?;
            break;
        }
        position += 1;
    }
    Ok(issues.into_listed())
}
