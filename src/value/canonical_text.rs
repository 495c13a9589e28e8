//! Recognizes text that is canonical JSON already (RFC 8785, FORMAT 9), without making a value of it.
//!
//! Why: stored items are canonical text, whose bytes can be hashed as they are. Then no value in them has to be kept, sorted or
//! written. How: each rule of the canonical form is checked on the text itself. Text whose names have escapes is not
//! recognized, because their order does not show in their bytes. What is not recognized is read as any other JSON text.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "natively, JSON text is read into values"))]

use crate::platform;
use crate::primitives::leaves::compare_utf16;
use crate::primitives::string::has_long_escape;
use crate::primitives::utf16::BLOCK;

/// A member of the outermost object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Member<'t> {
    Absent,
    /// What is between the quotes of a string, and whether it has escapes.
    String(&'t [u8], bool),
    Object,
    Other,
}

/// An open container.
#[derive(Clone, Copy)]
struct Level {
    is_object: bool,
    /// The last name: where it begins, and its length.
    name: (usize, usize),
}

/// Returns the members of the outermost object, in the order of `names`, if the first `length` bytes are the canonical JSON of an object
/// that has no other members, nested at most `max_levels` deep. These bytes must be UTF-8. Any bytes may follow them, but `text` must end
/// with a block of zeros. O(n).
pub(crate) fn recognize<'t, const N: usize>(
    text: &'t [u8],
    length: usize,
    names: [&str; N],
    max_levels: usize,
) -> Option<[Member<'t>; N]> {
    let mut recognizer = Recognizer { text, length, levels: Vec::new(), max_levels };
    let mut members = [Member::Absent; N];
    let mut at = recognizer.open(0, true)?;
    loop {
        let (first, letters) = recognizer.levels.first()?.name;
        let place = names.iter().position(|name| name.as_bytes() == &text[first..first + letters])?;
        let start = at;
        let has_escapes;
        (at, has_escapes) = recognizer.member(at)?;
        members[place] = match text[start] {
            b'"' => Member::String(&text[start + 1..at - 1], has_escapes),
            b'{' => Member::Object,
            _ => Member::Other,
        };
        match recognizer.text[at] {
            b',' => at = recognizer.name(at + 1)?,
            b'}' => return (at + 1 == length).then_some(members),
            _ => return None,
        }
    }
}

struct Recognizer<'t> {
    text: &'t [u8],
    length: usize,
    levels: Vec<Level>,
    max_levels: usize,
}

