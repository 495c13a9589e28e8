//! Bytes that grow as they are written, and constant text in blocks.

/// Bytes that are written one behind the other.
///
/// What a `Vec` does, but for one thing: all of its bytes are there from the beginning, so that a block can be written
/// past the end and only part of it kept, without a capacity to check or a length to store for each.
#[derive(Default)]
pub(crate) struct Buffer {
    pub(super) bytes: Vec<u8>,
    pub(super) end: usize,
}

impl Buffer {
    pub(crate) fn written(&self) -> &[u8] {
        &self.bytes[..self.end]
    }

    pub(crate) fn len(&self) -> usize {
        self.end
    }

    /// Returns true if it is worth keeping: nothing large has been written.
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "nothing is kept natively"))]
    pub(crate) fn is_small(&self) -> bool {
        self.bytes.len() <= 1 << 20
    }

    pub(crate) fn truncate(&mut self, end: usize) {
        self.end = end;
    }

    #[inline(always)]
    pub(super) fn reserve(&mut self, more: usize) {
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
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        self.bytes[self.end..][..bytes.len()].copy_from_slice(bytes);
        self.end += bytes.len();
    }

    /// Appends the first `length` of some bytes. To copy as many as the compiler knows of is several times as fast as to
    /// copy a few that it does not know of.
    #[inline(always)]
    pub(crate) fn push_start<const N: usize>(&mut self, bytes: &[u8; N], length: usize) {
        self.reserve(N);
        put(&mut self.bytes, self.end, *bytes);
        self.end += length;
    }
}

/// Writes a block at a place with room for it; returns its length.
#[inline(always)]
pub(super) fn put<const N: usize>(bytes: &mut [u8], at: usize, put: [u8; N]) -> usize {
    *bytes[at..].first_chunk_mut().expect("there is room") = put;
    N
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
