//! Canonical JSON, RFC 8785: one text for one value.
//!
//! Why: a digest is over bytes, and JSON leaves their choice open. How: members ordered by the UTF-16 units of their
//! names (section 3.2.3), strings with the shortest escapes (3.2.2.2), numbers as ECMAScript writes them (3.2.2.3), no
//! white space. Values come from a [`Tape`], whose text is UTF-16 already, so that ordering needs no conversion; our own
//! documents, whose members are known, are written by [`Object`].
//!
//! Writing stops at the first thing that is not canonical JSON and says no more than that ([`Refusal`]); [`crate::check`]
//! then looks for what, and where. So the way that succeeds carries no paths.

use std::cmp::Ordering;

use crate::contract::MAX_DOCUMENT_BYTES;
use crate::digest::Digest;
use crate::tape::{At, BLOCK, Key, Shape, Tape, Text, Value};

/// Why a value has no canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Something in it is no JSON value, or is not what it has to be.
    Malformed,
    /// It has more bytes than a document may have.
    TooLong,
}

/// Bytes that are written one behind the other.
///
/// What a `Vec` does, but for one thing: all of its bytes are there from the beginning, so that a block can be written
/// past the end and only part of it kept, without a capacity to check or a length to store for each.
#[derive(Default)]
pub(crate) struct Output {
    bytes: Vec<u8>,
    end: usize,
}

impl Output {
    pub(crate) fn written(&self) -> &[u8] {
        &self.bytes[..self.end]
    }

    pub(crate) fn len(&self) -> usize {
        self.end
    }

    pub(crate) fn truncate(&mut self, end: usize) {
        self.end = end;
    }

    #[inline(always)]
    fn reserve(&mut self, more: usize) {
        if self.bytes.len() - self.end < more {
            self.grow(more);
        }
    }

    #[cold]
    fn grow(&mut self, more: usize) {
        let mut bytes = vec![0; (self.end + more).max(self.bytes.len() * 2)];
        bytes[..self.end].copy_from_slice(self.written());
        self.bytes = bytes;
    }

    #[inline(never)]
    fn push(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        self.bytes[self.end..][..bytes.len()].copy_from_slice(bytes);
        self.end += bytes.len();
    }

    /// Appends the first `length` of some bytes. To copy as many as the compiler knows of is several times as fast as to
    /// copy a few that it does not know of.
    #[inline(always)]
    fn push_start<const N: usize>(&mut self, bytes: &[u8; N], length: usize) {
        self.reserve(N);
        put(&mut self.bytes, self.end, *bytes);
        self.end += length;
    }
}

/// What is before a value in a document whose members are known: in a block, of which so many bytes count.
pub(crate) type Label = ([u8; 24], usize);

/// # Panics
/// At more than a block, when it is compiled.
pub(crate) const fn label(text: &str) -> Label {
    let mut block = [0; 24];
    block.split_at_mut(text.len()).0.copy_from_slice(text.as_bytes());
    (block, text.len())
}

/// As many members as most objects have.
const RUN: usize = 8;

/// The numbers below `count`, ordered by `compare`.
///
/// The one sort of the crate: short runs by insertion, and merging runs of twice the length each time. The standard
/// library's would be a twentieth of the module.
#[inline(never)]
pub(crate) fn ordered(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for run in order.chunks_mut(RUN) {
        for end in 1..run.len() {
            let mut place = end;
            while place > 0 && compare(run[place - 1], run[place]).is_gt() {
                run.swap(place - 1, place);
                place -= 1;
            }
        }
    }
    if count <= RUN {
        return order;
    }
    let mut merged = vec![0; count];
    let mut run = RUN;
    while run < count {
        for start in (0..count).step_by(2 * run) {
            let (middle, end) = (count.min(start + run), count.min(start + 2 * run));
            let (mut left, mut right) = (start, middle);
            for place in &mut merged[start..end] {
                let from_left = right == end || left < middle && compare(order[left], order[right]).is_le();
                let taken = if from_left { &mut left } else { &mut right };
                *place = order[*taken];
                *taken += 1;
            }
        }
        std::mem::swap(&mut order, &mut merged);
        run *= 2;
    }
    order
}

