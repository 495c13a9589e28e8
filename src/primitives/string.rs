//! Strings in canonical JSON (RFC 8785 section 3.2.2.2, FORMAT 9.2): quoted, with the shortest escapes, as UTF-8.
//!
//! Why two functions: text of the host is UTF-16 on the tape, long and mostly plain, so [`string`] narrows it block by block.
//! Our own text is already UTF-8 ([`quoted`]). Names that are written often are stored as the bytes to write ([`Name`]). A
//! *plain* character is an ASCII character that is written as itself.

use super::buffer::{Buffer, put};
use super::utf16::{BLOCK, Text};
use crate::contract::MAX_DOCUMENT_BYTES;

/// Why a value has no canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Something in it is not JSON, or has the wrong type.
    Malformed,
    /// It is longer than a document may be.
    TooLong,
}

/// How an ASCII character is written in a JSON string: 0 for itself (F9.2-4), `u` for `\u00` and 2 hexadecimal digits
/// (F9.2-3), any other byte for a backslash and that byte (F9.2-1, F9.2-2).
const ESCAPES: [u8; 128] = {
    let mut escapes = [0; 128];
    let mut code = 0;
    while code < 0x20 {
        escapes[code] = b'u';
        code += 1;
    }
    escapes[0x08] = b'b';
    escapes[0x09] = b't';
    escapes[0x0A] = b'n';
    escapes[0x0C] = b'f';
    escapes[0x0D] = b'r';
    escapes[b'"' as usize] = b'"';
    escapes[b'\\' as usize] = b'\\';
    escapes
};

/// Writes a string if it is plain and has at most one block, as most strings do. Otherwise returns false and appends nothing.
#[inline(always)]
fn short_string(out: &mut Buffer, text: Text) -> bool {
    let length = text.units().len();
    out.reserve(BLOCK + 2);
    let room: &mut [u8; BLOCK + 2] = out.bytes[out.end..].first_chunk_mut().expect("there is room");
    let (quote, rest) = room.split_at_mut(1);
    let special = narrow(text.block(0), rest.first_chunk_mut().expect("a block and a byte"), ESCAPED);
    if (special.trailing_zeros() as usize) < length || length > BLOCK {
        return false;
    }
    quote[0] = b'"';
    rest[length] = b'"';
    out.end += length + 2;
    true
}

/// Writes a string, quoted and escaped (RFC 8785 section 3.2.2.2), as UTF-8. O(n).
///
/// Most text is plain, with few other characters. So each block is narrowed as if it were plain; the plain characters at its
/// beginning are kept, and the others are written one by one.
///
/// # Errors
/// If there is an unpaired surrogate (F9.2-5), or the string is longer than a document may be.
#[inline(never)]
pub(crate) fn string(out: &mut Buffer, text: Text) -> Result<(), Refusal> {
    if short_string(out, text) {
        return Ok(());
    }
    out.push_prefix(b"\"", 1);
    text_with(out, text, ESCAPED)?;
    out.push_prefix(b"\"", 1);
    Ok(())
}

/// Writes text as it is, as UTF-8. O(n).
///
/// # Errors
/// As for [`string`].
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "natively, text is UTF-8"))]
pub(crate) fn utf8(out: &mut Buffer, text: Text) -> Result<(), Refusal> {
    text_with(out, text, AS_IS)
}

/// Writes text as UTF-8, with escapes or as it is.
#[inline(never)]
fn text_with(out: &mut Buffer, text: Text, marks: [u8; 2]) -> Result<(), Refusal> {
    let longest = out.len() + MAX_DOCUMENT_BYTES;
    let mut at = 0;
    while at < text.units().len() {
        at = window(out, text, at, marks)?;
        if out.len() > longest {
            return Err(Refusal::TooLong);
        }
    }
    Ok(())
}