/// Methods return `None` for text that is not recognized, otherwise the position after what was read.
impl Recognizer<'_> {
    /// Reads the value of a member of the outermost object; also returns whether it is a string with escapes.
    fn member(&mut self, mut at: usize) -> Option<(usize, bool)> {
        loop {
            let has_escapes;
            (at, has_escapes) = self.value(at)?;
            loop {
                let level = self.levels.last()?;
                if self.levels.len() == 1 {
                    return Some((at, has_escapes));
                }
                match (self.text[at], level.is_object) {
                    (b',', true) => {
                        at = self.name(at + 1)?;
                        break;
                    }
                    (b',', false) => {
                        at += 1;
                        break;
                    }
                    (b'}', true) | (b']', false) => {
                        at += 1;
                        self.levels.pop();
                    }
                    _ => return None,
                }
            }
        }
    }

    /// Reads a value. If it is a container that is not empty, reads only up to the end of the first value in it.
    fn value(&mut self, mut at: usize) -> Option<(usize, bool)> {
        loop {
            let byte = *self.text[..self.length].get(at)?;
            match byte {
                b'"' => return self.string(at + 1),
                b'{' | b'[' => {
                    let depth = self.levels.len();
                    at = self.open(at, byte == b'{')?;
                    if self.levels.len() == depth {
                        return Some((at, false));
                    }
                }
                b'n' => return self.literal(at, b"null"),
                b't' => return self.literal(at, b"true"),
                b'f' => return self.literal(at, b"false"),
                _ => return Some((self.number(at)?, false)),
            }
        }
    }

    /// Opens a container, and reads the first name in an object. An empty one is closed at once; it must not be the outermost.
    fn open(&mut self, at: usize, is_object: bool) -> Option<usize> {
        let (open, close) = if is_object { (b'{', b'}') } else { (b'[', b']') };
        if self.levels.len() >= self.max_levels || self.text[at] != open {
            return None;
        }
        if self.text[at + 1] == close {
            return if self.levels.is_empty() { None } else { Some(at + 2) };
        }
        self.levels.push(Level { is_object, name: (0, usize::MAX) });
        if is_object { self.name(at + 1) } else { Some(at + 1) }
    }

    /// Reads a name, which must follow the last one in canonical order (F9.4-1), and the colon after it.
    fn name(&mut self, at: usize) -> Option<usize> {
        let end = plain_end(self.text, at + 1);
        if end + 1 >= self.length || self.text[at] != b'"' || self.text[end] != b'"' || self.text[end + 1] != b':' {
            return None;
        }
        let level = self.levels.last_mut()?;
        let (last, length) = level.name;
        if length != usize::MAX && !compare_utf16(&self.text[last..last + length], &self.text[at + 1..end]).is_lt() {
            return None;
        }
        level.name = (at + 1, end - at - 1);
        Some(end + 2)
    }

    /// Reads a string from after its first quote; also returns whether it has escapes.
    // F9.2-1, F9.2-2, F9.2-3, F9.2-4
    fn string(&self, start: usize) -> Option<(usize, bool)> {
        let mut at = plain_end(self.text, start);
        let has_escapes = self.text[at] != b'"';
        while at < self.length && self.text[at] != b'"' {
            if self.text[at] != b'\\' {
                return None;
            }
            at = match self.text[at + 1] {
                b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't' => at + 2,
                b'u' => self.control(at)?,
                _ => return None,
            };
            at = plain_end(self.text, at);
        }
        (at < self.length).then_some((at + 1, has_escapes))
    }

    /// Reads the escape of a control character without a short form.
    fn control(&self, at: usize) -> Option<usize> {
        let [b'0', b'0', high @ (b'0' | b'1'), low @ (b'0'..=b'9' | b'a'..=b'f')] = self.text[at + 2..at + 6] else {
            return None;
        };
        let low = if low <= b'9' { low - b'0' } else { low - b'a' + 10 };
        has_long_escape((high - b'0') << 4 | low).then_some(at + 6)
    }

    /// Reads a number that is written as ECMAScript writes it (FORMAT 9.3). For a decimal with few digits, checking its form is enough,
    /// because it is the shortest for its binary64. Other numbers are written again and compared.
    fn number(&self, start: usize) -> Option<usize> {
        let text = &self.text[..self.length];
        let digits = |from: usize| from + text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let whole = start + usize::from(text[start] == b'-');
        let point = digits(whole);
        let mut end = point;
        if text.get(point) == Some(&b'.') {
            end = digits(point + 1);
        }
        let is_short = end - whole <= MOST_SHORT && !matches!(text.get(end), Some(b'e' | b'+' | b'-'));
        if !is_short {
            end +=
                text[end..].iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'+' | b'-')).count();
            return platform::is_shortest(&text[start..end]).then_some(end);
        }
        let first = *text.get(whole)?;
        let has_whole = first != b'0' || point == whole + 1;
        let is_canonical = if end == point {
            // Not -0.
            has_whole && (first != b'0' || whole == start)
        } else {
            // No zero at the end, and below 0.000001 there is an exponent.
            has_whole && point + 1 < end && text[end - 1] != b'0' && !text[whole..].starts_with(b"0.000000")
        };
        (point > whole && is_canonical).then_some(end)
    }

    fn literal(&self, at: usize, name: &[u8]) -> Option<(usize, bool)> {
        self.text[at..self.length].starts_with(name).then_some((at + name.len(), false))
    }
}

/// A decimal of at most this many characters, without its sign, has at most 15 significant digits.
const MOST_SHORT: usize = 15;

/// Returns the position of the first byte from `at` on that is not plain: a quote, a backslash or a control; at the latest the beginning
/// of the last block.
#[cfg(not(target_feature = "simd128"))]
fn plain_end(text: &[u8], at: usize) -> usize {
    let is_plain = |&byte: &u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
    let end = at + text[at..].iter().take_while(|byte| is_plain(byte)).count();
    end.min(text.len() - BLOCK)
}

