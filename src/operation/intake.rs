//! The items of a snapshot, one at a time: checked, written, digested and counted.
//!
//! Why apart from the operation: a snapshot, a preview, a builder and a verifier read items in the same way, and differ
//! in what they do about a wrong one. How: what an item came to is returned; what is wrong goes to the issues.

use crate::format::item::{self, IdStatus};
use crate::format::pack::{Missing, Source};
use crate::primitives::leaves::{Ids, Leaves, composite_key};
use crate::primitives::time::Timestamp;
use crate::primitives::{digest, utf16};
use crate::value::limits::Limits;
use crate::value::problem::{Issues, Path};
use crate::value::tape::{Tape, Value};
use crate::value::writer::Writer;

/// See the head of this file.
#[derive(Debug)]
pub(crate) struct Intake {
    pub(crate) leaves: Leaves,
    pub(crate) missing: Missing,
    pub(crate) issues: Issues,
    /// Whether what is wrong is left where it is, and others may follow; else it leaves no trace.
    keeps_invalid: bool,
    /// Good items that have no digest yet, and how many batches have theirs.
    undigested: Vec<Entered>,
    batch: usize,
    /// Canonical bytes of the good items.
    total: u64,
    /// Whether there are more items, or more bytes of them, than the limits allow: nothing more is read.
    pub(crate) is_over: bool,
}

/// What an item came to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome {
    Valid(Entered),
    /// Right by itself, but there was one of its id before.
    Duplicate,
    /// Wrong by itself, and of an id that was there before, or not.
    Invalid {
        is_duplicate: bool,
    },
    /// Right but for its id, which is that of something else.
    NotOfSnapshot,
    /// Right, but more than all items together may have.
    OverLimit,
}

/// A good item.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entered {
    /// Of its leaf.
    pub(crate) number: usize,
    /// Where its canonical JSON is: in which batch of those that are digested at once, and where there.
    pub(crate) batch: usize,
    pub(crate) start: usize,
    pub(crate) length: usize,
    /// Its own time.
    pub(crate) created_at: Option<Timestamp>,
}

impl Intake {
    pub(crate) fn new(sources: &[Source], keeps_invalid: bool, limits: Limits) -> Self {
        Self {
            leaves: Leaves::default(),
            missing: Missing::of(sources),
            issues: Issues::new(limits),
            keeps_invalid,
            undigested: Vec::new(),
            batch: 0,
            total: 0,
            is_over: false,
        }
    }

    /// Whether nothing more is looked at.
    pub(crate) fn has_stopped(&self) -> bool {
        self.is_over || self.issues.is_full()
    }

    /// Whether there may be one item more; if not, that is an issue, once.
    // E4.4-3
    pub(crate) fn has_room(&mut self) -> bool {
        let most = self.issues.limits.items;
        let has_room = !self.is_over && (self.position() as u64) < most;
        if !has_room && !self.is_over {
            self.is_over = self.keeps_invalid;
            self.issues.too_big(&Path::of(&["items"]), most, " items");
        }
        has_room
    }

    /// How many items were read.
    pub(crate) fn position(&self) -> usize {
        self.leaves.read_count()
    }

