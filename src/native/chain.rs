//! Verifies that snapshots follow each other (`docs/ERRORS.md` section 8.2).

use std::borrow::Borrow;
use std::convert::Infallible;

use serde::Serialize;
use serde_json::Value;

use crate::audit::chain;
use crate::native::host::{Host, never};
use crate::native::verify::Verification;
use crate::primitives::digest::Digest;
use crate::value::tape::{ABSENT, TUPLE, Tape};

/// What a verification of a chain found. Only [`verify_chain`] makes one: otherwise, a verification of something else could be called that of a
/// chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[must_use]
#[non_exhaustive]
pub struct ChainVerification {
    /// Verdict, issues and anchor.
    #[serde(flatten)]
    pub verification: Verification,
    /// Number of records that were read.
    pub length: usize,
}

impl ChainVerification {
    /// Returns true if there is a record, and everything was computed, compared and equal.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.verification.is_valid()
    }
}

/// Verifies records that follow each other, the oldest first: the parent of each is the seal of the one before.
///
/// Seals are computed again; items are not read. An empty chain is not valid. `seal` is that of the newest record, kept
/// elsewhere: without it, nobody can see that the newest records were removed.
///
/// ```
/// # use context_snapshot::*;
/// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
/// let first = snapshot_pack(&input, &context)?;
/// let first = serde_json::to_value(&first.record).unwrap();
/// let seal = |record: &serde_json::Value| -> Option<Digest> {
///     record["metadata"]["$snapshot"]["seal"].as_str()?.parse().ok()
/// };
///
/// let context = Context { parent: seal(&first), snapshot_id: Some("s-2".into()), ..context };
/// let second = snapshot_pack(&input, &context)?;
/// let second = serde_json::to_value(&second.record).unwrap();
///
/// let found = verify_chain([&first, &second], seal(&second));
/// assert!(found.is_valid());
/// assert_eq!((found.length, found.verification.anchor), (2, Anchor::Seal));
///
/// // The newest record was removed.
/// assert!(!verify_chain([&first], seal(&second)).is_valid());
/// # Ok::<(), Problem>(())
/// ```
pub fn verify_chain<I>(records: I, seal: Option<Digest>) -> ChainVerification
where
    I: IntoIterator,
    I::Item: Borrow<Value>,
{
    let mut host = Host::new(TrustedSeal(seal), records, |tape, record| tape.stored_record(record.borrow()));
    let (verdict, length) = never(chain::verify(&mut host, &mut Tape::default()));
    ChainVerification { verification: verdict.into(), length }
}

/// The seal of the newest record, if the verifier has it.
struct TrustedSeal(Option<Digest>);

impl<I: Iterator> chain::Records for Host<TrustedSeal, I> {
    fn options(&mut self, tape: &mut Tape) -> Result<(), Infallible> {
        tape.clear();
        match self.whole.0 {
            seal @ Some(_) => tape.container(TUPLE, 2, |tape| {
                tape.container(TUPLE, 2, |tape| {
                    tape.digest(seal);
                    tape.mark(ABSENT);
                });
                tape.mark(ABSENT);
            }),
            None => tape.mark(ABSENT),
        }
        Ok(())
    }
}
