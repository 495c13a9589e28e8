//! The one error type: a problem (RFC 9457) with the issues that caused it.
//!
//! Why: the host's runtime sends a thrown object as the answer if it has the members of a problem, and a person needs to
//! know what is wrong, where, and what would be right. How: a [`Problem`] has a [`Code`], which fixes its status and
//! category (ERRORS 2), and a list of [`Issue`]s, each with a path (ERRORS 4 and 6). It is one word wide, so a `Result`
//! with it costs nothing on success.

use std::fmt;

use serde::Serialize;

use crate::contract::{OPERATION_KEY, OPERATION_VERSION};
use crate::primitives::object::{Object, array};
use crate::primitives::sanitize::sanitize;
use crate::primitives::string::quoted;
use crate::primitives::text::{concat, decimal, utf8};
use crate::value::limits::Limits;

/// The kind of a problem (E2-1). Names, statuses and categories are those of the host's runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Code {
    /// 401: nobody is signed in.
    Unauthenticated,
    /// 403: the caller is not allowed to do this.
    Forbidden,
    /// 404: there is no such pack, or no such item in an index.
    NotFound,
    /// 412: a required source has no item.
    PreconditionFailed,
    /// 422: input, context, pack or items are malformed.
    ValidationFailed,
    /// 500: the host failed (no secure random source, a clock out of range), or we have a bug (E2-2).
    InternalError,
}

impl Code {
    /// Returns the code as the host's runtime writes it: `NOT_FOUND`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.facts().0
    }

    /// Returns the HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        self.facts().1
    }

    /// Returns `auth`, `not_found`, `conflict`, `validation` or `internal`.
    #[must_use]
    pub const fn category(self) -> &'static str {
        self.facts().2
    }

    const fn title(self) -> &'static str {
        self.facts().3
    }

    /// Returns the problem's `type`.
    const fn uri(self) -> &'static str {
        self.facts().4
    }

    /// Returns code, status, category, title and type.
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

/// The kind of an [`Issue`] (ERRORS 4 and 8). Serializes as its name in snake case.
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
    /// The caller's metadata has the member `$snapshot`.
    Reserved,
    /// An item id or the name of a member occurs twice.
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
    /// The records of a chain are in the wrong order.
    Order,
    /// There are more issues than are listed. This is always the last one in the list.
    TooManyIssues,
}

impl IssueCode {
    /// Returns the code as issues show it: `invalid_type`, `too_small`, ….
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

/// One thing that is wrong (E4-1). `docs/ERRORS.md` lists the codes and their messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Issue {
    /// Names and indexes joined with dots; the root is `""` (E6-1). At most 256 UTF-16 units; longer paths are shortened to
    /// their two ends (E6.2-3).
    pub path: String,
    /// Which kind of issue it is.
    pub code: IssueCode,
    /// What is wrong, and what would be right.
    pub message: String,
    /// The id of the item that has the issue, if there is one and its id is a string. Sanitized like messages (ERRORS 6.2).
    #[serde(rename = "itemId", skip_serializing_if = "Option::is_none")]
    pub item_id: Option<String>,
}

impl Issue {
    /// Writes the issue as JSON, with the members in the order in which people read them.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let mut object = Object::begin(out);
        object.string("path", &self.path);
        object.string("code", self.code.as_str());
        object.string("message", &self.message);
        object.optional("itemId", self.item_id.as_deref());
        object.end();
    }
}

/// The path of the current value, as issues show it: names and indexes joined with dots (E6-1).
#[derive(Clone, Debug, Default)]
pub(crate) struct Path {
    text: String,
    /// Number of names. The text does not show it, because names may be empty.
    depth: usize,
}

impl Path {
    /// Joins names to a path.
    #[inline(never)]
    pub(crate) fn of(names: &[&str]) -> Self {
        let mut path = Self::default();
        for name in names {
            path.enter(name);
        }
        path
    }

    /// Returns the path of the element at `position` of the array `name`.
    #[inline(never)]
    pub(crate) fn element(name: &str, position: usize) -> Self {
        Self::of(&[name, &decimal(position as u64)])
    }

    /// Goes one level down, and returns the value that [`Self::leave`] needs to go back.
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