/// The printable ASCII characters that are escaped in a string; none in text that is written as it is, where a zero is not plain either.
const ESCAPED: [u8; 2] = *b"\"\\";
const AS_IS: [u8; 2] = [0; 2];
/// Units for which room is reserved at a time.
const WINDOW: usize = 4096;
/// Highest number of bytes for one unit: those of `\u001f`.
const MAX_BYTES: usize = 6;

/// Writes one window of the text, beginning at `start`, with or without escapes; returns the position after the last unit written.
// F9-1, F7.4-7, F9.2-4
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "parts of a character, of at most 6 bits")]
fn window(out: &mut Buffer, text: Text, start: usize, marks: [u8; 2]) -> Result<usize, Refusal> {
    let units = text.units();
    let stop = units.len().min(start + WINDOW);
    // A block is always written whole, even if only a part of it is kept.
    out.reserve(MAX_BYTES * (stop - start) + 2 * BLOCK);
    // Local copies, so that they stay in registers.
    let bytes = &mut out.bytes[out.end..];
    let (mut at, mut end) = (start, 0);
    while at < stop {
        let special = narrow(text.block(at), bytes[end..].first_chunk_mut().expect("there is room"), marks);
        // A step of constant size: the processor can begin the next block before it knows `special` of this one.
        if special == 1 << BLOCK {
            at += BLOCK;
            end += BLOCK;
            continue;
        }
        let plain = special.trailing_zeros() as usize;
        at += plain;
        end += plain;
        while at < stop {
            let unit = units[at];
            let tail = |shift: u32| 0x80 | (unit >> shift) as u8 & 0x3F;
            match unit {
                0..0x80 => match ESCAPES[usize::from(unit)] {
                    0 => break,
                    _ if marks == AS_IS => end += put(bytes, end, [unit as u8]),
                    b'u' => end += put(bytes, end, escaped(unit as u8)),
                    short => end += put(bytes, end, [b'\\', short]),
                },
                0x80..0x800 => end += put(bytes, end, [0xC0 | (unit >> 6) as u8, tail(0)]),
                0xD800..0xE000 => {
                    let pair = char::decode_utf16(units[at..].iter().copied()).next();
                    // F9.2-5
                    let pair = u32::from(pair.and_then(Result::ok).ok_or(Refusal::Malformed)?);
                    let tail = |shift: u32| 0x80 | (pair >> shift) as u8 & 0x3F;
                    end += put(bytes, end, [0xF0 | (pair >> 18) as u8, tail(12), tail(6), tail(0)]);
                    at += 1;
                }
                _ => end += put(bytes, end, [0xE0 | (unit >> 12) as u8, tail(6), tail(0)]),
            }
            at += 1;
        }
    }
    // The last block may extend beyond the end of the text.
    let beyond = at.saturating_sub(units.len());
    out.end += end - beyond;
    Ok(at - beyond)
}

/// Writes the low bytes of a block. Returns a bit for each unit that is not plain, which these two characters are not either, and bit
/// [`BLOCK`] for the end of the block.
#[cfg(not(target_feature = "simd128"))]
#[expect(clippy::cast_possible_truncation, reason = "plain units are ASCII")]
fn narrow(block: &[u16; BLOCK], bytes: &mut [u8; BLOCK], marks: [u8; 2]) -> u32 {
    let is_special = |unit: u16| !(0x20..0x80).contains(&unit) || marks.contains(&(unit as u8));
    let special = (0..).zip(block).map(|(position, &unit)| u32::from(is_special(unit)) << position);
    *bytes = block.map(|unit| unit as u8);
    special.sum::<u32>() | 1 << BLOCK
}

