//! The tape: values as they were read, once, in the order in which they were met.
//!
//! Why: checking, ordering and writing a value needs several looks at it, and a host value may answer differently each
//! time (getters, proxies). So a boundary reads it once onto a tape, strictly, and all else looks at the tape only. It
//! is also the cheapest thing that can cross from JavaScript: 32-bit words, and all text in one piece.
//!
//! How: a value is a header word, its kind in the low [`KIND_BITS`] bits and a payload above, then what the kind needs:
//!
//! | kind | payload | what follows |
//! | --- | --- | --- |
//! | `ABSENT`, `NULL` | – | – |
//! | `DEEP` | levels up to the container that it is again; 0 of one that is nested too deeply | – |
//! | `BOOLEAN` | 0 or 1 | – |
//! | `INTEGER` | the integer, 28 bits, signed | – |
//! | `DOUBLE` | – | a binary64: low word, high word |
//! | `DATE` | length of the name of its class, in UTF-16 units | its time value as a binary64; where the name starts in the text |
//! | `STRING`, `BAD`, `KEY_TEXT` | length in UTF-16 units | where it starts in the text |
//! | `ARRAY`, `TUPLE` | number of values | words of the whole, header included; the values |
//! | `OBJECT` | number of members | words of the whole, header included; the values; the keys, in the same order |
//! | `SHAPED` | number of a shape | words of the whole, header included; the values |
//! | `KEY` | number of an interned key | – |
//! | `CUT` | 0: the document is too long; 1: there were too many bad values | – |
//!
//! Packs repeat their names, and whole objects of the same names. A boundary may number both: a name is told once, with
//! its number, and is then a *key*; a sequence of keys is a *shape*, whose canonical order is found once. Both belong to
//! one operation, and there is a bound on how many it has.
//!
//! A `TUPLE` holds members that were read by name, in the order of the contract, absent ones too. `BAD` stands for what
//! is no JSON value and carries what it is instead (`Map`, `NaN`); `DEEP` for what is nested too deeply; after a `CUT`
//! nothing was read.
//!
//! INVARIANT: boundaries write well-formed tapes. One that is not panics at an index; it never reads outside the tape.

use std::cmp::Ordering;

use crate::primitives::order::ordered;
use crate::primitives::string::Name;
use crate::primitives::utf16::{BLOCK, Text, is};
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

/// Where a member is that an object does not have: what is there is absent.
pub(crate) const NOWHERE: At = At(usize::MAX);

/// A value on the tape. Containers give the position of their first part.
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
    /// A time value, and the name of its class.
    Date(f64, Text<'t>),
    /// What was found in the place of a JSON value.
    Bad(Text<'t>),
    /// A container: nested too deeply, or if that is not 0, the one that is so many levels up.
    Deep(usize),
    /// Nothing was read from here on; `true` where it is because the document is too long.
    Cut(bool),
}

impl Value<'_> {
    pub(crate) fn is_there(&self) -> bool {
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
    const NONE: Self = Key::Text(Text { padded: &[], length: 0 });

    #[inline(always)]
    pub(crate) fn units(self) -> &'t [u16] {
        match self {
            Key::Interned(key) => &key.units,
            Key::Text(text) => text.units(),
        }
    }

    pub(crate) fn is(self, name: &str) -> bool {
        is(self.units(), name)
    }

    /// The order in which the canonical form has two members (RFC 8785 section 3.2.3).
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Key::Interned(left), Key::Interned(right)) => left.rank.cmp(&right.rank),
            _ => self.units().cmp(other.units()),
        }
    }
}

/// The keys, in the order of their numbers.
///
/// Each is escaped once, and knows its place among all of them, so that members are ordered by comparing integers.
#[derive(Debug, Default)]
struct Keys {
    keys: Vec<Interned>,
    /// Numbers of the keys, ordered by UTF-16 units.
    order: Vec<usize>,
}

