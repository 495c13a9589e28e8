//! Instants against a calendar library, and texts that are not times.
//!
//! Why: this crate counts days by itself, and a time that is read wrongly is sealed for good. How: random instants with random
//! offsets, and each day on which a calendar turns, are compared with `jiff`. Because `jiff` reads more than RFC 3339, a grammar
//! in this file checks the form: a text must be read if and only if the grammar accepts it and `jiff` finds an instant in range.

use context_snapshot::Timestamp;
use jiff::civil;
use jiff::tz::{Offset, TimeZone};
use proptest::prelude::*;

/// 9999-12-31T23:59:59.999Z.
const LAST: i64 = 253_402_300_799_999;
/// The last instant that `jiff` knows, a day and two hours earlier, so that any offset can be applied to it.
const LAST_OF_JIFF: i64 = 253_402_207_200_999 - 999;

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn millis(text: &str) -> Option<i64> {
    Timestamp::parse_rfc3339(text).map(Timestamp::millis)
}

fn theirs(millis: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(millis).expect("in the range of jiff")
}

/// Writes an instant as a clock with this offset shows it.
fn shown(millis: i64, offset: i32, fraction: &str) -> String {
    let zone = TimeZone::fixed(Offset::from_seconds(offset * 60).expect("less than a day"));
    let clock = theirs(millis).to_zoned(zone);
    let sign = if offset < 0 { '-' } else { '+' };
    let (hours, minutes) = (offset.abs() / 60, offset.abs() % 60);
    format!("{}{fraction}{sign}{hours:02}:{minutes:02}", clock.strftime("%Y-%m-%dT%H:%M:%S"))
}

/// Returns true if the text has the form of RFC 3339 section 5.6 and is not a leap second.
fn is_date_time(text: &str) -> bool {
    fn matches<'t>(text: &'t [u8], pattern: &str) -> Option<&'t [u8]> {
        let (start, rest) = text.split_at_checked(pattern.len())?;
        let fits =
            |(byte, is): (&u8, u8)| if is == b'd' { byte.is_ascii_digit() } else { byte.eq_ignore_ascii_case(&is) };
        start.iter().zip(pattern.bytes()).all(fits).then_some(rest)
    }
    let Some(mut rest) = matches(text.as_bytes(), "dddd-dd-ddTdd:dd:dd") else { return false };
    if let Some(mut fraction) = matches(rest, ".d") {
        while let Some(more) = matches(fraction, "d") {
            fraction = more;
        }
        rest = fraction;
    }
    let offset = matches(rest, "+dd:dd").or_else(|| matches(rest, "-dd:dd")).is_some_and(<[u8]>::is_empty);
    let hours = rest.get(1..3).and_then(|hours| str::from_utf8(hours).ok()?.parse().ok()).unwrap_or(24);
    let minutes = rest.get(4..6).and_then(|minutes| str::from_utf8(minutes).ok()?.parse().ok()).unwrap_or(60);
    &text[17..19] < "60" && (rest.eq_ignore_ascii_case(b"Z") || offset && hours < 24 && minutes < 60)
}

