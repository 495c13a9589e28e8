//! SHA-256 (FIPS 180-4), and the one way in which a digest is written.
//!
//! Why a type: a digest that was parsed is one that can be compared; `sha256:` and 64 lower-case hexadecimal digits,
//! nothing else, is the form that OCI descriptors use.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

const PREFIX: &str = "sha256:";

/// A SHA-256 digest. Its text is `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of `message`.
    #[must_use]
    pub fn of(message: &[u8]) -> Self {
        Self(Sha256::digest(message).into())
    }

    /// The text. Not by [`fmt::Display`], whose machinery WebAssembly does without: see `pkg/build.js`.
    #[inline(never)]
    pub(crate) fn text(self) -> String {
        const HEX: [u8; 16] = *b"0123456789abcdef";
        let mut text = PREFIX.to_owned();
        for byte in self.0 {
            for nibble in [byte >> 4, byte & 15] {
                text.push(char::from(HEX[usize::from(nibble)]));
            }
        }
        text
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
