//! Instants in the form of the format: RFC 3339, UTC, milliseconds, years 1970 to 9999 (FORMAT 5.1).
//!
//! Why our own: range and strictness are part of the format, and a calendar library would be most of the WebAssembly module.
//! How: days are counted in eras of 400 years, which all have the same number of days. `tests/rust/time.rs` compares with a
//! calendar library.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::primitives::text::utf8;

/// Milliseconds in a day.
const DAY: i64 = 86_400_000;
const DAYS_IN_ERA: i64 = 146_097;
/// Days from 0000-03-01, the beginning of an era, to 1970-01-01.
const EPOCH: i64 = 719_468;
/// Milliseconds from the epoch to 9999-12-31T23:59:59.999Z.
// F5.1-4, F10-4
const LAST: i64 = 253_402_300_799_999;

/// The part of a message about a time that is out of range.
pub(crate) const RANGE: &str = "expected an instant from 1970 to 9999";

/// An instant in milliseconds since 1970-01-01T00:00:00Z, up to the end of the year 9999.
///
/// It is read from RFC 3339 with any offset, and written in UTC with milliseconds.
///
/// ```
/// use context_snapshot::Timestamp;
///
/// let time: Timestamp = "2026-01-02T04:04:05.678901+01:00".parse()?;
/// assert_eq!(time.to_string(), "2026-01-02T03:04:05.678Z");
/// assert_eq!(Timestamp::from_millis(1_767_323_045_678), Some(time));
///
/// let wrong = "2026-01-02T03:04:05".parse::<Timestamp>().unwrap_err();
/// assert_eq!(wrong.to_string(), "Invalid time: expected RFC 3339 with an offset; missing: the offset");
/// # Ok::<(), context_snapshot::InvalidTimestamp>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Returns the instant `millis` milliseconds after 1970-01-01T00:00:00Z, or `None` if it is not in the years 1970 to 9999
    /// (F5.1-4).
    // F13-11
    #[must_use]
    pub fn from_millis(millis: i64) -> Option<Self> {
        (0..=LAST).contains(&millis).then_some(Self(millis))
    }

    /// Converts a JavaScript time value. Fractions of a millisecond are cut off, towards zero as `TimeClip` does (F5.1-3).
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and is then out of range")]
    pub(crate) fn from_time_value(value: f64) -> Option<Self> {
        if value.is_nan() { None } else { Self::from_millis(value as i64) }
    }

    /// Returns the milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Parses a `date-time` of RFC 3339 section 5.6, which includes an offset (F5.1-2). Fractions of a millisecond are cut
    /// off (F5.1-3). A leap second (`:60`) is refused, because milliseconds since 1970 cannot express it (F13-9).
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        Self::from_millis(Self::millis_of_text(text, false)?)
    }

    /// Parses an RFC 3339 time to milliseconds since the epoch, without the range check of the format, which comes last
    /// (F13-11). If `stored` is true, also accepts the form that `PostgreSQL` writes: a blank instead of the `T`, and an
    /// offset of hours only. O(n).
    // F5.1-2, F11-15, F13-9, F13-10
    pub(crate) fn millis_of_text(text: &str, stored: bool) -> Option<i64> {
        let (clock, rest) = text.as_bytes().split_first_chunk::<19>()?;
        let mut numbers = [0; 6];
        let mut place = 0;
        for (&byte, form) in clock.iter().zip(*b"0000-00-00T00:00:00") {
            match (form, byte) {
                (b'0', b'0'..=b'9') => numbers[place] = numbers[place] * 10 + i64::from(byte - b'0'),
                (b'-' | b':', _) if byte == form => place += 1,
                (b'T', b'T' | b't') => place += 1, // F13-10
                (b'T', b' ') if stored => place += 1,
                _ => return None,
            }
        }
        let [year, month, day, hour, minute, second] = numbers;
        if !(1..=12).contains(&month)
            || day < 1
            || day > days_in(year, month) // F13-9
            || hour > 23
            || minute > 59
            || second > 59
        {
            return None;
        }
        let (fraction, offset) = match rest.strip_prefix(b".") {
            Some(rest) => {
                let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
                if digits == 0 {
                    return None;
                }
                let millis = number(&rest[..digits.min(3)])? * [100, 10, 1][digits.min(3) - 1];
                (millis, &rest[digits..])
            }
            None => (0, rest),
        };
        let offset = match offset {
            b"Z" | b"z" => 0,
            [sign @ (b'+' | b'-'), offset @ ..] => {
                let (hours, minutes) = match offset {
                    [_, _, b':', _, _] => (number(&offset[..2])?, number(&offset[3..])?),
                    [_, _] if stored => (number(offset)?, 0),
                    _ => return None,
                };
                if hours > 23 || minutes > 59 {
                    return None;
                }
                (if *sign == b'-' { -60_000 } else { 60_000 }) * (hours * 60 + minutes)
            }
            _ => return None,
        };
        let clock = ((hour * 60 + minute) * 60 + second) * 1_000 + fraction;
        Some(days_from_civil(year, month, day) * DAY + clock - offset)
    }
}

