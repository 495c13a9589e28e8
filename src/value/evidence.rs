//! What a verdict is made of: values that exist only if a comparison was made, and held.
//!
//! Why: a verifier that says "valid" because nothing complained is right only for as long as every path through it
//! complains. One that returned early once found anything valid. How: [`Equal`] and the others have no constructor but the
//! comparison itself. Whoever says that a snapshot is valid has to hold one for each thing that was to be compared, as a
//! field of a struct: leave one out, and it does not compile. A verdict is valid if there is all evidence and no issue; an
//! issue without a gap in the evidence, or a gap without an issue, is invalid, too.

use std::marker::PhantomData;

use crate::primitives::digest::Digest;
use crate::primitives::text::{concat, decimal, utf8};
use crate::value::problem::quoted_or_nothing;
use crate::value::problem::{Code, Issue, IssueCode, Issues, Path, Problem};
use crate::value::tape::{At, Tape, Value};

/// Two values of that kind are equal: what was computed, and what was claimed of it.
#[derive(Debug)]
pub(crate) struct Equal<K>(PhantomData<K>);

/// A kind of value that is compared: evidence of one is no evidence of another.
pub(crate) trait Comparable {
    /// How a value of it is handed over.
    type Value<'v>: PartialEq + Copy;

    /// A value as messages show it.
    fn in_message(value: Self::Value<'_>) -> String;
}

impl<K: Comparable> Equal<K> {
    /// Compares. This is the only way to make one.
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn of<'v>(computed: K::Value<'v>, claimed: K::Value<'v>) -> Option<Self> {
        (computed == claimed).then_some(Self(PhantomData))
    }
}

/// Declares kinds whose values are digests, each a type of its own.
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
    /// Digest of a manifest.
    Hash
    /// Digest of a record.
    Seal
    /// Root of a tree.
    Root
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

/// A member that is a text, or is absent.
#[derive(Debug)]
pub(crate) enum Words {}

impl Comparable for Words {
    type Value<'v> = Option<&'v str>;

    fn in_message(value: Option<&str>) -> String {
        quoted_or_nothing(value)
    }
}

/// JCS of a member of a pack, or that it is absent.
#[derive(Debug)]
pub(crate) enum Json {}

impl Comparable for Json {
    type Value<'v> = Option<&'v [u8]>;

    fn in_message(value: Option<&[u8]>) -> String {
        value.map_or_else(|| quoted_or_nothing(None), |json| utf8(json).to_owned())
    }
}

/// A part was not given: the tape has nothing in its place.
#[derive(Debug)]
pub(crate) struct Absent(());

/// Evidence of a part that may be left out: that it was, or of what was compared.
#[derive(Debug)]
pub(crate) enum Part<E> {
    NotGiven(Absent),
    Compared(E),
}

impl<E> Part<E> {
    /// Evidence that it was not given, if so.
    pub(crate) fn not_given(tape: &Tape, at: At) -> Option<Self> {
        matches!(tape.value(at), Value::Absent).then_some(Self::NotGiven(Absent(())))
    }
}

/// All that there was to read has been read.
#[derive(Debug)]
pub(crate) struct AllRead(());

impl AllRead {
    /// What was iterated over has come to its end: it was asked for one more and had none.
    pub(crate) fn at_end(has_more: bool) -> Option<Self> {
        (!has_more).then_some(Self(()))
    }

    /// Whoever adds one at a time says that this was the last.
    pub(crate) fn as_the_caller_says() -> Self {
        Self(())
    }
}

/// The strongest trusted value that was given and held.
// E8-3
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Anchor {
    /// Nothing was given, or it did not hold: a valid snapshot fits together, no more.
    #[default]
    None,
    /// The hash: the content is what it was.
    Hash,
    /// The seal: so is who made the snapshot, when, why and for whom.
    Seal,
}

impl Anchor {
    /// As results have it: `none`, `hash` or `seal`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Hash => "hash",
            Self::Seal => "seal",
        }
    }
}

/// What a verification came to. Only [`Verdict::of`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    valid: bool,
    issues: Vec<Issue>,
    pub(crate) anchor: Anchor,
}

impl Verdict {
    /// Valid if there is evidence, and nothing against it. `E` is the struct that has all that is needed for `what`.
    // E8-1, E8-2
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn of<E>(what: &str, evidence: Option<&E>, mut issues: Issues, anchor: Anchor) -> Self {
        if evidence.is_none() && issues.is_empty() {
            issues.push(&Path::default(), IssueCode::Mismatch, gap(what));
        }
        Self { valid: evidence.is_some() && issues.is_empty(), issues: issues.into_listed(), anchor }
    }

    /// The problem of something that is not valid.
    // E8-5
    #[cfg_attr(small, optimize(size))]
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

/// Something was not compared, and nothing was found wrong: we have a bug. It must not be taken for an answer.
#[cfg_attr(small, optimize(size))]
fn gap(what: &str) -> String {
    concat(&["Not verified: ", what, " was not compared"])
}

#[cfg(test)]
mod tests {
    use super::*;

    // E8-2
    #[test]
    fn nothing_is_valid_without_evidence_or_with_an_issue() {
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
    fn a_refusal_without_an_issue_says_that_nothing_was_compared() {
        let refusal = Verdict::refusal("the record", Issues::default());
        assert_eq!(refusal.issues()[0].message, "Not verified: the record was not compared");
    }
}
