//! Trusted values: the hash or the seal that a verifier has from elsewhere, given as `expect` (F11-8, E8.1-30).
//!
//! Why so strict: a lookup that found nothing, or a value under a wrong name, must not verify as if nothing had been
//! trusted. How: `expect` must be a plain object with a hash or a seal, and without any other member.

use crate::primitives::digest::Digest;
use crate::primitives::text::concat;
use crate::value::check::{Check, Need};
use crate::value::evidence::{Anchor, Equal, Hash, Seal};
use crate::value::problem::IssueCode;
use crate::value::tape::{At, Tape, Value};

/// Evidence that a hash, a seal or both were trusted, and that they equal the computed values.
#[derive(Debug)]
pub(crate) enum Evidence {
    Hash(Equal<Hash>),
    Seal(Equal<Seal>),
    Both(Equal<Hash>, Equal<Seal>),
}

/// Compares the trusted values, the tuple `[hash, seal, unknown names]` at `at`, with the computed ones (E8.1-8). A value
/// that could not be computed is `None`. Also returns the strongest trusted value that held (E8-3).
pub(crate) fn compare(check: &mut Check, at: At, hash: Option<Hash>, seal: Option<Seal>) -> (Option<Evidence>, Anchor) {
    let before = check.issues.mark();
    let Some([hash_at, seal_at]) = trusted_slots(check, at, " with a hash or a seal", "a hash or a seal") else {
        return (None, Anchor::None);
    };
    let trusted_hash = check.digest("hash", hash_at, Need::Optional);
    let trusted_seal = check.digest("seal", seal_at, Need::Optional);
    let mut same_hash = None;
    if let (Some(trusted), Some(computed)) = (trusted_hash, hash) {
        same_hash = check.compare("hash", Hash(trusted), Some(computed));
    }
    let mut same_seal = None;
    if let (Some(trusted), Some(computed)) = (trusted_seal, seal) {
        same_seal = check.compare("seal", Seal(trusted), Some(computed));
    }
    check_unknown(check, at, 2);
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
    (evidence.filter(|_| check.issues.unchanged_since(before)), anchor)
}

/// Reads a trusted seal alone, the tuple `[seal, unknown names]` at `at` (E8.2-1).
pub(crate) fn read_seal(check: &mut Check, at: At) -> Option<Digest> {
    let [seal] = trusted_slots(check, at, " with a seal", "a seal")?;
    let seal = check.digest("seal", seal, Need::Optional);
    check_unknown(check, at, 1);
    seal
}

/// Finds `N` trusted values; returns `None`, with an issue, if there is no plain object or all values are missing.
fn trusted_slots<const N: usize>(check: &mut Check, at: At, with: &str, what: &str) -> Option<[At; N]> {
    let Value::Tuple(first) = check.tape.value(at) else {
        check.wrong(&concat(&["plain object", with]), at);
        return None;
    };
    let slots: [At; N] = check.tape.slots(first);
    if slots.iter().all(|&at| is_missing(check.tape, at)) {
        // E8-10
        let message = concat(&["Missing: expected ", what, " to compare with"]);
        check.issues.push(&check.path, IssueCode::Missing, message);
        check_unknown(check, at, N);
        return None;
    }
    Some(slots)
}

/// Returns true if a value looks like the result of a lookup that found nothing.
fn is_missing(tape: &Tape, at: At) -> bool {
    match tape.value(at) {
        Value::Absent | Value::Null => true,
        Value::String(units) => units.is_empty(),
        _ => false,
    }
}

/// Reports the unknown members of `expect`: their names follow the first `count` values of the tuple at `at`.
fn check_unknown(check: &mut Check, at: At, count: usize) {
    if let Value::Tuple(first) = check.tape.value(at) {
        let mut at = first;
        for _ in 0..count {
            at = check.tape.after(at);
        }
        _ = check.unknown_names(at, |_| "");
    }
}
