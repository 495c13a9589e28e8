//! Reads JSON text.
//!
//! Why strictly (I-JSON, RFC 7493; `docs/FORMAT.md` section 7.4): of two members with one name `serde_json` keeps the last, and it
//! rounds numbers, both in silence. Here, such text is refused. How: a reader that is not recursive, because the stack may be small.
//! It stops at the first error and reports its path, line and column.
//!
//! [`parse_as_ecmascript`] is the exception, for signed statements: other verifiers read them with `JSON.parse`.

use std::mem::take;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

use crate::contract::MAX_LEVELS;
use crate::native::canonical::canonicalize;
use crate::native::typed::binary64;
use crate::primitives::sanitize::sanitize;
use crate::primitives::text::{concat, decimal};
use crate::value::problem::{Code, IssueCode, Issues, Path, Problem};

/// A decimal with at most this many digits survives in a binary64.
const KEPT_DIGITS: usize = 15;
/// Largest number of significant digits in the exact decimal value of a binary64.
const MAX_DIGITS: usize = 767;
/// Every integer up to here is a binary64.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Reads JSON text strictly, a string or UTF-8 bytes, and writes it in its canonical form (RFC 8785).
///
/// ```
/// use context_snapshot::canonicalize_json;
///
/// assert_eq!(canonicalize_json("{ \"b\": 1.0, \"a\": 1e2 }")?, r#"{"a":100,"b":1}"#);
/// let refused = canonicalize_json("{\n  \"id\": 9007199254740993\n}").unwrap_err();
/// assert_eq!(refused.issues()[0].path, "id");
/// assert_eq!(
///     refused.issues()[0].message,
///     "Invalid number: 9007199254740993 would become 9007199254740992, a string keeps it (line 2, column 9)",
/// );
/// # Ok::<(), context_snapshot::Problem>(())
/// ```
///
/// # Errors
/// 422 if the text is not JSON or has a byte-order mark, for two members with one name, for an unpaired surrogate, for a number
/// that a binary64 does not keep, at more than 1,000 levels, and above 268,435,456 canonical bytes.
pub fn canonicalize_json(text: impl AsRef<[u8]>) -> Result<String, Problem> {
    canonicalize(&read(text.as_ref())?)
}

/// Reads JSON text as [`canonicalize_json`] does, into a type of this crate or any other.
///
/// ```
/// # use context_snapshot::*;
/// let item: Item = from_json(r#"{ "itemId": "a", "kind": "docblock", "sourceKey": "docs.a", "content": "" }"#)?;
/// assert_eq!(item.item_id, "a");
///
/// let refused = from_json::<serde_json::Value>(r#"{ "a": 1, "a": 2 }"#).unwrap_err();
/// assert_eq!(refused.issues()[0].message, "Duplicate member: a (line 1, column 11)");
/// # Ok::<(), Problem>(())
/// ```
///
/// # Errors
/// As [`canonicalize_json`], and if the value does not have the shape of a `T`.
pub fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    T::deserialize(read(text.as_bytes())?).map_err(|error| {
        let mut issues = Issues::default();
        issues.push(
            &Path::default(),
            IssueCode::InvalidType,
            format!("Invalid input: {}", sanitize(&error.to_string())),
        );
        issues.into_problem(Code::ValidationFailed)
    })
}

fn read(bytes: &[u8]) -> Result<Value, Problem> {
    let (text, is_whole) = match std::str::from_utf8(bytes) {
        Ok(text) => (text, true),
        Err(error) => (std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(), false),
    };
    let mut reader = Reader { text, at: 0, path: Path::default(), issues: Issues::default(), is_whole };
    reader.document().ok_or_else(|| reader.issues.into_problem(Code::ValidationFailed))
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    path: Path,
    issues: Issues,
    /// False if bytes that are not UTF-8 follow the text.
    is_whole: bool,
}

/// An array or object whose end was not read yet.
struct Container {
    values: Values,
    /// The path outside of the member that is being read.
    outside: usize,
}

