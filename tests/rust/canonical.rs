//! Canonical JSON (RFC 8785) of Rust values: the same text as another implementation writes, and the same refusals as from
//! JavaScript.
//!
//! Why: every digest is over this text, so a single different byte makes another snapshot. How: random values are compared with
//! `serde_json_canonicalizer`. That crate writes numbers with the same library as ours, so numbers are also compared with the
//! standard library's digits, laid out as FORMAT 9.3 says. Strings, which are written sixteen units at a time, are compared with a
//! writer of one character at a time, with every kind of character at every place.

use context_snapshot::{Code, Input, Item, Record, Timestamp, canonicalize, digest, digest_item, from_json};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Number, Value, json};
use sha2::{Digest as _, Sha256};

/// The first and the last character of each kind that is written in its own way.
const CHARACTERS: [char; 27] = [
    '\u{0}',
    '\u{1}',
    '\u{7}',
    '\u{8}',
    '\t',
    '\n',
    '\u{b}',
    '\u{c}',
    '\r',
    '\u{e}',
    '\u{1f}',
    ' ',
    '!',
    '"',
    '/',
    '\\',
    '~',
    '\u{7f}',
    '\u{80}',
    '\u{7ff}',
    '\u{800}',
    '\u{2028}',
    '\u{d7ff}',
    '\u{e000}',
    '\u{ffff}',
    '\u{10000}',
    '\u{10ffff}',
];

