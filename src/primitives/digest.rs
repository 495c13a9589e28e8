//! SHA-256 (FIPS 180-4), and the only text form of a digest (F0-1).
//!
//! Why a type: a parsed digest is known to be valid and can be compared. The text form, `sha256:` and 64 lower-case
//! hexadecimal digits, is that of OCI descriptors. How: the crate `sha2` hashes single messages. In WebAssembly, our own
//! vector code hashes several messages together ([`digests`]), and a faster SHA-256 of the host, if there is one, hashes long
//! messages ([`use_native`]).

#[cfg(target_feature = "simd128")]
mod lanes;

use std::cell::Cell;
use std::fmt;
use std::str::FromStr;

use sha2::block_api::compress256;

use crate::platform::Sha256;
use crate::primitives::text::utf8;

const PREFIX: &str = "sha256:";
/// Bytes of the text form.
const TEXT: usize = PREFIX.len() + 64;
const HEX: [u8; 16] = *b"0123456789abcdef";

/// A SHA-256 digest. Its text is `sha256:` and 64 lower-case hexadecimal digits.
///
/// ```
/// # use context_snapshot::*;
/// let digest = Digest::of(b"abc");
/// assert_eq!(digest.to_string(), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
/// assert_eq!(digest.to_string().parse(), Ok(digest));
/// assert!(digest.hex().parse::<Digest>().is_err()); // The prefix is missing.
/// ```
// F0-1
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Digest(pub [u8; 32]);

/// Returns the bytes of digests, 32 each, where they are: a copy of a whole tree would be larger than all else that is kept of its items.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "natively, nobody gets digests as bytes"))]
pub(crate) fn bytes(digests: &[Digest]) -> &[u8] {
    // SAFETY: a `Digest` is represented like its only field, an array of bytes.
    #[expect(unsafe_code, reason = "there is no safe way to see an array of structs as bytes")]
    unsafe {
        std::slice::from_raw_parts(digests.as_ptr().cast(), size_of_val(digests))
    }
}

impl Digest {
    /// Computes the SHA-256 digest of `message`.
    #[must_use]
    pub fn of(message: &[u8]) -> Self {
        match native(message.len()) {
            Some(native) => {
                let mut digest = [0; 32];
                native(message, &mut digest);
                Self(digest)
            }
            None => Message::new(message).finish(INITIAL),
        }
    }

    /// Formats the digest as text. Does not use [`fmt::Display`], because the WebAssembly module has no formatting code (see
    /// `pkg/build/`).
    #[inline(never)]
    pub(crate) fn text(self) -> String {
        let mut text = [0; TEXT];
        let (prefix, digits) = text.split_at_mut(PREFIX.len());
        prefix.copy_from_slice(PREFIX.as_bytes());
        for (digits, byte) in digits.chunks_exact_mut(2).zip(self.0) {
            digits[0] = HEX[usize::from(byte >> 4)];
            digits[1] = HEX[usize::from(byte & 15)];
        }
        utf8(&text).to_owned()
    }
}

/// Length in bytes from which a call to the host saves more than it costs.
const NATIVE_FROM: usize = 200;

thread_local! {
    static NATIVE: Cell<Option<Sha256>> = const { Cell::new(None) };
}

/// Sets the host's SHA-256, which then hashes long messages; `None` turns it off.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "natively there is no faster one"))]
pub(crate) fn use_native(native: Option<Sha256>) {
    NATIVE.set(native);
}

/// Returns the host's SHA-256 if there is one and a message of this length is worth the call.
fn native(length: usize) -> Option<Sha256> {
    NATIVE.get().filter(|_| length >= NATIVE_FROM)
}

/// Computes the digests of the messages, in their order.
pub(crate) fn digests(messages: &[&[u8]]) -> Vec<Digest> {
    #[cfg(target_feature = "simd128")]
    if native(messages.iter().map(|message| message.len()).max().unwrap_or_default()).is_none() {
        return lanes::digests(messages);
    }
    messages.iter().map(|message| Digest::of(message)).collect()
}

type State = [u32; 8];

