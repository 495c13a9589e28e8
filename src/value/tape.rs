//! The tape: host values, each read once, in the order in which they were read.
//!
//! Why: checking, ordering and writing look at a value several times, and a host value may change between two reads
//! (getters, proxies). So a boundary reads each value once, strictly, onto a tape (F7.3-2); all other code sees only the
//! tape. It is also the cheapest form in which values can cross from JavaScript: 32-bit words, and all text in one piece.
//!
//! How: a value is a header word, with its kind in the low [`KIND_BITS`] bits and a payload above them. Other words follow,
//! depending on the kind:
//!
//! | kind | payload | words that follow |
//! | --- | --- | --- |
//! | `ABSENT`, `NULL` | – | – |
//! | `DEEP` | for a cycle, the number of levels up to the same container; 0 for a container that is nested too deeply | – |
//! | `BOOLEAN` | 0 or 1 | – |
//! | `INTEGER` | the integer, 28 bits, signed | – |
//! | `DOUBLE` | – | a binary64: low word, high word |
//! | `DATE` | length of the name of its class, in UTF-16 units | its time value as a binary64; start of the name in the text |
//! | `STRING`, `BAD`, `KEY_TEXT` | length in UTF-16 units | start in the text |
//! | `ARRAY`, `TUPLE` | number of values | total number of words, with the header; the values |
//! | `OBJECT` | number of members | total number of words, with the header; the values; the keys, in the same order |
//! | `SHAPED` | index of the shape | total number of words, with the header; the values |
//! | `KEY` | index of the interned key | – |
//! | `CUT` | 0: the document is too long; 1: there are too many bad values | – |
//!
//! Many objects of a pack have the same names. So a boundary may intern names and sequences of names. An interned name is a
//! *key*; its text crosses once. A sequence of keys is a *shape*; its canonical order is computed once. The boundary limits
//! the number of both.
//!
//! A `TUPLE` holds members that were read by name, in the order of the contract, including absent ones. `BAD` stands for a
//! value that is not JSON; its text is the name of its type (`Map`, `NaN`). After a `CUT` nothing more was read.
//!
//! INVARIANT: boundaries write well-formed tapes. A malformed tape panics at an index check; no read is outside the tape.

use std::cmp::Ordering;

use crate::primitives::buffer::Buffer;
use crate::primitives::order::sorted_indices;
use crate::primitives::string::{self, Name};
use crate::primitives::utf16::{BLOCK, Text, is, lossy};
use crate::value::canonical_text::Notes;
use crate::value::limits::Limits;

pub(crate) const KIND_BITS: u32 = 4;
const KIND: u32 = (1 << KIND_BITS) - 1;
pub(crate) const ABSENT: u32 = 0;
pub(crate) const NULL: u32 = 1;
pub(crate) const BOOLEAN: u32 = 2;
pub(crate) const SHAPED: u32 = 3;
pub(crate) const INTEGER: u32 = 4;
pub(crate) const DOUBLE: u32 = 5;
pub(crate) const STRING: u32 = 6;
pub(crate) const ARRAY: u32 = 7;
pub(crate) const OBJECT: u32 = 8;
pub(crate) const TUPLE: u32 = 9;
pub(crate) const DATE: u32 = 10;
pub(crate) const BAD: u32 = 11;
pub(crate) const DEEP: u32 = 12;
pub(crate) const CUT: u32 = 13;
pub(crate) const KEY: u32 = 14;
pub(crate) const KEY_TEXT: u32 = 15;

/// Position of a header word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct At(pub(crate) usize);

/// Position of a member that an object does not have. The value there is absent.
pub(crate) const NOWHERE: At = At(usize::MAX);

