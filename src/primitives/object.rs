//! Writes our own documents as canonical JSON: objects whose members are known in advance (F9.1-3).

use super::digest::Digest;
use super::string::quoted;
use super::text::decimal;

/// Writes an object. The caller adds the members in canonical order (F9.4-1).
pub(crate) struct Object<'o> {
    out: &'o mut Vec<u8>,
    empty: bool,
}

impl<'o> Object<'o> {
    /// Writes the opening brace.
    pub(crate) fn begin(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, empty: true }
    }

    /// Writes the name of a member, and returns the buffer for its value.
    #[inline(never)]
    pub(crate) fn member(&mut self, name: &str) -> &mut Vec<u8> {
        self.comma();
        quoted(self.out, name);
        self.out.push(b':');
        self.out
    }

    /// Appends members that are already written and joined with commas; there may be none.
    pub(crate) fn members(&mut self, members: &[u8]) {
        if !members.is_empty() {
            self.comma();
            self.out.extend_from_slice(members);
        }
    }

    /// Writes a member that is a string.
    #[inline(never)]
    pub(crate) fn string(&mut self, name: &str, value: &str) {
        quoted(self.member(name), value);
    }

    /// Writes a member that is a string, if there is one.
    #[inline(never)]
    pub(crate) fn optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.string(name, value);
        }
    }

    /// Writes a member that is an integer.
    pub(crate) fn number(&mut self, name: &str, value: u64) {
        self.member(name).extend_from_slice(decimal(value).as_bytes());
    }

    /// Writes a member that is a digest.
    pub(crate) fn digest(&mut self, name: &str, digest: Digest) {
        let out = self.member(name);
        out.push(b'"');
        out.extend_from_slice(digest.text().as_bytes());
        out.push(b'"');
    }

    /// Writes a member that is a string, or `null`.
    pub(crate) fn string_or_null(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.string(name, value),
            None => self.member(name).extend_from_slice(b"null"),
        }
    }

    /// Returns the length of the buffer: all bytes so far, including those before this object.
    pub(crate) fn written(&self) -> usize {
        self.out.len()
    }

    /// Writes the closing brace.
    pub(crate) fn end(self) {
        self.out.push(b'}');
    }

    /// Writes a comma, except before the first member.
    fn comma(&mut self) {
        if !std::mem::replace(&mut self.empty, false) {
            self.out.push(b',');
        }
    }
}

/// Writes an array of strings (F9.1-2).
pub(crate) fn strings(out: &mut Vec<u8>, values: &[String]) {
    array(out, values, |out, value| quoted(out, value));
}

/// Writes an array; `element` writes each element (F9.1-2).
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