/// Writes canonical JSON of tape values, one document behind the other.
pub(crate) struct Writer {
    pub(crate) out: Output,
    /// Where the document begins that is being written, and how many bytes it may have.
    start: usize,
    pub(crate) most: usize,
    /// Where the values are of the shaped objects that are open, innermost last; kept here so that none allocates.
    values: Vec<At>,
}

impl Default for Writer {
    fn default() -> Self {
        Self::bounded_by(MAX_DOCUMENT_BYTES)
    }
}

impl Writer {
    /// A writer of documents that have so many bytes at most.
    pub(crate) fn bounded_by(most: usize) -> Self {
        Self { out: Output::default(), start: 0, most, values: Vec::new() }
    }

    /// Begins a document at the end of what is there.
    pub(crate) fn begin(&mut self) {
        self.start = self.out.len();
        self.values.clear();
    }

    /// Checks the length of the document so far.
    pub(crate) fn bounded(&self) -> Result<(), Refusal> {
        if self.out.len() - self.start <= self.most { Ok(()) } else { Err(Refusal::TooLong) }
    }

    /// Whether it is worth keeping: nothing large has been written.
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "nothing is kept natively"))]
    pub(crate) fn is_small(&self) -> bool {
        self.out.bytes.len() <= 1 << 20
    }

    /// Some bytes of ours.
    #[inline(always)]
    pub(crate) fn raw<const N: usize>(&mut self, bytes: &[u8; N]) {
        self.out.push_start(bytes, N);
    }

    #[inline(always)]
    pub(crate) fn label(&mut self, (block, length): &Label) {
        self.out.push_start(block, *length);
    }

    /// The value at `at`. What each kind needs is in a function of its own, so that nesting takes little stack.
    pub(crate) fn value(&mut self, tape: &Tape, at: At) -> Result<(), Refusal> {
        match tape.decode(at) {
            Value::Null => self.raw(b"null"),
            Value::Boolean(true) => self.raw(b"true"),
            Value::Boolean(false) => self.raw(b"false"),
            Value::Integer(value) => decimal(&mut self.out, value < 0, value.unsigned_abs().into(), 0),
            Value::Double(value) => number(&mut self.out, value),
            Value::String(text) => string(&mut self.out, text)?,
            Value::Array(count, first) => self.array(tape, count, first)?,
            Value::Shaped(shape, first) => self.shaped(tape, shape, first)?,
            Value::Object(..) => self.object(tape, at)?,
            Value::Cut(true) => return Err(Refusal::TooLong),
            Value::Absent | Value::Record(..) | Value::Date(..) | Value::Bad(_) | Value::Deep(_) | Value::Cut(false) => {
                return Err(Refusal::Malformed);
            }
        }
        self.bounded()
    }

    fn array(&mut self, tape: &Tape, count: usize, first: At) -> Result<(), Refusal> {
        self.out.push_start(b"[", 1);
        let mut at = first;
        for position in 0..count {
            if position > 0 {
                self.out.push_start(b",", 1);
            }
            self.value(tape, at)?;
            at = tape.after(at);
        }
        self.out.push_start(b"]", 1);
        Ok(())
    }

    fn shaped(&mut self, tape: &Tape, shape: &Shape, first: At) -> Result<(), Refusal> {
        let order = shape.order.as_ref().ok_or(Refusal::Malformed)?;
        let base = self.values.len();
        let mut at = first;
        for _ in order {
            self.values.push(at);
            at = tape.after(at);
        }
        for (place, name) in order {
            name.write(&mut self.out);
            self.value(tape, self.values[base + place])?;
        }
        self.values.truncate(base);
        self.out.push_start(b"}", 1);
        Ok(())
    }

    fn object(&mut self, tape: &Tape, at: At) -> Result<(), Refusal> {
        self.out.push_start(b"{", 1);
        self.members(tape, &tape.members(at).unwrap_or_default())?;
        self.out.push_start(b"}", 1);
        Ok(())
    }

    /// Members, in order and joined with commas.
    pub(crate) fn members(&mut self, tape: &Tape, members: &[(Key, At)]) -> Result<(), Refusal> {
        let order = ordered(members.len(), &|left, right| members[left].0.compare(&members[right].0));
        for (position, &member) in order.iter().enumerate() {
            if position > 0 {
                self.out.push_start(b",", 1);
            }
            let (key, value) = members[member];
            self.name(key)?;
            self.value(tape, value)?;
        }
        Ok(())
    }

    fn name(&mut self, key: Key) -> Result<(), Refusal> {
        match key {
            Key::Interned(key) => key.name.as_ref().ok_or(Refusal::Malformed)?.write(&mut self.out),
            Key::Text(text) => {
                string(&mut self.out, text)?;
                self.out.push_start(b":", 1);
            }
        }
        Ok(())
    }
}