/// A value on the tape. A container has the position of its first element or value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'t> {
    Absent,
    Null,
    Boolean(bool),
    Integer(i32),
    Double(f64),
    String(Text<'t>),
    Array(usize, At),
    Object(usize, At),
    Shaped(&'t Shape, At),
    Tuple(At),
    /// A date: its time value, and the name of its class.
    Date(f64, Text<'t>),
    /// A value that is not JSON: the name of its type.
    Bad(Text<'t>),
    /// A container that is nested too deeply (0), or that is the same container as the one this many levels up.
    Deep(usize),
    /// Reading stopped here: because the document is too long (`true`), or because there are too many bad values (`false`).
    Cut(bool),
}

impl Value<'_> {
    pub(crate) fn is_present(&self) -> bool {
        !matches!(self, Value::Absent)
    }
}

/// The name of a member.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Key<'t> {
    Interned(&'t Interned),
    Text(Text<'t>),
}

impl<'t> Key<'t> {
    /// A key that is not known yet.
    const PLACEHOLDER: Self = Key::Text(Text { padded: &[], length: 0 });

    /// Returns the UTF-16 units of the name.
    #[inline(always)]
    pub(crate) fn units(self) -> &'t [u16] {
        match self {
            Key::Interned(key) => &key.units,
            Key::Text(text) => text.units(),
        }
    }

    /// Returns true if the key has this name.
    pub(crate) fn is(self, name: &str) -> bool {
        is(self.units(), name)
    }

    /// Compares two names in the canonical order of members (RFC 8785 section 3.2.3, F9.4-1).
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Key::Interned(left), Key::Interned(right)) => left.rank.cmp(&right.rank),
            _ => self.units().cmp(other.units()),
        }
    }
}

/// The interned keys, by index.
///
/// Each is escaped once. Each has its rank in the canonical order of all keys, so members are sorted by comparing integers.
#[derive(Debug, Default)]
struct Keys {
    keys: Vec<Interned>,
    /// Indexes of the keys, ordered by UTF-16 units.
    order: Vec<usize>,
}

/// An interned key.
#[derive(Debug)]
pub(crate) struct Interned {
    units: Box<[u16]>,
    /// Position in the canonical order of all keys.
    pub(crate) rank: u32,
    /// `"name":` in canonical form; `None` if the name has an unpaired surrogate.
    pub(crate) name: Option<Name>,
}

impl Keys {
    /// Adds a key, which must be new. O(n) in the number of keys, because of the insertion; the boundary limits that number.
    fn intern(&mut self, text: Text) {
        let units = text.units();
        let place = self.order.partition_point(|&other| *self.keys[other].units < *units);
        self.order.insert(place, self.keys.len());
        self.keys.push(Interned { units: units.into(), rank: 0, name: Name::new(text).ok() });
    }

    /// Updates the ranks after new keys. O(n) in the number of keys.
    fn rank(&mut self) {
        for (rank, &key) in (0..).zip(&self.order) {
            self.keys[key].rank = rank;
        }
    }
}

/// The keys of an object, and their canonical order.
#[derive(Debug)]
pub(crate) struct Shape {
    /// Indexes of the keys, in the order in which the object has them.
    keys: Vec<usize>,
    /// For each member in canonical order: the position of its value in the object, and the text before that value. `None` if
    /// a name has an unpaired surrogate.
    pub(crate) order: Option<Vec<(usize, Name)>>,
}

impl Shape {
    /// Returns the number of members.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }
}

/// The values, their text, and the interned keys and shapes. The comment at the top of this file describes the encoding.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    words: Vec<u32>,
    text: Vec<u16>,
    keys: Keys,
    shapes: Vec<Shape>,
    /// JSON text of a host.
    json: Vec<u8>,
    /// What is noted of JSON text while it is recognized.
    pub(crate) notes: Option<Box<Notes>>,
    /// If the item on the tape was read from canonical JSON text: the length of the text, and where the id begins in it.
    canonical: Option<(usize, usize)>,
    /// True if there was a mistake in JSON text. Then the tape holds, instead of a value, the tuple `[is duplicate, path, before,
    /// foreign, after]`. The last three are the parts of the message. If they are missing, the mistake is that the value at the
    /// path is nested too deeply.
    pub(crate) is_mistake: bool,
    /// True if the item on the tape can never change, so what is found out about it may be kept.
    pub(crate) is_fixed: bool,
    /// For a boundary that reads in Rust: how much it reads of a document.
    pub(crate) limits: Limits,
    /// For the same boundary: the current document.
    document: Document,
}