/// State before the first block (FIPS 180-4 section 5.3.3).
const INITIAL: State =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

impl From<State> for Digest {
    fn from(state: State) -> Self {
        let mut bytes = [0; 32];
        for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(state) {
            *bytes = word.to_be_bytes();
        }
        Self(bytes)
    }
}

/// A message as blocks, with padding at the end (FIPS 180-4 section 5.1.1).
struct Message<'m> {
    /// Whole blocks that are still to be hashed.
    blocks: &'m [[u8; 64]],
    /// The rest of the message and the padding: either both blocks, or only the second.
    tail: [[u8; 64]; 2],
    /// Number of blocks in `tail` that are still to be hashed.
    tails: usize,
}

impl<'m> Message<'m> {
    fn new(message: &'m [u8]) -> Self {
        let (blocks, rest) = message.as_chunks();
        let tails = if rest.len() < 56 { 1 } else { 2 };
        let mut tail = [[0; 64]; 2];
        let bytes = tail[2 - tails..].as_flattened_mut();
        bytes[..rest.len()].copy_from_slice(rest);
        bytes[rest.len()] = 0x80;
        let length = bytes.len() - 8;
        bytes[length..].copy_from_slice(&(message.len() as u64 * 8).to_be_bytes());
        Self { blocks, tail, tails }
    }

    /// Hashes the remaining blocks, and returns the digest.
    fn finish(&self, mut state: State) -> Digest {
        compress256(&mut state, self.blocks);
        compress256(&mut state, &self.tail[2 - self.tails..]);
        Digest::from(state)
    }
}

/// Steps for hashing several messages at once.
#[cfg(target_feature = "simd128")]
impl Message<'_> {
    /// Returns the next block.
    fn block(&self) -> &[u8; 64] {
        self.blocks.first().unwrap_or(&self.tail[2 - self.tails])
    }

    /// Moves on to the next block. Returns false if there is none.
    fn advance(&mut self) -> bool {
        match self.blocks.split_first() {
            Some((_, rest)) => self.blocks = rest,
            None => self.tails -= 1,
        }
        self.tails > 0
    }
}

impl Digest {
    /// Returns the 64 hexadecimal digits without the prefix.
    #[must_use]
    pub fn hex(self) -> String {
        self.text().split_off(PREFIX.len())
    }

    /// Parses the text form from UTF-16 (F0-1).
    ///
    /// How: each digit is turned back into a character, which must be the one that it was made from. A branch on a digit would go the wrong
    /// way half of the time: that took three times as long.
    pub(crate) fn from_units(units: &[u16]) -> Result<Self, InvalidDigest> {
        let (prefix, digits) = units.split_at_checked(PREFIX.len()).ok_or(InvalidDigest)?;
        if units.len() != TEXT || !prefix.iter().copied().eq(PREFIX.bytes().map(u16::from)) {
            return Err(InvalidDigest);
        }
        let mut bytes = [0; 32];
        let mut differences = 0;
        for (byte, pair) in bytes.iter_mut().zip(digits.as_chunks::<2>().0) {
            for unit in pair {
                // 0 to 9, and 9 more than the 1 to 6 of a letter.
                let value = ((unit & 15) + 9 * (unit >> 6 & 1)) & 15;
                differences |= unit ^ u16::from(HEX[usize::from(value)]);
                *byte = *byte << 4 | value.to_le_bytes()[0];
            }
        }
        if differences == 0 { Ok(Self(bytes)) } else { Err(InvalidDigest) }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The error of parsing: the text is not `sha256:` and 64 lower-case hexadecimal digits (E4-7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidDigest;

impl InvalidDigest {
    pub(crate) const TEXT: &str = "Invalid digest: expected sha256: and 64 lower-case hex digits";
}

impl fmt::Display for InvalidDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::TEXT)
    }
}

impl std::error::Error for InvalidDigest {}

impl FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        let bytes: &[u8; TEXT] = text.as_bytes().try_into().map_err(|_| InvalidDigest)?;
        Self::from_units(&bytes.map(u16::from))
    }
}

impl serde::Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