/// Like the other `narrow`, for all units at once.
///
/// Units that are not ASCII can be recognized in the narrowed bytes, because narrowing takes signed numbers and saturates:
/// units from 0x100 to 0x7FFF become 0xFF, those from 0x8000 on become 0x00. Compared as signed bytes, 0x80 to 0xFF are below
/// 0x20, like control characters.
#[cfg(target_feature = "simd128")]
#[inline(always)]
fn narrow(block: &[u16; BLOCK], bytes: &mut [u8; BLOCK], [first, second]: [u8; 2]) -> u32 {
    use std::arch::wasm32::{
        i8x16_bitmask, i8x16_lt, i8x16_splat, u8x16_avgr, u8x16_eq, u8x16_narrow_i16x8, u8x16_splat, v128_load,
        v128_or, v128_store,
    };
    let (low, high) = block.split_at(BLOCK / 2);
    // SAFETY: each half is 16 readable bytes, and `bytes` is 16 writable bytes; no alignment is needed.
    #[expect(unsafe_code, reason = "there is no safe way to load and store a vector")]
    let narrowed = unsafe {
        let narrowed = u8x16_narrow_i16x8(v128_load(low.as_ptr().cast()), v128_load(high.as_ptr().cast()));
        v128_store(bytes.as_mut_ptr().cast(), narrowed);
        narrowed
    };
    // Averaging each byte with itself changes nothing, but hides the narrowing from the compiler. Otherwise it would compare
    // the units before they are narrowed, with twice as many instructions.
    let narrowed = u8x16_avgr(narrowed, narrowed);
    let marks = v128_or(u8x16_eq(narrowed, u8x16_splat(first)), u8x16_eq(narrowed, u8x16_splat(second)));
    let special = v128_or(i8x16_lt(narrowed, i8x16_splat(0x20)), marks);
    u32::from(i8x16_bitmask(special)) | 1 << BLOCK
}

/// Returns true for a control character without a short escape (F9.2-3).
pub(crate) fn has_long_escape(byte: u8) -> bool {
    ESCAPES.get(usize::from(byte)) == Some(&b'u')
}

/// Returns the escape of a control character without a short form (F9.2-3).
fn escaped(byte: u8) -> [u8; MAX_BYTES] {
    const HEX: [u8; 16] = *b"0123456789abcdef";
    [b'\\', b'u', b'0', b'0', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]
}

/// The bytes of `"name":`, for a name that is written often.
#[derive(Debug)]
pub(crate) struct Name {
    /// In whole blocks, so that each copy has a constant size.
    blocks: Vec<[u8; 16]>,
    length: usize,
}

impl Name {
    /// Escapes a name.
    ///
    /// # Errors
    /// As for [`string`].
    pub(crate) fn new(text: Text) -> Result<Self, Refusal> {
        let mut out = Buffer::default();
        string(&mut out, text)?;
        out.push(b":");
        Ok(Self::of(out.written().to_vec()))
    }

    /// Returns the name with a `{` or a comma before it.
    pub(crate) fn with_prefix(&self, before: u8) -> Self {
        let json = &self.blocks.as_flattened()[..self.length];
        Self::of([&[before], json].concat())
    }

    fn of(mut json: Vec<u8>) -> Self {
        let length = json.len();
        json.resize(length.next_multiple_of(16), 0);
        Self { blocks: json.as_chunks().0.to_vec(), length }
    }

    /// Appends the bytes.
    #[inline(always)]
    pub(crate) fn write(&self, out: &mut Buffer) {
        out.reserve(16 * self.blocks.len());
        for (block, room) in self.blocks.iter().zip(out.bytes[out.end..].as_chunks_mut().0) {
            *room = *block;
        }
        out.end += self.length;
    }
}

/// Writes a string that is UTF-8 already, quoted and escaped. O(n).
#[inline(never)]
pub(crate) fn quoted(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    let is_special = |&byte: &u8| ESCAPES.get(usize::from(byte)).is_some_and(|&escape| escape != 0);
    while let Some(plain) = rest.iter().position(is_special) {
        let (before, special) = rest.split_at(plain);
        out.extend_from_slice(before);
        match ESCAPES[usize::from(special[0])] {
            b'u' => out.extend_from_slice(&escaped(special[0])),
            short => out.extend_from_slice(&[b'\\', short]),
        }
        rest = &special[1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}
