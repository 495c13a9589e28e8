//! The boundary to Rust: the operation, and the functions that check and compare its snapshots, for native services.
//!
//! Why so thin: every check, byte and message comes from the code that JavaScript uses. How: Rust values are written to the
//! same tape as JavaScript values. Arguments that the caller makes are typed; data from a store or a stranger is JSON of any shape
//! (a [`serde_json::Value`]), because the answer has to name what is wrong with it.
//!
//! | file | does |
//! | --- | --- |
//! | `snapshot`, `builder`, `preview` | take a snapshot, all at once or item by item; show what one would hold |
//! | `identifier`, `item`, `canonical` | compute parts of one: its identifier, an item's digest, canonical JSON |
//! | `verify`, `chain`, `proof`, `absence` | verify a stored snapshot, a chain of them, one item, that there is no item |
//! | `diff`, `summary`, `statement`, `dsse` | compare two; describe one for people and for tools; sign that |
//! | `json` | reads JSON text strictly |
//! | `contents`, `types` | what several of them take and return |
//! | `call`, `host` | the sides of the seam: a call of the operation, values that are read one at a time |
//! | `typed`, `stored` | write typed arguments to the tape, and data that a store returns |

mod absence;
mod builder;
mod call;
mod canonical;
mod chain;
mod contents;
mod diff;
#[cfg(not(target_arch = "wasm32"))]
mod dsse;
mod host;
mod identifier;
mod item;
mod json;
mod preview;
mod proof;
mod snapshot;
mod statement;
mod stored;
mod summary;
mod typed;
mod types;
mod verify;

pub use crate::audit::diff::SnapshotDiff;
pub use absence::{AbsenceProof, Neighbour, explain_absence, prove_absence, verify_absence};
pub use builder::{DigestedItem, SnapshotBuilder, Unfinished};
pub use canonical::{canonicalize, digest};
pub use chain::{ChainVerification, verify_chain};
pub use contents::Contents;
pub use diff::diff_snapshots;
#[cfg(not(target_arch = "wasm32"))]
pub use dsse::*;
pub use identifier::{IdempotencyKey, snapshot_id_for};
pub use item::{Item, digest_item};
pub use json::{canonicalize_json, from_json};
pub use preview::{KindCount, SnapshotPreview, preview_pack};
pub use proof::{ItemProof, explain_item, prove_item, verify_item};
pub use snapshot::snapshot_pack;
pub use statement::{Predicate, Statement, Subject, SubjectDigest, to_statement};
pub use summary::{KindSummary, ProvenanceSummary, SnapshotSummary, SourceSummary, summarize_snapshot, summary_of};
pub use types::{Context, Effect, Event, IndexEntry, Input, Output, PolicyDecision, Record, Snapshot, SnapshotItem};
pub use verify::{SnapshotVerifier, Verification, VerifyOptions, verify_snapshot};

#[cfg(all(test, not(target_arch = "wasm32")))]
pub(crate) use canonical::tape_of;
