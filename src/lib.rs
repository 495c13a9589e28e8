//! Immutable, auditable snapshots of the context that AI agents work from.
//!
//! A *context pack* is the material that an agent is given: doc blocks, contracts, knowledge, schemas, data views.
//! [`snapshot_pack`] checks who asks, validates the pack and its items, and returns a snapshot: one hash that depends
//! on the content alone, a record that is sealed against change, and an index from which the presence of any item can
//! be proven. The host persists it.
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
//! Values are read once, become canonical bytes, and everything else is derived from those bytes. Data flows one way:
//!
//! | layer, top first | holds |
//! | --- | --- |
//! | `wasm`, `native` | the boundaries to JavaScript and to Rust: how values come in and results go out, one file for each feature in `native` |
//! | `audit` | `verify`, `trust`, `chain`: whether stored snapshots hold; `summary`: what they hold, for people |
//! | `operation` | `host`: what a host hands over; `request`, `intake`: reads it; `snapshot`, `builder`, `preview`: what is made of it |
//! | `format` | one file for each document of FORMAT.md, to make it and to check it: `item`, `index`, `pack`, `manifest`, `record`, `identifier`, `event`, `proof`, `statement`; `version`: which format |
//! | [`policy`] | who may |
//! | `value` | `tape`: a host's value, read once; `writer`, `canonical`: its canonical form; `check`, `problem`: what is wrong, and where; `measure`, `limits`, `lowered`: how much is read; `evidence`: what a verdict is made of |
//! | `primitives` | bytes and text: `string`, `number`, `order`, `object` (RFC 8785), `digest`, [`merkle`], `leaves` (RFC 9162), `time` (RFC 3339), `shown` (text of strangers) |
//! | [`contract`], `platform` | the operation as data: names, versions, limits; what a platform lends |
//!
//! Each layer uses only itself and those below it, and no files use each other in a circle: `tests/layers.rs` checks both.
//!
//! `docs/FORMAT.md` says what is hashed, byte for byte; `docs/DESIGN.md` says why it is built this way.

#![cfg_attr(small, feature(optimize_attribute))]

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
