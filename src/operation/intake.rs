//! The intake of items, one at a time: checks, writes, digests and counts them.
//!
//! Why it is separate from the operation: a snapshot, a preview, a builder and a verifier read items in the same way, but
//! treat invalid ones differently. How: [`Intake::add`] returns the [`Outcome`] of an item and adds its issues to a list.

use std::borrow::Cow;

use crate::format::item::{self, IdStatus, ItemSource};
use crate::format::pack::{RequiredSources, Source};
use crate::operation::known_items::{KnownItem, KnownItems};
use crate::primitives::digest::{self, Digest};
use crate::primitives::leaves::{Ids, Leaves, composite_key};
use crate::primitives::time::Timestamp;
use crate::value::limits::Limits;
use crate::value::problem::{Issues, Path};
use crate::value::tape::{At, Tape};
use crate::value::writer::Writer;

/// The items that were read so far.
#[derive(Debug)]
pub(crate) struct Intake {
    pub(crate) leaves: Leaves,
    pub(crate) sources: RequiredSources,
    pub(crate) issues: Issues,
    /// If true, an invalid item keeps its position and its id, so that later items can be checked; if false, it leaves no
    /// trace.
    keeps_invalid: bool,
    /// Valid items without a digest. They are digested in batches.
    undigested: Vec<ValidItem>,
    /// Valid items that cannot change and were not known.
    pub(crate) learnt: Vec<KnownItem>,
    /// Number of items that cannot change and were not known, valid or not; and of those that were known.
    fixed: usize,
    known: usize,
    /// Number of the current batch.
    batch: usize,
    /// Canonical bytes of the valid items (E4.4-4).
    total: u64,
    /// True if a limit on all items was exceeded (F10-8, E4.4-3, E4.4-4). Then no more items are read.
    pub(crate) is_over_limit: bool,
}

/// The result of adding an item.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome {
    Valid(ValidItem),
    /// Valid, except that an earlier item has the same id.
    Duplicate,
    Invalid {
        /// True if, in addition, an earlier item has the same id.
        is_duplicate: bool,
    },
    /// Valid, except that its id belongs to another snapshot.
    NotOfSnapshot,
    /// Valid, but the canonical bytes of all items would exceed the limit.
    OverLimit,
}

impl Outcome {
    /// Returns the number of a valid item among the leaves.
    pub(crate) fn leaf(&self) -> Option<usize> {
        match self {
            Self::Valid(item) => Some(item.leaf),
            _ => None,
        }
    }
}

/// An item that was added.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValidItem {
    /// Number of its leaf.
    pub(crate) leaf: usize,
    /// Number of the batch that holds its canonical JSON.
    pub(crate) batch: usize,
    /// Position of the canonical JSON in the batch.
    pub(crate) start: usize,
    pub(crate) length: usize,
    /// The item's own time, if it has one.
    pub(crate) created_at: Option<Timestamp>,
}

/// Where the source of an item that was added is found.
pub(crate) enum Origin<'a> {
    Tape(&'a Tape),
    Known(&'a ItemSource),
}

impl Origin<'_> {
    pub(crate) fn source(&self) -> Cow<'_, ItemSource> {
        match self {
            Self::Tape(tape) => Cow::Owned(ItemSource::read(tape)),
            Self::Known(source) => Cow::Borrowed(source),
        }
    }
}

impl Intake {
    pub(crate) fn new(sources: &[Source], keeps_invalid: bool, limits: Limits) -> Self {
        Self {
            leaves: Leaves::default(),
            sources: RequiredSources::of(sources),
            issues: Issues::new(limits),
            keeps_invalid,
            undigested: Vec::new(),
            learnt: Vec::new(),
            fixed: 0,
            known: 0,
            batch: 0,
            total: 0,
            is_over_limit: false,
        }
    }

