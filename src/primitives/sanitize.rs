//! Makes untrusted text safe to show: in issues, problems, summaries and the subject of a statement (ERRORS 6.2).
//!
//! Why: the authors of packs and requests choose ids and names that are shown in a terminal, a log or a web page. These must
//! not clear the screen, start a new line, reverse the text after them, or fill the disk. How: invisible characters are
//! written as escapes, and a long text is shortened to its two ends. O(1): the cost is bounded however long the text is.

/// Longest result, in UTF-16 units (E6.2-3).
const MAX: usize = 256;
/// Units that are kept of each end of a longer text. One unit is left for the `…` between them.
const HEAD: usize = 128;
const TAIL: usize = MAX - HEAD - 1;

/// Returns true for controls, for characters that change how other text looks, and for those that are not displayed
/// (`Default_Ignorable_Code_Point`): E6.2-2.
///
/// A fixed list and not a property from the standard library, because messages must not depend on the version of Unicode.
#[inline(never)]
pub(crate) fn is_invisible(character: char) -> bool {
    matches!(character,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Appends a character as an escape: `\u` and 4 hexadecimal digits for each UTF-16 unit (E6.2-2).
pub(crate) fn push_escape(text: &mut String, character: char) {
    for &mut unit in character.encode_utf16(&mut [0; 2]) {
        text.push_str("\\u");
        for shift in [12, 8, 4, 0] {
            text.extend(char::from_digit(u32::from(unit) >> shift & 15, 16));
        }
    }
}

/// Returns the number of UTF-16 units of a character in the result.
fn units(character: char) -> usize {
    character.len_utf16() * if is_invisible(character) { 6 } else { 1 }
}

/// Appends a character, as an escape if it is invisible.
#[inline(never)]
pub(crate) fn push_sanitized(text: &mut String, character: char) {
    if is_invisible(character) { push_escape(text, character) } else { text.push(character) }
}

/// Returns the characters that fit into `max` units, from the end or from the beginning. If only half of a surrogate pair
/// would fit, it becomes U+FFFD (E6.2-3). O(`max`).
#[inline(never)]
fn fitting(text: &str, max: usize, from_end: bool) -> Vec<char> {
    let mut characters = text.chars();
    let mut left = max;
    let mut fitting = Vec::new();
    while let Some(character) = if from_end { characters.next_back() } else { characters.next() } {
        let units = units(character);
        if units > left {
            if left == 1 && !is_invisible(character) {
                fitting.push(char::REPLACEMENT_CHARACTER);
            }
            break;
        }
        left -= units;
        fitting.push(character);
    }
    fitting
}

/// Returns an untrusted text as messages show it: with escapes for invisible characters, at most 256 UTF-16 units (E6.2-1).
#[inline(never)]
pub(crate) fn sanitize(text: &str) -> String {
    if text.len() <= MAX && text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return text.to_owned();
    }
    let mut sanitized = String::new();
    let mut total = 0;
    if text.chars().all(|character| {
        total += units(character);
        total <= MAX
    }) {
        for character in text.chars() {
            push_sanitized(&mut sanitized, character);
        }
        return sanitized;
    }
    for character in fitting(text, HEAD, false) {
        push_sanitized(&mut sanitized, character);
    }
    sanitized.push('…');
    for &character in fitting(text, TAIL, true).iter().rev() {
        push_sanitized(&mut sanitized, character);
    }
    sanitized
}
