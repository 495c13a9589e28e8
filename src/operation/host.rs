//! The interface between the operation and its host, Rust or JavaScript.
//!
//! Why traits: the core must not know where it runs. How: a host writes values to the tape when the core asks for them.

use crate::operation::intake::{Intake, Origin, Outcome, ValidItem};
use crate::operation::known_items::{KnownItem, KnownItems};
use crate::value::check::Check;
use crate::value::problem::{Issues, Path, Problem};
use crate::value::tape::{At, Tape, Value};
use crate::value::writer::Writer;

/// Hashed bytes that end a batch. Batches keep memory in proportion to the largest item, not to the pack. With the item that ends it, a batch
/// seldom has more text than V8 keeps among other objects (128 KiB): decoding more took Node 24 ten times as long.
const BATCH_BYTES: usize = 48 * 1024;

/// Provides a request, the clock and the pack. The operation calls each method at most once, in this order. An error of
/// the host ends the operation and is returned unchanged (E0-2).
pub(crate) trait Requester {
    type Error;
    /// Writes the tuple `[actor, traceId, decision, hasContext, roles]`.
    fn caller(&mut self, tape: &mut Tape) -> Result<(), Self::Error>;
    /// Writes the tuple that [`super::request::read`] reads.
    fn request(&mut self, tape: &mut Tape) -> Result<(), Self::Error>;
    /// Returns the current time in milliseconds since the epoch. Called only if the request has no `now`.
    fn clock(&mut self) -> f64;
    /// Writes the pack's tuple `[packKey, version]`, or the value found instead of a pack.
    fn pack_name(&mut self, tape: &mut Tape) -> Result<(), Self::Error>;
    /// Writes the pack's tuple `[title, description, owners, tags, sources]`.
    fn pack_rest(&mut self, tape: &mut Tape) -> Result<(), Self::Error>;
    /// Counts identifiers from `seed` on: each call returns a greater number than all calls before it (F5.2-5).
    fn count(&mut self, seed: u64) -> u64;
}

/// What a sequence has next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    End,
    /// A value, which was written onto the tape.
    Value,
    /// The known item with this number. Nothing was written.
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "natively, an item has no identity"))]
    Known(usize),
}

/// A sequence of values that are read one at a time: items, or the records of a chain.
pub(crate) trait Stream {
    type Error;
    /// Writes `true` if the sequence can be iterated, or the value found instead of one.
    fn open(&mut self, tape: &mut Tape) -> Result<(), Self::Error>;
    /// Writes the next value, unless it is a known item. Is not called again after the end.
    fn next(&mut self, tape: &mut Tape) -> Result<Next, Self::Error>;
    /// Ends the iteration early.
    fn close(&mut self) -> Result<(), Self::Error>;
    /// Returns the items that are known from earlier operations, if the host has items with an identity.
    fn known(&mut self) -> Option<&mut KnownItems> {
        None
    }
    /// Returns the known item that comes next, if it is one.
    fn known_item(&mut self, next: Next) -> Option<&KnownItem> {
        let Next::Known(number) = next else { return None };
        Some(&self.known().expect("only a host that knows items has numbers of them").items[number])
    }
}

/// The reason why there is no snapshot: a problem that we found, or an error of the host.
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

/// Opens a sequence; returns false, with an issue at `name`, if it cannot be iterated.
pub(crate) fn open<E>(
    stream: &mut dyn Stream<Error = E>,
    tape: &mut Tape,
    name: &str,
    issues: &mut Issues,
) -> Result<bool, E> {
    stream.open(tape)?;
    let opened = matches!(tape.value(At(0)), Value::Boolean(true));
    if !opened {
        Check::new(tape, issues, Path::of(&[name])).wrong("iterable", At(0));
    }
    Ok(opened)
}

/// Reads items until the end, or until the intake stops. `valid` receives each valid item; `keep` receives the hashed bytes of each
/// batch.
#[inline(never)]
pub(crate) fn read_all<S: Stream>(
    stream: &mut S,
    tape: &mut Tape,
    writer: &mut Writer,
    intake: &mut Intake,
    valid: &mut dyn FnMut(ValidItem, Origin),
    keep: fn(&mut S, &[u8]),
) -> Result<(), S::Error> {
    if !open(stream, tape, "items", &mut intake.issues)? {
        return Ok(());
    }
    if let Some(known) = stream.known() {
        known.expect(&mut intake.leaves);
    }
    writer.out.truncate(0);
    writer.max_bytes = intake.issues.limits.document_bytes;
    tape.limits = intake.issues.limits;
    loop {
        let next = stream.next(tape)?;
        let is_item = next != Next::End;
        if is_item && intake.check_item_limit() {
            let (outcome, origin) = match stream.known_item(next) {
                Some(known) => (intake.add_known(known), Origin::Known(&known.source)),
                None => (intake.add(tape, writer, false), Origin::Tape(tape)),
            };
            if let Outcome::Valid(item) = outcome {
                valid(item, origin);
            }
        }
        let is_last = !is_item || intake.has_stopped();
        if is_last || writer.out.len() >= BATCH_BYTES {
            intake.digest(writer.out.written());
            keep(stream, writer.out.written());
            writer.out.truncate(0);
        }
        if is_last {
            intake.leaves.ids.expect_no_more();
            return if is_item { stream.close() } else { Ok(()) };
        }
    }
}