impl Timestamp {
    /// Formats the instant like `Date.prototype.toISOString`: `2026-01-02T03:04:05.678Z` (F5.1-1).
    #[expect(clippy::cast_sign_loss, reason = "a digit")]
    #[inline(never)]
    pub(crate) fn text(self) -> String {
        let (year, month, day) = civil_from_days(self.0 / DAY);
        let clock = self.0 % DAY;
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let numbers = [year, month, day, clock / 3_600_000, clock / 60_000 % 60, clock / 1_000 % 60, clock % 1_000];
        for (mut value, end) in numbers.into_iter().zip([4, 7, 10, 13, 16, 19, 23]) {
            for digit in text[..end].iter_mut().rev().take_while(|digit| digit.is_ascii_digit()) {
                *digit = b'0' + (value % 10) as u8;
                value /= 10;
            }
        }
        utf8(&text).to_owned()
    }
}

/// Formats the instant like `Date.prototype.toISOString`: `2026-01-02T03:04:05.678Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The error for a text that is not a [`Timestamp`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidTimestamp(String);

impl fmt::Display for InvalidTimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Invalid time: {}", self.0)
    }
}

impl std::error::Error for InvalidTimestamp {}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    /// Reads a text as [`Timestamp::parse_rfc3339`] does.
    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        let millis = Self::millis_of_text(text, false).ok_or_else(|| InvalidTimestamp(explain_invalid(text)))?;
        Self::from_millis(millis).ok_or_else(|| InvalidTimestamp(RANGE.to_owned()))
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <Cow<'de, str>>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Explains why a text is not a time: which parts are missing, if it has some parts of a time (E4-8). O(n).
#[inline(never)]
pub(crate) fn explain_invalid(text: &str) -> String {
    /// Removes a prefix of the given form and returns true if there is one. In the form, `0` stands for any digit.
    #[inline(never)]
    fn take(rest: &mut &[u8], form: &[u8]) -> bool {
        let fits = |(&byte, &of): (&u8, &u8)| if of == b'0' { byte.is_ascii_digit() } else { byte == of };
        let is_there = rest.len() >= form.len() && rest.iter().zip(form).all(fits);
        if is_there {
            *rest = &rest[form.len()..];
        }
        is_there
    }
    let rest = &mut text.as_bytes();
    let has_date = take(rest, b"0000-00-00");
    _ = take(rest, b"T") || take(rest, b"t") || take(rest, b" ");
    let has_clock = take(rest, b"00:00");
    let has_seconds = has_clock && take(rest, b":00");
    if has_seconds && take(rest, b".0") {
        while take(rest, b"0") {}
    }
    let has_hours = take(rest, b"+00") || take(rest, b"-00");
    let has_offset = take(rest, b"Z") || take(rest, b"z") || has_hours;
    if has_hours {
        _ = take(rest, b":00") || take(rest, b"00");
    }
    let mut wrong = "expected RFC 3339 with an offset".to_owned();
    if rest.is_empty() && (has_date || has_clock) {
        let mut before = "; missing: the ";
        let parts =
            [(has_date, "date"), (has_clock, "time"), (has_seconds || !has_clock, "seconds"), (has_offset, "offset")];
        for (_, part) in parts.into_iter().filter(|&(is_present, _)| !is_present) {
            wrong.push_str(before);
            wrong.push_str(part);
            before = ", the ";
        }
    }
    wrong
}

/// Parses decimal digits. Returns `None` if there is anything else.
#[inline(never)]
fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
}

/// Returns the number of days in a month.
fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Converts a date to days since the epoch. Here a year begins in March, so that the leap day is its last day, and years are
/// counted from one era before the year 0, so that none is negative.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year + 400 - i64::from(month <= 2);
    let day = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day - EPOCH - DAYS_IN_ERA
}

/// Converts days since the epoch, which must not be negative, to year, month and day.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH;
    let (era, day) = (days / DAYS_IN_ERA, days % DAYS_IN_ERA);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (civil_month, day) = (if month < 10 { month + 3 } else { month - 9 }, day - (153 * month + 2) / 5 + 1);
    (era * 400 + year + i64::from(civil_month <= 2), civil_month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    // F5.1-3, F5.1-4
    #[test]
    fn cuts_a_number_towards_zero_and_then_checks_its_range() {
        let millis = |value| Timestamp::from_time_value(value).map(Timestamp::millis);
        for (value, expected) in [(0.9, 0), (-0.0, 0), (-0.5, 0), (-0.999, 0), (1e12 + 0.9, 1_000_000_000_000)] {
            assert_eq!(millis(value), Some(expected), "{value}");
        }
        for outside in [-1.0, -1.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(millis(outside), None, "{outside}");
        }
        assert_eq!(millis(253_402_300_799_999.9), Some(LAST));
        assert_eq!(millis(253_402_300_800_000.0), None);
        assert_eq!(Timestamp::parse_rfc3339("1969-12-31T23:59:59.9995Z"), None, "a text stays in its year");
    }
}