/// Where the current document begins on the tape, and how many bad values it has so far.
#[derive(Clone, Copy, Debug, Default)]
struct Document {
    first_word: usize,
    first_unit: usize,
    bad_values: usize,
}

/// Reading.
impl Tape {
    /// Decodes the value at `at`.
    #[inline(never)]
    pub(crate) fn value(&self, at: At) -> Value<'_> {
        if at == NOWHERE { Value::Absent } else { self.decode(at) }
    }

    /// Like [`Self::value`], but inlined, and not for [`NOWHERE`]. Only the writer calls it often enough to be worth a copy
    /// of the code.
    #[inline(always)]
    #[expect(clippy::cast_possible_wrap, reason = "the payload of an integer is its bits")]
    pub(crate) fn decode(&self, at: At) -> Value<'_> {
        let header = self.words[at.0];
        let payload = header >> KIND_BITS;
        let first = At(at.0 + 2);
        match header & KIND {
            ABSENT => Value::Absent,
            NULL => Value::Null,
            BOOLEAN => Value::Boolean(payload == 1),
            SHAPED => Value::Shaped(&self.shapes[payload as usize], first),
            INTEGER => Value::Integer(header as i32 >> KIND_BITS),
            DOUBLE => Value::Double(self.double(at)),
            STRING => Value::String(self.text(at, payload)),
            ARRAY => Value::Array(payload as usize, first),
            OBJECT => Value::Object(payload as usize, first),
            TUPLE => Value::Tuple(first),
            DATE => Value::Date(self.double(at), self.text(At(at.0 + 2), payload)),
            BAD => Value::Bad(self.text(at, payload)),
            DEEP => Value::Deep(payload as usize),
            CUT => Value::Cut(payload == 0),
            _ => unreachable!("a key in the place of a value"),
        }
    }

    /// Returns the position after the value at `at`. O(1).
    #[inline(always)]
    pub(crate) fn after(&self, at: At) -> At {
        let words = match self.words[at.0] & KIND {
            DATE => 4,
            DOUBLE => 3,
            STRING | BAD => 2,
            ARRAY | OBJECT | SHAPED | TUPLE => self.words[at.0 + 1] as usize,
            _ => 1,
        };
        At(at.0 + words)
    }

    /// Decodes the key at `at`; returns the position after it as well.
    fn key(&self, at: At) -> (Key<'_>, At) {
        let header = self.words[at.0];
        let payload = header >> KIND_BITS;
        match header & KIND {
            KEY => (Key::Interned(&self.keys.keys[payload as usize]), At(at.0 + 1)),
            KEY_TEXT => (Key::Text(self.text(at, payload)), At(at.0 + 2)),
            _ => unreachable!("a value in the place of a key"),
        }
    }

    /// Returns the positions of the first `N` values of a tuple.
    #[inline(always)]
    pub(crate) fn slots<const N: usize>(&self, first: At) -> [At; N] {
        let mut slots = [NOWHERE; N];
        self.fill_slots(first, &mut slots);
        slots
    }

    /// Writes the positions of the values from `first` on into `slots`.
    #[inline(never)]
    pub(crate) fn fill_slots(&self, first: At, slots: &mut [At]) {
        let mut next = first;
        for slot in slots {
            *slot = next;
            next = self.after(next);
        }
    }

    /// Returns the members of an object, in its own order, or `None` if the value is not an object. O(n).
    pub(crate) fn members(&self, at: At) -> Option<Vec<(Key<'_>, At)>> {
        let (count, first, shape) = match self.value(at) {
            Value::Object(count, first) => (count, first, None),
            Value::Shaped(shape, first) => (shape.len(), first, Some(shape)),
            _ => return None,
        };
        let mut next = first;
        let mut members = Vec::with_capacity(count);
        for _ in 0..count {
            members.push((Key::PLACEHOLDER, next));
            next = self.after(next);
        }
        // The keys come after the values.
        for (position, (key, _)) in members.iter_mut().enumerate() {
            if let Some(shape) = shape {
                *key = Key::Interned(&self.keys.keys[shape.keys[position]]);
            } else {
                (*key, next) = self.key(next);
            }
        }
        Some(members)
    }

    /// Writes the positions of the members called `names` into `found`, and returns the names of the other members, in
    /// canonical order. Returns `None` if the value is not an object. O(n log n), because the number of `names` is constant.
    pub(crate) fn find(&self, at: At, names: &[&str], found: &mut [At]) -> Option<Vec<Key<'_>>> {
        let mut members = self.members(at)?;
        for (place, name) in found.iter_mut().zip(names) {
            if let Some(member) = members.iter().position(|(key, _)| key.is(name)) {
                *place = members.swap_remove(member).1;
            }
        }
        let order = sorted_indices(members.len(), &|left, right| members[left].0.compare(&members[right].0));
        let mut others = Vec::new();
        for member in order {
            others.push(members[member].0);
        }
        Some(others)
    }

    /// Returns the binary64 in the two words after `at`.
    #[inline(always)]
    fn double(&self, at: At) -> f64 {
        f64::from_bits(u64::from(self.words[at.0 + 2]) << 32 | u64::from(self.words[at.0 + 1]))
    }

    /// Returns the text whose start is in the word after `at`.
    #[inline(always)]
    fn text(&self, at: At, length: u32) -> Text<'_> {
        Text { padded: &self.text[self.words[at.0 + 1] as usize..], length: length as usize }
    }
}

