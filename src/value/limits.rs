//! How much is read: the format's own limits, and lower ones that a host sets for what comes from strangers.
//!
//! Why values and not constants: a preview of a stranger's pack should refuse long before the format does, and tests and
//! fuzzers have to come to every limit with small inputs. How: an operation has one [`Limits`]; whoever reads, writes or
//! lists for it has a copy. Each limit holds for one document, however many are read together.

use serde::{Deserialize, Serialize};

use crate::contract::{MAX_COUNT, MAX_DOCUMENT_BYTES, MAX_ISSUES, MAX_LEVELS};

/// Bounds on what is read. Higher ones than the format's are the format's.
///
/// ```
/// use context_snapshot::Limits;
///
/// // For a preview of a stranger's pack.
/// let limits = Limits { document_bytes: 1 << 20, items: 10_000, ..Limits::default() };
/// assert_eq!(limits.levels, 1_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Limits {
    /// Canonical bytes of one document: an item, a pack, a record, an event. The format allows 268,435,456.
    pub document_bytes: usize,
    /// Levels of nesting in a document, its root being the first. The format allows 1,000.
    pub levels: usize,
    /// Items of a snapshot, and entries of an index.
    pub items: u64,
    /// Canonical bytes of all items together.
    pub total_bytes: u64,
    /// Issues that are listed. Tests lower it; hosts cannot.
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
    /// The same, none of them above the format's.
    // F10-8
    pub(crate) fn within_format(self) -> Self {
        let most = Self::default();
        Self {
            document_bytes: self.document_bytes.min(most.document_bytes),
            levels: self.levels.min(most.levels),
            items: self.items.min(most.items),
            total_bytes: self.total_bytes.min(most.total_bytes),
            issues: self.issues.min(most.issues),
        }
    }
}