#[derive(Debug)]
pub(crate) struct Interned {
    units: Box<[u16]>,
    /// Place among all keys.
    pub(crate) rank: u32,
    /// `"name":`; `None` where the name has an unpaired surrogate.
    pub(crate) name: Option<Name>,
}

impl Keys {
    #[cfg_attr(small, optimize(size))]
    fn intern(&mut self, text: Text) {
        let units = text.units();
        let place = self.order.partition_point(|&other| *self.keys[other].units < *units);
        self.order.insert(place, self.keys.len());
        self.keys.push(Interned { units: units.into(), rank: 0, name: Name::new(text).ok() });
    }

    #[cfg_attr(small, optimize(size))]
    fn rank(&mut self) {
        for (rank, &key) in (0..).zip(&self.order) {
            self.keys[key].rank = rank;
        }
    }
}

/// The keys of an object.
#[derive(Debug)]
pub(crate) struct Shape {
    /// Their numbers, in the order in which the object has them.
    keys: Vec<usize>,
    /// In canonical order: the place of a value among the object's, and what comes before it. `None` where a name is not
    /// well-formed.
    pub(crate) order: Option<Vec<(usize, Name)>>,
}

impl Shape {
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }
}

/// See the head of this file.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    words: Vec<u32>,
    text: Vec<u16>,
    keys: Keys,
    shapes: Vec<Shape>,
    /// For a boundary that reads in Rust: how much it reads of a document, and where the document begins.
    pub(crate) limits: Limits,
    start: Start,
}

/// Where a document begins on the tape, and how many wrong values were met in it.
#[derive(Clone, Copy, Debug, Default)]
struct Start {
    words: usize,
    text: usize,
    wrong: usize,
}

/// Reading.
impl Tape {
    /// The value at `at`.
    #[inline(never)]
    pub(crate) fn value(&self, at: At) -> Value<'_> {
        if at == NOWHERE { Value::Absent } else { self.decode(at) }
    }

    /// The same for the one place where it is met often enough to be worth a copy of the code.
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

    /// The position behind the value at `at`.
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

    /// The key at `at`, and the position behind it.
    fn key(&self, at: At) -> (Key<'_>, At) {
        let header = self.words[at.0];
        let payload = header >> KIND_BITS;
        match header & KIND {
            KEY => (Key::Interned(&self.keys.keys[payload as usize]), At(at.0 + 1)),
            KEY_TEXT => (Key::Text(self.text(at, payload)), At(at.0 + 2)),
            _ => unreachable!("a value in the place of a key"),
        }
    }

    /// Positions of the first `N` values of a record.
    #[inline(always)]
    pub(crate) fn slots<const N: usize>(&self, first: At) -> [At; N] {
        let mut slots = [NOWHERE; N];
        self.fill_slots(first, &mut slots);
        slots
    }

    #[inline(never)]
    pub(crate) fn fill_slots(&self, first: At, slots: &mut [At]) {
        let mut next = first;
        for slot in slots {
            *slot = next;
            next = self.after(next);
        }
    }

    /// The members of an object, in its own order; `None` where there is something else.
    pub(crate) fn members(&self, at: At) -> Option<Vec<(Key<'_>, At)>> {
        let (count, first, shape) = match self.value(at) {
            Value::Object(count, first) => (count, first, None),
            Value::Shaped(shape, first) => (shape.len(), first, Some(shape)),
            _ => return None,
        };
        let mut next = first;
        let mut members = Vec::with_capacity(count);
        for _ in 0..count {
            members.push((Key::NONE, next));
            next = self.after(next);
        }
        // Names come behind the values.
        for (position, (key, _)) in members.iter_mut().enumerate() {
            if let Some(shape) = shape {
                *key = Key::Interned(&self.keys.keys[shape.keys[position]]);
            } else {
                (*key, next) = self.key(next);
            }
        }
        Some(members)
    }

    /// Finds the members of an object that have these names; returns the names of the others, in canonical order. `None`
    /// where there is something else.
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn find(&self, at: At, names: &[&str], found: &mut [At]) -> Option<Vec<Key<'_>>> {
        let mut members = self.members(at)?;
        for (place, name) in found.iter_mut().zip(names) {
            if let Some(member) = members.iter().position(|(key, _)| key.is(name)) {
                *place = members.swap_remove(member).1;
            }
        }
        let order = ordered(members.len(), &|left, right| members[left].0.compare(&members[right].0));
        let mut others = Vec::new();
        for member in order {
            others.push(members[member].0);
        }
        Some(others)
    }

    #[inline(always)]
    fn double(&self, at: At) -> f64 {
        f64::from_bits(u64::from(self.words[at.0 + 2]) << 32 | u64::from(self.words[at.0 + 1]))
    }

    #[inline(always)]
    fn text(&self, at: At, length: u32) -> Text<'_> {
        Text { padded: &self.text[self.words[at.0 + 1] as usize..], length: length as usize }
    }
}

