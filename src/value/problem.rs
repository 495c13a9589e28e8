//! The one error type: a problem (RFC 9457) with the issues that caused it.
//!
//! Why: the host's runtime takes a thrown object as a ready answer where it has the members of a problem, and a person
//! needs to be told what is wrong, where, and what would be right. How: a [`Problem`] has a [`Code`], which fixes its
//! status and category, and a list of [`Issue`]s, each with a path. It is one word wide, so that a `Result` that carries
//! one costs the happy path nothing.

use std::fmt;

use serde::Serialize;

use crate::contract::{OPERATION_KEY, OPERATION_VERSION};
use crate::primitives::object::{Object, array};
use crate::primitives::shown::shown;
use crate::primitives::string::quoted;
use crate::primitives::text::{concat, decimal, utf8};
use crate::value::limits::Limits;

/// What kind of problem it is. Names, statuses and categories are those of the host's runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Code {
    /// 401: nobody is signed in.
    Unauthenticated,
    /// 403: the caller may not.
    Forbidden,
    /// 404: there is no such pack.
    NotFound,
    /// 412: a required source has no item.
    PreconditionFailed,
    /// 422: input, context, pack or items are malformed.
    ValidationFailed,
    /// 500: the host failed us (no secure random source, a clock out of range), or we have a bug.
    InternalError,
}

impl Code {
    /// The code as the host's runtime writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.facts().0
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        self.facts().1
    }

    /// `auth`, `not_found`, `conflict`, `validation` or `internal`.
    #[must_use]
    pub const fn category(self) -> &'static str {
        self.facts().2
    }

    const fn title(self) -> &'static str {
        self.facts().3
    }

    /// The problem's `type`.
    const fn uri(self) -> &'static str {
        self.facts().4
    }

    // E1-1, E2-1
    const fn facts(self) -> (&'static str, u16, &'static str, &'static str, &'static str) {
        macro_rules! uri {
            ($name:literal) => {
                concat!("https://contractspec.io/problems/", $name)
            };
        }
        match self {
            Self::Unauthenticated => ("UNAUTHENTICATED", 401, "auth", "Unauthenticated", uri!("unauthenticated")),
            Self::Forbidden => ("FORBIDDEN", 403, "auth", "Forbidden", uri!("forbidden")),
            Self::NotFound => ("NOT_FOUND", 404, "not_found", "Not found", uri!("not-found")),
            Self::PreconditionFailed => {
                ("PRECONDITION_FAILED", 412, "conflict", "Precondition failed", uri!("precondition-failed"))
            }
            Self::ValidationFailed => {
                ("VALIDATION_FAILED", 422, "validation", "Validation failed", uri!("validation-failed"))
            }
            Self::InternalError => ("INTERNAL_ERROR", 500, "internal", "Internal error", uri!("internal-error")),
        }
    }
}

/// What is wrong in an [`Issue`] (ERRORS 4). Serializes as its name in snake case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IssueCode {
    /// A value has another type or form than the member allows.
    InvalidType,
    /// A string is not a digest, a time, JSON or well-formed Unicode.
    InvalidFormat,
    /// A string or a list is empty.
    TooSmall,
    /// A limit is exceeded: bytes, levels, items or checks.
    TooBig,
    /// The metadata of the caller has the member `$snapshot`.
    Reserved,
    /// An item id or a member name is there twice.
    Duplicate,
    /// A required source of the pack has no item.
    MissingSource,
    /// A stored value differs from the computed or the trusted one.
    Mismatch,
    /// An item differs from its digest in the index.
    Changed,
    /// A member or an item is not known.
    Extra,
    /// An item of the index, or an expected value, is absent.
    Missing,
    /// Records of a chain are in another order.
    Order,
    /// There are more issues than are listed; always the last one.
    TooManyIssues,
}

