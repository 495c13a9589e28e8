//! Evidence: values that exist only if a comparison was made and its two sides were equal.
//!
//! Why: a verifier that reports "valid" because it found no issue is wrong as soon as one of its paths forgets to check
//! something: with one early return too many, every snapshot is valid. How: the only constructor of [`Equal`] and of the
//! other types here is the check itself. A function that reports a valid snapshot must hold one such value for each required
//! comparison, as fields of a struct, so a missing comparison does not compile. A verdict is valid if the evidence is complete
//! and there is no issue (E8-2). Complete evidence with an issue is invalid, and so is incomplete evidence without an issue.

use std::marker::PhantomData;

use crate::primitives::digest::Digest;
use crate::primitives::leaves::compare_utf16;
use crate::primitives::text::{concat, decimal, utf8};
use crate::value::problem::quoted_or_nothing;
use crate::value::problem::{Code, Issue, IssueCode, Issues, Path, Problem};
use crate::value::tape::{At, Tape, Value};

/// Evidence that a computed value and a claimed value of the kind `K` are equal.
#[derive(Debug)]
pub(crate) struct Equal<K>(PhantomData<K>);

/// A kind of value that is compared. Evidence for one kind cannot stand for another.
pub(crate) trait Comparable {
    /// The type in which values of this kind are passed.
    type Value<'v>: PartialEq + Copy;

    /// Formats a value for a message (E8-15).
    fn in_message(value: Self::Value<'_>) -> String;
}

impl<K: Comparable> Equal<K> {
    /// Compares two values. This is the only way to make an `Equal`.
    pub(crate) fn of<'v>(computed: K::Value<'v>, claimed: K::Value<'v>) -> Option<Self> {
        (computed == claimed).then_some(Self(PhantomData))
    }
}

/// Declares kinds whose values are digests. Each kind is a type of its own.
macro_rules! digests {
    ($($(#[$doc:meta])* $kind:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) struct $kind(pub(crate) Digest);

        impl Comparable for $kind {
            type Value<'v> = Self;

            fn in_message(value: Self) -> String {
                value.0.text()
            }
        }
    )*};
}

digests! {
    /// Digest of a manifest (FORMAT 3).
    Hash
    /// Digest of a record (FORMAT 4).
    Seal
    /// Root of a Merkle tree (F2.2-1).
    Root
    /// Digest of an item (FORMAT 1.2).
    Leaf
}

/// Number of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Count(pub(crate) u64);

impl Comparable for Count {
    type Value<'v> = Self;

    fn in_message(value: Self) -> String {
        decimal(value.0)
    }
}

/// A member that is a string or absent.
#[derive(Debug)]
pub(crate) enum OptionalText {}

impl Comparable for OptionalText {
    type Value<'v> = Option<&'v str>;

    fn in_message(value: Option<&str>) -> String {
        quoted_or_nothing(value)
    }
}

/// The canonical JSON of an optional member of a pack.
#[derive(Debug)]
pub(crate) enum OptionalJson {}

impl Comparable for OptionalJson {
    type Value<'v> = Option<&'v [u8]>;

    fn in_message(value: Option<&[u8]>) -> String {
        value.map_or_else(|| quoted_or_nothing(None), |json| utf8(json).to_owned())
    }
}

/// Evidence that two ids are in the order of the tree.
#[derive(Debug)]
pub(crate) struct Ordered(());

impl Ordered {
    /// Returns evidence if the first id comes before the second (F2.1-1).
    pub(crate) fn of(first: &str, second: &str) -> Option<Self> {
        compare_utf16(first.as_bytes(), second.as_bytes()).is_lt().then_some(Self(()))
    }
}

/// Evidence that an optional part was not given.
#[derive(Debug)]
pub(crate) struct Absent(());

/// Evidence for an optional part: either it was not given, or it was compared.
#[derive(Debug)]
pub(crate) enum Part<E> {
    NotGiven(Absent),
    Compared(E),
}

impl<E> Part<E> {
    /// Returns evidence if the tape has no value at `at`.
    pub(crate) fn not_given(tape: &Tape, at: At) -> Option<Self> {
        matches!(tape.value(at), Value::Absent).then_some(Self::NotGiven(Absent(())))
    }
}

/// Evidence that all items were read.
#[derive(Debug)]
pub(crate) struct AllRead(());

impl AllRead {
    /// Returns evidence if the iterator was asked for one more and had none.
    pub(crate) fn at_end(has_more: bool) -> Option<Self> {
        (!has_more).then_some(Self(()))
    }

    /// Accepts the caller's word: a caller that adds items one by one says which one was the last.
    pub(crate) fn asserted_by_caller() -> Self {
        Self(())
    }
}

/// The strongest trusted value that was given and matched (E8-3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Anchor {
    /// No trusted value was given, or it did not match. "Valid" then only means that the snapshot is consistent in itself.
    #[default]
    None,
    /// The hash matched: the content is unchanged.
    Hash,
    /// The seal matched: the content is unchanged, and so is who made the snapshot, when, why and for whom.
    Seal,
}