/// What is in a container, and for an object the name of the member that is being read.
enum Values {
    Array(Vec<Value>),
    Object(Map<String, Value>, String),
}

impl Values {
    fn add(&mut self, value: Value) {
        match self {
            Self::Array(values) => values.push(value),
            Self::Object(members, name) => _ = members.insert(take(name), value),
        }
    }
}

impl Container {
    /// Makes an empty container that begins with this byte.
    fn new(byte: u8) -> Self {
        let values = if byte == b'[' { Values::Array(Vec::new()) } else { Values::Object(Map::new(), String::new()) };
        Self { values, outside: 0 }
    }

    /// Returns the byte with which it ends.
    fn end(&self) -> u8 {
        match self.values {
            Values::Array(_) => b']',
            Values::Object(..) => b'}',
        }
    }
}

impl From<Container> for Value {
    fn from(container: Container) -> Self {
        match container.values {
            Values::Array(values) => values.into(),
            Values::Object(members, _) => members.into(),
        }
    }
}

/// Methods return `None`, with an issue, if something is wrong.
impl Reader<'_> {
    // F7.4-1
    fn document(&mut self) -> Option<Value> {
        if self.text.starts_with('\u{feff}') {
            return self.wrong_at(0, IssueCode::InvalidFormat, "Invalid JSON: expected no byte-order mark");
        }
        let value = self.value()?;
        self.blanks();
        if self.at < self.text.len() || !self.is_whole {
            return self.unexpected("the end");
        }
        Some(value)
    }

    /// Reads a value with all that is in it. The containers that it is in are kept in a list and not on the stack, which may be small.
    fn value(&mut self) -> Option<Value> {
        let mut open: Vec<Container> = Vec::new();
        loop {
            self.blanks();
            let mut value = match self.peek() {
                Some(byte @ (b'{' | b'[')) => {
                    if open.len() == MAX_LEVELS {
                        self.issues.too_deep(&self.path);
                        return None;
                    }
                    self.at += 1;
                    let mut container = Container::new(byte);
                    self.blanks();
                    if !self.takes(container.end()) {
                        self.begin_member(&mut container)?;
                        open.push(container);
                        continue;
                    }
                    container.into()
                }
                Some(b'"') => Value::String(self.string()?),
                Some(b'-' | b'0'..=b'9') => Value::Number(self.number()?),
                _ => self.word()?,
            };
            loop {
                let Some(mut container) = open.pop() else { return Some(value) };
                self.path.leave(container.outside);
                container.values.add(value);
                self.blanks();
                if self.takes(b',') {
                    self.begin_member(&mut container)?;
                    open.push(container);
                    break;
                }
                if !self.takes(container.end()) {
                    return self.unexpected(if container.end() == b']' { ", or ]" } else { ", or }" });
                }
                value = container.into();
            }
        }
    }

    fn word(&mut self) -> Option<Value> {
        for (word, value) in [("null", Value::Null), ("true", true.into()), ("false", false.into())] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Some(value);
            }
        }
        self.unexpected("a value")
    }

    /// Enters the next member of a container, up to its value.
    fn begin_member(&mut self, container: &mut Container) -> Option<()> {
        match &mut container.values {
            Values::Array(values) => container.outside = self.path.enter(&decimal(values.len() as u64)),
            Values::Object(members, name) => {
                self.blanks();
                let start = self.at;
                if self.peek() != Some(b'"') {
                    return self.unexpected("a member's name");
                }
                *name = self.string()?;
                container.outside = self.path.enter(name);
                // F7.4-2, F13-6
                if members.contains_key(name) {
                    let message = concat(&["Duplicate member: ", &sanitize(name)]);
                    return self.wrong_at(start, IssueCode::Duplicate, &message);
                }
                self.blanks();
                if !self.takes(b':') {
                    return self.unexpected(":");
                }
            }
        }
        Some(())
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        self.at += 1;
        let mut string = String::new();
        let mut units = 0;
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(|character| matches!(character, '"' | '\\' | '\0'..='\u{1f}')).unwrap_or(rest.len());
            string.push_str(&rest[..plain]);
            units += rest[..plain].chars().map(char::len_utf16).sum::<usize>();
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Some(string);
                }
                Some(b'\\') => {}
                Some(_) => return self.unexpected("an escaped control character"),
                None => return self.unexpected("\""),
            }
            let escape = self.at;
            self.at += 1;
            let character = match self.peek() {
                Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
                Some(b'b') => '\u{8}',
                Some(b'f') => '\u{c}',
                Some(b'n') => '\n',
                Some(b'r') => '\r',
                Some(b't') => '\t',
                Some(b'u') => {
                    let first = self.unit()?;
                    let is_pair = (0xd800..0xdc00).contains(&first) && self.text[self.at + 1..].starts_with("\\u");
                    let mut pair = vec![first];
                    if is_pair {
                        self.at += 2;
                        pair.push(self.unit()?);
                    }
                    // F7.4-3
                    let Some(Ok(character)) = char::decode_utf16(pair).next() else {
                        let message = concat(&["Invalid string: unpaired surrogate at index ", &decimal(units as u64)]);
                        return self.wrong_at(escape.max(start), IssueCode::InvalidFormat, &message);
                    };
                    character
                }
                _ => return self.unexpected("an escape"),
            };
            self.at += 1;
            string.push(character);
            units += character.len_utf16();
        }
    }

    /// Reads the UTF-16 unit of an escape, up to its last digit.
    fn unit(&mut self) -> Option<u16> {
        let digits =
            self.text.get(self.at + 1..self.at + 5).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(unit) = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok()) else {
            return self.unexpected("u and four hexadecimal digits");
        };
        self.at += 4;
        Some(unit)
    }

    fn number(&mut self) -> Option<Number> {
        let start = self.at;
        self.takes(b'-');
        if !self.takes(b'0') {
            self.digits()?;
        }
        if self.takes(b'.') {
            self.digits()?;
        }
        if self.takes(b'e') || self.takes(b'E') {
            _ = self.takes(b'+') || self.takes(b'-');
            self.digits()?;
        }
        let written = &self.text[start..self.at];
        let value: f64 = written.parse().unwrap_or(f64::NAN);
        if is_kept(written, value) {
            #[expect(clippy::cast_possible_truncation, reason = "it is exact")]
            return if value.fract() == 0.0 && value.abs() < EXACT && !(value == 0.0 && value.is_sign_negative()) {
                Some(Number::from(value as i64))
            } else {
                Number::from_f64(value)
            };
        }
        let becomes = if value.is_finite() {
            let canonical = Number::from_f64(value).and_then(|number| canonicalize(&Value::Number(number)).ok());
            canonical.unwrap_or_default()
        } else {
            (if value < 0.0 { "-Infinity" } else { "Infinity" }).to_owned()
        };
        let message =
            concat(&["Invalid number: ", &sanitize(written), " would become ", &becomes, ", a string keeps it"]);
        self.wrong_at(start, IssueCode::InvalidFormat, &message)
    }

    fn digits(&mut self) -> Option<()> {
        let digits = self.text[self.at..].bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return self.unexpected("a digit");
        }
        self.at += digits;
        Some(())
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn takes(&mut self, byte: u8) -> bool {
        let takes = self.peek() == Some(byte);
        self.at += usize::from(takes);
        takes
    }

    fn unexpected<T>(&mut self, expected: &str) -> Option<T> {
        let found = match self.text[self.at..].chars().next() {
            Some(character) => sanitize(&character.to_string()),
            None if self.is_whole => "the end".to_owned(),
            None => "bytes that are not UTF-8".to_owned(),
        };
        self.wrong_at(
            self.at,
            IssueCode::InvalidFormat,
            &concat(&["Invalid JSON: expected ", expected, ", found ", &found]),
        )
    }

    /// Reports an issue at that byte, with line and column.
    // F7.4-5
    fn wrong_at<T>(&mut self, at: usize, code: IssueCode, message: &str) -> Option<T> {
        let before = &self.text[..at];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&character| character != '\n').count() + 1;
        let place = [" (line ", &decimal(line as u64), ", column ", &decimal(column as u64), ")"].concat();
        self.issues.push(&self.path, code, concat(&[message, &place]));
        None
    }
}