/// Like the other `plain_end`, 16 bytes at a time.
#[cfg(target_feature = "simd128")]
#[inline(never)]
fn plain_end(text: &[u8], mut at: usize) -> usize {
    use std::arch::wasm32::{i8x16_bitmask, i8x16_eq, i8x16_splat, u8x16_lt, u8x16_splat, v128_load, v128_or};
    while let Some(block) = text[at..].first_chunk::<BLOCK>() {
        // SAFETY: the block is 16 readable bytes; no alignment is needed.
        #[expect(unsafe_code, reason = "there is no safe way to load a vector")]
        let bytes = unsafe { v128_load(block.as_ptr().cast()) };
        let marks = v128_or(i8x16_eq(bytes, i8x16_splat(0x22)), i8x16_eq(bytes, i8x16_splat(0x5C)));
        let special = i8x16_bitmask(v128_or(marks, u8x16_lt(bytes, u8x16_splat(0x20))));
        if special != 0 {
            return at + special.trailing_zeros() as usize;
        }
        at += BLOCK;
    }
    text.len() - BLOCK
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::{canonicalize, canonicalize_json};

    const NAMES: [&str; 4] = ["content", "id", "k", "é"];
    const MAX_LEVELS: usize = 5;

    /// Recognizes text that is followed by these bytes.
    fn recognized<'t>(text: &str, behind: &[u8], room: &'t mut Vec<u8>) -> Option<[Member<'t>; 4]> {
        *room = [text.as_bytes(), behind, &[0; BLOCK]].concat();
        recognize(room, text.len(), NAMES, MAX_LEVELS)
    }

    fn levels(value: &Value) -> usize {
        match value {
            Value::Array(elements) => 1 + elements.iter().map(levels).max().unwrap_or_default(),
            Value::Object(members) => 1 + members.values().map(levels).max().unwrap_or_default(),
            _ => 0,
        }
    }

    fn has_escaped_names(value: &Value) -> bool {
        match value {
            Value::Array(elements) => elements.iter().any(has_escaped_names),
            Value::Object(members) => members.iter().any(|(name, member)| {
                name.contains(|letter: char| letter < ' ' || letter == '"' || letter == '\\')
                    || has_escaped_names(member)
            }),
            _ => false,
        }
    }

    /// Decides by the rules, without the recognizer, whether text must be recognized; returns its members.
    fn expected(text: &str) -> Option<[Option<Value>; 4]> {
        if canonicalize_json(text).as_deref() != Ok(text) {
            return None;
        }
        let value: Value = serde_json::from_str(text).expect("canonical JSON is JSON");
        let Value::Object(members) = &value else { return None };
        let is_known = members.keys().all(|name| NAMES.contains(&name.as_str()));
        if members.is_empty() || !is_known || has_escaped_names(&value) || levels(&value) > MAX_LEVELS {
            return None;
        }
        Some(NAMES.map(|name| members.get(name).cloned()))
    }

    fn assert_recognized_rightly(text: &str, behind: &[u8]) {
        let mut room = Vec::new();
        let found = recognized(text, behind, &mut room);
        let expected = expected(text);
        assert_eq!(found.is_some(), expected.is_some(), "{text}");
        for (found, expected) in found.into_iter().flatten().zip(expected.into_iter().flatten()) {
            match (found, expected) {
                (Member::Absent, None) | (Member::Object, Some(Value::Object(_))) => {}
                (Member::String(inside, has_escapes), Some(Value::String(string))) => {
                    let inside = str::from_utf8(inside).expect("UTF-8");
                    assert_eq!(has_escapes, inside.contains('\\'), "{text}");
                    assert_eq!(format!("\"{inside}\""), canonicalize(&Value::String(string)).expect("a string"));
                }
                (Member::Other, Some(value)) => assert!(!value.is_object() && !value.is_string(), "{text}"),
                (found, expected) => panic!("{text}: {found:?} for {expected:?}"),
            }
        }
    }

    /// Letters that the order of names, escapes and blocks depend on.
    fn strings() -> impl Strategy<Value = String> {
        let letters = [
            'a',
            'b',
            'z',
            'é',
            '\u{7f}',
            '\u{d7ff}',
            '\u{e000}',
            '\u{ff00}',
            '\u{ffff}',
            '\u{10000}',
            '\u{10ffff}',
            '"',
            '\\',
            '/',
            '\n',
            '\u{8}',
            '\u{b}',
            '\u{1a}',
            '\u{1f}',
            '\0',
        ];
        let mixed = vec(prop::sample::select(letters.to_vec()), 0..4).prop_map(String::from_iter);
        prop_oneof![4 => mixed, 2 => "[a-c]{0,2}", 1 => "[a-z]{12,40}", 1 => "\\PC{0,20}"]
    }

    fn numbers() -> impl Strategy<Value = Value> {
        let bits = any::<u64>().prop_map(f64::from_bits).prop_filter("JSON", |number| number.is_finite());
        let short = (any::<i32>(), 0..12).prop_map(|(digits, places)| f64::from(digits) / 10_f64.powi(places));
        prop_oneof![bits, short, (-20_i32..20).prop_map(f64::from)].prop_map(Value::from)
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            numbers(),
            strings().prop_map(Value::String)
        ];
        leaf.prop_recursive(5, 24, 4, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..4).prop_map(Value::Array),
                btree_map(strings(), inner, 0..4).prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn documents() -> impl Strategy<Value = String> {
        let known = prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned);
        let names = prop_oneof![30 => known, 1 => strings()];
        let objects = btree_map(names, values(), 0..5).prop_map(|members| Value::Object(members.into_iter().collect()));
        prop_oneof![20 => objects, 1 => values()].prop_map(|value| canonicalize(&value).expect("JSON"))
    }

    /// Generates the bytes that follow the text in its room: remains of earlier texts.
    fn behind() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![vec(any::<u8>(), 0..20), vec(prop::sample::select(b"]}\",:0".to_vec()), 0..40)]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn canonical_text_with_known_names_is_recognized(text in documents(), behind in behind()) {
            assert_recognized_rightly(&text, &behind);
        }

        #[test]
        fn disturbed_text_is_recognized_only_if_it_is_canonical(
            text in documents(),
            behind in behind(),
            changes in vec((any::<prop::sample::Index>(), prop::sample::select(r#""\/0189.-+eE,:{}[] abunté"#.chars().collect::<Vec<_>>()), 0..3), 1..3),
        ) {
            let mut letters: Vec<char> = text.chars().collect();
            for (place, letter, change) in changes {
                if letters.is_empty() {
                    break;
                }
                let at = place.index(letters.len());
                match change {
                    0 => letters[at] = letter,
                    1 => letters.insert(at, letter),
                    _ => _ = letters.remove(at),
                }
            }
            assert_recognized_rightly(&String::from_iter(letters), &behind);
        }

        #[test]
        fn a_part_of_a_text_is_not_recognized(text in documents(), place: prop::sample::Index) {
            let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            let (part, rest) = text.split_at(ends[place.index(ends.len())]);
            assert_recognized_rightly(part, rest.as_bytes());
        }

        // F9.3-1
        #[test]
        fn numbers_are_recognized_as_ecmascript_writes_them(digits in "-?[0-9]{1,18}(\\.[0-9]{0,18})?(e[+-]?[0-9]{1,3})?") {
            assert_recognized_rightly(&format!("{{\"k\":{digits}}}"), b"0");
            assert_recognized_rightly(&format!("{{\"k\":[{digits},{digits}]}}"), b"");
        }
    }

    #[test]
    fn forms_that_are_not_canonical_are_not_recognized() {
        let mut room = Vec::new();
        for value in [
            "1.0",
            "1e2",
            "1E21",
            "1e21",
            "-0",
            "-0.0",
            "0.0",
            "00",
            "01",
            "-01",
            ".5",
            "5.",
            "-",
            "+1",
            "0.0000001",
            "1.5e-7x",
            "1e+",
            "",
            r#""\/""#,
            r#""\u001F""#,
            r#""\u0008""#,
            r#""\u0009""#,
            r#""\u000a""#,
            r#""\u000c""#,
            r#""\u000d""#,
            r#""\u000B""#,
            r#""\u0020""#,
            r#""\u00e9""#,
            r#""\x""#,
            "\"\u{1}\"",
            "\"a",
            "nul",
            "truefalse",
            " 1",
            "1 ",
            "[1,]",
            "[,1]",
            "[1 ,2]",
            "[",
            "[}",
            "{]",
            "{,}",
            r#"{"a":1,}"#,
            r#"{"b":1,"a":2}"#,
            r#"{"a":1,"a":2}"#,
            r#"{"a\n":1}"#,
            "{\"\u{e000}\":1,\"\u{10000}\":2}",
        ] {
            let text = format!("{{\"k\":{value}}}");
            assert_eq!(recognized(&text, b"", &mut room), None, "{text}");
        }
        for text in [
            "",
            "{",
            "}",
            "{}",
            "[]",
            "1",
            "null",
            r#""k""#,
            r#"{"k":1} "#,
            r#" {"k":1}"#,
            r#"{"x":1}"#,
            r#"{"k":1,"id":1}"#,
            r#"{"k":1}}"#,
        ] {
            assert_eq!(recognized(text, b"}", &mut room), None, "{text}");
        }
    }

    // F10-1
    #[test]
    fn levels_are_counted_with_the_outermost_object() {
        for depth in 1..8 {
            let text = format!("{{\"k\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
            assert_eq!(recognized(&text, b"", &mut Vec::new()).is_some(), depth < MAX_LEVELS, "{text}");
        }
    }
}
