//! Limits on how much is read: those of the format (FORMAT 10), and lower ones that a host sets (F10-8).
//!
//! Why values and not constants: a preview of an untrusted pack should stop long before the format's limits, and tests and
//! fuzzers must reach every limit with small inputs. How: each operation has one [`Limits`], and each reader, writer and
//! list of issues keeps a copy. `document_bytes` and `levels` apply to each document by itself.

use serde::{Deserialize, Serialize};

use crate::contract::{MAX_COUNT, MAX_DOCUMENT_BYTES, MAX_ISSUES, MAX_LEVELS};

/// Limits on what is read. Values above the format's limits are lowered to them.
///
/// ```
/// use context_snapshot::Limits;
///
/// // For a preview of an untrusted pack.
/// let limits = Limits { document_bytes: 1 << 20, items: 10_000, ..Limits::default() };
/// assert_eq!(limits.levels, 1_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Limits {
    /// Canonical bytes of one document: an item, a pack, a record, an event. The format allows 268,435,456.
    pub document_bytes: usize,
    /// Levels of nesting in a document, counting its root. The format allows 1,000.
    pub levels: usize,
    /// Items of a snapshot, or entries of an index.
    pub items: u64,
    /// Canonical bytes of all items together.
    pub total_bytes: u64,
    /// Number of issues that are listed. Tests lower it; hosts cannot.
    #[doc(hidden)]
    #[serde(skip)]
    pub issues: usize,
}

// F10-1, F10-2, F10-3
impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: MAX_DOCUMENT_BYTES,
            levels: MAX_LEVELS,
            items: MAX_COUNT,
            total_bytes: MAX_COUNT,
            issues: MAX_ISSUES,
        }
    }
}

impl Limits {
    /// Lowers each limit to that of the format if it is higher.
    // F10-8
    pub(crate) fn within_format(self) -> Self {
        let max = Self::default();
        Self {
            document_bytes: self.document_bytes.min(max.document_bytes),
            levels: self.levels.min(max.levels),
            items: self.items.min(max.items),
            total_bytes: self.total_bytes.min(max.total_bytes),
            issues: self.issues.min(max.issues),
        }
    }
}
