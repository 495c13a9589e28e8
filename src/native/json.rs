//! JSON text, read strictly (I-JSON, RFC 7493): what cannot be kept is refused, not changed (`docs/FORMAT.md` section 7.4).
//!
//! Why not `serde_json`: of two members with one name it keeps the last, and it rounds numbers, both in silence. How: a recursive
//! reader, as deep as the format allows, that stops at the first thing that is wrong and says where: the path, line and column.

use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

use crate::contract::MAX_LEVELS;
use crate::native::canonicalize;
use crate::primitives::sanitize::sanitize;
use crate::primitives::text::{concat, decimal};
use crate::value::problem::{Code, IssueCode, Issues, Path, Problem};

/// Digits that every decimal keeps in a binary64, and those that any binary64 has exactly.
const KEPT_DIGITS: usize = 15;
const MOST_DIGITS: usize = 767;
/// Integers up to here are exact.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The canonical form (RFC 8785) of JSON text, a string or UTF-8 bytes.
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
/// 422 where the text is no JSON or has a byte-order mark, for two members of one name, for an unpaired surrogate, for a number
/// that binary64 does not keep, at more than 1,000 levels, and above 268,435,456 canonical bytes.
pub fn canonicalize_json(text: impl AsRef<[u8]>) -> Result<String, Problem> {
    canonicalize(&read(text.as_ref())?)
}

/// Reads JSON text as [`canonicalize_json`] does, into a type of this crate or any other.
///
/// # Errors
/// As [`canonicalize_json`], and where it has not the shape of a `T`.
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
    let value = reader.document();
    match value {
        Some(value) if reader.issues.is_empty() => Ok(value),
        _ => Err(reader.issues.into_problem(Code::ValidationFailed)),
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    path: Path,
    issues: Issues,
    /// Whether the text is all; else it ends where the bytes are no UTF-8.
    is_whole: bool,
}

/// `None`, with an issue, where something is wrong.
impl Reader<'_> {
    // F7.4-1
    fn document(&mut self) -> Option<Value> {
        if self.text.starts_with('\u{feff}') {
            return self.wrong_at(0, IssueCode::InvalidFormat, "Invalid JSON: expected no byte-order mark");
        }
        let value = self.value(1)?;
        self.blanks();
        if self.at < self.text.len() || !self.is_whole {
            return self.unexpected("the end");
        }
        Some(value)
    }

    fn value(&mut self, level: usize) -> Option<Value> {
        self.blanks();
        match self.peek() {
            Some(b'{') => self.object(level),
            Some(b'[') => self.array(level),
            Some(b'"') => self.string().map(Value::String),
            Some(b'-' | b'0'..=b'9') => self.number().map(Value::Number),
            _ => {
                for (word, value) in [("null", Value::Null), ("true", true.into()), ("false", false.into())] {
                    if self.text[self.at..].starts_with(word) {
                        self.at += word.len();
                        return Some(value);
                    }
                }
                self.unexpected("a value")
            }
        }
    }

    fn object(&mut self, level: usize) -> Option<Value> {
        self.open(level)?;
        let mut members = Map::new();
        self.blanks();
        if self.takes(b'}') {
            return Some(members.into());
        }
        loop {
            self.blanks();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return self.unexpected("a member's name");
            }
            let name = self.string()?;
            let outside = self.path.enter(&name);
            // F7.4-2, F13-6
            if members.contains_key(&name) {
                let message = concat(&["Duplicate member: ", &sanitize(&name)]);
                return self.wrong_at(start, IssueCode::Duplicate, &message);
            }
            self.blanks();
            if !self.takes(b':') {
                return self.unexpected(":");
            }
            let value = self.value(level + 1)?;
            self.path.leave(outside);
            members.insert(name, value);
            self.blanks();
            if self.takes(b'}') {
                return Some(members.into());
            }
            if !self.takes(b',') {
                return self.unexpected(", or }");
            }
        }
    }

    fn array(&mut self, level: usize) -> Option<Value> {
        self.open(level)?;
        let mut values = Vec::new();
        self.blanks();
        if self.takes(b']') {
            return Some(values.into());
        }
        loop {
            let outside = self.path.enter(&decimal(values.len() as u64));
            let value = self.value(level + 1)?;
            self.path.leave(outside);
            values.push(value);
            self.blanks();
            if self.takes(b']') {
                return Some(values.into());
            }
            if !self.takes(b',') {
                return self.unexpected(", or ]");
            }
        }
    }

    /// Goes into a container.
    fn open(&mut self, level: usize) -> Option<()> {
        if level > MAX_LEVELS {
            self.issues.too_deep(&self.path);
            return None;
        }
        self.at += 1;
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
                Some(_) => return self.unexpected("an escape of a control character"),
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

    /// The unit of an escape; ends at its last digit.
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
            "Infinity".to_owned()
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

    /// Something is wrong at that byte: of several things, the first is told.
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

/// Whether a binary64, the nearest to what is written, keeps it: few digits, or those that it is written with itself, the
/// shortest ones or as many as here.
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
        || count <= MOST_DIGITS && is_same(&format!("{value:.*e}", count - 1))
}

/// The digits of a number without zeros at either end, and the power of ten of the last.
fn significant(number: &str) -> (String, i64) {
    let (number, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    // What has more digits is far out of range, which shows in the value.
    let exponent: i64 = exponent.parse().unwrap_or(0);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = [whole.trim_start_matches('-'), fraction].concat();
    let kept = digits.trim_end_matches('0');
    let zeros = digits.len() - kept.len();
    let last = exponent + i64::try_from(zeros).unwrap_or(0) - i64::try_from(fraction.len()).unwrap_or(0);
    (kept.trim_start_matches('0').to_owned(), last)
}