proptest! {
    #![proptest_config(cases(10_000))]

    // F5.1-1
    #[test]
    fn random_instants_are_written_as_jiff_writes_them(millis in 0..=LAST_OF_JIFF) {
        let time = Timestamp::from_millis(millis).expect("in range");
        prop_assert_eq!(time.to_string(), format!("{:.3}", theirs(millis)));
        prop_assert_eq!(Timestamp::parse_rfc3339(&time.to_string()), Some(time));
        prop_assert_eq!(time.millis(), millis);
    }

    // F5.1-2, F5.1-3, F13-11
    #[test]
    fn random_instants_are_read_at_any_offset(
        millis in 0..=LAST_OF_JIFF,
        offset in -1_439..=1_439,
        digits in 0..10_usize,
        beyond in 0..1_000_000_u32,
    ) {
        let fraction = format!("{:03}{beyond:06}", millis % 1_000);
        let shown_fraction = if digits == 0 { String::new() } else { format!(".{}", &fraction[..digits]) };
        let text = shown(millis, offset, &shown_fraction);
        // Digits that are not written are zero.
        let unit = [1_000, 100, 10, 1][digits.min(3)];
        prop_assert_eq!(self::millis(&text), Some(millis - millis % unit), "{}", &text);
        prop_assert_eq!(self::millis(&text.to_lowercase()), Some(millis - millis % unit));
        let jiffs: jiff::Timestamp = text.parse().expect("jiff reads it");
        prop_assert_eq!(self::millis(&text), Some(jiffs.as_millisecond()));
    }

    // F5.1-2, F13-10
    #[test]
    fn random_texts_are_read_if_they_are_date_times(
        millis in 0..=LAST_OF_JIFF,
        offset in prop_oneof![Just(None), (-1_439..=1_439).prop_map(Some)],
        fraction in proptest::sample::select(&["", ".1", ".12", ".123", ".1239", ".12399999"][..]),
        place in any::<proptest::sample::Index>(),
        with in proptest::sample::select("0123456789TtZz:+-.,_ /\n\0é٣−".chars().collect::<Vec<_>>()),
        how in 0..4,
    ) {
        let text = match offset {
            Some(offset) => shown(millis, offset, fraction),
            None => shown(millis, 0, fraction).replace("+00:00", "Z"),
        };
        let place = place.index(text.len());
        let (before, after) = text.split_at(place);
        let bent = match how {
            0 => format!("{before}{with}{}", &after[1..]),
            1 => format!("{before}{with}{after}"),
            2 => format!("{before}{}", &after[1..]),
            _ => before.to_owned(),
        };
        // After the last day that jiff knows.
        prop_assume!(!bent.starts_with("9999-12-3"));
        let jiffs = bent.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_nanosecond);
        // In range after it is cut off to milliseconds.
        let expected = jiffs.filter(|_| is_date_time(&bent)).map(|nanos| nanos.div_euclid(1_000_000)).filter(|&millis| millis >= 0);
        prop_assert_eq!(self::millis(&bent).map(i128::from), expected, "{:?}", &bent);
    }

    #[test]
    fn other_texts_are_refused(text in proptest::collection::vec(any::<char>(), 0..30).prop_map(String::from_iter)) {
        prop_assert_eq!(millis(&text), None);
    }
}

#[test]
fn each_day_on_which_a_calendar_turns_is_read_and_written() {
    for year in 1970..=9999 {
        for (month, day) in [(1, 1), (2, 28), (2, 29), (3, 1), (12, 30)] {
            let Ok(date) = civil::Date::new(year, month, day) else {
                assert_eq!(millis(&format!("{year}-{month:02}-{day:02}T00:00:00Z")), None);
                continue;
            };
            let noon = date.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).expect("in the range of jiff").timestamp();
            let text = format!("{noon:.3}");
            assert_eq!(millis(&text), Some(noon.as_millisecond()), "{text}");
            assert_eq!(Timestamp::from_millis(noon.as_millisecond()).expect("in range").to_string(), text);
        }
    }
}

#[test]
fn each_day_of_all_years_is_read_and_written() {
    let mut date = civil::date(1970, 1, 1);
    for day in 0..=LAST / 86_400_000 {
        let time = Timestamp::from_millis(day * 86_400_000).expect("in range");
        let text = format!("{:04}-{:02}-{:02}T00:00:00.000Z", date.year(), date.month(), date.day());
        assert_eq!((time.to_string(), millis(&text)), (text, Some(time.millis())));
        if date < civil::Date::MAX {
            date = date.tomorrow().expect("in the range of jiff");
        }
    }
    assert_eq!(date, civil::date(9999, 12, 31));
}

/// Returns the instant that the grammar of this file and `jiff` find in a text, if it is in range.
fn expected(text: &str) -> Option<i64> {
    let jiffs = text.parse::<jiff::Timestamp>().ok().filter(|_| is_date_time(text))?;
    i64::try_from(jiffs.as_nanosecond().div_euclid(1_000_000)).ok().filter(|&millis| millis >= 0)
}

#[test]
fn each_value_of_each_two_fields_is_read_as_jiff_reads_it() {
    let fields = [5, 8, 11, 14, 17, 24, 27];
    let good = "2024-02-29T23:59:59.999+23:59";
    let mut taken = 0;
    for (number, &one) in fields.iter().enumerate() {
        for &other in &fields[number + 1..] {
            for values in 0..10_000 {
                let mut text = good.to_owned();
                text.replace_range(one..one + 2, &format!("{:02}", values / 100));
                text.replace_range(other..other + 2, &format!("{:02}", values % 100));
                let found = millis(&text);
                assert_eq!(found, expected(&text), "{text}");
                taken += usize::from(found.is_some());
            }
        }
    }
    assert!(taken > 20_000, "{taken}");
}

