//! Recognizes text that is canonical JSON already (RFC 8785, FORMAT 9), except for the order of members, without making a value of it.
//!
//! Why: stored items are canonical text, whose bytes can be hashed as they are, and `JSON.stringify` writes text that differs only in the
//! order of members. Then no value has to be kept or written; members are moved in the text. How: each other rule of the canonical form is
//! checked on the text itself. Text whose names have escapes is not recognized, because their order does not show in their bytes. What is
//! not recognized is read as any other JSON text.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "natively, JSON text is read into values"))]

use std::cmp::Ordering;

use crate::platform;
use crate::primitives::leaves::compare_utf16;
use crate::primitives::order::sorted_indices;
use crate::primitives::string::has_long_escape;
use crate::primitives::utf16::BLOCK;

/// A member of the outermost object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Member<'t> {
    Absent,
    /// What is between the quotes of a string.
    String(&'t [u8]),
    Object,
    Other,
}

/// A name in the text.
#[derive(Clone, Copy, Debug)]
struct Name {
    start: usize,
    length: usize,
    /// Its first bytes as a number, because comparing these is faster than comparing texts, and nearly always enough. A shorter name ends in
    /// zeros. From the first byte on that is not ASCII, the bits are set: such names come last, and among each other in the order of UTF-16.
    first: u64,
}

impl Name {
    /// Returns the name.
    fn of<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        &text[self.start..self.start + self.length]
    }

    /// Compares two names in the same text in canonical order.
    #[inline(always)]
    fn compare(&self, other: &Self, text: &[u8]) -> Ordering {
        self.first.cmp(&other.first).then_with(|| compare_utf16(self.of(text), other.of(text)))
    }
}

/// An open container.
#[derive(Debug)]
struct Level {
    is_object: bool,
    /// Where the names of an object begin among all names.
    first: usize,
}

/// What is noted of one text. Kept for the next one, because an allocation for each list takes as long as reading a short text.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    levels: Vec<Level>,
    /// The names of the open objects, innermost last.
    names: Vec<Name>,
    /// The closed objects whose members are not in canonical order, those inside of others first. Of each, where it begins and ends, and then
    /// where each member begins and ends, in canonical order. A flat list, because lists in a list are more code.
    unsorted: Vec<(usize, usize)>,
    /// The order of the members of the last such object.
    order: Vec<usize>,
    /// The object whose members are moved, as it was.
    moved: Vec<u8>,
}

impl Notes {
    /// Returns true if they are worth keeping for the next operation, because nothing large was noted.
    pub(crate) fn is_small(&self) -> bool {
        // The number of levels is limited, and no order is longer than the list of unsorted members.
        self.names.capacity() + self.unsorted.capacity() + self.moved.capacity() <= SMALL
    }
}

/// Elements of small lists, of at most 16 bytes each.
const SMALL: usize = 1 << 16;

/// For each byte of text, this many are moved at most. Text that needs more is not recognized: objects in objects are moved several times.
const MOST_MOVED: usize = 16;

/// Returns the members of the outermost object, in the order of `names`, if the first `length` bytes are the canonical JSON of an object
/// that has no other members, nested at most `max_levels` deep, except for the order of members. Notes the objects to [`sort`].
/// These bytes must be UTF-8. Any bytes may follow them, but `text` must end with a block of zeros. O(n).
pub(crate) fn recognize<'t, const N: usize>(
    text: &'t [u8],
    length: usize,
    names: [&str; N],
    max_levels: usize,
    notes: &mut Notes,
) -> Option<[Member<'t>; N]> {
    let most_moved = MOST_MOVED * length;
    notes.levels.clear();
    notes.names.clear();
    notes.unsorted.clear();
    let mut recognizer = Recognizer { text, length, notes, most_moved, max_levels };
    if text[0] != b'{' {
        return None;
    }
    let mut members = [Member::Absent; N];
    let mut at = recognizer.open(0, true)?;
    loop {
        let found = recognizer.notes.names.last()?.of(text);
        let place = names.iter().position(|name| name.as_bytes() == found)?;
        let start = at;
        at = recognizer.member(at)?;
        members[place] = match text[start] {
            b'"' => Member::String(&text[start + 1..at - 1]),
            b'{' => Member::Object,
            _ => Member::Other,
        };
        match recognizer.text[at] {
            b',' => at = recognizer.name(at + 1)?,
            b'}' if at + 1 == length => {
                recognizer.close(at)?;
                return Some(members);
            }
            _ => return None,
        }
    }
}

