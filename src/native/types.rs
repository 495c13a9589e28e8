//! Input, context and results of the operation, as serde types.
//!
//! Why the JavaScript names: JSON that is written here can be read by the npm package, and the other way round. How:
//! `rename_all = "camelCase"`, and members that are absent in JavaScript are not written.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::format::manifest::Manifest;
use crate::format::pack::Pack;
use crate::native::item::Item;
use crate::policy::Actor;
use crate::primitives::digest::Digest;
use crate::primitives::time::Timestamp;
use crate::value::limits::Limits;

/// The input of the operation.
///
/// ```
/// # use context_snapshot::*;
/// let input: Input = from_json(r#"{ "packKey": "shop.docs", "reason": "nightly run" }"#)?;
/// assert_eq!(input, Input { pack_key: "shop.docs".into(), reason: Some("nightly run".into()), ..Input::default() });
/// # Ok::<(), Problem>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Key of the pack to snapshot; not empty.
    pub pack_key: String,
    /// Version of the pack; if absent, whichever version the context has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack_version: Option<String>,
    /// Why the snapshot is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who asked for the snapshot, according to the caller; recorded as a claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<String>,
    /// JSON to keep with the snapshot; the member `$snapshot` is reserved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
}

/// The part of the arguments that the host is responsible for: who asks, and the pack with its items.
///
/// ```
/// # use context_snapshot::*;
/// let context: Context = from_json(r#"{ "actor": "user", "roles": ["admin"], "userId": "u-42" }"#)?;
/// assert_eq!((context.actor, context.now), (Some(Actor::User), None));
/// # Ok::<(), Problem>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Context {
    /// Who asks; nobody, if absent.
    pub actor: Option<Actor>,
    /// The user's roles; a user needs the role `admin`.
    pub roles: Option<Vec<String>>,
    /// The authenticated user; an empty text counts as absent.
    pub user_id: Option<String>,
    /// Scope of the idempotency key.
    pub tenant_id: Option<String>,
    /// Scope of the idempotency key.
    pub organization_id: Option<String>,
    /// Scope of the idempotency key.
    pub workspace_id: Option<String>,
    /// How the request came in, for example `cron`.
    pub channel: Option<String>,
    /// Included in the event and in problems.
    pub trace_id: Option<String>,
    /// Two requests with the same key name the same snapshot; not empty.
    pub idem_key: Option<String>,
    /// The decision of the host's policy engine.
    pub decision: Option<PolicyDecision>,
    /// The pack; without it, the answer is 404.
    pub pack: Option<Pack>,
    /// The items, in any order.
    pub items: Vec<Item>,
    /// When the snapshot is made; the clock, if absent.
    pub now: Option<Timestamp>,
    /// Identifier of the snapshot: not empty, without `:`. Derived, if absent.
    pub snapshot_id: Option<String>,
    /// Seal of the snapshot that this one follows.
    pub parent: Option<Digest>,
    /// Lower limits than the format's, for packs of strangers.
    pub limits: Option<Limits>,
}

/// A decision that the host's policy engine already made.
///
/// ```
/// # use context_snapshot::*;
/// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
/// let denied = PolicyDecision { effect: Effect::Deny, reason: Some("The pack is frozen".into()) };
/// let problem = snapshot_pack(&input, &Context { decision: Some(denied), ..context }).unwrap_err();
/// assert_eq!((problem.code(), problem.detail()), (Code::Forbidden, "The pack is frozen"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyDecision {
    /// Whether the engine allows the call.
    pub effect: Effect,
    /// Why; shown to the caller if the effect is `deny`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The effect of a [`PolicyDecision`].
///
/// A text becomes an effect by [`From`], and in JSON. Texts that are not known become [`Effect::Unknown`], which is refused with
/// 403: an effect that a policy engine spells in its own way lets nobody in.
///
/// ```
/// use context_snapshot::Effect;
///
/// assert_eq!(Effect::from("deny"), Effect::Deny);
/// assert_eq!(Effect::from("Allow"), Effect::Unknown);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The engine does not object, which grants nothing by itself: the caller still needs the actor or the role.
    Allow,
    /// Final, whoever asks.
    Deny,
    /// Neither of the two.
    Unknown,
}

