//! Immutable, auditable snapshots of the context that AI agents work from.
//!
//! A *context pack* is the material for an agent: doc blocks, contracts, knowledge, schemas, data views.
//! [`snapshot_pack`] checks the caller, validates the pack and its items, and returns a snapshot: a hash that depends
//! only on the content, a record whose seal reveals any change, and an index that can prove the presence of any item.
//! The host stores it.
//!
//! ```
//! use context_snapshot::{Actor, Context, Input, Item, Pack, snapshot_pack};
//!
//! let input = Input { pack_key: "platform.docs".into(), ..Input::default() };
//! let context = Context {
//!     actor: Some(Actor::Admin),
//!     user_id: Some("ops-1".into()),
//!     pack: Some(Pack {
//!         pack_key: "platform.docs".into(),
//!         version: "1.0.0".into(),
//!         title: "Platform documentation".into(),
//!         ..Pack::default()
//!     }),
//!     items: vec![Item {
//!         item_id: "a".into(),
//!         kind: "docblock".into(),
//!         source_key: "docs.a".into(),
//!         content: "Body of a.".into(),
//!         ..Item::default()
//!     }],
//!     now: Some("2026-01-02T03:04:05.678Z".parse()?),
//!     ..Context::default()
//! };
//!
//! let snapshot = snapshot_pack(&input, &context)?;
//! assert_eq!(
//!     snapshot.output.hash.to_string(),
//!     "sha256:fea05d9733bf462cef7dafb9d3e3c0a5f0feffa8c13d50c8d5e3d3a4e4eaa6ec",
//! );
//! assert_eq!(snapshot.items[0].json, r#"{"content":"Body of a.","itemId":"a","kind":"docblock","sourceKey":"docs.a"}"#);
//!
//! let refused = snapshot_pack(&input, &Context { actor: Some(Actor::User), ..context }).unwrap_err();
//! assert_eq!(refused.code().status(), 403);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Map
//!
//! Values are read once and become canonical bytes; everything else is derived from those bytes. Data flows one way:
//!
//! | layer, top first | contains |
//! | --- | --- |
//! | `wasm`, `native` | the boundaries to JavaScript and to Rust: read values, return results; `native` has one file for each feature |
//! | `audit` | `verify`, `trust`, `chain`: check stored snapshots; `diff`: compares two; `summary`: describes one for people |
//! | `operation` | `host`: what a host provides; `request`, `intake`: read it; `known_items`: what cannot change; `snapshot`, `builder`, `preview`: make snapshots of it |
//! | `format` | one file for each document of FORMAT.md, to build and to check it: `item`, `index`, `pack`, `manifest`, `record`, `identifier`, `event`, `proof`, `absence`, `statement`; `version`: which format |
//! | [`policy`] | who may take a snapshot |
//! | `value` | `tape`: a host's value, read once; `writer`, `canonical`: its canonical form; `canonical_text`: JSON text that has it already; `check`, `problem`: issues and their paths; `canonical_size`, `limits`, `host_limits`: how much is read; `evidence`: comparisons that verdicts need |
//! | `primitives` | bytes and text: `string`, `number`, `order`, `object` (RFC 8785), `digest`, [`merkle`], `leaves` (RFC 9162), `time` (RFC 3339), `sanitize` (untrusted text in messages) |
//! | [`contract`], `platform` | the operation as data: names, versions, limits; functions that the platform provides |
//!
//! Each layer uses only itself and the layers below it, and files never use each other in a circle: `tests/rust/layers.rs`
//! checks both.
//!
//! `docs/FORMAT.md` defines the hashed bytes; `docs/ERRORS.md` defines the errors; `docs/DESIGN.md` explains the design.
//! Comments cite both documents by the ids of their rules (F or E, section, number), or by section, such as FORMAT 3.

mod audit;
pub mod contract;
mod format;
mod native;
mod operation;
mod platform;
pub mod policy;
mod primitives;
mod value;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub mod wasm;

pub use format::item::ItemDigest;
pub use format::manifest::Manifest;
pub use format::pack::{Pack, Source};
pub use format::version::Format;
pub use native::*;
pub use policy::Actor;
pub use primitives::digest::{Digest, InvalidDigest};
pub use primitives::merkle;
pub use primitives::time::{InvalidTimestamp, Timestamp};
pub use value::evidence::Anchor;
pub use value::limits::Limits;
pub use value::problem::{Code, Issue, IssueCode, Problem};
