//! What a verifier trusts: a hash or a seal that it got elsewhere (`docs/ERRORS.md` section 8.1).
//!
//! Why so strict: a value that was looked up and not found, or that stands under another name, must not verify as if
//! nothing had been asked. How: what is given has to be a plain object with a hash or a seal, and with nothing else.

use crate::primitives::digest::Digest;
use crate::primitives::text::concat;
use crate::value::check::{Check, Need};
use crate::value::evidence::{Anchor, Equal, Hash, Seal};
use crate::value::problem::IssueCode;
use crate::value::tape::{At, Tape, Value};

/// What was trusted held: at least one value.
#[derive(Debug)]
pub(crate) enum Evidence {
    Hash(Equal<Hash>),
    Seal(Equal<Seal>),
    Both(Equal<Hash>, Equal<Seal>),
}

/// Compares what is trusted, the record `[hash, seal, other names]` at `at`, with what was computed. Both are there as
/// far as they could be computed.
#[cfg_attr(small, optimize(size))]
pub(crate) fn compare(check: &mut Check, at: At, hash: Option<Hash>, seal: Option<Seal>) -> (Option<Evidence>, Anchor) {
    let before = check.issues.mark();
    let Some([hash_at, seal_at]) = given(check, at, " with a hash or a seal", "a hash or a seal") else {
        return (None, Anchor::None);
    };
    let trusted_hash = check.digest("hash", hash_at, Need::Optional);
    let trusted_seal = check.digest("seal", seal_at, Need::Optional);
    let mut same_hash = None;
    if let (Some(trusted), Some(computed)) = (trusted_hash, hash) {
        same_hash = check.same("hash", Hash(trusted), Some(computed));
    }
    let mut same_seal = None;
    if let (Some(trusted), Some(computed)) = (trusted_seal, seal) {
        same_seal = check.same("seal", Seal(trusted), Some(computed));
    }
    others(check, at, 2);
    let anchor = match (&same_hash, &same_seal) {
        (_, Some(_)) => Anchor::Seal,
        (Some(_), None) => Anchor::Hash,
        (None, None) => Anchor::None,
    };
    let evidence = match (trusted_hash, same_hash, trusted_seal, same_seal) {
        (Some(_), Some(hash), Some(_), Some(seal)) => Some(Evidence::Both(hash, seal)),
        (Some(_), Some(hash), None, None) => Some(Evidence::Hash(hash)),
        (None, None, Some(_), Some(seal)) => Some(Evidence::Seal(seal)),
        _ => None,
    };
    (evidence.filter(|_| check.issues.is_at(before)), anchor)
}

/// Reads a trusted seal alone, the record `[seal, other names]` at `at`.
#[cfg_attr(small, optimize(size))]
pub(crate) fn seal(check: &mut Check, at: At) -> Option<Digest> {
    let [seal] = given(check, at, " with a seal", "a seal")?;
    let seal = check.digest("seal", seal, Need::Optional);
    others(check, at, 1);
    seal
}

/// The places of so many trusted values, if one of them is there.
#[cfg_attr(small, optimize(size))]
fn given<const N: usize>(check: &mut Check, at: At, with: &str, what: &str) -> Option<[At; N]> {
    let Value::Tuple(first) = check.tape.value(at) else {
        check.wrong(&concat(&["plain object", with]), at);
        return None;
    };
    let slots: [At; N] = check.tape.slots(first);
    if slots.iter().all(|&at| is_nothing(check.tape, at)) {
        let message = concat(&["Missing: expected ", what, " to compare with"]);
        check.issues.push(&check.path, IssueCode::Missing, message);
        others(check, at, N);
        return None;
    }
    Some(slots)
}

/// Whether what is trusted was looked up and not found.
#[cfg_attr(small, optimize(size))]
fn is_nothing(tape: &Tape, at: At) -> bool {
    match tape.value(at) {
        Value::Absent | Value::Null => true,
        Value::String(units) => units.is_empty(),
        _ => false,
    }
}

/// Says which members are not known: what stands behind the first `count` values of the record at `at`.
#[cfg_attr(small, optimize(size))]
fn others(check: &mut Check, at: At, count: usize) {
    if let Value::Tuple(first) = check.tape.value(at) {
        let mut at = first;
        for _ in 0..count {
            at = check.tape.after(at);
        }
        _ = check.unknown_names(at, |_| "");
    }
}