impl Effect {
    /// Returns the name that decisions have: `allow` or `deny`; `unknown` for any other.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Unknown => "unknown",
        }
    }
}

impl From<&str> for Effect {
    fn from(name: &str) -> Self {
        let known = [Self::Allow, Self::Deny];
        known.into_iter().find(|effect| effect.as_str() == name).unwrap_or(Self::Unknown)
    }
}

impl Serialize for Effect {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Effect {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not derived: an object with the one member `allow` would allow.
        Ok(Self::from(&*<Cow<'de, str>>::deserialize(deserializer)?))
    }
}

/// The output of the operation, and the payload of its event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// Identifier of the snapshot.
    pub snapshot_id: String,
    /// Key of the pack.
    pub pack_key: String,
    /// Version of the pack.
    pub pack_version: String,
    /// Digest of the manifest: it depends on the content alone.
    pub hash: Digest,
    /// Number of items.
    pub item_count: u64,
    /// When the snapshot was made.
    pub created_at: Timestamp,
}

/// The event that the host emits after it has stored the snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Derived from the snapshot's identifier, so that it is the same for every delivery.
    pub id: String,
    /// `context.snapshot.created`.
    pub key: &'static str,
    /// `1.0.0`.
    pub version: &'static str,
    /// When the snapshot was made.
    pub occurred_at: Timestamp,
    /// The trace id of the context.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// The output of the operation.
    pub payload: Output,
}

/// The row that a host stores for a snapshot.
///
/// ```
/// # use context_snapshot::*;
/// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
/// # let snapshot = snapshot_pack(&input, &context)?;
/// // A record can be read back from the JSON in a database.
/// let record: Record = from_json(&serde_json::to_string(&snapshot.record).unwrap())?;
/// assert_eq!(record, snapshot.record);
/// assert_eq!(record.created_at.to_string(), "2026-03-01T09:15:30.123Z");
/// # Ok::<(), Problem>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Identifier of the snapshot.
    pub snapshot_id: String,
    /// Key of the pack.
    pub pack_key: String,
    /// Version of the pack.
    pub pack_version: String,
    /// Digest of the manifest.
    pub hash: Digest,
    /// Number of items.
    pub item_count: u64,
    /// When the snapshot was made.
    pub created_at: Timestamp,
    /// The authenticated user; if there is none, the `requestedBy` of the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// The metadata of the input, and `$snapshot`: manifest, seal, who, why.
    pub metadata: Map<String, Value>,
}

/// An item's id and its digest, as the index lists them in the order of the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IndexEntry {
    /// Identifier of the item.
    pub item_id: String,
    /// Leaf hash of the item.
    pub digest: Digest,
}

/// An item as it was hashed, ready to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotItem {
    /// Unique in the snapshot.
    pub item_id: String,
    /// The item's own time; if it has none, the snapshot's.
    pub created_at: Timestamp,
    /// The canonical item (RFC 8785). Its digest is the SHA-256 of the byte 0 and this text.
    pub json: String,
}

/// An immutable snapshot of a context pack, for the host to persist.
///
/// ```
/// # use context_snapshot::*;
/// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
/// let snapshot = snapshot_pack(&input, &context)?;
/// for (item, entry) in snapshot.items.iter().zip(&snapshot.index) {
///     // To store: the item's id, its digest, its time, and its canonical JSON.
///     assert_eq!(item.item_id, entry.item_id);
///     assert_eq!(merkle::leaf(item.json.as_bytes()), entry.digest);
/// }
/// # Ok::<(), Problem>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The output of the operation.
    pub output: Output,
    /// The event to emit after the snapshot is stored.
    pub event: Event,
    /// The row to store for the snapshot.
    pub record: Record,
    /// The document whose digest is the hash.
    pub manifest: Manifest,
    /// The items' digests, in the order of the tree.
    pub index: Vec<IndexEntry>,
    /// The items, in the same order.
    pub items: Vec<SnapshotItem>,
}
