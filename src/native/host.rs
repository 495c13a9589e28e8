//! The Rust side of the seam in `operation::host`: a host that hands over Rust values.
//!
//! Why one type for all functions: each of them reads a list one value at a time, and something that belongs to the whole
//! list (a request, a record, a trusted seal). How: [`Host`] is the stream; each feature adds the trait that reads its own
//! `whole`. A Rust host never throws, so its error is [`Infallible`].

use std::convert::Infallible;

use crate::operation::host::{Failure, Next, Stream};
use crate::value::problem::Problem;
use crate::value::tape::Tape;

/// Values that are read one at a time, and what belongs to all of them.
pub(crate) struct Host<W, I: Iterator> {
    pub(crate) whole: W,
    values: I,
    /// Writes one of the values.
    write: fn(&mut Tape, &I::Item),
}

impl<W, I: Iterator> Host<W, I> {
    pub(crate) fn new(
        whole: W,
        values: impl IntoIterator<IntoIter = I, Item = I::Item>,
        write: fn(&mut Tape, &I::Item),
    ) -> Self {
        Self { whole, values: values.into_iter(), write }
    }
}

impl<W, I: Iterator> Stream for Host<W, I> {
    type Error = Infallible;

    fn open(&mut self, tape: &mut Tape) -> Result<(), Infallible> {
        tape.clear();
        tape.boolean(true);
        Ok(())
    }

    fn next(&mut self, tape: &mut Tape) -> Result<Next, Infallible> {
        let Some(value) = self.values.next() else { return Ok(Next::End) };
        tape.clear();
        (self.write)(tape, &value);
        Ok(Next::Value)
    }

    fn close(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Unwraps a result of a host that cannot fail.
pub(crate) fn never<T>(result: Result<T, Infallible>) -> T {
    match result {
        Ok(value) => value,
        Err(never) => match never {},
    }
}

/// Turns the failure of an operation into its problem: a host that cannot fail leaves no other.
pub(crate) fn problems_only<T>(result: Result<T, Failure<Infallible>>) -> Result<T, Problem> {
    result.map_err(|failure| match failure {
        Failure::Problem(problem) => problem,
        Failure::Host(never) => match never {},
    })
}