impl IssueCode {
    /// Returns the code as issues have it: `invalid_type`, `too_small`, ….
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidType => "invalid_type",
            Self::InvalidFormat => "invalid_format",
            Self::TooSmall => "too_small",
            Self::TooBig => "too_big",
            Self::Reserved => "reserved",
            Self::Duplicate => "duplicate",
            Self::MissingSource => "missing_source",
            Self::Mismatch => "mismatch",
            Self::Changed => "changed",
            Self::Extra => "extra",
            Self::Missing => "missing",
            Self::Order => "order",
            Self::TooManyIssues => "too_many_issues",
        }
    }
}

impl fmt::Display for IssueCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for IssueCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One thing that is wrong. `docs/ERRORS.md` lists the codes and their messages.
// E4-1
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Issue {
    /// Names and indexes joined with dots; the root is `""`. At most 256 UTF-16 units: of a longer one the two ends.
    pub path: String,
    /// What is wrong.
    pub code: IssueCode,
    /// What is wrong, and what would be right.
    pub message: String,
    /// The id of the item that it is about, if there is one and it is a string. Shown as in messages.
    #[serde(rename = "itemId", skip_serializing_if = "Option::is_none")]
    pub item_id: Option<String>,
}

impl Issue {
    /// As JSON text, members in the order in which people read them.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let mut object = Object::begin(out);
        object.string("path", &self.path);
        object.string("code", self.code.as_str());
        object.string("message", &self.message);
        object.optional("itemId", self.item_id.as_deref());
        object.end();
    }
}

/// Where in a value we are, as issues tell it: names and indexes, joined with dots.
#[derive(Clone, Debug, Default)]
pub(crate) struct Path {
    text: String,
    /// Names may be empty, so that the text does not tell.
    depth: usize,
}

impl Path {
    #[inline(never)]
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn of(names: &[&str]) -> Self {
        let mut path = Self::default();
        for name in names {
            path.enter(name);
        }
        path
    }

    /// The element of that name.
    #[inline(never)]
    pub(crate) fn element(name: &str, position: usize) -> Self {
        Self::of(&[name, &decimal(position as u64)])
    }

    /// Goes one level down; what is returned takes it back to where it was.
    // E6-1
    #[inline(never)]
    pub(crate) fn enter(&mut self, name: &str) -> usize {
        let outside = self.text.len();
        if self.depth > 0 {
            self.text.push('.');
        }
        self.text.push_str(name);
        self.depth += 1;
        outside
    }

    /// Goes one level up.
    pub(crate) fn leave(&mut self, outside: usize) {
        self.text.truncate(outside);
        self.depth -= 1;
    }

    /// How long its text is.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// The beginning of the path, of that length, as messages show it.
    #[cfg_attr(small, optimize(size))]
    fn shown_to(&self, end: usize) -> String {
        match self.text.get(..end) {
            Some(text) if !text.is_empty() => shown(text),
            _ => "the whole value".to_owned(),
        }
    }
}

/// Returns a text as mismatches show it: as JSON, or `nothing` if there is none.
#[cfg_attr(small, optimize(size))]
pub(crate) fn quoted_or_nothing(text: Option<&str>) -> String {
    let Some(text) = text else { return "nothing".to_owned() };
    let mut json = Vec::new();
    quoted(&mut json, text);
    utf8(&json).to_owned()
}

/// The issues of one stage, in the order in which they were found: as many as the limits allow, and one that says that
/// there are more.
#[derive(Debug, Default)]
pub(crate) struct Issues {
    /// Those of the operation: told in issues, and how many are listed.
    pub(crate) limits: Limits,
    /// The id of the item that is looked at.
    item_id: Option<String>,
    listed: Vec<Issue>,
    found: usize,
}

/// A place in a list of issues, to which it can be taken back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    listed: usize,
    found: usize,
}