    /// Returns true if no more items are read: a limit was exceeded, or the list of issues is full (E5-6).
    pub(crate) fn has_stopped(&self) -> bool {
        self.is_over_limit || self.issues.is_full()
    }

    /// Returns true if the limit allows one more item; otherwise reports that, once (E4.4-3).
    pub(crate) fn check_item_limit(&mut self) -> bool {
        let most = self.issues.limits.items;
        let is_allowed = !self.is_over_limit && (self.position() as u64) < most;
        if !is_allowed && !self.is_over_limit {
            self.is_over_limit = self.keeps_invalid;
            self.issues.too_big(&Path::of(&["items"]), most, " items");
        }
        is_allowed
    }

    /// Computes the root of the tree. If there were items that cannot change, hands over what was learnt of them.
    pub(crate) fn root(&mut self, known: Option<&mut KnownItems>) -> Digest {
        match known.filter(|_| self.fixed + self.known > 0) {
            Some(known) => {
                known.learn(&mut self.learnt, &self.leaves);
                self.leaves.grow(&known.tree);
            }
            None => self.leaves.grow(&[]),
        }
        self.leaves.root()
    }

    /// Returns the position of the next item, which is the number of items read so far.
    pub(crate) fn position(&self) -> usize {
        self.leaves.read_count()
    }

    /// Adds a known item. Nothing of it is read, written or digested.
    pub(crate) fn add_known(&mut self, known: &KnownItem) -> Outcome {
        let KnownItem { item_id, source, digest, length, created_at, .. } = known;
        let position = self.position();
        self.known += 1;
        if self.exceeds_total(*length as u64, Some(item_id)) {
            return Outcome::OverLimit;
        }
        let leaf = self.leaves.enter(item_id);
        // An item that is refused because of its id still satisfies its source, as in [`Self::add`].
        if !self.sources.all_met() {
            self.sources.satisfy(&source.kind, &source.key, source.version.as_deref());
        }
        match leaf {
            Ok(leaf) => {
                self.leaves.set_digest(leaf, digest.expect("its operation has ended"));
                self.total += *length as u64;
                // It is in no batch.
                Outcome::Valid(ValidItem { leaf, batch: 0, start: 0, length: *length, created_at: *created_at })
            }
            Err(first) => {
                self.issues.set_item(Some(item_id));
                self.issues.duplicate(Path::element("items", position), self.leaves.position(first));
                self.issues.set_item(None);
                self.leaves.skip();
                Outcome::Duplicate
            }
        }
    }

    /// Reports if the canonical bytes of all items would exceed the limit with another item of that length (E4.4-4). An item whose id is
    /// not valid or not new does not count.
    fn exceeds_total(&mut self, length: u64, id: Option<&str>) -> bool {
        let most = self.issues.limits.total_bytes;
        if self.total + length <= most || id.is_none_or(|id| self.leaves.number(id).is_some()) {
            return false;
        }
        self.is_over_limit = self.keeps_invalid;
        self.issues.too_big(&Path::of(&["items"]), most, " canonical bytes in total");
        true
    }

