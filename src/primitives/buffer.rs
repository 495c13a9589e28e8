//! A growing byte buffer, and constant text in blocks.

/// A growing byte buffer.
///
/// Unlike in a `Vec`, the bytes after the end are initialized. So a whole block can be written at the end and only a part of
/// it kept, without a check of the capacity or a new length for each byte.
#[derive(Default)]
pub(crate) struct Buffer {
    pub(super) bytes: Vec<u8>,
    pub(super) end: usize,
}

impl Buffer {
    /// Makes an empty buffer of bytes that may be overwritten.
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "natively, text is UTF-8"))]
    pub(crate) fn over(bytes: Vec<u8>) -> Self {
        Self { bytes, end: 0 }
    }

    /// Returns the bytes written so far, and those that follow them.
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "natively, text is UTF-8"))]
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Returns the bytes written so far.
    pub(crate) fn written(&self) -> &[u8] {
        &self.bytes[..self.end]
    }

    /// Returns the number of bytes written so far.
    pub(crate) fn len(&self) -> usize {
        self.end
    }

    /// Returns true if the buffer is worth keeping, because nothing large was written to it.
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "nothing is kept natively"))]
    pub(crate) fn is_small(&self) -> bool {
        self.bytes.len() <= 1 << 20
    }

    /// Drops the bytes from `end` on.
    pub(crate) fn truncate(&mut self, end: usize) {
        self.end = end;
    }

    /// Makes room for `more` bytes after the end.
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

    /// Appends bytes.
    #[inline(never)]
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        self.bytes[self.end..][..bytes.len()].copy_from_slice(bytes);
        self.end += bytes.len();
    }

    /// Appends the first `length` of `N` bytes. Always copies all `N`, because a copy of constant size is several times
    /// faster than one of variable size.
    #[inline(always)]
    pub(crate) fn push_prefix<const N: usize>(&mut self, bytes: &[u8; N], length: usize) {
        self.reserve(N);
        put(&mut self.bytes, self.end, *bytes);
        self.end += length;
    }
}

/// Writes a block at `at`, where there must be room for it; returns its length.
#[inline(always)]
pub(super) fn put<const N: usize>(bytes: &mut [u8], at: usize, block: [u8; N]) -> usize {
    *bytes[at..].first_chunk_mut().expect("there is room") = block;
    N
}

/// Constant text before a value, such as `{"content":`: a block, and how many of its bytes are used.
pub(crate) type Label = ([u8; 24], usize);

/// Makes a label at compile time.
///
/// # Panics
/// If the text is longer than a block.
pub(crate) const fn label(text: &str) -> Label {
    let mut block = [0; 24];
    block.split_at_mut(text.len()).0.copy_from_slice(text.as_bytes());
    (block, text.len())
}
