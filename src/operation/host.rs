//! The seam: what a host has to hand over, whether it is Rust or JavaScript.

use crate::operation::intake::Intake;
use crate::value::check::Check;
use crate::value::problem::{Issues, Path, Problem};
use crate::value::tape::{At, Tape, Value};
use crate::value::writer::Writer;

/// Canonical bytes that are gathered before they are digested and a host is handed them: memory follows the largest item, not the pack.
const BATCH: usize = 64 * 1024;

/// Where the request comes from. Each method is called at most once, in this order; an error of the host's own ends the
/// operation and is handed back as it is.
pub(crate) trait Requester {
    type Error;
    /// Writes the record `[actor, traceId, decision, is there a context, roles]`.
    fn caller(&mut self, tape: &mut Tape) -> Result<(), Self::Error>;
    /// Writes the record that [`super::request::read`] reads.
    fn request(&mut self, tape: &mut Tape) -> Result<(), Self::Error>;
    /// The clock, where the request names no time: milliseconds since the epoch.
    fn clock(&mut self) -> f64;
    /// Writes the pack's record `[packKey, version]`, or what is there instead of a pack.
    fn pack_name(&mut self, tape: &mut Tape) -> Result<(), Self::Error>;
    /// Writes the record `[title, description, owners, tags, sources]`.
    fn pack_rest(&mut self, tape: &mut Tape) -> Result<(), Self::Error>;
    /// Counts identifiers: returns a number above all that it has returned, the seed at first.
    fn count(&mut self, seed: u64) -> u64;
}

/// Where things that are read one at a time come from.
pub(crate) trait Stream {
    type Error;
    /// Writes `true` where they can be iterated, what is there instead where they cannot.
    fn open(&mut self, tape: &mut Tape) -> Result<(), Self::Error>;
    /// Writes the next; `false` at the end. Called until then, or until we stop.
    fn next(&mut self, tape: &mut Tape) -> Result<bool, Self::Error>;
    /// We stop before the end.
    fn close(&mut self) -> Result<(), Self::Error>;
}

/// Why there is no snapshot: what we found, or what the host threw.
#[derive(Debug)]
pub(crate) enum Failure<E> {
    Problem(Problem),
    Host(E),
}

impl<E> From<Problem> for Failure<E> {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// Opens what is read one at a time; `false`, with an issue, where it cannot be iterated.
#[cfg_attr(small, optimize(size))]
pub(crate) fn open<E>(
    source: &mut dyn Stream<Error = E>,
    tape: &mut Tape,
    name: &str,
    issues: &mut Issues,
) -> Result<bool, E> {
    source.open(tape)?;
    let opened = matches!(tape.value(At(0)), Value::Boolean(true));
    if !opened {
        Check::new(tape, issues, Path::of(&[name])).wrong("iterable", At(0));
    }
    Ok(opened)
}

/// Reads items until the end, or until there are too many issues. `enter` enters the one on the tape; `keep` is handed the
/// canonical bytes of each batch.
#[inline(never)]
pub(crate) fn read_all<S: Stream>(
    source: &mut S,
    tape: &mut Tape,
    writer: &mut Writer,
    intake: &mut Intake,
    enter: &mut dyn FnMut(&Tape, &mut Intake, &mut Writer),
    keep: fn(&mut S, &[u8]),
) -> Result<(), S::Error> {
    if !open(source, tape, "items", &mut intake.issues)? {
        return Ok(());
    }
    writer.out.truncate(0);
    writer.max_bytes = intake.issues.limits.document_bytes;
    loop {
        let is_item = source.next(tape)?;
        if is_item && intake.has_room() {
            enter(tape, intake, writer);
        }
        let is_last = !is_item || intake.has_stopped();
        if is_last || writer.out.len() >= BATCH {
            intake.digest(writer.out.written());
            keep(source, writer.out.written());
            writer.out.truncate(0);
        }
        if is_last {
            return if is_item { source.close() } else { Ok(()) };
        }
    }
}