impl Issues {
    /// An empty list for an operation with these limits.
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark { listed: self.listed.len(), found: self.found }
    }

    /// Whether nothing was found since then.
    pub(crate) fn is_at(&self, mark: Mark) -> bool {
        self.found == mark.found
    }

    /// What is found from here on is about the item of that id, if it has one.
    pub(crate) fn about(&mut self, item_id: Option<&str>) {
        self.item_id = item_id.map(shown);
    }

    /// Drops what was found since then.
    pub(crate) fn rewind(&mut self, mark: Mark) {
        self.listed.truncate(mark.listed);
        self.found = mark.found;
    }

    // E4-16, E5-6
    #[inline(never)]
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn push(&mut self, path: &Path, code: IssueCode, message: String) {
        self.found += 1;
        let most = self.limits.issues;
        if self.listed.len() < most {
            self.listed.push(Issue { path: shown(&path.text), code, message, item_id: self.item_id.clone() });
        } else if !self.is_full() {
            let message = concat(&["More issues than the ", &decimal(most as u64), " listed"]);
            self.listed.push(Issue { path: String::new(), code: IssueCode::TooManyIssues, message, item_id: None });
        }
    }

    /// Something is not what it has to be.
    // E8-12
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn mismatch(&mut self, path: &Path, expected: &str, found: &str) {
        self.push(
            path,
            IssueCode::Mismatch,
            concat(&["Mismatch: expected ", &shown(expected), ", found ", &shown(found)]),
        );
    }

    pub(crate) fn into_listed(self) -> Vec<Issue> {
        self.listed
    }

    #[cfg_attr(small, optimize(size))]
    pub(crate) fn invalid_type(&mut self, path: &Path, expected: &str, received: &str) {
        self.push(
            path,
            IssueCode::InvalidType,
            concat(&["Invalid input: expected ", expected, ", received ", &shown(received)]),
        );
    }

    /// A container is one of those that it is in: that whose path has this length.
    // E4.1-4
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn cycle(&mut self, path: &Path, expected: &str, there: usize) {
        let (here, there) = (path.shown_to(path.len()), path.shown_to(there));
        let parts = ["Invalid input: expected ", expected, ", received a cycle (", &here, " is ", &there, ")"];
        self.push(path, IssueCode::InvalidType, concat(&parts));
    }

    pub(crate) fn empty_string(&mut self, path: &Path) {
        self.push(path, IssueCode::TooSmall, "Too small: expected string to have >=1 characters".to_owned());
    }

    // E4-6
    pub(crate) fn unpaired_surrogate(&mut self, path: &Path, index: usize) {
        self.push(
            path,
            IssueCode::InvalidFormat,
            concat(&["Invalid string: unpaired surrogate at index ", &decimal(index as u64)]),
        );
    }

    // E4-4
    pub(crate) fn too_deep(&mut self, path: &Path) {
        self.too_big(path, self.limits.levels as u64, " levels of nesting");
    }

    pub(crate) fn too_long(&mut self, document: &Path) {
        self.too_big(document, self.limits.document_bytes as u64, " canonical bytes");
    }

    /// There are more than `most` of something.
    #[inline(never)]
    pub(crate) fn too_big(&mut self, path: &Path, most: u64, of: &str) {
        self.push(path, IssueCode::TooBig, concat(&["Too big: expected at most ", &decimal(most), of]));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// Whether nothing that is pushed can be listed any more: reading should stop.
    pub(crate) fn is_full(&self) -> bool {
        self.listed.len() > self.limits.issues
    }

    /// `Err` with all that was found, `Ok` where nothing was.
    pub(crate) fn into_result(self, code: Code) -> Result<(), Problem> {
        if self.is_empty() { Ok(()) } else { Err(self.into_problem(code)) }
    }

    /// The problem that these issues are. There is one at least.
    // E1-6
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn into_problem(self, code: Code) -> Problem {
        let mut problem = Problem::new(code, summary(&self.listed));
        problem.0.issues = self.listed;
        problem
    }
}

