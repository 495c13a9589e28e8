//! Recognizes text that is canonical JSON already (RFC 8785, FORMAT 9), without making a value of it.
//!
//! Why: stored items are canonical text, whose bytes can be hashed as they are. Then nothing inside of them has to be kept, sorted
//! or written. How: each rule of the canonical form is checked where the text shows it. Text whose names have escapes is not
//! recognized, because their order does not show in their bytes. What is not recognized is read as any other JSON text.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "natively, JSON text is read into values"))]

use std::cmp::Ordering;

use crate::platform;
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
/// that has no other members, nested at most `max_levels` deep. The bytes must be UTF-8, and a block of any other bytes must follow
/// them. O(n).
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

    /// Reads a value; of a container that is not empty, only the first value in it.
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
        if length != usize::MAX && !compare(&self.text[last..last + length], &self.text[at + 1..end]).is_lt() {
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

    /// Reads a number that is written as ECMAScript writes it (FORMAT 9.3). Of a short decimal, that shows in its form: it is the shortest
    /// for its binary64. Others are written again and compared.
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

/// A decimal with so many digits, or one fewer and a point, has at most 15 significant ones.
const MOST_SHORT: usize = 15;

/// Compares two names in UTF-8 by their UTF-16 units (F9.4-1). Both orders are the same, except that UTF-16 has the characters of four
/// bytes, from `F0` on, before those that begin with `EE` and `EF`.
fn compare(left: &[u8], right: &[u8]) -> Ordering {
    let weight = |byte: u8| if byte == 0xEE || byte == 0xEF { byte + 0x10 } else { byte };
    for (&left, &right) in left.iter().zip(right) {
        if left != right {
            return weight(left).cmp(&weight(right));
        }
    }
    left.len().cmp(&right.len())
}

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
