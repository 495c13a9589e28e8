//! SHA-256 (FIPS 180-4), and the one way in which a digest is written.
//!
//! Why a type: a digest that was parsed is one that can be compared; `sha256:` and 64 lower-case hexadecimal digits,
//! nothing else, is the form that OCI descriptors use. How: what is done to a block is the crate `sha2`'s for one message,
//! ours for several ([`digests`]); a host that has a faster SHA-256 is asked for longer ones ([`use_native`]).

#[cfg(target_feature = "simd128")]
mod lanes;

use std::cell::Cell;
use std::fmt;
use std::str::FromStr;

use sha2::block_api::compress256;

use crate::platform::Sha256;
use crate::primitives::text::utf8;

const PREFIX: &str = "sha256:";

// F0-1
/// A SHA-256 digest. Its text is `sha256:` and 64 lower-case hexadecimal digits.
///
/// ```
/// # use context_snapshot::*;
/// let digest = Digest::of(b"abc");
/// assert_eq!(digest.to_string(), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
/// assert_eq!(digest.to_string().parse(), Ok(digest));
/// assert!(digest.hex().parse::<Digest>().is_err()); // The prefix is missing.
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of `message`.
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

    /// The text. Not by [`fmt::Display`], whose machinery WebAssembly does without: see `pkg/build.js`.
    #[inline(never)]
    pub(crate) fn text(self) -> String {
        const HEX: [u8; 16] = *b"0123456789abcdef";
        let mut text = [0; PREFIX.len() + 64];
        let (prefix, digits) = text.split_at_mut(PREFIX.len());
        prefix.copy_from_slice(PREFIX.as_bytes());
        for (digits, byte) in digits.chunks_exact_mut(2).zip(self.0) {
            digits[0] = HEX[usize::from(byte >> 4)];
            digits[1] = HEX[usize::from(byte & 15)];
        }
        utf8(&text).to_owned()
    }
}

/// Below this many bytes a call to the host costs more than it saves.
const NATIVE_FROM: usize = 200;

thread_local! {
    static NATIVE: Cell<Option<Sha256>> = const { Cell::new(None) };
}

/// Has long messages digested by the host from now on, or by nobody but us.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "natively there is no faster one"))]
pub(crate) fn use_native(native: Option<Sha256>) {
    NATIVE.set(native);
}

/// The host's, where there is one and it is worth a call for a message that long.
fn native(length: usize) -> Option<Sha256> {
    NATIVE.get().filter(|_| length >= NATIVE_FROM)
}

/// The digests of the messages, in their order.
pub(crate) fn digests(messages: &[&[u8]]) -> Vec<Digest> {
    #[cfg(target_feature = "simd128")]
    if native(messages.iter().map(|message| message.len()).max().unwrap_or_default()).is_none() {
        return lanes::digests(messages);
    }
    messages.iter().map(|message| Digest::of(message)).collect()
}

type State = [u32; 8];

/// Before the first block (section 5.3.3).
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

/// A message in blocks, the last of them padded (section 5.1.1).
struct Message<'m> {
    blocks: &'m [[u8; 64]],
    /// One block or two; those in use stand at the end.
    tail: [[u8; 64]; 2],
    /// How many of them are still to come.
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

    /// All that is still to come.
    fn finish(&self, mut state: State) -> Digest {
        compress256(&mut state, self.blocks);
        compress256(&mut state, &self.tail[2 - self.tails..]);
        Digest::from(state)
    }
}

/// For several messages at once.
#[cfg(target_feature = "simd128")]
impl Message<'_> {
    /// The next block.
    fn block(&self) -> &[u8; 64] {
        self.blocks.first().unwrap_or(&self.tail[2 - self.tails])
    }

    /// Goes on to the next; `false` where that was the last.
    fn advance(&mut self) -> bool {
        match self.blocks.split_first() {
            Some((_, rest)) => self.blocks = rest,
            None => self.tails -= 1,
        }
        self.tails > 0
    }
}

impl Digest {
    /// The 64 digits alone.
    #[must_use]
    pub fn hex(self) -> String {
        self.text().split_off(PREFIX.len())
    }

    /// Reads the text in UTF-16.
    pub(crate) fn from_units(units: &[u16]) -> Result<Self, InvalidDigest> {
        let mut text = [0; 71];
        if units.len() != text.len() {
            return Err(InvalidDigest);
        }
        for (byte, &unit) in text.iter_mut().zip(units) {
            *byte = u8::try_from(unit).map_err(|_| InvalidDigest)?;
        }
        Self::from_bytes(&text)
    }

    fn from_bytes(text: &[u8]) -> Result<Self, InvalidDigest> {
        fn nibble(digit: u8) -> Result<u8, InvalidDigest> {
            match digit {
                b'0'..=b'9' => Ok(digit - b'0'),
                b'a'..=b'f' => Ok(digit - b'a' + 10),
                _ => Err(InvalidDigest),
            }
        }
        let digits = text.strip_prefix(PREFIX.as_bytes()).ok_or(InvalidDigest)?;
        if digits.len() != 64 {
            return Err(InvalidDigest);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Ok(Self(bytes))
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

/// The text is not `sha256:` and 64 lower-case hexadecimal digits.
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
        Self::from_bytes(text.as_bytes())
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