impl Anchor {
    /// Returns `none`, `hash` or `seal`, as results show it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Hash => "hash",
            Self::Seal => "seal",
        }
    }
}

/// The result of a verification. Only [`Verdict::of`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    valid: bool,
    issues: Vec<Issue>,
    pub(crate) anchor: Anchor,
}

impl Verdict {
    /// Makes a verdict: valid if there is evidence and no issue (E8-2). `E` is the struct that holds all the evidence that
    /// `what` needs.
    // E8-1
    pub(crate) fn of<E>(what: &str, evidence: Option<&E>, mut issues: Issues, anchor: Anchor) -> Self {
        if evidence.is_none() && issues.is_empty() {
            issues.push(&Path::default(), IssueCode::Mismatch, gap(what));
        }
        Self { valid: evidence.is_some() && issues.is_empty(), issues: issues.into_vec(), anchor }
    }

    /// Turns the issues of something that is not valid into a problem.
    // E8-5
    pub(crate) fn refusal(what: &str, mut issues: Issues) -> Problem {
        if issues.is_empty() {
            issues.push(&Path::default(), IssueCode::Mismatch, gap(what));
        }
        issues.into_problem(Code::ValidationFailed)
    }

    pub(crate) fn is_valid(&self) -> bool {
        self.valid
    }

    pub(crate) fn into_issues(self) -> Vec<Issue> {
        self.issues
    }
}

/// Returns the message for missing evidence without an issue (E8-2). It must not pass as a valid result.
fn gap(what: &str) -> String {
    concat(&["Not verified: ", what, " was not compared"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_anchors_as_json_does() {
        for anchor in [Anchor::None, Anchor::Hash, Anchor::Seal] {
            assert_eq!(serde_json::to_value(anchor).unwrap(), anchor.as_str());
        }
    }

    // E8-2
    #[test]
    fn is_invalid_without_evidence_or_with_an_issue() {
        let found = |evidence: Option<&()>, issue: Option<&str>| {
            let mut issues = Issues::default();
            issue.iter().for_each(|code| issues.mismatch(&Path::default(), "a", code));
            let verdict = Verdict::of("the snapshot", evidence, issues, Anchor::None);
            (verdict.is_valid(), verdict.into_issues().into_iter().map(|issue| issue.message).collect::<Vec<_>>())
        };
        let issue = vec!["Mismatch: expected a, found b".to_owned()];
        assert_eq!(found(Some(&()), None), (true, vec![]));
        assert_eq!(found(Some(&()), Some("b")), (false, issue.clone()));
        assert_eq!(found(None, Some("b")), (false, issue));
        assert_eq!(found(None, None), (false, vec!["Not verified: the snapshot was not compared".to_owned()]));
    }

    #[test]
    fn reports_a_refusal_without_an_issue_as_not_compared() {
        let refusal = Verdict::refusal("the record", Issues::default());
        assert_eq!(refusal.issues()[0].message, "Not verified: the record was not compared");
    }
}
