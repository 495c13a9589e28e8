//! Versions of the format of snapshots (`docs/FORMAT.md` section 3).
//!
//! Why an enum: a second version makes every `match` that has to know of it a compile error.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::contract;

/// A version of the format. Changing a hashed byte needs a new one.
///
/// ```
/// use context_snapshot::Format;
///
/// assert_eq!(Format::V1.as_str(), "context.pack.snapshot/v1");
/// assert!(serde_json::from_str::<Format>(r#""context.pack.snapshot/v2""#).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// `context.pack.snapshot/v1`.
    V1,
}

impl Format {
    /// The version of new snapshots.
    pub(crate) const NEWEST: Self = Self::V1;

    /// Returns the name that manifests have.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1 => contract::FORMAT,
        }
    }

    /// Returns the version of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::V1].into_iter().find(|format| format.as_str() == name)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| D::Error::custom("unknown snapshot format"))
    }
}