/// Moves the members of the objects into canonical order. Returns where the byte at `position` is then. `text` is the recognized one.
pub(crate) fn sort(text: &mut [u8], Notes { unsorted, moved: old, .. }: &mut Notes, mut position: usize) -> usize {
    let mut places = unsorted.iter();
    while let Some(&(start, end)) = places.next() {
        old.clear();
        old.extend_from_slice(&text[start..end]);
        let found = position;
        let mut to = start;
        for &(from, next) in places.by_ref() {
            if (from..next).contains(&found) {
                position = found - from + to;
            }
            let member = &old[from - start..next - start];
            text[to..to + member.len()].copy_from_slice(member);
            to += member.len();
            if to == end {
                break;
            }
            text[to] = b',';
            to += 1;
        }
    }
    position
}

struct Recognizer<'t, 'n> {
    text: &'t [u8],
    length: usize,
    notes: &'n mut Notes,
    /// Number of bytes that may still be moved.
    most_moved: usize,
    max_levels: usize,
}

/// Methods return `None` for text that is not recognized, otherwise the position after what was read.
impl Recognizer<'_, '_> {
    /// Reads the value of a member of the outermost object.
    fn member(&mut self, mut at: usize) -> Option<usize> {
        loop {
            at = self.value(at)?;
            loop {
                let level = self.notes.levels.last()?;
                if self.notes.levels.len() == 1 {
                    return Some(at);
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
                        self.close(at)?;
                        at += 1;
                    }
                    _ => return None,
                }
            }
        }
    }

    /// Reads a value. If it is a container that is not empty, reads only up to the end of the first value in it.
    fn value(&mut self, mut at: usize) -> Option<usize> {
        loop {
            let byte = *self.text[..self.length].get(at)?;
            match byte {
                b'"' => return self.string(at + 1),
                b'{' | b'[' => {
                    let depth = self.notes.levels.len();
                    at = self.open(at, byte == b'{')?;
                    if self.notes.levels.len() == depth {
                        return Some(at);
                    }
                }
                b'n' => return self.literal(at, b"null"),
                b't' => return self.literal(at, b"true"),
                b'f' => return self.literal(at, b"false"),
                _ => return self.number(at),
            }
        }
    }

    /// Opens the container that begins here, and reads the first name in an object. An empty one is closed at once; it must not be the outermost.
    fn open(&mut self, at: usize, is_object: bool) -> Option<usize> {
        let close = if is_object { b'}' } else { b']' };
        if self.notes.levels.len() >= self.max_levels {
            return None;
        }
        if self.text[at + 1] == close {
            return if self.notes.levels.is_empty() { None } else { Some(at + 2) };
        }
        self.notes.levels.push(Level { is_object, first: self.notes.names.len() });
        if is_object { self.name(at + 1) } else { Some(at + 1) }
    }

    /// Closes a container that ends here. Names that are not in canonical order (F9.4-1) are sorted; no two may be equal.
    fn close(&mut self, end: usize) -> Option<()> {
        let Level { first, .. } = self.notes.levels.pop()?;
        let (text, names) = (self.text, &self.notes.names[first..]);
        if !names.is_sorted_by(|left, right| left.compare(right, text).is_lt()) {
            let compare = |left: usize, right: usize| names[left].compare(&names[right], text);
            let is_ordered = |order: &[usize]| {
                order.len() == names.len() && order.windows(2).all(|pair| compare(pair[0], pair[1]).is_lt())
            };
            // Objects in a list often have the same names. Only an order in which each name is below the next one proves that all differ.
            let order = &mut self.notes.order;
            if !is_ordered(order) {
                *order = sorted_indices(names.len(), &compare);
                if !is_ordered(order) {
                    return None;
                }
            }
            // A member begins with the quote before its name, and ends with the comma before the next quote, or with the object.
            let start_of = |number: usize| names.get(number).map_or(end + 1, |name| name.start - 1);
            self.most_moved = self.most_moved.checked_sub(end - start_of(0))?;
            self.notes.unsorted.push((start_of(0), end));
            for &number in &*order {
                self.notes.unsorted.push((start_of(number), start_of(number + 1) - 1));
            }
        }
        self.notes.names.truncate(first);
        Some(())
    }

    /// Reads a name and the colon after it.
    fn name(&mut self, at: usize) -> Option<usize> {
        let end = plain_end(self.text, at + 1);
        if end + 1 >= self.length || self.text[at] != b'"' || self.text[end] != b'"' || self.text[end + 1] != b':' {
            return None;
        }
        let (start, length) = (at + 1, end - at - 1);
        // The first byte lowest, until the number is complete.
        let mut first = u64::from_le_bytes(*self.text[start..].first_chunk()?);
        if length < 8 {
            first &= (1 << (8 * length)) - 1;
        }
        let not_ascii = first & 0x8080_8080_8080_8080;
        if not_ascii != 0 {
            first |= u64::MAX << (not_ascii.trailing_zeros() - 7);
        }
        self.notes.names.push(Name { start, length, first: first.swap_bytes() });
        Some(end + 2)
    }

    /// Reads a string from after its first quote.
    // F9.2-1, F9.2-2, F9.2-3, F9.2-4
    fn string(&self, start: usize) -> Option<usize> {
        let mut at = plain_end(self.text, start);
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
        (at < self.length).then_some(at + 1)
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

    fn literal(&self, at: usize, name: &[u8]) -> Option<usize> {
        self.text[at..self.length].starts_with(name).then_some(at + name.len())
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
    use std::arch::wasm32::{i8x16_bitmask, i8x16_eq, i8x16_splat, u8x16_min, u8x16_splat, v128_load, v128_or};
    while let Some(block) = text[at..].first_chunk::<BLOCK>() {
        // SAFETY: the block is 16 readable bytes; no alignment is needed.
        #[expect(unsafe_code, reason = "there is no safe way to load a vector")]
        let bytes = unsafe { v128_load(block.as_ptr().cast()) };
        let marks = v128_or(i8x16_eq(bytes, i8x16_splat(0x22)), i8x16_eq(bytes, i8x16_splat(0x5C)));
        let special = i8x16_bitmask(v128_or(marks, i8x16_eq(u8x16_min(bytes, u8x16_splat(0x1F)), bytes)));
        if special != 0 {
            return at + special.trailing_zeros() as usize;
        }
        at += BLOCK;
    }
    text.len() - BLOCK
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use std::cell::RefCell;

    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::{canonicalize, canonicalize_json};

    const NAMES: [&str; 4] = ["content", "id", "k", "é"];
    const MAX_LEVELS: usize = 5;

    thread_local! {
        /// What is noted of one text must not show in the answer about the next one.
        static NOTES: RefCell<Notes> = RefCell::default();
    }

    /// Recognizes text that is followed by these bytes. Returns its members, and the text with its members in order.
    fn recognized<'t>(text: &str, behind: &[u8], room: &'t mut Vec<u8>) -> Option<([Member<'t>; 4], String)> {
        *room = [text.as_bytes(), behind, &[0; BLOCK]].concat();
        let mut notes = NOTES.take();
        let members = recognize(room, text.len(), NAMES, MAX_LEVELS, &mut notes);
        let sorted = members.is_some().then(|| sorted(text, room, &mut notes));
        NOTES.set(notes);
        members.zip(sorted)
    }

    /// Moves the members of a recognized text into order, once for each of its positions.
    fn sorted(text: &str, room: &[u8], notes: &mut Notes) -> String {
        let mut sorted = room.to_vec();
        for (position, &byte) in text.as_bytes().iter().enumerate() {
            sorted.copy_from_slice(room);
            let moved = sort(&mut sorted, notes, position);
            // A comma stands between members, wherever it was.
            assert!(byte == b',' || sorted[moved] == byte, "{text} at {position}");
        }
        assert_eq!(sorted[text.len()..], room[text.len()..], "{text}");
        sorted.truncate(text.len());
        String::from_utf8(sorted).expect("UTF-8")
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

    /// Decides by the rules, without the recognizer, whether canonical text must be recognized.
    fn is_expected(value: &Value) -> bool {
        let Value::Object(members) = value else { return false };
        let is_known = members.keys().all(|name| NAMES.contains(&name.as_str()));
        !members.is_empty() && is_known && !has_escaped_names(value) && levels(value) <= MAX_LEVELS
    }

    fn assert_members(text: &str, value: &Value, found: [Member; 4]) {
        for (found, expected) in found.into_iter().zip(NAMES.map(|name| value.get(name))) {
            match (found, expected) {
                (Member::Absent, None) | (Member::Object, Some(Value::Object(_))) => {}
                (Member::String(inside), Some(Value::String(string))) => {
                    let inside = str::from_utf8(inside).expect("UTF-8");
                    assert_eq!(
                        format!("\"{inside}\""),
                        canonicalize(&Value::String(string.clone())).expect("a string")
                    );
                }
                (Member::Other, Some(value)) => assert!(!value.is_object() && !value.is_string(), "{text}"),
                (found, expected) => panic!("{text}: {found:?} for {expected:?}"),
            }
        }
    }

    /// What is recognized must be JSON of which only the order of members is not canonical, and what is canonical must be recognized.
    fn assert_recognized_rightly(text: &str, behind: &[u8]) {
        let mut room = Vec::new();
        let canonical = canonicalize_json(text);
        let value = || serde_json::from_str(text).expect("JSON");
        match recognized(text, behind, &mut room) {
            Some((members, sorted)) => {
                assert_eq!(canonical.as_ref(), Ok(&sorted), "{text}");
                assert!(is_expected(&value()), "{text}");
                assert_members(text, &value(), members);
            }
            None => assert!(canonical.as_deref() != Ok(text) || !is_expected(&value()), "{text}"),
        }
    }

    /// Writes a value in canonical form, except for the order of members, which `turns` decides.
    fn unsorted(value: &Value, turns: &mut dyn FnMut() -> usize) -> String {
        match value {
            Value::Array(elements) => {
                format!("[{}]", elements.iter().map(|element| unsorted(element, turns)).collect::<Vec<_>>().join(","))
            }
            Value::Object(members) => {
                let mut written: Vec<String> = members
                    .iter()
                    .map(|(name, member)| format!("{}:{}", Value::String(name.clone()), unsorted(member, turns)))
                    .collect();
                for at in 1..written.len() {
                    written.swap(at, turns() % (at + 1));
                }
                format!("{{{}}}", written.join(","))
            }
            // Read as a binary64, like all numbers of JSON.
            Value::Number(number) => canonicalize(&Value::from(number.as_f64())).expect("JSON"),
            _ => canonicalize(value).expect("JSON"),
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
        // The order of these is decided near the end of the first bytes of a name, or behind them.
        let long = ("a{5,9}", mixed.clone()).prop_map(|(begin, end)| begin + &end);
        prop_oneof![4 => mixed, 2 => "[a-c]{0,2}", 1 => "[a-z]{12,40}", 1 => "\\PC{0,20}", 2 => long]
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

    /// Documents, half of them with their members in reverse.
    fn unsorted_documents() -> impl Strategy<Value = String> {
        (documents(), any::<bool>()).prop_map(|(text, is_sorted)| {
            let value = serde_json::from_str(&text).expect("JSON");
            if is_sorted { text } else { unsorted(&value, &mut || 0) }
        })
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
        fn members_in_any_order_are_recognized_and_sorted(text in documents(), mut turns in any::<u64>(), behind in behind()) {
            let value: Value = serde_json::from_str(&text).expect("JSON");
            let turned = unsorted(&value, &mut || {
                turns = turns.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (turns >> 40) as usize
            });
            prop_assert_eq!(canonicalize_json(&turned).expect("JSON"), text.as_str());
            let sorted = recognized(&turned, &behind, &mut Vec::new()).map(|(_, sorted)| sorted);
            prop_assert_eq!(sorted, is_expected(&value).then_some(text));
        }

        #[test]
        fn disturbed_text_is_recognized_only_if_it_is_canonical(
            text in unsorted_documents(),
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
            r#"{"a":1,"a":2}"#,
            r#"{"b":1,"a":2,"b":1}"#,
            r#"{"b":1,"a":{"y":1,"x":2,"y":3}}"#,
            r#"{"123456789":1,"12345678":2,"123456789":1}"#,
            r#"{"a\n":1}"#,
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
            r#"{"k":1,"k":1}"#,
            r#"{"k":1,"id":1,"k":1}"#,
            r#"{"k":1}}"#,
        ] {
            assert_eq!(recognized(text, b"}", &mut room), None, "{text}");
        }
    }

    #[test]
    fn names_are_sorted_by_utf16_units() {
        let text = "{\"k\":{\"\u{e000}\":1,\"\u{10000}\":{\"b\":[],\"\":\",\"}},\"content\":2}";
        let sorted = "{\"content\":2,\"k\":{\"\u{10000}\":{\"\":\",\",\"b\":[]},\"\u{e000}\":1}}";
        assert_eq!(recognized(text, b"", &mut Vec::new()).map(|(_, sorted)| sorted).as_deref(), Some(sorted));
    }

    /// Of longer names, only the first bytes are compared at once.
    #[test]
    fn names_are_sorted_whether_or_not_they_fit_into_a_number() {
        let names = ["", " ", "!", "a", "aa", "\u{7f}", "é", "\u{e000}", "\u{10000}"];
        let ordered = |left: &str, right: &str| left.encode_utf16().lt(right.encode_utf16());
        for length in 5..10 {
            let prefix = "n".repeat(length);
            for (first, second) in names.iter().flat_map(|first| names.iter().map(move |second| (first, second))) {
                let (first, second) = (format!("{prefix}{first}"), format!("{prefix}{second}"));
                let text = |one: &str, other: &str| format!("{{\"k\":{{\"{one}\":1,\"{other}\":1}}}}");
                let sorted = if ordered(&first, &second) { text(&first, &second) } else { text(&second, &first) };
                let found = recognized(&text(&first, &second), b"", &mut Vec::new()).map(|(_, sorted)| sorted);
                assert_eq!(found, (first != second).then_some(sorted), "{first} {second}");
            }
        }
    }

    #[test]
    fn text_whose_members_would_be_moved_too_often_is_not_recognized() {
        let nested = |depth: usize| format!("{}{}{}", "{\"k\":1,\"a\":".repeat(depth), "[]", "}".repeat(depth));
        let room = |depth: usize| [nested(depth).as_bytes(), &[0; BLOCK]].concat();
        let is_recognized =
            |depth| recognize(&room(depth), nested(depth).len(), ["a", "k"], 1000, &mut Notes::default()).is_some();
        assert!(is_recognized(2 * MOST_MOVED - 4));
        assert!(!is_recognized(2 * MOST_MOVED + 4));
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
