//! Canonical JSON, RFC 8785: one text for one value.
//!
//! Why: a digest is over bytes, and JSON leaves their choice open. How: members ordered by the UTF-16 units of their
//! names (section 3.2.3), strings with the shortest escapes (3.2.2.2), numbers as ECMAScript writes them (3.2.2.3), no
//! white space. Values come from a [`Tape`], whose text is UTF-16 already, so that ordering needs no conversion; our own
//! documents, whose members are known, are written by [`Object`].
//!
//! Writing stops at the first thing that is not canonical JSON and says no more than that ([`Refusal`]); [`crate::check`]
//! then looks for what, and where. So the way that succeeds carries no paths.

use crate::contract::MAX_DOCUMENT_BYTES;
use crate::tape::{At, Key, Tape, Value};

/// Why a value has no canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Something in it is no JSON value, or is not what it has to be.
    Malformed,
    /// It has more than [`MAX_DOCUMENT_BYTES`].
    TooLong,
}

/// A member that waits to be written in its place.
#[derive(Clone, Copy)]
struct Member {
    rank: u32,
    key: At,
    value: At,
}

/// Writes canonical JSON of tape values, one document behind the other.
#[derive(Default)]
pub(crate) struct Writer {
    pub(crate) out: Vec<u8>,
    /// Where the document begins that is being written: its length is bounded.
    start: usize,
    /// The members of the objects that are open, innermost last; kept here so that no object allocates.
    members: Vec<Member>,
}

impl Writer {
    /// Begins a document at the end of what is there.
    pub(crate) fn begin(&mut self) {
        self.start = self.out.len();
        self.members.clear();
    }

    /// Checks the length of the document so far.
    pub(crate) fn bounded(&self) -> Result<(), Refusal> {
        if self.out.len() - self.start <= MAX_DOCUMENT_BYTES { Ok(()) } else { Err(Refusal::TooLong) }
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// The value at `at`; returns the position behind it.
    pub(crate) fn value(&mut self, tape: &Tape, at: At) -> Result<At, Refusal> {
        let (value, after) = tape.value(at);
        match value {
            Value::Null => self.raw(b"null"),
            Value::Boolean(true) => self.raw(b"true"),
            Value::Boolean(false) => self.raw(b"false"),
            Value::Integer(integer) => self.raw(itoa::Buffer::new().format(integer).as_bytes()),
            Value::Double(double) => self.raw(ryu_js::Buffer::new().format_finite(double).as_bytes()),
            Value::String(units) => string(&mut self.out, units)?,
            Value::Array(count, first) => {
                self.raw(b"[");
                let mut at = first;
                for position in 0..count {
                    if position > 0 {
                        self.raw(b",");
                    }
                    at = self.value(tape, at)?;
                }
                self.raw(b"]");
            }
            Value::Object(count, first) => {
                self.raw(b"{");
                self.object(tape, count, first, |_| true)?;
                self.raw(b"}");
            }
            Value::Cut(true) => return Err(Refusal::TooLong),
            Value::Absent | Value::Record(..) | Value::Date(_) | Value::Bad(_) | Value::Deep | Value::Cut(false) => {
                return Err(Refusal::Malformed);
            }
        }
        self.bounded()?;
        Ok(after)
    }

    /// Those members of an object whose names `keep` takes, in order, joined with commas.
    pub(crate) fn object(
        &mut self,
        tape: &Tape,
        count: usize,
        first: At,
        keep: impl Fn(&[u16]) -> bool,
    ) -> Result<(), Refusal> {
        let base = self.members.len();
        let mut at = first;
        let mut interned = true;
        for _ in 0..count {
            let (key, value) = tape.key(at);
            if keep(key.units()) {
                let rank = if let Key::Interned(key) = key { key.rank } else { u32::MAX };
                interned &= rank != u32::MAX;
                self.members.push(Member { rank, key: at, value });
            }
            at = tape.value(value).1;
        }
        let members = &mut self.members[base..];
        if interned {
            members.sort_unstable_by_key(|member| member.rank);
        } else {
            members.sort_unstable_by(|left, right| tape.compare_keys(left.key, right.key));
        }
        for index in base..self.members.len() {
            if index > base {
                self.raw(b",");
            }
            let Member { key, value, .. } = self.members[index];
            match tape.key(key).0 {
                Key::Interned(key) => self.raw(key.json.as_deref().ok_or(Refusal::Malformed)?),
                Key::Text(units) => {
                    string(&mut self.out, units)?;
                    self.raw(b":");
                }
            }
            self.value(tape, value)?;
        }
        self.members.truncate(base);
        Ok(())
    }
}

/// Units that are looked at together: two vector registers of them.
const BLOCK: usize = 16;

/// ASCII that stands for itself in a JSON string.
const fn is_plain(unit: u16) -> bool {
    unit >= 0x20 && unit < 0x80 && unit != b'"' as u16 && unit != b'\\' as u16
}

/// A string, quoted and escaped (section 3.2.2.2), as UTF-8.
///
/// # Errors
/// At an unpaired surrogate, and where it grows too long.
pub(crate) fn string(out: &mut Vec<u8>, units: &[u16]) -> Result<(), Refusal> {
    let start = out.len();
    out.reserve(units.len() + 2);
    out.push(b'"');
    let mut rest = units;
    while !rest.is_empty() {
        // Most text is plain ASCII. Written without branches, so that the compiler makes vector code of it.
        if let Some((block, behind)) = rest.split_first_chunk::<BLOCK>() {
            let mut plain = true;
            for &unit in block {
                plain &= is_plain(unit);
            }
            if plain {
                #[expect(clippy::cast_possible_truncation, reason = "they are ASCII")]
                out.extend_from_slice(&block.map(|unit| unit as u8));
                rest = behind;
                continue;
            }
            if out.len() - start > MAX_DOCUMENT_BYTES {
                return Err(Refusal::TooLong);
            }
        }
        // One block, unit by unit; a pair may reach into the next.
        let mut seen = 0;
        for character in char::decode_utf16(rest.iter().copied()) {
            let character = character.map_err(|_| Refusal::Malformed)?;
            push_char(out, character);
            seen += character.len_utf16();
            if seen >= BLOCK {
                break;
            }
        }
        rest = &rest[seen..];
    }
    out.push(b'"');
    Ok(())
}

#[inline]
fn push_char(out: &mut Vec<u8>, character: char) {
    const HEX: [u8; 16] = *b"0123456789abcdef";
    let short = match character {
        '"' => b'"',
        '\\' => b'\\',
        '\u{8}' => b'b',
        '\t' => b't',
        '\n' => b'n',
        '\u{c}' => b'f',
        '\r' => b'r',
        '\0'..='\u{1f}' => {
            let code = character as usize;
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', HEX[code >> 4], HEX[code & 15]]);
            return;
        }
        ' '..='\u{7f}' => {
            out.push(character as u8);
            return;
        }
        _ => {
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// A string that is UTF-8 already.
pub(crate) fn text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    text.chars().for_each(|character| push_char(out, character));
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

    pub(crate) fn string(&mut self, name: &str, value: &str) {
        text(self.member(name), value);
    }

    pub(crate) fn optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.string(name, value);
        }
    }

    pub(crate) fn string_or_null(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.string(name, value),
            None => self.member(name).extend_from_slice(b"null"),
        }
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