/// What stands for an ASCII character in a JSON string: itself (0), `\u00` and its code (`u`), or a backslash and this.
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
fn short_string(out: &mut Output, text: Text) -> bool {
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
pub(crate) fn string(out: &mut Output, text: Text) -> Result<(), Refusal> {
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
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the parts of a character, each of six bits and less")]
fn window(out: &mut Output, text: Text, start: usize) -> Result<usize, Refusal> {
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

#[inline(always)]
fn put<const N: usize>(bytes: &mut [u8], at: usize, put: [u8; N]) -> usize {
    *bytes[at..].first_chunk_mut().expect("there is room") = put;
    N
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

/// A number, as ECMAScript writes it (section 3.2.2.3).
///
/// Most have few digits, and need no search for the shortest: where `n / 10^k` is the number, `n` below 10^15 and `k` the
/// least, then `n` has its digits, since no two decimals of up to 15 digits are read as one binary64.
#[expect(clippy::float_cmp, reason = "equality is what is asked")]
fn number(out: &mut Output, value: f64) {
    let magnitude = value.abs();
    if magnitude < 1e11 && (magnitude >= 1e-3 || magnitude == 0.0) {
        for (places, power) in [1.0, 1e1, 1e2, 1e3, 1e4].into_iter().enumerate() {
            let digits = (magnitude * power).round();
            if digits / power == magnitude {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an integer below 10^15")]
                return decimal(out, value < 0.0, digits as u64, places);
            }
        }
    }
    shortest(out, value);
}

/// A number whose digits have to be searched for.
#[cfg(not(target_arch = "wasm32"))]
fn shortest(out: &mut Output, value: f64) {
    out.push(ryu_js::Buffer::new().format_finite(value).as_bytes());
}

/// The same, by the host: the standard says what ECMAScript writes, and here is one that writes it.
#[cfg(target_arch = "wasm32")]
fn shortest(out: &mut Output, value: f64) {
    const LONGEST: usize = "-0.0000012345678901234567".len();
    out.reserve(LONGEST);
    out.end += crate::wasm::write_number(value, &mut out.bytes[out.end..][..LONGEST]);
}

/// A number that texts have in common which are one in Unicode's normalization form C; others hardly ever.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn normal(text: &str) -> u64 {
    use unicode_normalization::UnicodeNormalization as _;
    text.nfc().fold(0, |sum: u64, character| sum.wrapping_mul(0x100_0000_01b3) ^ u64::from(character))
}

/// The same, by the host: the tables would be most of the module.
#[cfg(target_arch = "wasm32")]
pub(crate) fn normal(text: &str) -> u64 {
    crate::wasm::normal(text)
}

/// `digits`, the last `places` of them behind a point.
fn decimal(out: &mut Output, negative: bool, digits: u64, places: usize) {
    // Written from its end towards its beginning; what is behind the end is there to be copied in one block.
    const END: usize = 24;
    let mut text = [0; 2 * END];
    let mut start = END;
    let mut rest = digits;
    let mut written = 0;
    while rest > 0 || written <= places {
        if written == places && places > 0 {
            start -= 1;
            text[start] = b'.';
        }
        start -= 1;
        // A division of 32 bits takes a fraction of one of 64.
        let digit;
        (rest, digit) = match u32::try_from(rest) {
            Ok(rest) => (u64::from(rest / 10), (rest % 10) as u8),
            Err(_) => (rest / 10, (rest % 10) as u8),
        };
        text[start] = b'0' + digit;
        written += 1;
    }
    if negative {
        start -= 1;
        text[start] = b'-';
    }
    let block: &[u8; END] = text[start..].first_chunk().expect("a start before the end");
    out.push_start(block, END - start);
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
        let mut out = Output::default();
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
    fn write(&self, out: &mut Output) {
        out.reserve(16 * self.blocks.len());
        for (block, room) in self.blocks.iter().zip(out.bytes[out.end..].as_chunks_mut().0) {
            *room = *block;
        }
        out.end += self.length;
    }
}

/// A string that is UTF-8 already.
#[inline(never)]
pub(crate) fn text(out: &mut Vec<u8>, text: &str) {
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

/// Writes an object whose members are named in canonical order.
pub(crate) struct Object<'o> {
    out: &'o mut Vec<u8>,
    empty: bool,
}

impl<'o> Object<'o> {
    pub(crate) fn begin(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, empty: true }
    }

    /// The name of a member; what is returned takes its value.
    #[inline(never)]
    pub(crate) fn member(&mut self, name: &str) -> &mut Vec<u8> {
        self.comma();
        text(self.out, name);
        self.out.push(b':');
        self.out
    }

    /// Members that are written already, joined with commas; there may be none.
    pub(crate) fn members(&mut self, members: &[u8]) {
        if !members.is_empty() {
            self.comma();
            self.out.extend_from_slice(members);
        }
    }

    #[inline(never)]
    pub(crate) fn string(&mut self, name: &str, value: &str) {
        text(self.member(name), value);
    }

    #[inline(never)]
    pub(crate) fn optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.string(name, value);
        }
    }

    pub(crate) fn number(&mut self, name: &str, value: u64) {
        self.member(name).extend_from_slice(crate::problem::decimal(value).as_bytes());
    }

    pub(crate) fn digest(&mut self, name: &str, digest: Digest) {
        let out = self.member(name);
        out.push(b'"');
        out.extend_from_slice(digest.text().as_bytes());
        out.push(b'"');
    }

    pub(crate) fn string_or_null(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.string(name, value),
            None => self.member(name).extend_from_slice(b"null"),
        }
    }

    /// Bytes written so far, of this object and before it.
    pub(crate) fn written(&self) -> usize {
        self.out.len()
    }

    pub(crate) fn end(self) {
        self.out.push(b'}');
    }

    fn comma(&mut self) {
        if !std::mem::replace(&mut self.empty, false) {
            self.out.push(b',');
        }
    }
}

/// An array of strings.
pub(crate) fn strings(out: &mut Vec<u8>, values: &[String]) {
    array(out, values, |out, value| text(out, value));
}

/// An array, each element written by `element`.
pub(crate) fn array<T>(out: &mut Vec<u8>, values: &[T], element: impl Fn(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (position, value) in values.iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        element(out, value);
    }
    out.push(b']');
}

/// What was written as canonical JSON, as text.
///
/// # Panics
/// Never, or we have a bug.
pub(crate) fn utf8(json: &[u8]) -> &str {
    let Ok(text) = std::str::from_utf8(json) else { unreachable!("canonical JSON is UTF-8") };
    text
}
