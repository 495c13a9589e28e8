//! UTF-16 with room behind it, so that it is read in whole blocks; and what it is as UTF-8.

use std::ops::Deref;

/// Units of text that are looked at together: as many as become the bytes of one vector register.
pub(crate) const BLOCK: usize = 16;

/// UTF-16 on the tape. Behind it there is more of the tape's text, or padding, so that it is read in whole blocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'t> {
    pub(crate) padded: &'t [u16],
    pub(crate) length: usize,
}

impl<'t> Text<'t> {
    #[inline(always)]
    pub(crate) fn units(self) -> &'t [u16] {
        &self.padded[..self.length]
    }

    /// The block that begins at that unit; units behind the end are not the text's.
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

/// Returns true if the units are those of `text`.
#[inline(never)]
pub(crate) fn is(units: &[u16], text: &str) -> bool {
    units.iter().copied().eq(text.encode_utf16())
}

/// Converts well-formed UTF-16.
#[inline(never)]
pub(crate) fn utf8(units: &[u16]) -> Option<String> {
    converted(units, None)
}

/// Converts UTF-16; an unpaired surrogate becomes U+FFFD.
#[inline(never)]
pub(crate) fn lossy(units: &[u16]) -> String {
    converted(units, Some(char::REPLACEMENT_CHARACTER)).unwrap_or_default()
}

/// Converts UTF-16; an unpaired surrogate becomes the other character, if there is one.
///
/// In one place, because the standard library's two conversions would be a hundredth of the module.
#[inline(never)]
fn converted(units: &[u16], other: Option<char>) -> Option<String> {
    let mut text = String::with_capacity(units.len());
    if units.iter().all(|unit| *unit < 0x80) {
        // Most text is ASCII, and needs no look at what each unit becomes.
        let mut bytes = text.into_bytes();
        for &unit in units {
            bytes.extend(u8::try_from(unit));
        }
        return String::from_utf8(bytes).ok();
    }
    for character in char::decode_utf16(units.iter().copied()) {
        text.push(character.ok().or(other)?);
    }
    Some(text)
}
