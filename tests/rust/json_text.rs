//! JSON text is read strictly (FORMAT 7.4): every form in which programs write a binary64 is read, and an error names its path,
//! line and column.

use context_snapshot::{Item, canonicalize, canonicalize_json, from_json};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Writes an exponent as `%.17g` and Python's `repr` do: with its sign and at least two digits.
fn with_c_exponent(digits: &str) -> String {
    let (digits, exponent) = digits.split_once('e').expect("an exponent");
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
    format!("{digits}e{sign}{exponent:0>2}")
}

/// Rounds to 18 digits as ECMAScript's `toPrecision` does: up from half way, which Rust's formatter rounds to the even digit.
fn rounded_up_from_half(value: f64) -> String {
    let exact = format!("{value:.766e}");
    let (kept, rest) = exact.split_at(exact.find('.').expect("a fraction") + 18);
    let last = kept.as_bytes()[kept.len() - 1];
    // More than one digit would have to change after a 9; such a number has fewer digits, and is another case.
    if !rest.starts_with('5') || last == b'9' {
        return String::new();
    }
    format!("{}{}e{}", &kept[..kept.len() - 1], char::from(last + 1), rest.split_once('e').expect("an exponent").1)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    // F7.4-4
    #[test]
    fn every_double_is_read_as_programs_write_it(bits: u64) {
        let value = f64::from_bits(bits);
        prop_assume!(value.is_finite());
        let expected = canonicalize(&json!(value)).expect("a number");
        let shortest = format!("{value:e}");
        let forms = [
            // As ECMAScript writes it, then C's `%.17g`, Python's `repr`, and with every digit.
            expected.clone(),
            shortest.clone(),
            with_c_exponent(&format!("{value:.16e}")),
            with_c_exponent(&shortest),
            format!("{value:.766e}"),
        ];
        for form in forms {
            prop_assert_eq!(canonicalize_json(&form), Ok(expected.clone()), "{}", form);
        }
    }

    // F7.4-4
    #[test]
    fn a_double_with_an_invented_digit_is_refused(bits: u64, digit in 1_u32..10) {
        let value = f64::from_bits(bits);
        if value.is_normal() {
            let written = format!("{value:.16e}");
            let (digits, exponent) = written.split_once('e').expect("an exponent");
            let text = format!("{digits}{digit}e{exponent}");
            // The digit may be the eighteenth of the nearest binary64, and is then not invented.
            let nearest: f64 = text.parse().expect("a number");
            let is_own = text == format!("{nearest:.17e}") || text == rounded_up_from_half(nearest);
            prop_assert_eq!(canonicalize_json(&text).is_ok(), is_own, "{}", text);
        }
    }

    #[test]
    fn canonical_json_is_read_unchanged(text in "\\PC{0,20}", number: i32, flag: bool) {
        let canonical = canonicalize(&json!({ text.clone(): [text, number, flag, null] })).expect("JSON");
        prop_assert_eq!(canonicalize_json(&canonical), Ok(canonical.clone()));
    }
}

