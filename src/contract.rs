//! The operation as data: its names, versions and limits.
//!
//! Why: hosts register the operation from this description, and all other code takes names and limits from here. How:
//! constants, and one JSON document that is shipped unchanged.

/// Key of the operation.
pub const OPERATION_KEY: &str = "context.pack.snapshot";
/// Version of the operation.
pub const OPERATION_VERSION: &str = "1.0.0";
/// Key of the event that the operation emits (F5.3-2).
pub const EVENT_KEY: &str = "context.snapshot.created";
/// Version of the event (F5.3-2).
pub const EVENT_VERSION: &str = "1.0.0";
/// Format of the manifest (F3-1). A change of any hashed byte is a new format.
pub const FORMAT: &str = "context.pack.snapshot/v1";
/// `_type` of a statement about a snapshot: in-toto Statement v1.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// `predicateType` of a statement about a snapshot.
pub const PREDICATE_TYPE: &str = "https://contractspec.io/attestation/context-snapshot/v1";

/// Highest number of levels of nesting in a canonical document; its root is the first (F10-1).
pub const MAX_LEVELS: usize = 1_000;
/// Highest number of bytes in a canonical document: 256 MiB (F10-2).
pub const MAX_DOCUMENT_BYTES: usize = 268_435_456;
/// Highest number of items in a snapshot: 2^53 - 1, up to which binary64 represents every integer (F10-3).
pub const MAX_COUNT: u64 = 9_007_199_254_740_991;
/// Highest number of issues listed for one stage. If there are more, one further issue says so (E5-6).
pub const MAX_ISSUES: usize = 100;

/// Name of the member of a record's `metadata` that belongs to the format (F4-4).
pub const RESERVED_MEMBER: &str = "$snapshot";

/// The operation's contract as JSON text: description, policy, emitted event, and JSON Schemas (2020-12) of input, output
/// and event payload.
pub const CONTRACT_JSON: &str = include_str!("contract.json");