/// Text and words above which a tape is not worth keeping.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "as what follows"))]
const SMALL: usize = 1 << 18;

/// Writing, for values that are in Rust.
impl Tape {
    pub(crate) fn clear(&mut self) {
        self.words.clear();
        self.text.clear();
        self.start = Start::default();
    }

    /// Takes the first units off the string at `at`.
    pub(crate) fn cut_prefix(&mut self, at: At, units: usize) {
        let units = u32::try_from(units).expect("no more than the string has");
        self.words[at.0] -= units << KIND_BITS;
        self.words[at.0 + 1] += units;
    }

    /// Whether a document of which this much was read is surely too long: each unit of text is at least a byte of it,
    /// and no value has more than three words a byte.
    pub(crate) fn is_too_long(&self) -> bool {
        let (text, words) = (self.text.len() - self.start.text, self.words.len() - self.start.words);
        text + words / 3 > self.limits.document_bytes + BLOCK + 256
    }

    /// A document begins here, whose length is counted from here.
    pub(crate) fn begin_document(&mut self) {
        self.start = Start { words: self.words.len(), text: self.text.len(), wrong: 0 };
    }

    /// A value that is its header alone.
    pub(crate) fn mark(&mut self, kind: u32) {
        self.words.push(kind);
    }

    pub(crate) fn boolean(&mut self, value: bool) {
        self.mark(BOOLEAN | u32::from(value) << KIND_BITS);
    }

    #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
    pub(crate) fn number(&mut self, value: f64) {
        let bits = value.to_bits();
        self.words.extend([DOUBLE, bits as u32, (bits >> 32) as u32]);
    }

    pub(crate) fn string(&mut self, value: &str) {
        if self.is_too_long_a_text(value) {
            return self.mark(CUT);
        }
        self.units(STRING, value);
    }

    /// Whether a text is by itself too long for a document: each of its UTF-16 units is at least a byte.
    pub(crate) fn is_too_long_a_text(&self, text: &str) -> bool {
        let most = self.limits.document_bytes;
        text.len() + 2 > most && text.encode_utf16().count() + 2 > most
    }

    pub(crate) fn bad(&mut self, received: &str) {
        self.start.wrong += 1;
        self.units(BAD, received);
    }

    /// A container that is nested too deeply.
    pub(crate) fn deep(&mut self) {
        self.start.wrong += 1;
        self.mark(DEEP);
    }

    /// Whether more wrong values were met in this document than are listed.
    pub(crate) fn is_all_wrong(&self) -> bool {
        self.start.wrong > self.limits.issues
    }

    pub(crate) fn member_name(&mut self, name: &str) {
        self.units(KEY_TEXT, name);
    }

    /// A container of `count` values or members, which `write` writes.
    pub(crate) fn container(&mut self, kind: u32, count: usize, write: impl FnOnce(&mut Self)) {
        let start = self.words.len();
        self.words.extend([kind | payload(count), 0]);
        write(self);
        self.words[start + 1] = u32::try_from(self.words.len() - start).expect("16 GiB of tape");
    }

