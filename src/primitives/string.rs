//! Strings in canonical JSON (RFC 8785 section 3.2.2.2): quoted, with the shortest escapes, as UTF-8.
//!
//! Why two ways: what a host gave is UTF-16 on the tape, long and mostly plain, so it is narrowed block by block; our own
//! text is UTF-8 already. Names that are written often are kept as the bytes that they become ([`Name`]).

use super::buffer::{Buffer, put};
use super::utf16::{BLOCK, Text};
use crate::contract::MAX_DOCUMENT_BYTES;

/// Why a value has no canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Something in it is no JSON value, or is not what it has to be.
    Malformed,
    /// It has more bytes than a document may have.
    TooLong,
}

/// What stands for an ASCII character in a JSON string: itself (0), `\u00` and its code (`u`), or a backslash and this.
// F9.2-1, F9.2-2, F9.2-3
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

/// Writes a string of at most one block in which all is plain, as most are; `false` where it is another.
#[inline(always)]
fn short_string(out: &mut Buffer, text: Text) -> bool {
    let length = text.units().len();
    out.reserve(BLOCK + 2);
    let room: &mut [u8; BLOCK + 2] = out.bytes[out.end..].first_chunk_mut().expect("there is room");
    let (quote, rest) = room.split_at_mut(1);
    let special = narrow(text.block(0), rest.first_chunk_mut().expect("a block and a byte"));
    if (special.trailing_zeros() as usize) < length || length > BLOCK {
        return false;
    }
    quote[0] = b'"';
    rest[length] = b'"';
    out.end += length + 2;
    true
}

/// A string, quoted and escaped (section 3.2.2.2), as UTF-8.
///
/// Most text is plain ASCII with something else now and then. So a block is narrowed as if it were all plain, what is
/// plain at its beginning is kept, and what is not is written by itself.
///
/// # Errors
/// At an unpaired surrogate, and where it grows too long.
#[inline(never)]
pub(crate) fn string(out: &mut Buffer, text: Text) -> Result<(), Refusal> {
    if short_string(out, text) {
        return Ok(());
    }
    let longest = out.len() + MAX_DOCUMENT_BYTES;
    out.push_start(b"\"", 1);
    let mut at = 0;
    while at < text.units().len() {
        at = window(out, text, at)?;
        if out.len() > longest {
            return Err(Refusal::TooLong);
        }
    }
    out.push_start(b"\"", 1);
    Ok(())
}

/// Units for which room is made at once.
const WINDOW: usize = 4096;
/// Bytes that a unit becomes at most: `\u001f`.
const MOST: usize = 6;

/// Appends the text from `start` on, a window of it, and returns where it stopped.
// F9-1, F7.4-7, F9.2-4
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the parts of a character, each of six bits and less")]
fn window(out: &mut Buffer, text: Text, start: usize) -> Result<usize, Refusal> {
    let units = text.units();
    let stop = units.len().min(start + WINDOW);
    // A block is written whole, whatever is kept of it.
    out.reserve(MOST * (stop - start) + 2 * BLOCK);
    // Apart from `out`, so that they stay in registers.
    let bytes = &mut out.bytes[out.end..];
    let (mut at, mut end) = (start, 0);
    while at < stop {
        let special = narrow(text.block(at), bytes[end..].first_chunk_mut().expect("there is room"));
        // A step of known length, so that the next block need not wait for what was found in this one.
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
    // The last block may have gone on behind the end of the text.
    let beyond = at.saturating_sub(units.len());
    out.end += end - beyond;
    Ok(at - beyond)
}

/// Writes the low bytes of a block, and returns a bit for each unit that is not plain; one more for the end of the block.
#[cfg(not(target_feature = "simd128"))]
#[expect(clippy::cast_possible_truncation, reason = "those that are plain are ASCII")]
fn narrow(block: &[u16; BLOCK], bytes: &mut [u8; BLOCK]) -> u32 {
    let is_special = |unit: u16| ESCAPES.get(usize::from(unit)) != Some(&0);
    let special = (0..).zip(block).map(|(position, &unit)| u32::from(is_special(unit)) << position);
    *bytes = block.map(|unit| unit as u8);
    special.sum::<u32>() | 1 << BLOCK
}

/// The same, all units at once.
///
/// What is not ASCII shows in its low byte, too, since narrowing is of signed numbers and saturates: below 0x8000 it becomes
/// 0xFF, above 0x00. As signed bytes those above 0x7F are below 0x20, as control characters are.
#[cfg(target_feature = "simd128")]
#[inline(always)]
fn narrow(block: &[u16; BLOCK], bytes: &mut [u8; BLOCK]) -> u32 {
    use std::arch::wasm32::{
        i8x16_bitmask, i8x16_eq, i8x16_lt, i8x16_splat, u8x16_avgr, u8x16_narrow_i16x8, v128_load, v128_or, v128_store,
    };
    let (low, high) = block.split_at(BLOCK / 2);
    // SAFETY: each half is 16 bytes that may be read, `bytes` 16 that may be written; neither has to be aligned.
    #[expect(unsafe_code, reason = "a vector can be loaded and stored in no other way")]
    let narrowed = unsafe {
        let narrowed = u8x16_narrow_i16x8(v128_load(low.as_ptr().cast()), v128_load(high.as_ptr().cast()));
        v128_store(bytes.as_mut_ptr().cast(), narrowed);
        narrowed
    };
    // Each averaged with itself, which changes nothing but that the compiler does not see through it: it would compare units
    // before they are narrowed, in twice as many steps.
    let narrowed = u8x16_avgr(narrowed, narrowed);
    let marks = v128_or(i8x16_eq(narrowed, i8x16_splat(0x22)), i8x16_eq(narrowed, i8x16_splat(0x5C)));
    let special = v128_or(i8x16_lt(narrowed, i8x16_splat(0x20)), marks);
    u32::from(i8x16_bitmask(special)) | 1 << BLOCK
}

/// The escape of a control character that has no short one.
fn escaped(byte: u8) -> [u8; MOST] {
    const HEX: [u8; 16] = *b"0123456789abcdef";
    [b'\\', b'u', b'0', b'0', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]
}

/// `"name":`, ready to be written often.
#[derive(Debug)]
pub(crate) struct Name {
    /// In whole blocks, so that they are copied by constant lengths.
    blocks: Vec<[u8; 16]>,
    length: usize,
}

impl Name {
    pub(crate) fn new(text: Text) -> Result<Self, Refusal> {
        let mut out = Buffer::default();
        string(&mut out, text)?;
        out.push(b":");
        Ok(Self::of(out.written().to_vec()))
    }

    /// The same with a `{` or a comma before it.
    pub(crate) fn after(&self, before: u8) -> Self {
        let json = &self.blocks.as_flattened()[..self.length];
        Self::of([&[before], json].concat())
    }

    fn of(mut json: Vec<u8>) -> Self {
        let length = json.len();
        json.resize(length.next_multiple_of(16), 0);
        Self { blocks: json.as_chunks().0.to_vec(), length }
    }

    #[inline(always)]
    pub(crate) fn write(&self, out: &mut Buffer) {
        out.reserve(16 * self.blocks.len());
        for (block, room) in self.blocks.iter().zip(out.bytes[out.end..].as_chunks_mut().0) {
            *room = *block;
        }
        out.end += self.length;
    }
}

/// A string that is UTF-8 already.
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
