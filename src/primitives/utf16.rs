//! UTF-16 text with padding after it, so that it can be read in whole blocks; and conversions to UTF-8.

use std::ops::Deref;

/// Units that are processed together: narrowed to bytes, they fill one vector register.
pub(crate) const BLOCK: usize = 16;

/// UTF-16 text on the tape. More text of the tape or padding follows it, at least [`BLOCK`] units.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'t> {
    pub(crate) padded: &'t [u16],
    pub(crate) length: usize,
}

impl<'t> Text<'t> {
    /// Returns the units of the text.
    #[inline(always)]
    pub(crate) fn units(self) -> &'t [u16] {
        &self.padded[..self.length]
    }

    /// Returns the block that begins at the unit `at`. It may go beyond the end of the text.
    #[inline(always)]
    pub(crate) fn block(self, at: usize) -> &'t [u16; BLOCK] {
        self.padded[at..].first_chunk().expect("text is padded")
    }
}

impl Deref for Text<'_> {
    type Target = [u16];

    #[inline(always)]
    fn deref(&self) -> &[u16] {
        self.units()
    }
}

/// Returns true if the units are `text` in UTF-16.
#[inline(never)]
pub(crate) fn is(units: &[u16], text: &str) -> bool {
    units.iter().copied().eq(text.encode_utf16())
}

/// Converts UTF-16 to UTF-8. Returns `None` if there is an unpaired surrogate (F9.2-5). O(n).
#[inline(never)]
pub(crate) fn utf8(units: &[u16]) -> Option<String> {
    convert(units, None)
}

/// Converts UTF-16 to UTF-8; an unpaired surrogate becomes U+FFFD (E6.2-2). O(n).
#[inline(never)]
pub(crate) fn lossy(units: &[u16]) -> String {
    convert(units, Some(char::REPLACEMENT_CHARACTER)).unwrap_or_default()
}

/// Converts UTF-16 to UTF-8. An unpaired surrogate becomes `replacement`; without one, the result is `None`.
///
/// Our own, because the two conversions of the standard library would be 1 % of the WebAssembly module.
#[inline(never)]
fn convert(units: &[u16], replacement: Option<char>) -> Option<String> {
    if units.iter().all(|unit| *unit < 0x80) {
        // Most text is ASCII, in which each unit is one byte.
        let bytes = units.iter().map(|unit| unit.to_le_bytes()[0]).collect();
        return String::from_utf8(bytes).ok();
    }
    let mut text = String::with_capacity(units.len());
    for character in char::decode_utf16(units.iter().copied()) {
        text.push(character.ok().or(replacement)?);
    }
    Some(text)
}