    /// Goes one level up, to where [`Self::enter`] returned `outside`.
    pub(crate) fn leave(&mut self, outside: usize) {
        self.text.truncate(outside);
        self.depth -= 1;
    }

    /// Returns the length of the text, in bytes.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// Formats the first `end` bytes of the path for a message.
    fn prefix_in_message(&self, end: usize) -> String {
        match self.text.get(..end) {
            Some(text) if !text.is_empty() => sanitize(text),
            _ => "the whole value".to_owned(),
        }
    }
}

/// Formats a text for a mismatch: as a JSON string, or `nothing` if it is absent (E8-15).
pub(crate) fn quoted_or_nothing(text: Option<&str>) -> String {
    let Some(text) = text else { return "nothing".to_owned() };
    let mut json = Vec::new();
    quoted(&mut json, text);
    utf8(&json).to_owned()
}

/// The issues of one stage, in the order in which they were found. If there are more than the limit, the last one in the list
/// says so (E4-16, E5-6).
#[derive(Debug, Default)]
pub(crate) struct Issues {
    /// The limits of the operation. Messages show them, and `issues` is the number of issues that are listed.
    pub(crate) limits: Limits,
    /// Id of the current item, for new issues.
    item_id: Option<String>,
    listed: Vec<Issue>,
    found: usize,
}

/// A state of a list of issues, to compare with or to roll back to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    listed: usize,
    found: usize,
}

impl Issues {
    /// Makes an empty list for an operation with these limits.
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Returns the current state.
    pub(crate) fn mark(&self) -> Mark {
        Mark { listed: self.listed.len(), found: self.found }
    }

    /// Returns true if no issue was found since `mark`, listed or not.
    pub(crate) fn unchanged_since(&self, mark: Mark) -> bool {
        self.found == mark.found
    }

    /// Sets the item that the following issues belong to; `None` for no item.
    pub(crate) fn set_item(&mut self, item_id: Option<&str>) {
        self.item_id = item_id.map(sanitize);
    }

    /// Drops the issues that were found since `mark`.
    pub(crate) fn roll_back_to(&mut self, mark: Mark) {
        self.listed.truncate(mark.listed);
        self.found = mark.found;
    }

    /// Adds an issue.
    // E4-16, E5-6
    #[inline(never)]
    pub(crate) fn push(&mut self, path: &Path, code: IssueCode, message: String) {
        self.found += 1;
        let max = self.limits.issues;
        if self.listed.len() < max {
            self.listed.push(Issue { path: sanitize(&path.text), code, message, item_id: self.item_id.clone() });
        } else if !self.is_full() {
            let message = concat(&["More issues than the ", &decimal(max as u64), " listed"]);
            self.listed.push(Issue { path: String::new(), code: IssueCode::TooManyIssues, message, item_id: None });
        }
    }

    /// Reports that the item at the path has the `itemId` of the item at `position` (F2.1-2, E4-13).
    // E6-2
    pub(crate) fn duplicate(&mut self, mut path: Path, position: usize) {
        path.enter("itemId");
        let message = concat(&["Duplicate itemId: also at items.", &decimal(position as u64)]);
        self.push(&path, IssueCode::Duplicate, message);
    }

    /// Reports a value that differs from the expected one (E8-12).
    pub(crate) fn mismatch(&mut self, path: &Path, expected: &str, found: &str) {
        self.push(
            path,
            IssueCode::Mismatch,
            concat(&["Mismatch: expected ", &sanitize(expected), ", found ", &sanitize(found)]),
        );
    }

    /// Returns the listed issues.
    pub(crate) fn into_vec(self) -> Vec<Issue> {
        self.listed
    }

    /// Reports a value of the wrong type (E4-2).
    pub(crate) fn invalid_type(&mut self, path: &Path, expected: &str, received: &str) {
        self.push(
            path,
            IssueCode::InvalidType,
            concat(&["Invalid input: expected ", expected, ", received ", &sanitize(received)]),
        );
    }

    /// Reports a container that contains itself (F7.2-3, E4.1-4): `path` leads to it, and so does the prefix of `path` that
    /// is `there` bytes long.
    pub(crate) fn cycle(&mut self, path: &Path, expected: &str, there: usize) {
        let (here, there) = (path.prefix_in_message(path.len()), path.prefix_in_message(there));
        let parts = ["Invalid input: expected ", expected, ", received a cycle (", &here, " is ", &there, ")"];
        self.push(path, IssueCode::InvalidType, concat(&parts));
    }

