//! The boundary to JavaScript: one file for each feature, with the functions that it exports.
//!
//! Why scripts in `js/`: values are read where they live (`readers.js`), and results are made where they are used (`results.js`,
//! `items.js`, `known-indexes.js`, `known-items.js`). Only the tape, text and numbers cross. How: each operation has a workspace of its own while
//! it runs, so that host code which runs in the middle of it may call us again. An exception of the host comes back as it was
//! thrown.
//!
//! | file | holds |
//! | --- | --- |
//! | `snapshot`, `builder` | taking snapshots: `snapshotPack`, `previewPack`, `snapshotIdFor`; `SnapshotBuilder` |
//! | `canonical` | `canonicalize`, `canonicalizeJson`, `digest`, `digestItem` |
//! | `verify`, `chain` | `verifySnapshot`, `SnapshotVerifier`; `verifyChain` |
//! | `proof`, `diff` | `proveItem`, `verifyItem`, `explainItem`, and the same of absence; `diffSnapshots` |
//! | `statement`, `summary` | `toStatement`, and what signatures are made of; `summarizeSnapshot`, `summaryOf` |
//! | `known_index` | a manifest and an index, checked against each other once |
//! | `known_items` | items that cannot change, known from earlier operations |
//! | `between_calls` | state that lives from one call to the next |
//! | `results` | from values of the core to JavaScript |
//! | `host` | from JavaScript to the core: its traits, over a walker |
//! | `workspace` | walker, tape and writer of one operation |
//! | `imports` | the functions of `js/` |
//!
//! The declarations in `pkg/src/index.d.ts` document each exported function: shapes, units and errors.

mod between_calls;
mod builder;
mod canonical;
mod chain;
mod diff;
mod host;
mod imports;
mod known_index;
mod known_items;
mod proof;
mod results;
mod snapshot;
mod statement;
mod summary;
mod verify;
mod workspace;

pub use builder::SnapshotBuilder;
pub use canonical::{canonicalize, canonicalize_json, digest, digest_item};
pub use chain::verify_chain;
pub use diff::diff_snapshots;
pub use proof::{explain_absence, explain_item, prove, verify_item};
pub use snapshot::{preview_pack, snapshot_id_for, snapshot_pack};
pub use statement::{check_statement, statement_to_sign, to_statement};
pub use summary::{summarize_snapshot, summary_of};
pub use verify::{SnapshotVerifier, verify_snapshot};

/// Much smaller than the standard library's allocator (`docs/PACKAGING.md`, "Size").
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