/// One line for the issues: the first, and how many more.
// E1-2
#[cfg_attr(small, optimize(size))]
fn summary(issues: &[Issue]) -> String {
    let Some(first) = issues.first() else { return String::new() };
    let place = if first.path.is_empty() { String::new() } else { concat(&[&first.path, ": "]) };
    let more = match issues.len() - 1 {
        0 => String::new(),
        1 => " (and 1 more issue)".to_owned(),
        more => concat(&[" (and ", &decimal(more as u64), " more issues)"]),
    };
    concat(&[&place, &first.message, &more])
}

/// Why there is no snapshot: a problem object (RFC 9457) of the shape that the host's runtime takes as it is.
///
/// Boxed, so that it is one word wide.
///
/// ```
/// # use context_snapshot::*;
/// # let (_, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
/// let problem = snapshot_pack(&Input::default(), &Context { trace_id: Some("tr-1".into()), ..context }).unwrap_err();
/// assert_eq!((problem.code(), problem.code().status()), (Code::ValidationFailed, 422));
/// assert_eq!(problem.issues()[0].path, "packKey");
/// assert_eq!(problem.trace_id(), Some("tr-1"));
/// assert_eq!(problem.to_string(), "VALIDATION_FAILED: packKey: Too small: expected string to have >=1 characters");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Problem(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    code: Code,
    detail: String,
    issues: Vec<Issue>,
    trace_id: Option<String>,
    /// Whether it came out of the operation, and not of one of the functions beside it.
    operation: bool,
}

impl Problem {
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self(Box::new(Inner { code, detail, issues: Vec::new(), trace_id: None, operation: false }))
    }

    /// Marks the problem as one of the operation, with the trace that it belongs to.
    // E1-3, E1-4
    pub(crate) fn of_operation(mut self, trace_id: Option<String>) -> Self {
        self.0.operation = true;
        self.0.trace_id = trace_id.map(|id| shown(&id));
        self
    }

    /// Adds to the sentence for people what to do instead.
    pub(crate) fn with_hint(mut self, hint: &str) -> Self {
        self.0.detail.push_str(hint);
        self
    }

    /// What kind of problem it is.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// One sentence for people.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// All that is wrong; empty for 401, 403, 404 and 500.
    #[must_use]
    pub fn issues(&self) -> &[Issue] {
        &self.0.issues
    }

    /// The `traceId` of the context, where it had one.
    #[must_use]
    pub fn trace_id(&self) -> Option<&str> {
        self.0.trace_id.as_deref()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code.as_str(), self.0.detail)
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Problem {}

impl Problem {
    /// JSON text of the problem object that crosses to the host: RFC 9457's members and the runtime's.
    #[must_use]
    #[cfg_attr(small, optimize(size))]
    pub fn to_json(&self) -> String {
        let Inner { code, detail, issues, trace_id, operation } = &*self.0;
        let mut json = Vec::new();
        let mut object = Object::begin(&mut json);
        object.string("type", code.uri());
        object.string("title", code.title());
        object.member("status").extend_from_slice(decimal(code.status().into()).as_bytes());
        object.string("detail", detail);
        object.string("code", code.as_str());
        object.string("category", code.category());
        object.string("severity", if code.status() < 500 { "warning" } else { "error" });
        // The same call gives the same answer: nothing here is worth retrying.
        object.member("retryable").extend_from_slice(b"false");
        if *operation {
            let mut object = Object::begin(object.member("operation"));
            object.string("key", OPERATION_KEY);
            object.string("version", OPERATION_VERSION);
            object.string("kind", "command");
            object.end();
        }
        object.optional("traceId", trace_id.as_deref());
        if !issues.is_empty() {
            array(object.member("issues"), issues, |out, issue| issue.write(out));
        }
        object.end();
        utf8(&json).to_owned()
    }
}

impl Serialize for Problem {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let object: serde_json::Value = serde_json::from_str(&self.to_json()).map_err(serde::ser::Error::custom)?;
        object.serialize(serializer)
    }
}
