//! Previews: the content of a snapshot before it is made.
//!
//! Why a preview returns problems of items and sources instead of failing: an operator wants to see everything that is
//! wrong with a pack, and everything that is right. It still fails if the caller, the request or the pack is refused,
//! because then there is nothing to show.

use crate::format::pack::Pack;
use crate::operation::host;
use crate::operation::host::{Failure, Requester, Stream};
use crate::operation::intake::{Intake, Origin, Subtotals, ValidItem};
use crate::operation::snapshot::{self, BeforePack};
use crate::policy;
use crate::primitives::digest::Digest;
use crate::primitives::leaves::Leaves;
use crate::value::problem::Issue;
use crate::value::tape::Tape;
use crate::value::writer::Writer;

/// The result of [`preview`].
#[derive(Debug)]
pub(crate) struct Preview {
    pub(crate) problems: Vec<Issue>,
    /// The valid items; the first of each set of duplicates.
    pub(crate) leaves: Leaves,
    /// JCS of the manifest, and its hash, if every item is valid.
    pub(crate) manifest: Option<(Vec<u8>, Digest)>,
    pub(crate) pack: Pack,
    /// Valid items by kind.
    pub(crate) kinds: Subtotals,
}

/// Previews a pack (`previewPack`). `against` is called after the request was read and before the pack; it reads the
/// snapshot to compare with (E8.5-3).
pub(crate) fn preview<E, H>(
    host: &mut H,
    tape: &mut Tape,
    writer: &mut Writer,
    against: &mut BeforePack<H, E>,
) -> Result<Preview, Failure<E>>
where
    H: Requester<Error = E> + Stream<Error = E>,
{
    let mut trace_id = None;
    let stages = snapshot::read_request_and_pack(host, tape, policy::admit_to_preview, against, &mut trace_id);
    let (request, _, pack) = stages.map_err(|failure| snapshot::of_operation(failure, trace_id.as_ref()))?;

    let mut intake = Intake::new(pack.sources(), true, request.limits);
    let mut kinds = Subtotals::default();
    let mut valid = |item: ValidItem, origin: Origin| kinds.add(&[&origin.source().kind], item.length);
    host::read_all(host, tape, writer, &mut intake, &mut valid, |_, _| {}).map_err(Failure::Host)?;

    let root = intake.root(host.known());
    let mut issues = std::mem::take(&mut intake.issues);
    let mut manifest = None;
    if issues.is_empty() {
        intake.sources.report(pack.sources(), &mut issues);
        let written = snapshot::manifest(intake.leaves.len() as u64, root, &pack, request.limits);
        manifest = Some(written.map_err(|problem| problem.of_operation(trace_id))?);
    }
    Ok(Preview { problems: issues.into_vec(), leaves: intake.leaves, manifest, pack, kinds })
}