/// A tape with more words, or more units of text, is not worth keeping.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "only the boundary to JavaScript keeps tapes"))]
const SMALL: usize = 1 << 18;

/// Writing, for values in Rust.
impl Tape {
    /// Removes all values.
    pub(crate) fn clear(&mut self) {
        self.words.clear();
        self.text.clear();
        self.canonical = None;
        self.is_mistake = false;
        self.is_fixed = false;
        self.document = Document::default();
    }

    /// Returns the canonical JSON text from which the item on the tape was read; `None` if it was read from a value.
    pub(crate) fn canonical_text(&self) -> Option<&[u8]> {
        Some(&self.json[..self.canonical?.0])
    }

    /// Removes the first `units` units of the string at `at`, the id of the item on the tape.
    pub(crate) fn remove_prefix(&mut self, at: At, units: usize) {
        if let Some((length, id_start)) = &mut self.canonical {
            let start = self.words[at.0 + 1] as usize;
            let prefix = lossy(&self.text[start..start + units]).len();
            self.json.copy_within(*id_start + prefix..*length, *id_start);
            *length -= prefix;
        }
        let units = u32::try_from(units).expect("no more than the string has");
        self.words[at.0] -= units << KIND_BITS;
        self.words[at.0 + 1] += units;
    }

    /// Returns true if the current document is certainly too long. Each unit of text is at least 1 byte of it, and no value
    /// has more than 3 words for each byte (F10-6, E6.1-4).
    pub(crate) fn is_too_long(&self) -> bool {
        let (text, words) = (self.text.len() - self.document.first_unit, self.words.len() - self.document.first_word);
        text + words / 3 > self.limits.document_bytes + BLOCK + 256
    }

    /// Begins a document: its length and its bad values are counted from here.
    pub(crate) fn begin_document(&mut self) {
        self.document = Document { first_word: self.words.len(), first_unit: self.text.len(), bad_values: 0 };
    }

    /// Writes a value that has only a header.
    pub(crate) fn mark(&mut self, kind: u32) {
        self.words.push(kind);
    }

    /// Writes a boolean.
    pub(crate) fn boolean(&mut self, value: bool) {
        self.mark(BOOLEAN | u32::from(value) << KIND_BITS);
    }

    /// Writes a number.
    #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
    pub(crate) fn number(&mut self, value: f64) {
        let bits = value.to_bits();
        self.words.extend([DOUBLE, bits as u32, (bits >> 32) as u32]);
    }

    /// Writes a string, or a cut if it is too long for a document.
    pub(crate) fn string(&mut self, value: &str) {
        if self.is_text_too_long(value) {
            return self.mark(CUT);
        }
        self.units(STRING, value);
    }

    /// Returns true if a text alone is too long for a document: each of its UTF-16 units is at least 1 byte. O(n).
    pub(crate) fn is_text_too_long(&self, text: &str) -> bool {
        let max = self.limits.document_bytes;
        text.len() + 2 > max && text.encode_utf16().count() + 2 > max
    }