    /// Reports an empty string (E4-3).
    pub(crate) fn empty_string(&mut self, path: &Path) {
        self.push(path, IssueCode::TooSmall, "Too small: expected string to have >=1 characters".to_owned());
    }

    /// Reports an unpaired surrogate (E4-6).
    pub(crate) fn unpaired_surrogate(&mut self, path: &Path, index: usize) {
        self.push(
            path,
            IssueCode::InvalidFormat,
            concat(&["Invalid string: unpaired surrogate at index ", &decimal(index as u64)]),
        );
    }

    /// Reports a container that is nested too deeply (F10-1, E4-4).
    pub(crate) fn too_deep(&mut self, path: &Path) {
        self.too_big(path, self.limits.levels as u64, " levels of nesting");
    }

    /// Reports a document with too many canonical bytes (F10-2, E4-5).
    pub(crate) fn too_long(&mut self, document: &Path) {
        self.too_big(document, self.limits.document_bytes as u64, " canonical bytes");
    }

    /// Reports that there are more than `max` of something.
    #[inline(never)]
    pub(crate) fn too_big(&mut self, path: &Path, max: u64, unit: &str) {
        self.push(path, IssueCode::TooBig, concat(&["Too big: expected at most ", &decimal(max), unit]));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// Returns true if the list is full. Reading should stop then (E5-6).
    pub(crate) fn is_full(&self) -> bool {
        self.listed.len() > self.limits.issues
    }

    /// Returns `Ok` if there is no issue, otherwise a problem with all of them.
    pub(crate) fn into_result(self, code: Code) -> Result<(), Problem> {
        if self.is_empty() { Ok(()) } else { Err(self.into_problem(code)) }
    }

    /// Makes a problem of the issues. There must be at least one.
    // E1-6
    pub(crate) fn into_problem(self, code: Code) -> Problem {
        let mut problem = Problem::new(code, summary(&self.listed));
        problem.0.issues = self.listed;
        problem
    }
}

/// Formats the issues as one line: the first, and the number of further ones (E1-2).
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

/// The error of all functions: a problem object (RFC 9457) in the form that the host's runtime sends as it is (E1-1).
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
    /// True if the operation failed, false if another function of the package did (E1-3).
    is_of_operation: bool,
}

impl Problem {
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self(Box::new(Inner { code, detail, issues: Vec::new(), trace_id: None, is_of_operation: false }))
    }

    /// Marks the problem as one of the operation, and sets the trace that it belongs to (E1-3, E1-4).
    pub(crate) fn of_operation(mut self, trace_id: Option<String>) -> Self {
        self.0.is_of_operation = true;
        self.0.trace_id = trace_id.map(|id| sanitize(&id));
        self
    }

    /// Appends a hint to the detail.
    pub(crate) fn with_hint(mut self, hint: &str) -> Self {
        self.0.detail.push_str(hint);
        self
    }

    /// Returns the kind of the problem.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// Returns one sentence for people.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// Returns everything that is wrong; empty for 401, 403, 404 and 500 (E1-6).
    #[must_use]
    pub fn issues(&self) -> &[Issue] {
        &self.0.issues
    }

    /// Returns the `traceId` of the context, if it had one.
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
    /// Writes the problem object as JSON: the members of RFC 9457, then those of the host's runtime (E1-1).
    #[must_use]
    pub fn to_json(&self) -> String {
        let Inner { code, detail, issues, trace_id, is_of_operation } = &*self.0;
        let mut json = Vec::new();
        let mut object = Object::begin(&mut json);
        object.string("type", code.uri());
        object.string("title", code.title());
        object.member("status").extend_from_slice(decimal(code.status().into()).as_bytes());
        object.string("detail", detail);
        object.string("code", code.as_str());
        object.string("category", code.category());
        object.string("severity", if code.status() < 500 { "warning" } else { "error" });
        // The same call gives the same result, so a retry never helps.
        object.member("retryable").extend_from_slice(b"false");
        if *is_of_operation {
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