    /// Adds the item on the tape: appends its hashed bytes to the writer if it is valid, or reports its issues.
    ///
    /// If `is_foreign`, the id belongs to another snapshot and is ignored. Call [`Self::digest`] to compute the digests.
    pub(crate) fn add(&mut self, tape: &Tape, writer: &mut Writer, is_foreign: bool) -> Outcome {
        let start = writer.out.len();
        let written = item::write(tape, At(0), writer);
        let position = self.position();
        let length = writer.out.len().saturating_sub(start + 1);
        let ordinal = self.fixed;
        self.fixed += usize::from(tape.is_fixed);
        let id = item::item_id(tape, At(0)).filter(|_| !is_foreign);
        if written.is_ok() && self.exceeds_total(length as u64, id.as_deref()) {
            writer.out.truncate(start);
            return Outcome::OverLimit;
        }
        // An invalid item still counts for duplicates (E5-7), unless it leaves no trace.
        let stays = written.is_ok() || self.keeps_invalid;
        let leaf =
            id.and_then(|id| if stays { Some(self.leaves.enter(&id)) } else { self.leaves.number(&id).map(Err) });
        // An item that is refused because of its id still satisfies its source, unless it leaves no trace.
        let counts = written.is_ok() && (self.keeps_invalid || matches!(leaf, Some(Ok(_))));
        if counts && !self.sources.all_met() {
            let source = ItemSource::read(tape);
            self.sources.satisfy(&source.kind, &source.key, source.version.as_deref());
        }
        if let (Ok(created_at), Some(Ok(leaf))) = (written, leaf) {
            self.total += length as u64;
            let item = ValidItem { leaf, batch: self.batch, start: start + 1, length, created_at };
            self.undigested.push(item);
            if tape.is_fixed {
                let item_id = self.leaves.id(leaf).to_owned();
                let source = ItemSource::read(tape);
                self.learnt.push(KnownItem { ordinal, leaf, item_id, source, digest: None, length, created_at });
            }
            return Outcome::Valid(item);
        }
        writer.out.truncate(start);
        let id = match leaf {
            _ if is_foreign => IdStatus::NotOfSnapshot,
            Some(Err(first)) => IdStatus::DuplicateOf(self.leaves.position(first)),
            _ => IdStatus::Unique,
        };
        if self.keeps_invalid && !matches!(leaf, Some(Ok(_))) {
            self.leaves.skip();
        }
        item::check(tape, At(0), written.err(), &Path::element("items", position), id, &mut self.issues);
        match (written, id) {
            (Err(_), _) => Outcome::Invalid { is_duplicate: matches!(id, IdStatus::DuplicateOf(_)) },
            (_, IdStatus::NotOfSnapshot) => Outcome::NotOfSnapshot,
            _ => Outcome::Duplicate,
        }
    }

    /// Computes the digests of a batch: the items added since the last call. `written` holds their hashed bytes.
    pub(crate) fn digest(&mut self, written: &[u8]) {
        // The message includes the prefix byte, which precedes the canonical JSON (F1.2-1).
        let message = |item: &ValidItem| &written[item.start - 1..item.start + item.length];
        let messages: Vec<&[u8]> = self.undigested.iter().map(message).collect();
        for (item, digest) in self.undigested.drain(..).zip(digest::digests(&messages)) {
            self.leaves.set_digest(item.leaf, digest);
        }
        self.batch += 1;
    }
}

/// Number and canonical bytes of the items with the same names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subtotal {
    pub(crate) names: Vec<String>,
    pub(crate) items: u64,
    pub(crate) bytes: u64,
}

/// Rows that are compared with the names of each item before these are searched: as many as most packs have kinds.
const COMPARED: usize = 8;

/// Subtotals of items, by one or more names: a kind, or a source.
#[derive(Debug, Default)]
pub(crate) struct Subtotals {
    ids: Ids,
    rows: Vec<Subtotal>,
}

impl Subtotals {
    /// Counts an item with these names.
    pub(crate) fn add(&mut self, names: &[&str], bytes: usize) {
        let compared = 0..self.rows.len().min(COMPARED);
        let number = compared.into_iter().find(|&at| self.rows[at].names == names);
        let number = number.unwrap_or_else(|| self.ids.enter(&composite_key(names)).unwrap_or_else(|known| known));
        if number == self.rows.len() {
            let names = names.iter().map(|&name| name.to_owned()).collect();
            self.rows.push(Subtotal { names, items: 0, bytes: 0 });
        }
        self.rows[number].items += 1;
        self.rows[number].bytes += bytes as u64;
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns the subtotals, sorted by name in the order of RFC 8785 section 3.2.3.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = &Subtotal> {
        self.ids.in_order().into_iter().map(|number| &self.rows[number])
    }
}
