//! Derives a snapshot's identifier from its idempotency key, before there is a snapshot (`docs/FORMAT.md` section 5.2).

use serde::{Deserialize, Serialize};

use crate::format::identifier;
use crate::value::problem::Problem;
use crate::value::tape::{TUPLE, Tape};

/// An idempotency key and its scope.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdempotencyKey {
    /// The key; not empty.
    pub idem_key: String,
    /// Key of the pack; not empty.
    pub pack_key: String,
    /// Version of the pack that is snapshotted.
    pub pack_version: String,
    /// Tenant, if the host has one.
    #[serde(default)]
    pub tenant_id: Option<String>,
    /// Organization, if the host has one.
    #[serde(default)]
    pub organization_id: Option<String>,
    /// Workspace, if the host has one.
    #[serde(default)]
    pub workspace_id: Option<String>,
}

/// Returns the snapshotId that [`snapshot_pack`](super::snapshot_pack) derives from an idempotency key, so that a host can
/// look for an earlier result first.
///
/// ```
/// # use context_snapshot::*;
/// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
/// let key = IdempotencyKey {
///     idem_key: "nightly-2026-03-01".into(),
///     pack_key: "shop.docs".into(),
///     pack_version: "2026.3".into(),
///     ..IdempotencyKey::default()
/// };
/// let snapshot_id = snapshot_id_for(&key)?; // Is there a snapshot with this identifier?
///
/// let context = Context { idem_key: Some(key.idem_key), snapshot_id: None, ..context };
/// assert_eq!(snapshot_pack(&input, &context)?.output.snapshot_id, snapshot_id);
/// # Ok::<(), Problem>(())
/// ```
///
/// # Errors
/// 422 if `idem_key` or `pack_key` is empty.
pub fn snapshot_id_for(key: &IdempotencyKey) -> Result<String, Problem> {
    let mut tape = Tape::default();
    tape.container(TUPLE, 6, |tape| {
        tape.string(&key.idem_key);
        tape.string(&key.pack_key);
        tape.string(&key.pack_version);
        tape.optional(key.tenant_id.as_deref());
        tape.optional(key.organization_id.as_deref());
        tape.optional(key.workspace_id.as_deref());
    });
    identifier::id_for(&tape)
}
