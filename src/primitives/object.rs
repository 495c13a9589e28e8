//! Documents of ours as canonical JSON: objects whose members we know, in their order.

use super::digest::Digest;
use super::string::quoted;
use super::text::decimal;

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
        quoted(self.out, name);
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
        quoted(self.member(name), value);
    }

    #[inline(never)]
    pub(crate) fn optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.string(name, value);
        }
    }

    pub(crate) fn number(&mut self, name: &str, value: u64) {
        self.member(name).extend_from_slice(decimal(value).as_bytes());
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
    array(out, values, |out, value| quoted(out, value));
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
