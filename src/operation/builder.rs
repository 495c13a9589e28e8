//! Builders: snapshots of packs whose items arrive one by one, or are digested elsewhere.
//!
//! Why: a pack may be too large for memory, and several machines may digest its items. How: caller, request and pack are
//! checked first. Then the builder keeps only id and digest of each item, and an item that is refused leaves no trace.

use crate::format::item;
use crate::operation::host::{Failure, Requester};
use crate::operation::intake::{Intake, Outcome};
use crate::operation::snapshot::{Draft, SealedRecord};
use crate::primitives::digest::Digest;
use crate::primitives::leaves::Leaves;
use crate::primitives::text::utf8;
use crate::primitives::time::Timestamp;
use crate::primitives::utf16::lossy;
use crate::value::check::{Check, Need};
use crate::value::problem::{Code, Issues, Path, Problem};
use crate::value::tape::{At, Tape, Value};
use crate::value::writer::Writer;

/// Highest number of items whose tree is kept for proofs. A larger one would need more memory than all else of the snapshot; its proofs
/// compute it.
const MOST_KEPT: usize = 1 << 20;

/// A snapshot in progress: items can be added until it is finished.
pub(crate) struct Builder {
    pub(crate) draft: Draft,
    intake: Intake,
    writer: Writer,
}

/// An item that was added.
pub(crate) struct Added<'b> {
    pub(crate) item_id: String,
    pub(crate) digest: Digest,
    /// The canonical item.
    pub(crate) json: &'b str,
    /// The item's own time, or else the snapshot's (F1.3-1).
    pub(crate) created_at: Timestamp,
}

/// The finished snapshot, or a problem. The problem comes with the builder if items may still be added.
pub(crate) type FinishResult = Result<(Timestamp, SealedRecord, Leaves), Box<(Option<Builder>, Problem)>>;

impl Builder {
    /// Checks caller, request and pack (stages 1 to 4), and makes an empty builder.
    pub(crate) fn open<H: Requester>(host: &mut H, tape: &mut Tape) -> Result<Self, Failure<H::Error>> {
        let draft = Draft::open(host, tape)?;
        let limits = draft.limits();
        let intake = Intake::new(draft.pack.sources(), false, limits);
        Ok(Self { draft, intake, writer: Writer::with_limit(limits.document_bytes) })
    }

    /// Returns the number of items so far.
    pub(crate) fn len(&self) -> usize {
        self.intake.leaves.len()
    }

    /// Adds the item on the tape.
    ///
    /// # Errors
    /// 422 if the item is invalid or a duplicate, or if there are too many items or bytes.
    pub(crate) fn add(&mut self, tape: &Tape) -> Result<Added<'_>, Problem> {
        let Self { draft, intake, writer } = self;
        writer.out.truncate(0);
        let outcome = if intake.check_item_limit() { Some(intake.add(tape, writer, false)) } else { None };
        let Some(Outcome::Valid(item)) = outcome else {
            let issues = std::mem::replace(&mut intake.issues, Issues::new(draft.limits()));
            return Err(draft.problem(issues.into_problem(Code::ValidationFailed)));
        };
        intake.digest(writer.out.written());
        Ok(Added {
            item_id: item::item_id(tape, At(0)).expect("a valid item has an id"),
            digest: intake.leaves.digest(item.leaf).expect("the digest was computed"),
            json: utf8(&writer.out.written()[item.start..][..item.length]),
            created_at: item.created_at.unwrap_or(draft.created_at),
        })
    }

    /// Adds an item that was digested elsewhere. The tape has the tuple `[itemId, digest, kind, sourceKey, sourceVersion]`,
    /// or the value found instead of one.
    ///
    /// # Errors
    /// Those of [`Self::add`].
    pub(crate) fn add_digest(&mut self, tape: &Tape) -> Result<(), Problem> {
        self.intake.check_item_limit();
        let Intake { leaves, sources, issues, .. } = &mut self.intake;
        let path = Path::element("items", leaves.len());
        let mut check = Check::new(tape, issues, path);
        let names = ["itemId", "digest", "kind", "sourceKey", "sourceVersion"];
        if let Some(([item_id, digest, kind, source_key, source_version], _)) = check.object(At(0), names) {
            if let Value::String(units) = tape.value(item_id) {
                check.issues.set_item(Some(&lossy(&units)));
            }
            let item_id = check.non_empty("itemId", item_id, Need::Required);
            if let Some(first) = item_id.as_ref().and_then(|id| leaves.number(id)) {
                check.issues.duplicate(check.path.clone(), first);
            }
            let digest = check.digest("digest", digest, Need::Required);
            let kind = check.non_empty("kind", kind, Need::Required);
            let source_key = check.non_empty("sourceKey", source_key, Need::Required);
            let source_version = check.string("sourceVersion", source_version, Need::Optional);
            if let (true, Some(id), Some(digest), Some(kind), Some(key)) =
                (issues.is_empty(), item_id, digest, kind, source_key)
                && let Ok(number) = leaves.enter(&id)
            {
                leaves.set_digest(number, digest);
                sources.satisfy(&kind, &key, source_version.as_deref());
            }
        }
        let issues = std::mem::replace(issues, Issues::new(self.draft.limits()));
        issues.into_result(Code::ValidationFailed).map_err(|problem| self.draft.problem(problem))
    }

    /// Makes the snapshot.
    ///
    /// # Errors
    /// 412, with the builder, if a required source has no item (E3-6), because that item may still be added. 422 if the
    /// manifest or the record is too long (E3-8).
    pub(crate) fn finish(self) -> FinishResult {
        if let Err(problem) = self.draft.check_sources(&self.intake) {
            return Err(Box::new((Some(self), problem)));
        }
        let created_at = self.draft.created_at;
        let mut leaves = self.intake.leaves;
        if leaves.len() <= MOST_KEPT {
            leaves.grow(&[]);
        }
        match self.draft.seal(leaves.len(), leaves.root()) {
            Ok(sealed) => Ok((created_at, sealed, leaves)),
            Err(problem) => Err(Box::new((None, problem))),
        }
    }
}
