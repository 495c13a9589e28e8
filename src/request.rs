//! What the caller asks for: the input of the operation and the scalars of its context, checked together.
//!
//! Members are on the tape in the order of the contract, input before context, and issues come in that order.

use crate::canonical::{Refusal, Writer};
use crate::check::{self, Check, Need};
use crate::contract::RESERVED_MEMBER;
use crate::digest::Digest;
use crate::problem::{Code, Issues, Path, Problem};
use crate::tape::{At, Tape, Value};
use crate::time::Timestamp;

/// A checked request.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) pack_key: String,
    pub(crate) pack_version: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) requested_by: Option<String>,
    pub(crate) metadata: Metadata,
    /// The authenticated user; never empty.
    pub(crate) user_id: Option<String>,
    pub(crate) scope: Scope,
    pub(crate) channel: Option<String>,
    pub(crate) trace_id: Option<String>,
    pub(crate) idem_key: Option<String>,
    /// `now`, where the context has it.
    pub(crate) now: Option<Timestamp>,
    pub(crate) snapshot_id: Option<String>,
    pub(crate) parent: Option<Digest>,
}

/// In what an idempotency key is unique.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) tenant_id: Option<String>,
    pub(crate) organization_id: Option<String>,
    pub(crate) workspace_id: Option<String>,
}

/// The members of the input's metadata in canonical form, around the place of `$snapshot`.
#[derive(Debug, Default)]
pub(crate) struct Metadata {
    pub(crate) before: Vec<u8>,
    pub(crate) after: Vec<u8>,
}

/// Reads `[input, userId, tenantId, organizationId, workspaceId, channel, traceId, idemKey, now, snapshotId, parent]`.
pub(crate) fn read(tape: &Tape) -> Result<Request, Problem> {
    let Value::Record(first) = tape.value(At(0)) else { unreachable!("a record") };
    let [
        input,
        user_id,
        tenant_id,
        organization_id,
        workspace_id,
        channel,
        trace_id,
        idem_key,
        now,
        snapshot_id,
        parent,
    ] = tape.slots(first);
    let mut issues = Issues::default();
    let mut check = Check::new(tape, &mut issues, Path::default(), Path::of(&["metadata"]));

    let mut pack_key = None;
    let mut optional = [None, None, None];
    let mut metadata = Metadata::default();
    if let Value::Record(first) = tape.value(input) {
        let [key, version, reason, requested_by, extra] = tape.slots(first);
        pack_key = check.non_empty("packKey", key, Need::Required);
        optional = [
            check.string("packVersion", version, Need::Optional),
            check.string("reason", reason, Need::Optional),
            check.string("requestedBy", requested_by, Need::Optional),
        ];
        match split_metadata(tape, extra) {
            Ok(split) => metadata = split,
            Err(Refusal::Malformed) => check.input_metadata("metadata", extra),
            Err(Refusal::TooLong) => check.too_long(),
        }
    } else {
        check.wrong("object", input);
    }

    let mut nullable = |name, at| check.string(name, at, Need::Nullable);
    let user_id = nullable("userId", user_id).filter(|user| !user.is_empty());
    let scope = Scope {
        tenant_id: nullable("tenantId", tenant_id),
        organization_id: nullable("organizationId", organization_id),
        workspace_id: nullable("workspaceId", workspace_id),
    };
    let channel = nullable("channel", channel);
    let trace_id = nullable("traceId", trace_id);
    let idem_key = check.non_empty("idemKey", idem_key, Need::Nullable);
    let now = check.time("now", now, Need::Nullable, true);
    let snapshot_id = check.snapshot_id("snapshotId", snapshot_id);
    let parent = check.digest("parent", parent);

    issues.into_result(Code::ValidationFailed)?;
    let [pack_version, reason, requested_by] = optional;
    let pack_key = pack_key.expect("there was no issue");
    Ok(Request {
        pack_key,
        pack_version,
        reason,
        requested_by,
        metadata,
        user_id,
        scope,
        channel,
        trace_id,
        idem_key,
        now,
        snapshot_id,
        parent,
    })
}

/// The metadata's members, those that come before `$snapshot` apart from those behind it.
fn split_metadata(tape: &Tape, at: At) -> Result<Metadata, Refusal> {
    let members = match tape.value(at) {
        Value::Absent => return Ok(Metadata::default()),
        Value::Cut(true) => return Err(Refusal::TooLong),
        _ => tape.members(at).ok_or(Refusal::Malformed)?,
    };
    if members.iter().any(|(key, _)| check::is_reserved(key.units())) {
        return Err(Refusal::Malformed);
    }
    let ours: Vec<u16> = RESERVED_MEMBER.encode_utf16().collect();
    let (before, after): (Vec<_>, Vec<_>) = members.into_iter().partition(|(key, _)| *key.units() < *ours);
    let mut writer = Writer::default();
    writer.begin();
    writer.members(tape, &before)?;
    let middle = writer.out.len();
    writer.members(tape, &after)?;
    let (before, after) = writer.out.written().split_at(middle);
    Ok(Metadata { before: before.to_vec(), after: after.to_vec() })
}