/// Returns true if `value`, the binary64 nearest to the text, keeps it: the text has at most 15 digits, or the same digits as
/// the binary64 has in its shortest form or rounded to as many digits.
// F7.4-4
fn is_kept(written: &str, value: f64) -> bool {
    let (digits, exponent) = significant(written);
    if digits.is_empty() || value == 0.0 || !value.is_finite() {
        return digits.is_empty() && value == 0.0;
    }
    let count = digits.len();
    let is_same = |form: &str| significant(form) == (digits.clone(), exponent);
    count <= KEPT_DIGITS
        || is_same(&format!("{value:e}"))
        || count <= MAX_DIGITS && (is_same(&format!("{value:.*e}", count - 1)) || is_tie(value, &digits, exponent))
}

/// Returns true if the value lies exactly half way between two numbers with that many digits, and the digits are one of the two
/// roundings in use: up, as in ECMAScript, or to the even digit, as in C.
fn is_tie(value: f64, digits: &str, exponent: i64) -> bool {
    let exact = significant(&format!("{value:.MAX_DIGITS$e}"));
    let is_half = |digits: &[u8]| exact.1 == exponent - 1 && exact.0.as_bytes() == [digits, b"5"].concat();
    let Some((last, before)) = digits.as_bytes().split_last() else { return false };
    let is_even = last.is_multiple_of(2);
    is_even && is_half(digits.as_bytes()) || is_half(&[before, &[last - 1]].concat())
}