/// Appendix B of RFC 8785, without NaN and infinity, which no JSON value of Rust can be.
const APPENDIX_B: [(u64, &str); 24] = [
    (0x0000_0000_0000_0000, "0"),
    (0x8000_0000_0000_0000, "0"),
    (0x0000_0000_0000_0001, "5e-324"),
    (0x8000_0000_0000_0001, "-5e-324"),
    (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
    (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
    (0x4340_0000_0000_0000, "9007199254740992"),
    (0xc340_0000_0000_0000, "-9007199254740992"),
    (0x4430_0000_0000_0000, "295147905179352830000"),
    (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
    (0x44b5_2d02_c7e1_4af6, "1e+23"),
    (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
    (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
    (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
    (0x444b_1ae4_d6e2_ef50, "1e+21"),
    (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
    (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
    (0x41b3_de43_5555_5553, "333333333.3333332"),
    (0x41b3_de43_5555_5554, "333333333.33333325"),
    (0x41b3_de43_5555_5555, "333333333.3333333"),
    (0x41b3_de43_5555_5556, "333333333.3333334"),
    (0x41b3_de43_5555_5557, "333333333.33333343"),
    (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
    (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
];

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Any character; special ones more often than by chance.
fn character() -> impl Strategy<Value = char> {
    prop_oneof![4 => proptest::char::range(' ', '~'), 2 => proptest::sample::select(&CHARACTERS[..]), 2 => any::<char>()]
}

fn text() -> impl Strategy<Value = String> {
    vec(character(), 0..40).prop_map(String::from_iter)
}

/// Any finite binary64; everyday numbers more often than by chance.
fn double() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |double| double.is_finite()),
        (any::<i32>(), 0..12).prop_map(|(digits, places)| f64::from(digits) / 10_f64.powi(places)),
        (any::<i32>(), 0..40).prop_map(|(digits, places)| f64::from(digits) * 10_f64.powi(places)),
    ]
}

/// An integer that a binary64 equals: 53 bits, moved up.
fn integer() -> impl Strategy<Value = Number> {
    prop_oneof![
        (-(1_i64 << 53)..=1 << 53, 0..=9).prop_map(|(bits, places)| Number::from(bits << places)),
        (0..1_u64 << 53, 0..=11).prop_map(|(bits, places)| Number::from(bits << places)),
        any::<i32>().prop_map(Number::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        double().prop_map(Value::from),
        integer().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..8).prop_map(Value::from),
            vec((text(), inner.clone()), 0..8).prop_map(|members| Value::from(Map::from_iter(members))),
            // Names that differ only in their last character, so that their order is that of single characters.
            (text(), vec((character(), inner), 0..8)).prop_map(|(start, members)| {
                Value::Object(members.into_iter().map(|(end, value)| (format!("{start}{end}"), value)).collect())
            }),
        ]
    })
}

/// Writes a value that has a canonical form.
fn canonical(value: &Value) -> String {
    canonicalize(value).expect("it has a canonical form")
}

/// Writes a string as RFC 8785 section 3.2.2.2 defines, one character after the other.
fn quoted(text: &str) -> String {
    let mut json = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => json += "\\\"",
            '\\' => json += "\\\\",
            '\u{8}' => json += "\\b",
            '\t' => json += "\\t",
            '\n' => json += "\\n",
            '\u{c}' => json += "\\f",
            '\r' => json += "\\r",
            '\0'..='\u{1f}' => json.extend(["\\u00", &format!("{:02x}", u32::from(character))]),
            _ => json.push(character),
        }
    }
    json + "\""
}

/// Returns the shortest digits that mean this number and no other, the closest if there are several, and the exponent of the first.
fn shortest(double: f64) -> (String, i32) {
    fn split(scientific: &str) -> (String, i32) {
        let (mantissa, exponent) = scientific.split_once('e').expect("an exponent");
        (mantissa.replace('.', ""), exponent.parse().expect("an integer"))
    }
    let (digits, exponent) = split(&format!("{double:e}"));
    // If two are equally close, ECMAScript takes the even one, and the standard library does not document which it takes. No
    // binary64 has more than 767 digits, so the exact value shows whether there are two.
    let exact = split(&format!("{double:.800e}")).0;
    let (down, rest) = exact.split_at(digits.len());
    if rest.starts_with('5') && rest[1..].bytes().all(|digit| digit == b'0') {
        let down: u64 = down.parse().expect("at most 17 digits");
        let even = (down + down % 2).to_string();
        let places = i32::try_from(even.len() - 1).expect("at most 17");
        if even.len() == digits.len() && format!("{even}e{}", exponent - places).parse() == Ok(double) {
            return (even, exponent);
        }
    }
    (digits, exponent)
}

/// Writes a number as FORMAT 9.3 defines.
fn number(double: f64) -> String {
    let (digits, exponent) = shortest(double.abs());
    let n = exponent + 1;
    let k = i32::try_from(digits.len()).expect("at most 17");
    let count = |zeros: i32| "0".repeat(usize::try_from(zeros).expect("not negative"));
    let sign = if double < 0.0 { "-" } else { "" };
    if double == 0.0 {
        "0".to_owned()
    } else if k <= n && n <= 21 {
        format!("{sign}{digits}{}", count(n - k))
    } else if 0 < n && n <= 21 {
        let (whole, fraction) = digits.split_at(usize::try_from(n).expect("positive"));
        format!("{sign}{whole}.{fraction}")
    } else if -6 < n && n <= 0 {
        format!("{sign}0.{}{digits}", count(-n))
    } else {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        format!("{sign}{first}{point}{rest}e{:+}", n - 1)
    }
}

/// Returns the refusal of a value: status, and path, code and message of each issue.
fn refusal(value: &Value) -> (u16, Vec<(String, &'static str, String)>) {
    let problem = canonicalize(value).expect_err("a refusal");
    assert_eq!(digest(value).expect_err("the same refusal"), problem);
    let issues = problem.issues().iter();
    (
        problem.code().status(),
        issues.map(|issue| (issue.path.clone(), issue.code.as_str(), issue.message.clone())).collect(),
    )
}

/// Nests arrays and objects in turn, with this many levels.
fn nested(levels: usize) -> Value {
    (0..levels).fold(Value::Null, |inner, level| {
        if level % 2 == 0 { vec![inner].into() } else { Map::from_iter([("a".to_owned(), inner)]).into() }
    })
}

/// Runs with the stack of a program's first thread; threads that run tests have a quarter of it.
fn with_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(8 << 20).spawn(run).expect("a thread");
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

proptest! {
    #![proptest_config(cases(2_000))]

    // F9.1-1, F9.1-2, F9.1-3
    #[test]
    fn random_values_are_written_as_another_implementation_writes_them(value in value()) {
        let theirs = serde_json_canonicalizer::to_string(&value).expect("it can write them");
        prop_assert_eq!(canonical(&value), &*theirs);
        let sha256: [u8; 32] = Sha256::digest(theirs.as_bytes()).into();
        prop_assert_eq!(digest(&value).map(|digest| digest.0), Ok(sha256));
    }

    #[test]
    fn canonical_json_stays_as_it_is(value in value()) {
        let once = canonicalize(&value).expect("it is JSON");
        let again: Value = from_json(&once).expect("what we write is JSON");
        prop_assert_eq!(canonical(&again), once);
    }

    #[test]
    fn random_strings_are_escaped_as_a_writer_of_one_character_at_a_time_escapes_them(text in vec(character(), 0..80).prop_map(String::from_iter)) {
        let name = json!({ &text: null });
        prop_assert_eq!(canonical(&name), format!("{{{}:null}}", quoted(&text)));
        prop_assert_eq!(canonical(&Value::from(text.as_str())), quoted(&text));
    }

    // F9.4-1
    #[test]
    fn names_are_ordered_by_their_units(mut names in proptest::collection::btree_set(text(), 0..12).prop_map(Vec::from_iter)) {
        let object: Map<_, _> = names.iter().map(|name| (name.clone(), Value::Null)).collect();
        names.sort_by_key(|name| name.encode_utf16().collect::<Vec<_>>());
        let members: Vec<String> = names.iter().map(|name| quoted(name) + ":null").collect();
        prop_assert_eq!(canonical(&object.into()), format!("{{{}}}", members.join(",")));
    }
}

proptest! {
    #![proptest_config(cases(20_000))]

    // F9.3-2, F9.3-3, F9.3-4, F9.3-5, F9.3-6, F9.3-7
    #[test]
    fn random_doubles_have_the_shortest_digits(double in double()) {
        prop_assert_eq!(canonical(&Value::from(double)), number(double));
    }

    #[test]
    fn random_integers_are_written_if_a_double_equals_them(signed in any::<i64>(), unsigned in any::<u64>(), places in 0..64) {
        for integer in [i128::from(signed >> places), i128::from(unsigned >> places), i128::from(signed << places)] {
            let value = if let Ok(small) = i64::try_from(integer) { json!(small) } else { json!(unsigned >> places) };
            // A binary64 has 53 significant bits, whatever the zeros below them.
            let magnitude = integer.unsigned_abs();
            let significant = magnitude >> magnitude.trailing_zeros().min(127);
            if significant < 1 << 53 {
                let theirs = serde_json_canonicalizer::to_string(&value).expect("it can write them");
                prop_assert_eq!(canonical(&value), theirs);
            } else {
                let problem = canonicalize(&value).expect_err("a refusal");
                prop_assert_eq!(problem.code(), Code::ValidationFailed);
                prop_assert_eq!(&problem.issues()[0].message, "Invalid input: expected JSON value, received bigint");
            }
        }
    }
}

// F9.3-1
#[test]
fn numbers_of_appendix_b_are_written_as_it_says() {
    for (bits, expected) in APPENDIX_B {
        let double = f64::from_bits(bits);
        assert_eq!(canonical(&json!(double)), expected, "{bits:016x}");
        assert_eq!(number(double), expected, "the reference of this file, {bits:016x}");
    }
}

#[test]
fn numbers_around_every_power_of_ten_and_two_have_the_shortest_digits() {
    let tens = (-330..309).map(|exponent| format!("1e{exponent}").parse::<f64>().expect("a number"));
    let twos = (-1074..1024).map(|exponent| 2_f64.powi(exponent));
    for middle in tens.chain(twos) {
        for double in [middle.next_down(), middle, middle.next_up(), -middle] {
            assert_eq!(canonical(&json!(double)), number(double), "{double:e}");
        }
    }
}

// F9.2-1, F9.2-2, F9.2-3, F9.2-4
#[test]
fn every_kind_of_character_is_written_at_every_place() {
    for special in CHARACTERS {
        for length in 0..40 {
            for place in 0..length {
                let mut text = vec!['x'; length];
                text[place] = special;
                // And twice: the second one directly follows the first, or ends the string.
                for second in [place, place + 1, length - 1] {
                    if let Some(character) = text.get_mut(second) {
                        *character = special;
                    }
                    let text = String::from_iter(&text);
                    assert_eq!(canonical(&json!(text)), quoted(&text), "{text:?}");
                }
            }
        }
    }
    for length in 0..40 {
        let plain = "x".repeat(length);
        assert_eq!(canonical(&json!(plain)), format!("\"{plain}\""));
        for special in CHARACTERS {
            let text = String::from(special).repeat(length);
            assert_eq!(canonical(&json!(text)), quoted(&text));
        }
    }
}

#[test]
fn every_character_is_written() {
    // Sixteen at a time, so that most have neighbours of their own kind.
    let all: Vec<char> = ('\0'..=char::MAX).collect();
    for some in all.chunks(16) {
        let text = String::from_iter(some);
        assert_eq!(canonical(&json!(text)), quoted(&text));
    }
}

#[test]
fn characters_beyond_the_basic_plane_come_before_the_end_of_it() {
    let value =
        json!({ "\u{e000}": 1, "\u{10000}": 2, "\u{d7ff}": 3, "\u{10ffff}": 4, "\u{ffff}": 5, "": 6, "\u{10000}a": 7 });
    let expected =
        "{\"\":6,\"\u{d7ff}\":3,\"\u{10000}\":2,\"\u{10000}a\":7,\"\u{10ffff}\":4,\"\u{e000}\":1,\"\u{ffff}\":5}";
    assert_eq!(canonical(&value), expected);
}

// F7.4-6
#[test]
fn integers_that_no_double_equals_are_refused() {
    let refused = |path: &str| {
        (422, vec![(path.to_owned(), "invalid_type", "Invalid input: expected JSON value, received bigint".to_owned())])
    };
    for integer in [9_007_199_254_740_993, u64::MAX, u64::MAX - 1, (1 << 63) + 1, 18_446_744_073_709_550_593] {
        assert_eq!(refusal(&json!(integer)), refused(""), "{integer}");
    }
    for integer in [-9_007_199_254_740_993, i64::MAX, i64::MIN + 1, 9_007_199_254_740_995] {
        assert_eq!(refusal(&json!({ "a": [0, integer] })), refused("a.1"), "{integer}");
    }
    let taken = [
        (json!(9_007_199_254_740_992_u64), "9007199254740992"),
        (json!(9_007_199_254_740_994_u64), "9007199254740994"),
        (json!(-9_007_199_254_740_992_i64), "-9007199254740992"),
        (json!(1_u64 << 63), "9223372036854776000"),
        (json!(i64::MIN), "-9223372036854776000"),
        (json!(18_446_744_073_709_549_568_u64), "18446744073709550000"),
        (json!(0), "0"),
        (json!(-1), "-1"),
    ];
    for (value, expected) in taken {
        assert_eq!(canonical(&value), expected);
    }
}

// F7.4-3, F7.4-4
#[test]
fn json_text_is_read_as_ecmascript_reads_it_if_binary64_keeps_it() {
    let read = [
        ("9007199254740992", "9007199254740992"),
        ("18446744073709551616", "18446744073709552000"),
        ("18446744073709552000", "18446744073709552000"),
        ("123456789012345680000", "123456789012345680000"),
        ("100.0", "100"),
        ("1E2", "100"),
        ("-0", "0"),
        ("-0.0e5", "0"),
        ("0e-400", "0"),
        ("5e-324", "5e-324"),
        ("4e-324", "5e-324"),
        ("1.7976931348623157e308", "1.7976931348623157e+308"),
        ("0.1", "0.1"),
        (r#"{"__proto__":{"a":1}}"#, r#"{"__proto__":{"a":1}}"#),
        (r#""\u0041\/\ud83d\ude00\u001F""#, "\"A/😀\\u001f\""),
        (" [ 1 , 2 ] ", "[1,2]"),
    ];
    for (text, expected) in read {
        let value: Value = from_json(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(canonical(&value), expected, "{text}");
    }
}

// F7.4-1
#[test]
fn text_that_is_not_json_is_refused() {
    let refused = [
        "",
        " ",
        "1e400",
        "-1e400",
        "[1e309]",
        "1.7976931348623159e308",
        "NaN",
        "Infinity",
        "01",
        "1.",
        ".5",
        "+1",
        "0x1",
        "{a:1}",
        "{'a':1}",
        "[1,]",
        "{\"a\":1,}",
        "[1] 2",
        "\"\t\"",
        r#""\ud800""#,
        r#""\ude00\ud83d""#,
        r#"{"\udc00":1}"#,
        r#""\x41""#,
        "nul",
        // A binary64 does not keep these numbers.
        "9007199254740993",
        "-9007199254740993",
        "18446744073709551615",
        "123456789012345678901",
        "1.7976931348623158e308",
        "1e-400",
        "2.4703282292062328e-324",
        "1.00000000000000011102230246251565404236316680908203125",
        r#"{"a":1,"b":2,"a":3}"#,
        r#"{"a":{"b":1,"\u0062":2}}"#,
        "[",
        "\"",
        "\u{feff}1",
        "//\n1",
    ];
    for text in refused {
        assert!(from_json::<Value>(text).is_err(), "{text:?}");
    }
}

#[test]
fn typed_values_are_read_from_json_text() {
    let item: Item = from_json(
        r#"{ "itemId": "a", "kind": "k", "sourceKey": "s", "content": { "n": 9007199254740992 }, "unknown": 1e3 }"#,
    )
    .expect("an item");
    let digested = digest_item(&item).expect("a good one");
    assert_eq!(digested.json, r#"{"content":{"n":9007199254740992},"itemId":"a","kind":"k","sourceKey":"s"}"#);

    let input: Input = from_json(r#"{ "packKey": "p", "metadata": { "n": 18446744073709552000 } }"#).expect("an input");
    assert_eq!(canonical(&json!(input.metadata)), r#"{"n":18446744073709552000}"#);
    assert!(from_json::<Input>(r#"{ "packKey": 1 }"#).is_err());
    assert!(from_json::<Input>("{}").is_err());
}

// F13-8
#[test]
fn null_for_an_optional_member_is_absent() {
    let item: Item = from_json(
        r#"{ "itemId": "a", "kind": "k", "sourceKey": "s", "content": "", "textContent": null, "metadata": null }"#,
    )
    .expect("an item");
    assert_eq!((&item.text_content, &item.metadata), (&None, &None));
    let digested = digest_item(&item).expect("a good one");
    assert_eq!(digested.json, r#"{"content":"","itemId":"a","kind":"k","sourceKey":"s"}"#);
}

#[test]
fn a_record_is_read_from_json_text() {
    // In Rust, itemCount is an integer, although numbers are binary64 everywhere else.
    let zeros = "0".repeat(64);
    let text = json!({
        "snapshotId": "s", "packKey": "p", "packVersion": "1", "hash": format!("sha256:{zeros}"), "itemCount": 3,
        "createdAt": "2026-01-02T03:04:05.678Z", "metadata": {},
    });
    let record: Record = from_json(&text.to_string()).expect("a record");
    assert_eq!(record.item_count, 3);
}

// F10-1, F10-7
#[test]
fn a_thousand_levels_are_written() {
    with_stack(|| {
        for levels in [1, 127, 128, 129, 999, 1_000] {
            let value = nested(levels);
            let json = canonicalize(&value).expect("within the limit");
            assert_eq!(json, value.to_string());
            assert_eq!(from_json::<Value>(&json).expect("within the limit"), value);
        }
    });
}

// F10-1, E4-4
#[test]
fn more_levels_are_refused() {
    with_stack(|| {
        for levels in [1_001, 1_002, 5_000] {
            let value = nested(levels);
            let (status, issues) = refusal(&value);
            assert_eq!(status, 422);
            let [(path, code, message)] = &issues[..] else { panic!("{} issues", issues.len()) };
            // The path to the container that is too deep has 1,000 names, so it is shortened.
            assert_eq!(path.encode_utf16().count(), 256);
            let (outer, inner) = if levels % 2 == 0 { ("a", "0") } else { ("0", "a") };
            assert!(path.starts_with(&format!("{outer}.{inner}.")), "{path}");
            assert_eq!((*code, message.as_str()), ("too_big", "Too big: expected at most 1000 levels of nesting"));
            assert!(from_json::<Value>(&value.to_string()).is_err());
        }
    });
    // Each container that is too deep is reported; scalars are not a level.
    let deep = nested(1_000);
    with_stack(move || {
        let value = Value::Array(vec![deep.clone(), 1.into(), deep, nested(999)]);
        assert_eq!(
            refusal(&value).1.iter().map(|issue| issue.0.split('.').next()).collect::<Vec<_>>(),
            [Some("0"), Some("2")]
        );
    });
    for text in ["[".repeat(1_000_000), "{\"a\":".repeat(1_000_000), "[".repeat(1_001) + &"]".repeat(1_001)] {
        assert!(from_json::<Value>(&text).is_err());
    }
}

// F10-5
#[test]
fn brackets_in_strings_are_not_levels() {
    let text = json!({ "a\"[": "[{".repeat(2_000), "b\\": ["]", "\\\"["] }).to_string();
    assert!(from_json::<Value>(&text).is_ok());
}

// F1.2-1
#[test]
fn an_item_is_hashed_after_a_zero_byte() {
    let item = Item {
        item_id: "b".into(),
        kind: "k".into(),
        source_key: "s".into(),
        source_version: Some(String::new()),
        content: json!({ "z": 1, "a": [null, -0.0] }),
        text_content: Some("t\u{1f}".into()),
        metadata: Some(Map::from_iter([("€".to_owned(), json!({}))])),
        created_at: Timestamp::from_millis(0),
    };
    let digested = digest_item(&item).expect("a good one");
    let json = r#"{"content":{"a":[null,0],"z":1},"itemId":"b","kind":"k","metadata":{"€":{}},"sourceKey":"s","sourceVersion":"","textContent":"t\u001f"}"#;
    assert_eq!((digested.item_id.as_str(), digested.json.as_str()), ("b", json));
    let sha256: [u8; 32] = Sha256::digest([&[0], json.as_bytes()].concat()).into();
    assert_eq!(digested.digest.0, sha256);
    let without_prefix = digest(&from_json(json).expect("JSON")).expect("canonical");
    assert_ne!(digested.digest, without_prefix);
    assert_eq!(digested.digest, context_snapshot::merkle::leaf(json.as_bytes()));
}

// E6-1
#[test]
fn a_wrong_item_is_refused_with_paths_that_begin_at_the_item() {
    let item = Item { content: json!([1]), ..Item::default() };
    let problem = digest_item(&item).expect_err("a refusal");
    let issues: Vec<_> = problem.issues().iter().map(|issue| (issue.path.as_str(), issue.code.as_str())).collect();
    let expected =
        [("itemId", "too_small"), ("kind", "too_small"), ("sourceKey", "too_small"), ("content", "invalid_type")];
    assert_eq!(issues, expected);
    assert_eq!(problem.issues()[3].message, "Invalid input: expected string or object, received array");
}

/// Runs in a thread with the stack that Rust gives it by default.
#[test]
fn a_thousand_levels_need_no_stack_of_their_own() {
    fn nested(levels: usize) -> Value {
        (0..levels).fold(json!(1), |value, level| if level % 2 == 0 { json!([value]) } else { json!({ "k": value }) })
    }
    let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(|| {
        let text = canonicalize(&nested(1000)).unwrap();
        assert_eq!(canonicalize(&from_json::<Value>(&text).unwrap()).unwrap(), text);
        assert_eq!(canonicalize(&nested(1001)).unwrap_err().issues()[0].code.as_str(), "too_big");
    });
    thread.unwrap().join().unwrap();
}

// F7.4-4
#[test]
fn of_two_decimals_that_are_equally_near_the_larger_and_the_even_one_are_kept() {
    let is_kept = |text: &str| context_snapshot::canonicalize_json(text).is_ok();
    // The binary64 of each lies exactly half way between two decimals: [lower, upper, is the lower one even].
    for (low, high, is_even) in [
        ("658138286121422.7", "658138286121422.8", false),
        ("296365597935550.87", "296365597935550.88", false),
        ("600000000000000.2", "600000000000000.3", true),
        ("0.50000381469726562", "0.50000381469726563", true),
        ("-0.50000381469726562", "-0.50000381469726563", true),
    ] {
        assert_eq!((is_kept(low), is_kept(high)), (is_even, true), "{low}");
    }
    assert!(is_kept("658138286121422.75") && !is_kept("658138286121422.71"));
}