// F7.4-1, F7.4-2, F7.4-3, F7.4-4, F7.4-5
#[test]
fn an_error_names_its_path_line_and_column() {
    let cases: [(&[u8], &str, &str, &str); 17] = [
        (b"{\"a\":1,\n \"a\":2}", "a", "duplicate", "Duplicate member: a (line 2, column 2)"),
        (b"[{\"b\":{\"x\":1,\"\\u0078\":2}}]", "0.b.x", "duplicate", "Duplicate member: x (line 1, column 14)"),
        (
            b"{\"n\":12345678901234567890}",
            "n",
            "invalid_format",
            "Invalid number: 12345678901234567890 would become 12345678901234567000, a string keeps it (line 1, column 6)",
        ),
        (
            b"[3.14159265358979323846]",
            "0",
            "invalid_format",
            "Invalid number: 3.14159265358979323846 would become 3.141592653589793, a string keeps it (line 1, column 2)",
        ),
        (
            b"1e400",
            "",
            "invalid_format",
            "Invalid number: 1e400 would become Infinity, a string keeps it (line 1, column 1)",
        ),
        (
            b"-1e400",
            "",
            "invalid_format",
            "Invalid number: -1e400 would become -Infinity, a string keeps it (line 1, column 1)",
        ),
        (
            b"-1e-400",
            "",
            "invalid_format",
            "Invalid number: -1e-400 would become 0, a string keeps it (line 1, column 1)",
        ),
        (
            "[\"é\u{1f600}\\ud800\"]".as_bytes(),
            "0",
            "invalid_format",
            "Invalid string: unpaired surrogate at index 3 (line 1, column 5)",
        ),
        (
            br#"["\n\ud83d\ude00\ud800"]"#,
            "0",
            "invalid_format",
            "Invalid string: unpaired surrogate at index 3 (line 1, column 17)",
        ),
        (b"[1,]", "1", "invalid_format", "Invalid JSON: expected a value, found ] (line 1, column 4)"),
        (b"[1 2]", "", "invalid_format", "Invalid JSON: expected , or ], found 2 (line 1, column 4)"),
        (b"{\"a\":1 2}", "", "invalid_format", "Invalid JSON: expected , or }, found 2 (line 1, column 8)"),
        (b"{\"a\" 1}", "a", "invalid_format", "Invalid JSON: expected :, found 1 (line 1, column 6)"),
        (b"1 2", "", "invalid_format", "Invalid JSON: expected the end, found 2 (line 1, column 3)"),
        (b"[", "0", "invalid_format", "Invalid JSON: expected a value, found the end (line 1, column 2)"),
        (b"\xef\xbb\xbf1", "", "invalid_format", "Invalid JSON: expected no byte-order mark (line 1, column 1)"),
        (
            b"[\"a\xff\"]",
            "0",
            "invalid_format",
            "Invalid JSON: expected \", found bytes that are not UTF-8 (line 1, column 4)",
        ),
    ];
    for (text, path, code, message) in cases {
        let problem = canonicalize_json(text).expect_err("it is refused");
        let [issue] = problem.issues() else { panic!("{problem}") };
        assert_eq!((&*issue.path, issue.code.as_str(), &*issue.message), (path, code, message));
    }
}

// F7.4-5
#[test]
fn text_that_is_nested_too_deeply_is_refused_also_on_a_small_stack() {
    let refuse = || {
        for (begin, end) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
            for levels in [1001, 1_000_000] {
                for text in [begin.repeat(levels), [&begin.repeat(levels), "1", &end.repeat(levels)].concat()] {
                    let refused = canonicalize_json(&text).expect_err("too deep");
                    assert_eq!(refused.issues()[0].message, "Too big: expected at most 1000 levels of nesting");
                }
            }
        }
    };
    let thread = std::thread::Builder::new().stack_size(128 << 10).spawn(refuse).expect("a thread");
    assert!(thread.join().is_ok());
}

#[test]
fn a_number_becomes_an_integer_of_rust_if_it_is_a_safe_one() {
    let integers = [("7.0", 7), ("-1e2", -100), ("0", 0), ("-9007199254740991", -9_007_199_254_740_991)];
    for (text, expected) in integers {
        assert_eq!(from_json::<i64>(text), Ok(expected), "{text}");
    }
    for text in ["9007199254740992", "-9007199254740992", "-0", "0.5"] {
        let value: Value = from_json(text).expect("a number");
        assert!(value.is_f64(), "{text}");
    }
    assert!(from_json::<f64>("-0").expect("a number").is_sign_negative());
}

// F7.4-2, F13-6
#[test]
fn a_typed_value_is_read_as_strictly() {
    let text = r#"{ "itemId": "a", "itemId": "b", "kind": "k", "sourceKey": "s", "content": "" }"#;
    let problem = from_json::<Item>(text).expect_err("an id twice");
    assert_eq!(problem.issues()[0].path, "itemId");
    assert_eq!(problem.code().status(), 422);
}