    /// Writes a value that is not JSON: the name of its type.
    pub(crate) fn bad(&mut self, received: &str) {
        self.document.bad_values += 1;
        self.units(BAD, received);
    }

    /// Writes a container that is nested too deeply.
    pub(crate) fn deep(&mut self) {
        self.document.bad_values += 1;
        self.mark(DEEP);
    }

    /// Returns true if this document has more bad values than issues are listed.
    pub(crate) fn has_too_many_bad_values(&self) -> bool {
        self.document.bad_values > self.limits.issues
    }

    /// Writes the name of a member.
    pub(crate) fn member_name(&mut self, name: &str) {
        self.units(KEY_TEXT, name);
    }

    /// Writes a container of `count` values or members; `write` must write exactly these.
    pub(crate) fn container(&mut self, kind: u32, count: usize, write: impl FnOnce(&mut Self)) {
        let start = self.words.len();
        self.words.extend([kind | payload(count), 0]);
        write(self);
        self.words[start + 1] = u32::try_from(self.words.len() - start).expect("16 GiB of tape");
    }

    /// Like [`Self::container`], but `write` returns how many of `most` it has written.
    pub(crate) fn container_of_some(&mut self, kind: u32, most: usize, write: impl FnOnce(&mut Self) -> usize) {
        let start = self.words.len();
        let mut count = 0;
        self.container(kind, most, |tape| count = write(tape));
        self.words[start] = kind | payload(count);
    }

    /// Writes a text, with a block of padding after it.
    fn units(&mut self, kind: u32, value: &str) {
        let start = self.text.len().saturating_sub(BLOCK);
        self.text.truncate(start);
        // Most text is ASCII, and is copied several times as fast if its length is known.
        if value.is_ascii() {
            self.text.extend(value.bytes().map(u16::from));
        } else {
            self.text.extend(value.encode_utf16());
        }
        let length = self.text.len() - start;
        self.text.extend([0; BLOCK]);
        self.words.extend([kind | payload(length), u32::try_from(start).expect("8 GiB of text")]);
    }
}

/// Returns the number as the payload bits of a header.
///
/// # Panics
/// If it is above 2^28 - 1, which is more than any document can have.
fn payload(value: usize) -> u32 {
    let value = u32::try_from(value).ok().filter(|value| value.leading_zeros() >= KIND_BITS);
    value.expect("a document within its bounds") << KIND_BITS
}

/// Room for one value.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "values that are in Rust are written directly"))]
pub(crate) struct Room<'t> {
    pub(crate) words: &'t mut [u32],
    pub(crate) text: &'t mut [u16],
    pub(crate) ascii: &'t mut [u8],
}

/// Widens ASCII to UTF-16, whole blocks at a time.
#[cfg(not(target_feature = "simd128"))]
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "values that are in Rust are written directly"))]
fn widen(ascii: &[u8], text: &mut [u16]) {
    for (unit, &byte) in text.iter_mut().zip(ascii) {
        *unit = byte.into();
    }
}

/// The same with vectors.
#[cfg(target_feature = "simd128")]
fn widen(ascii: &[u8], text: &mut [u16]) {
    use std::arch::wasm32::{u16x8_extend_high_u8x16, u16x8_extend_low_u8x16, v128_load, v128_store};
    let blocks = ascii.as_chunks::<BLOCK>().0.iter();
    for (bytes, units) in blocks.zip(text.as_chunks_mut::<BLOCK>().0) {
        let (low, high) = units.split_at_mut(BLOCK / 2);
        // SAFETY: `bytes` is 16 readable bytes, and each half is 16 writable bytes; no alignment is needed.
        #[expect(unsafe_code, reason = "there is no safe way to load and store a vector")]
        unsafe {
            let bytes = v128_load(bytes.as_ptr().cast());
            v128_store(low.as_mut_ptr().cast(), u16x8_extend_low_u8x16(bytes));
            v128_store(high.as_mut_ptr().cast(), u16x8_extend_high_u8x16(bytes));
        }
    }
}