#[test]
fn each_character_in_each_place_is_read_as_jiff_reads_it() {
    for good in
        ["2024-02-29T23:59:59.999+23:59", "1970-01-01t00:00:00z", "2100-02-28T00:00:00-00:00", "9998-12-31T23:59:60Z"]
    {
        for place in 0..good.len() {
            for character in (0..=0x7f_u8).map(char::from) {
                for text in [
                    format!("{}{character}{}", &good[..place], &good[place + 1..]),
                    format!("{}{character}{}", &good[..place], &good[place..]),
                ] {
                    assert_eq!(millis(&text), expected(&text), "{text:?}");
                }
            }
            assert_eq!(millis(&good[..place]), None);
        }
    }
}

#[test]
fn each_two_characters_in_each_two_places_are_read_as_jiff_reads_them() {
    let good = "2023-12-31T20:00:00.5-03:00";
    for one in 0..good.len() {
        for other in one + 1..good.len() {
            for left in "0139TtZz:+-. ".chars() {
                for right in "0139TtZz:+-. ".chars() {
                    let mut text = good.to_owned();
                    text.replace_range(one..=one, left.encode_utf8(&mut [0; 4]));
                    text.replace_range(other..=other, right.encode_utf8(&mut [0; 4]));
                    assert_eq!(millis(&text), expected(&text), "{text:?}");
                }
            }
        }
    }
}

// F13-9
#[test]
fn refuses_a_day_that_the_month_does_not_have() {
    for year in [1970, 2000, 2023, 2024, 2100, 2400, 9999] {
        for month in 1..=12 {
            let days = civil::date(year, month, 1).days_in_month();
            for day in 0..=99 {
                let found = millis(&format!("{year}-{month:02}-{day:02}T00:00:00Z"));
                assert_eq!(found.is_some(), (1..=days).contains(&day), "{year}-{month}-{day}");
            }
        }
    }
}

// F5.1-4, F13-11
#[test]
fn refuses_an_instant_before_1970_or_after_9999() {
    assert_eq!(Timestamp::from_millis(0).expect("in range").to_string(), "1970-01-01T00:00:00.000Z");
    assert_eq!(Timestamp::from_millis(LAST).expect("in range").to_string(), "9999-12-31T23:59:59.999Z");
    for outside in [-1, LAST + 1, i64::MIN, i64::MAX] {
        assert_eq!(Timestamp::from_millis(outside), None, "{outside}");
    }
    // The range is checked last: after the offset, and after it is cut off to milliseconds.
    let taken = [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00-00:00", 0),
        ("1970-01-01T00:00:00.0009Z", 0),
        ("1969-12-31T23:00:00-01:00", 0),
        ("1969-12-31T00:01:00.001-23:59", 1),
        ("1970-01-01T23:59:00+23:59", 0),
        ("9999-12-31T23:59:59.999Z", LAST),
        ("9999-12-31T23:59:59.9999999Z", LAST),
        ("9999-12-31T23:59:59.999+00:01", LAST - 60_000),
    ];
    for (text, expected) in taken {
        assert_eq!(millis(text), Some(expected), "{text}");
    }
    let refused = [
        "1969-12-31T23:59:59.999Z",
        "1969-12-31T23:59:59.9999Z",
        "1970-01-01T00:00:00+00:01",
        "1970-01-01T00:59:59.999+01:00",
        "1969-12-31T23:00:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:00-00:01",
        "9999-12-31T23:59:59.999-23:59",
        "10000-01-01T00:00:00Z",
        "9999-12-31T24:00:00Z",
    ];
    for text in refused {
        assert_eq!(millis(text), None, "{text}");
    }
}

