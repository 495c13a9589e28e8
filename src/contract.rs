//! The operation as data: its names, versions and limits.
//!
//! Why: hosts register the operation from this description, and every rule elsewhere in the crate that has a number in
//! it takes the number from here. How: constants, and one JSON document that is shipped as it stands.

/// Key of the operation.
pub const OPERATION_KEY: &str = "context.pack.snapshot";
/// Version of the operation.
pub const OPERATION_VERSION: &str = "1.0.0";
/// Key of the event that the operation emits.
pub const EVENT_KEY: &str = "context.snapshot.created";
/// Version of the event.
pub const EVENT_VERSION: &str = "1.0.0";
/// Format of the manifest: a change of any hashed byte is a new one.
pub const FORMAT: &str = "context.pack.snapshot/v1";
/// Type of the statements that are made about snapshots: in-toto Statement v1.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// Type of what such a statement says.
pub const PREDICATE_TYPE: &str = "https://contractspec.io/attestation/context-snapshot/v1";

/// Levels of nesting that a canonical document may have, its root being the first.
pub const MAX_LEVELS: usize = 1_000;
/// Bytes that a canonical document may have: 256 MiB.
pub const MAX_DOCUMENT_BYTES: usize = 268_435_456;
/// Items that a snapshot may have: 2^53 - 1, as far as a binary64 counts.
pub const MAX_COUNT: u64 = 9_007_199_254_740_991;
/// Issues that are listed for one stage; where there are more, one last issue says so.
pub const MAX_ISSUES: usize = 100;

/// The member of a record's `metadata` that is ours.
pub const RESERVED_MEMBER: &str = "$snapshot";

/// The operation's contract: meta, policy, emitted event, and JSON Schemas (2020-12) of input, output and event
/// payload, as JSON text.
pub const CONTRACT_JSON: &str = include_str!("contract.json");