    fn units(&mut self, kind: u32, value: &str) {
        let start = self.text.len().saturating_sub(BLOCK);
        self.text.truncate(start);
        self.text.extend(value.encode_utf16());
        let length = self.text.len() - start;
        self.text.extend([0; BLOCK]);
        self.words.extend([kind | payload(length), u32::try_from(start).expect("8 GiB of text")]);
    }
}

/// # Panics
/// Above 2^28 - 1, which is more than any document may hold.
fn payload(value: usize) -> u32 {
    let value = u32::try_from(value).ok().filter(|value| value.leading_zeros() >= KIND_BITS);
    value.expect("a document within its bounds") << KIND_BITS
}

/// Filling it from outside, for a boundary that has written words and text elsewhere.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "values that are in Rust are written directly"))]
impl Tape {
    /// Room for so many words and units of text, to be overwritten; it stays where it is until more is asked for.
    pub(crate) fn room(&mut self, words: usize, text: usize) -> (&mut [u32], &mut [u16]) {
        // Never shrunk, so that what was zeroed once is not zeroed again for each value.
        if self.words.len() < words {
            self.words = vec![0; words];
        }
        if self.text.len() < text + BLOCK {
            self.text = vec![0; text + BLOCK];
        }
        // Behind the text there is a block of padding.
        let text = self.text.len() - BLOCK;
        (&mut self.words, &mut self.text[..text])
    }

    /// Whether it is worth keeping: nothing large has been on it.
    pub(crate) fn is_small(&self) -> bool {
        self.words.len() <= SMALL && self.text.len() <= SMALL
    }

    /// Learns the keys and shapes that were met for the first time. So all that one boundary reads goes onto one tape, but
    /// for what has no members. The last of so many words is the number of words before it that tell of them: where the
    /// units of the new keys start in the text, the number of these keys, their lengths; then for each shape the number of its
    /// keys and the keys.
    pub(crate) fn learn(&mut self, words: usize) {
        let length = self.words[words - 1] as usize;
        if length > 0 {
            self.learn_from(words, length);
        }
    }

    #[inline(never)]
    #[cfg_attr(small, optimize(size))]
    fn learn_from(&mut self, words: usize, length: usize) {
        let [start, count, lesson @ ..] = &self.words[words - 1 - length..words - 1] else { return };
        let (lengths, mut shapes) = lesson.split_at(*count as usize);
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
    #[cfg_attr(small, optimize(size))]
    fn new(interned: &[Interned], numbers: &[u32]) -> Self {
        let mut keys = Vec::with_capacity(numbers.len());
        for &number in numbers {
            keys.push(number as usize);
        }
        let rank = |place: usize| interned[keys[place]].rank;
        let places = ordered(keys.len(), &|left, right| rank(left).cmp(&rank(right)));
        let mut order = Vec::with_capacity(places.len());
        let mut before = b'{';
        for place in places {
            if let Some(name) = &interned[keys[place]].name {
                order.push((place, name.after(before)));
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

    /// A tape as the boundary to JavaScript fills it, with the same object twice: by its keys, and by its shape.
    #[test]
    fn a_shape_is_written_as_its_keys_are() {
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
        let lesson = words.len();
        words.extend([0, 5]);
        for name in names {
            let units: Vec<u16> = name.encode_utf16().collect();
            words.push(u32::try_from(units.len()).unwrap());
            text.extend(units);
        }
        words.extend([5, 0, 1, 2, 3, 4]);
        words.push(u32::try_from(words.len() - lesson).unwrap());

        let mut tape = Tape::default();
        tape.room(words.len(), text.len());
        tape.words.copy_from_slice(&words);
        tape.text[..text.len()].copy_from_slice(&text);
        tape.learn(words.len());

        let mut writer = Writer::default();
        writer.begin();
        writer.value(&tape, At(0)).unwrap();
        let object = "{\"\":4,\"a\":2,\"b\":0,\"\u{10000}\":3,\"\u{e000}\":1}";
        assert_eq!(std::str::from_utf8(writer.out.written()).unwrap(), format!("[{object},{object}]"));
    }
}