#[test]
fn refuses_texts_that_only_look_like_times() {
    let refused = [
        "",
        "T",
        "2026",
        "2026-01-02",
        "03:04:05Z",
        // Another character in the place of the T.
        "2026-01-02 03:04:05Z",
        "2026-01-02_03:04:05Z",
        "2026-01-0203:04:05Z",
        // No offset.
        "2026-01-02T03:04:05",
        "2026-01-02T03:04:05.678",
        // No seconds.
        "2026-01-02T03:04Z",
        "2026-01-02T03Z",
        // Days, months and hours that do not exist.
        "2026-02-30T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-00-02T00:00:00Z",
        "2026-13-02T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-32T00:00:00Z",
        "2026-01-02T24:00:00Z",
        "2026-01-02T03:60:00Z",
        // A leap second that happened, and one that did not.
        "2016-12-31T23:59:60Z",
        "2026-01-02T03:04:60Z",
        "2026-01-02T03:04:61Z",
        // More text after or before it.
        "2026-01-02T03:04:05Z ",
        "2026-01-02T03:04:05Zjunk",
        "2026-01-02T03:04:05ZZ",
        "2026-01-02T03:04:05Z\0",
        "2026-01-02T03:04:05Z\n",
        "2026-01-02T03:04:05Z[Europe/Berlin]",
        "2026-01-02T03:04:05+01:00[Europe/Berlin]",
        " 2026-01-02T03:04:05Z",
        "+2026-01-02T03:04:05Z",
        "+002026-01-02T03:04:05Z",
        "-2026-01-02T03:04:05Z",
        "-000001-01-01T00:00:00Z",
        // Offsets.
        "2026-01-02T03:04:05+0100",
        "2026-01-02T03:04:05+01",
        "2026-01-02T03:04:05+1:00",
        "2026-01-02T03:04:05+01:0",
        "2026-01-02T03:04:05+01:00:00",
        "2026-01-02T03:04:05+24:00",
        "2026-01-02T03:04:05-24:00",
        "2026-01-02T03:04:05+23:60",
        "2026-01-02T03:04:05+-1:00",
        "2026-01-02T03:04:05Z+01:00",
        "2026-01-02T03:04:05 +01:00",
        "2026-01-02T03:04:05\u{2212}01:00",
        "2026-01-02T03:04:05UTC",
        // Fractions.
        "2026-01-02T03:04:05,678Z",
        "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05.+01:00",
        "2026-01-02T03:04:05.67 8Z",
        "2026-01-02T03:04:05.-1Z",
        "2026-01-02T03:04:05.6.7Z",
        "2026-01-02T03:04.5Z",
        // Fewer digits, signs between them, digits that are not ASCII.
        "26-01-02T03:04:05Z",
        "2026-1-02T03:04:05Z",
        "2026-01-2T03:04:05Z",
        "2026-01-02T3:04:05Z",
        "2026-+1-02T03:04:05Z",
        "2026-01-02T+3:04:05Z",
        "2026-01-02T 3:04:05Z",
        "٢٠٢٦-01-02T03:04:05Z",
        "2026-01-02T03:04:0５Z",
        "2026-01-02T03:04:05.６Z",
        // Other separators, other forms.
        "2026/01/02T03:04:05Z",
        "2026-01/02T03:04:05Z",
        "2026-01-02T03.04.05Z",
        "2026-01-02T03-04-05Z",
        "20260102T030405Z",
        "2026-W01-5T03:04:05Z",
        "2026-002T03:04:05Z",
        "Fri, 02 Jan 2026 03:04:05 GMT",
        "1767323045678",
    ];
    for text in refused {
        assert_eq!(millis(text), None, "{text:?}");
    }
}

#[test]
fn reads_texts_that_are_times() {
    let taken = [
        ("2026-01-02T03:04:05Z", 1_767_323_045_000),
        ("2026-01-02t03:04:05z", 1_767_323_045_000),
        ("2026-01-02T03:04:05.6Z", 1_767_323_045_600),
        ("2026-01-02T03:04:05.67Z", 1_767_323_045_670),
        ("2026-01-02T03:04:05.678Z", 1_767_323_045_678),
        ("2026-01-02T03:04:05.6789999999999999999999999999999999999999Z", 1_767_323_045_678),
        ("2026-01-02T03:04:05.000000000000001Z", 1_767_323_045_000),
        ("2026-01-02T03:04:05.678+00:00", 1_767_323_045_678),
        ("2026-01-02T03:04:05.678-00:00", 1_767_323_045_678),
        ("2026-01-02T04:04:05.678+01:00", 1_767_323_045_678),
        ("2026-01-01T21:34:05.678-05:30", 1_767_323_045_678),
        ("2026-01-03T03:03:05.678+23:59", 1_767_323_045_678),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000),
        ("2000-02-29T00:00:00Z", 951_782_400_000),
    ];
    for (text, expected) in taken {
        assert_eq!(millis(text), Some(expected), "{text}");
    }
}

#[test]
fn a_timestamp_is_its_text_in_json() {
    let time = Timestamp::parse_rfc3339("2026-01-02T04:04:05.6789+01:00").expect("a time");
    assert_eq!(serde_json::to_value(time).expect("text"), "2026-01-02T03:04:05.678Z");
    assert!(time > Timestamp::from_millis(0).expect("in range"));
}
