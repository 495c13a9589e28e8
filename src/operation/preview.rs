//! A preview: what a snapshot would hold, before anybody makes it.
//!
//! Why it does not fail where a snapshot would: an operator wants to see all that is wrong with a pack, and what is right
//! beside it. Caller, input and pack are another matter: without them there is nothing to show.

use crate::format::pack::Pack;
use crate::operation::host;
use crate::operation::host::{Failure, Requester, Stream};
use crate::operation::intake::{Intake, Names, Outcome, Tally};
use crate::operation::snapshot::{self, Between};
use crate::policy;
use crate::primitives::digest::Digest;
use crate::primitives::leaves::Leaves;
use crate::value::problem::Issue;
use crate::value::tape::Tape;
use crate::value::writer::Writer;

/// What [`preview`] found.
#[derive(Debug)]
pub(crate) struct Preview {
    pub(crate) problems: Vec<Issue>,
    /// The items that are right, of duplicates the first.
    pub(crate) leaves: Leaves,
    /// JCS of the manifest, and its hash; where nothing but sources is wrong.
    pub(crate) manifest: Option<(Vec<u8>, Digest)>,
    pub(crate) pack: Pack,
    pub(crate) kinds: Tally,
}

/// `previewPack`. `against` reads what it is to be compared with, and is called between request and pack.
#[cfg_attr(small, optimize(size))]
pub(crate) fn preview<E, H>(
    host: &mut H,
    tape: &mut Tape,
    writer: &mut Writer,
    against: &mut Between<H, E>,
) -> Result<Preview, Failure<E>>
where
    H: Requester<Error = E> + Stream<Error = E>,
{
    let mut trace_id = None;
    let stages = snapshot::stages(host, tape, policy::admit_to_preview, against, &mut trace_id);
    let (request, _, pack) = stages.map_err(|failure| snapshot::of_operation(failure, trace_id.as_ref()))?;

    let mut intake = Intake::new(pack.sources(), true, request.limits);
    let mut kinds = Tally::default();
    let mut enter = |tape: &Tape, intake: &mut Intake, writer: &mut Writer| {
        if let Outcome::Valid(entered) = intake.enter(tape, writer, false) {
            kinds.add(&[&Names::of(tape).kind], entered.length);
        }
    };
    host::read_all(host, tape, writer, &mut intake, &mut enter, |_, _| {}).map_err(Failure::Host)?;

    let Intake { leaves, missing, mut issues, .. } = intake;
    let mut manifest = None;
    if issues.is_empty() {
        missing.report(pack.sources(), &mut issues);
        let made = snapshot::manifest(&leaves, &pack, request.limits);
        manifest = Some(made.map_err(|problem| problem.of_operation(trace_id))?);
    }
    Ok(Preview { problems: issues.into_vec(), leaves, manifest, pack, kinds })
}