/// Returns the digits of a number without zeros at either end, and the power of ten of the last digit.
fn significant(number: &str) -> (String, i64) {
    let (number, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    // An exponent that overflows is far out of range, which shows in the value.
    let exponent: i64 = exponent.parse().unwrap_or(0);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = [whole.trim_start_matches('-'), fraction].concat();
    let kept = digits.trim_end_matches('0');
    let zeros = digits.len() - kept.len();
    let last = exponent + i64::try_from(zeros).unwrap_or(0) - i64::try_from(fraction.len()).unwrap_or(0);
    (kept.trim_start_matches('0').to_owned(), last)
}

/// Reads JSON text as ECMAScript's `JSON.parse` reads it, which is what other verifiers of envelopes do: the last of members
/// with one name counts, and numbers become the nearest binary64. Returns `None` if the text is not JSON, has a number that
/// is out of range, or has too many levels.
#[cfg_attr(target_arch = "wasm32", allow(dead_code, reason = "envelopes are verified in JavaScript there"))]
pub(crate) fn parse_as_ecmascript(text: &str) -> Option<Value> {
    fn to_binary64(value: &mut Value) {
        match value {
            Value::Number(number) if binary64(number).is_none() => {
                if let Some(nearest) = number.as_f64().and_then(Number::from_f64) {
                    *number = nearest;
                }
            }
            Value::Array(values) => values.iter_mut().for_each(to_binary64),
            Value::Object(members) => members.values_mut().for_each(to_binary64),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    if levels(text) > MAX_LEVELS {
        return None;
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.disable_recursion_limit();
    let mut value = Value::deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    to_binary64(&mut value);
    Some(value)
}

/// Counts the levels of nesting in JSON text without parsing it. The count may be too high if the text is not JSON.
fn levels(text: &str) -> usize {
    let (mut level, mut most) = (0_usize, 0);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'[' | b'{' => level += 1,
            b']' | b'}' => level = level.saturating_sub(1),
            b'"' => {
                while let Some(byte) = bytes.next() {
                    match byte {
                        b'\\' => _ = bytes.next(),
                        b'"' => break,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        most = most.max(level);
    }
    most
}
