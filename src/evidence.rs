//! What a verdict is made of: values that exist only if a comparison was made, and held.
//!
//! Why: a verifier that says "valid" because nothing complained is right only for as long as every path through it
//! complains. One that returned early once found anything valid. How: [`Equal`] and the others have no constructor but the
//! comparison itself. Whoever says that a snapshot is valid has to hold one for each thing that was to be compared, as a
//! field of a struct: leave one out, and it does not compile. A verdict is valid if there is all evidence and no issue; an
//! issue without a gap in the evidence, or a gap without an issue, is invalid, too.

use std::marker::PhantomData;

use crate::canonical::utf8;
use crate::check;
use crate::digest::Digest;
use crate::problem::{Code, Issue, Issues, Path, Problem, text};
use crate::tape::{At, Tape, Value};

/// Two values of that kind are equal: what was computed, and what was claimed of it.
#[derive(Debug)]
pub(crate) struct Equal<K>(PhantomData<K>);

impl<K: PartialEq> Equal<K> {
    /// Compares. This is the only way to make one.
    pub(crate) fn of(computed: &K, claimed: &K) -> Option<Self> {
        (computed == claimed).then_some(Self(PhantomData))
    }
}

/// A value as messages show it.
pub(crate) trait Told {
    fn told(&self) -> String;
}

/// The kinds of values that are compared: evidence of one is no evidence of another.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident($of:ty) $told:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) struct $kind(pub(crate) $of);

        impl Told for $kind {
            fn told(&self) -> String {
                let told: fn(&$of) -> String = $told;
                told(&self.0)
            }
        }
    )*};
}

kinds! {
    /// Digest of a manifest.
    Hash(Digest) |digest| digest.text();
    /// Digest of a record.
    Seal(Digest) |digest| digest.text();
    /// Root of a tree.
    Root(Digest) |digest| digest.text();
    /// Number of items.
    Count(u64) |count| count.to_string();
    /// A member that is a text, or is absent.
    Words(Option<String>) |text| check::told(text.as_deref());
    /// JCS of a member of a pack, or that it is absent.
    Json(Option<Vec<u8>>) |json| json.as_ref().map_or_else(|| check::told(None), |json| utf8(json).to_owned());
}

/// A part was not given: the tape has nothing in its place.
#[derive(Debug)]
pub(crate) struct Absent(());

/// Evidence of a part that may be left out: that it was, or of what was compared.
#[derive(Debug)]
pub(crate) enum Part<E> {
    NotGiven(Absent),
    Held(E),
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
    pub(crate) fn of<E>(what: &str, evidence: Option<&E>, mut issues: Issues, anchor: Anchor) -> Self {
        if evidence.is_none() && issues.is_empty() {
            issues.push(&Path::default(), "mismatch", gap(what));
        }
        Self { valid: evidence.is_some() && issues.is_empty(), issues: issues.into_listed(), anchor }
    }

    /// The problem of something that is not valid.
    pub(crate) fn refusal(what: &str, mut issues: Issues) -> Problem {
        if issues.is_empty() {
            issues.push(&Path::default(), "mismatch", gap(what));
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
fn gap(what: &str) -> String {
    text(&["Not verified: ", what, " was not compared"])
}