/// Filling from outside, for a boundary that has words and text in memory of its own.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "values that are in Rust are written directly"))]
impl Tape {
    /// Returns room for at least `words` words and `text` units of text, to be overwritten. Text that is ASCII may be written as bytes
    /// instead. The room stays at the same address until a call asks for more.
    pub(crate) fn room(&mut self, words: usize, text: usize) -> Room<'_> {
        // Never shrinks, so that memory is not zeroed again for each value.
        if self.words.len() < words {
            self.words = vec![0; words];
        }
        if self.text.len() < text + BLOCK {
            self.text = vec![0; text + BLOCK];
        }
        // A block of padding follows the text.
        let text = self.text.len() - BLOCK;
        self.json_room(text + BLOCK);
        Room { words: &mut self.words, text: &mut self.text[..text], ascii: &mut self.json }
    }

    /// Returns room for at least that many bytes of JSON text, to be overwritten.
    pub(crate) fn json_room(&mut self, bytes: usize) -> &mut [u8] {
        if self.json.len() < bytes + BLOCK {
            self.json = vec![0; bytes + BLOCK];
        }
        &mut self.json
    }

    /// Makes JSON text of that many units, which were written into the [`Self::room`] for text. Returns the number of its bytes; 0 if
    /// there is an unpaired surrogate. O(n).
    pub(crate) fn json_from_units(&mut self, length: usize) -> usize {
        let mut json = Buffer::over(self.take_json());
        let is_text = string::utf8(&mut json, Text { padded: &self.text, length }).is_ok();
        let length = if is_text { json.len() } else { 0 };
        self.set_json(json.into_bytes());
        length
    }

    /// Returns the beginning of the JSON text; a block of other bytes follows it.
    pub(crate) fn json_text(&self, length: usize) -> &[u8] {
        &self.json[..length]
    }

    /// Takes the JSON text, to put it back with [`Self::set_json`]. A block of other bytes follows it.
    pub(crate) fn take_json(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.json)
    }

    pub(crate) fn set_json(&mut self, json: Vec<u8>) {
        self.json = json;
    }

    /// Notes that the item on the tape was read from canonical JSON text of that length.
    pub(crate) fn set_canonical(&mut self, length: usize, id_start: usize) {
        self.canonical = Some((length, id_start));
    }

    /// Returns true if the tape is worth keeping, because nothing large was on it.
    pub(crate) fn is_small(&self) -> bool {
        self.words.len() <= SMALL
            && self.text.len() <= SMALL
            && self.json.len() <= 2 * SMALL
            && self.notes.as_ref().is_none_or(|notes| notes.is_small())
    }

    /// Adds the keys and shapes that the boundary met for the first time. They belong to this tape, so a boundary must write
    /// all objects to one tape.
    ///
    /// The last of the `words` words is the number of units that were delivered as ASCII, which may be 0. The word before it is the
    /// length of a list, which precedes that word. The list holds the start of the new keys' units in the text, the number of new
    /// keys, and the length of each; then, for each new shape, the number of its keys and their indexes.
    pub(crate) fn learn(&mut self, words: usize) {
        self.canonical = None;
        self.is_mistake = false;
        self.is_fixed = false;
        let ascii = self.words[words - 1] as usize;
        widen(&self.json[..ascii.next_multiple_of(BLOCK)], &mut self.text);
        let words = words - 1;
        let length = self.words[words - 1] as usize;
        if length > 0 {
            self.learn_from(words, length);
        }
    }

    #[inline(never)]
    fn learn_from(&mut self, words: usize, length: usize) {
        let [start, count, list @ ..] = &self.words[words - 1 - length..words - 1] else { return };
        let (lengths, mut shapes) = list.split_at(*count as usize);
        let mut start = *start as usize;
        for &length in lengths {
            self.keys.intern(Text { padded: &self.text[start..], length: length as usize });
            start += length as usize;
        }
        self.keys.rank();
        while let Some((&count, rest)) = shapes.split_first() {
            let (keys, others) = rest.split_at(count as usize);
            self.shapes.push(Shape::new(&self.keys.keys, keys));
            shapes = others;
        }
    }
}