    /// Enters the item on the tape, whose canonical bytes are appended to what is written; what is wrong with it is
    /// added to the issues. An item whose id is `foreign` is not entered. The digests are computed by [`Self::digest`].
    // E4.4-4, E5-7
    pub(crate) fn enter(&mut self, tape: &Tape, writer: &mut Writer, foreign: bool) -> Outcome {
        let start = writer.out.len();
        let written = item::write(tape, writer);
        let position = self.position();
        let length = writer.out.len().saturating_sub(start + 1) as u64;
        let most = self.issues.limits.total_bytes;
        if written.is_ok()
            && self.total + length > most
            && item::item_id(tape).is_some_and(|id| !foreign && self.leaves.number(&id).is_none())
        {
            writer.out.truncate(start);
            self.is_over = self.keeps_invalid;
            self.issues.too_big(&Path::of(&["items"]), most, " canonical bytes in all");
            return Outcome::OverLimit;
        }
        // A wrong item counts for duplicates too, where it is not refused.
        let stays = written.is_ok() || self.keeps_invalid;
        let id = item::item_id(tape).filter(|_| !foreign);
        let entered =
            id.and_then(|id| if stays { Some(self.leaves.enter(&id)) } else { self.leaves.number(&id).map(Err) });
        // What is refused and leaves no trace leaves none here.
        let counts = written.is_ok() && (self.keeps_invalid || matches!(entered, Some(Ok(_))));
        if counts && !self.missing.is_empty() {
            let names = Names::of(tape);
            self.missing.satisfy(&names.kind, &names.source_key, names.source_version.as_deref());
        }
        if let (Ok(created_at), Some(Ok(number))) = (written, entered) {
            self.total += length;
            let length = writer.out.len() - start - 1;
            let entered = Entered { number, batch: self.batch, start: start + 1, length, created_at };
            self.undigested.push(entered);
            return Outcome::Valid(entered);
        }
        writer.out.truncate(start);
        let known = match entered {
            _ if foreign => IdStatus::NotOfSnapshot,
            Some(Err(first)) => IdStatus::DuplicateOf(self.leaves.position(first)),
            _ => IdStatus::Unique,
        };
        if self.keeps_invalid && !matches!(entered, Some(Ok(_))) {
            self.leaves.skip();
        }
        item::check(tape, written.err(), &Path::element("items", position), known, &mut self.issues);
        match (written, known) {
            (Err(_), _) => Outcome::Invalid { is_duplicate: matches!(known, IdStatus::DuplicateOf(_)) },
            (_, IdStatus::NotOfSnapshot) => Outcome::NotOfSnapshot,
            _ => Outcome::Duplicate,
        }
    }

    /// Computes the digests of a batch: of the items that were entered since the last one, from what was written of them.
    pub(crate) fn digest(&mut self, written: &[u8]) {
        let message = |entered: &Entered| &written[entered.start - 1..entered.start + entered.length];
        let messages: Vec<&[u8]> = self.undigested.iter().map(message).collect();
        for (entered, digest) in self.undigested.drain(..).zip(digest::digests(&messages)) {
            self.leaves.set_digest(entered.number, digest);
        }
        self.batch += 1;
    }
}

/// By what an item's source is known.
pub(crate) struct Names {
    pub(crate) kind: String,
    pub(crate) source_key: String,
    pub(crate) source_version: Option<String>,
}

impl Names {
    /// Of the item on the tape, a good one.
    pub(crate) fn of(tape: &Tape) -> Self {
        let item = item::ItemSlots::read(tape).expect("it was written");
        let text = |at| match tape.value(at) {
            Value::String(units) => Some(utf16::lossy(&units)),
            _ => None,
        };
        Self {
            kind: text(item.kind).unwrap_or_default(),
            source_key: text(item.source_key).unwrap_or_default(),
            source_version: text(item.source_version),
        }
    }
}

/// How many items there are of something, and how many canonical bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subtotal {
    pub(crate) names: Vec<String>,
    pub(crate) items: u64,
    pub(crate) bytes: u64,
}

/// Counts by one name or more.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    ids: Ids,
    counts: Vec<Subtotal>,
}

impl Tally {
    pub(crate) fn add(&mut self, names: &[&str], bytes: usize) {
        let number = self.ids.enter(&composite_key(names)).unwrap_or_else(|known| known);
        if number == self.counts.len() {
            let names = names.iter().map(|&name| name.to_owned()).collect();
            self.counts.push(Subtotal { names, items: 0, bytes: 0 });
        }
        self.counts[number].items += 1;
        self.counts[number].bytes += bytes as u64;
    }

    pub(crate) fn len(&self) -> usize {
        self.counts.len()
    }

    /// In the order of RFC 8785.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = &Subtotal> {
        self.ids.in_order().into_iter().map(|number| &self.counts[number])
    }
}
