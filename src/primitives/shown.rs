//! Text of strangers, as people are shown it: in an issue, a problem, a summary, the subject of a statement.
//!
//! Why: whoever writes a pack, or asks for one, chooses ids and names that end in a terminal, a log or a web page. They must
//! not clear a screen, start a new line, turn the text around that follows, or fill a disk. How: characters that are not
//! seen are written as escapes, and of a long text its two ends are kept. The cost is that of what is shown, however long
//! the text is.

/// Longest text that is shown, in UTF-16 units.
const MOST: usize = 256;
/// Units that are kept of each end of a longer one; one is left for what stands between them.
const HEAD: usize = 128;
const TAIL: usize = MOST - HEAD - 1;

/// Controls, what changes how other text looks, and what is not seen at all (`Default_Ignorable_Code_Point`).
///
/// A list, not a property of the standard library: what is shown must not depend on the version of Unicode.
// E6.2-2
#[inline(never)]
pub(crate) fn is_unseen(character: char) -> bool {
    matches!(character,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Appends a character as `\u` and four hexadecimal digits for each of its UTF-16 units.
#[cfg_attr(small, optimize(size))]
pub(crate) fn push_escape(text: &mut String, character: char) {
    for &mut unit in character.encode_utf16(&mut [0; 2]) {
        text.push_str("\\u");
        for shift in [12, 8, 4, 0] {
            text.extend(char::from_digit(u32::from(unit) >> shift & 15, 16));
        }
    }
}

/// UTF-16 units that a character takes as it is shown.
#[cfg_attr(small, optimize(size))]
fn units(character: char) -> usize {
    character.len_utf16() * if is_unseen(character) { 6 } else { 1 }
}

#[inline(never)]
#[cfg_attr(small, optimize(size))]
pub(crate) fn push(text: &mut String, character: char) {
    if is_unseen(character) { push_escape(text, character) } else { text.push(character) }
}

/// The characters that fit into so many units, from the end or from the beginning on. Half of a pair that would fit becomes
/// U+FFFD.
// E6.2-3
#[inline(never)]
#[cfg_attr(small, optimize(size))]
fn fitting(text: &str, most: usize, from_end: bool) -> Vec<char> {
    let mut characters = text.chars();
    let mut left = most;
    let mut fitting = Vec::new();
    while let Some(character) = if from_end { characters.next_back() } else { characters.next() } {
        let units = units(character);
        if units > left {
            if left == 1 && !is_unseen(character) {
                fitting.push(char::REPLACEMENT_CHARACTER);
            }
            break;
        }
        left -= units;
        fitting.push(character);
    }
    fitting
}

/// Shows a text of a stranger: at most 256 UTF-16 units, with escapes for what is not seen.
// E6.2-1
#[inline(never)]
#[cfg_attr(small, optimize(size))]
pub(crate) fn shown(text: &str) -> String {
    if text.len() <= MOST && text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return text.to_owned();
    }
    let mut shown = String::new();
    let mut total = 0;
    if text.chars().all(|character| {
        total += units(character);
        total <= MOST
    }) {
        for character in text.chars() {
            push(&mut shown, character);
        }
        return shown;
    }
    for character in fitting(text, HEAD, false) {
        push(&mut shown, character);
    }
    shown.push('…');
    for &character in fitting(text, TAIL, true).iter().rev() {
        push(&mut shown, character);
    }
    shown
}