impl Shape {
    /// Makes the shape of these keys, and sorts them. O(n log n).
    fn new(interned: &[Interned], indexes: &[u32]) -> Self {
        let mut keys = Vec::with_capacity(indexes.len());
        for &index in indexes {
            keys.push(index as usize);
        }
        let rank = |place: usize| interned[keys[place]].rank;
        let places = sorted_indices(keys.len(), &|left, right| rank(left).cmp(&rank(right)));
        let mut order = Vec::with_capacity(places.len());
        let mut before = b'{';
        for place in places {
            if let Some(name) = &interned[keys[place]].name {
                order.push((place, name.with_prefix(before)));
            }
            before = b',';
        }
        let order = Some(order).filter(|order| order.len() == keys.len());
        Self { keys, order }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::writer::Writer;

    /// JSON text that comes as UTF-16 is the same as UTF-8, whatever lies next to the edges of blocks and windows.
    #[test]
    fn json_from_units_is_their_utf8() {
        let mut tape = Tape::default();
        for length in (0..70).chain(4080..4110).chain([8191, 8192, 8193]) {
            for filling in ["x", "\"", "\\", "\0", "\u{1f}", "\u{7f}", "é", "€", "\u{8000}", "\u{fffd}", "\u{1f600}"]
            {
                for (before, after) in [(0, 0), (1, 3), (15, 1)] {
                    let text = ["a".repeat(before), filling.repeat(length), "b".repeat(after)].concat();
                    let units: Vec<u16> = text.encode_utf16().collect();
                    tape.room(0, units.len()).text[..units.len()].copy_from_slice(&units);
                    let bytes = tape.json_from_units(units.len());
                    assert_eq!(tape.json_text(bytes), text.as_bytes(), "{before}, {length} of {filling:?}, {after}");
                    // A block of zeros ends the room, where the reader of text stops.
                    assert!(tape.json.ends_with(&[0; BLOCK]));
                    for half in [0xD83D, 0xDE00] {
                        for at in [0, length / 2, length].map(|at| at.min(units.len().saturating_sub(1))) {
                            let mut broken = units.clone();
                            broken.insert(at, half);
                            if String::from_utf16(&broken).is_err() {
                                tape.room(0, broken.len()).text[..broken.len()].copy_from_slice(&broken);
                                assert_eq!(tape.json_from_units(broken.len()), 0);
                            }
                        }
                    }
                }
            }
        }
    }

    /// Fills the tape as the boundary to JavaScript does, with the same object twice: once with keys, once with a shape.
    #[test]
    fn writes_a_shape_like_an_object_with_its_keys() {
        let names = ["b", "\u{e000}", "a", "\u{10000}", ""];
        let mut words = vec![ARRAY | 2 << KIND_BITS, 0];
        let mut text = Vec::new();
        for kind in [OBJECT, SHAPED] {
            let start = words.len();
            let payload = if kind == OBJECT { u32::try_from(names.len()).unwrap() } else { 0 };
            words.extend([kind | payload << KIND_BITS, 0]);
            words.extend((0..5).map(|value| INTEGER | value << KIND_BITS));
            if kind == OBJECT {
                words.extend((0..5).map(|key| KEY | key << KIND_BITS));
            }
            words[start + 1] = u32::try_from(words.len() - start).unwrap();
        }
        words[1] = u32::try_from(words.len()).unwrap();
        let list = words.len();
        words.extend([0, 5]);
        for name in names {
            let units: Vec<u16> = name.encode_utf16().collect();
            words.push(u32::try_from(units.len()).unwrap());
            text.extend(units);
        }
        words.extend([5, 0, 1, 2, 3, 4]);
        words.extend([u32::try_from(words.len() - list).unwrap(), 0]);

        let mut tape = Tape::default();
        let room = tape.room(words.len(), text.len());
        room.words.copy_from_slice(&words);
        room.text[..text.len()].copy_from_slice(&text);
        tape.learn(words.len());

        let mut writer = Writer::default();
        writer.begin();
        writer.value(&tape, At(0)).unwrap();
        let object = "{\"\":4,\"a\":2,\"b\":0,\"\u{10000}\":3,\"\u{e000}\":1}";
        assert_eq!(std::str::from_utf8(writer.out.written()).unwrap(), format!("[{object},{object}]"));
    }
}
