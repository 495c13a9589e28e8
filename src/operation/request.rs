//! Requests: the caller's input and the host's context, checked together (stage 2, E3-2).
//!
//! Members are on the tape in the order of E5-1, input before context, and issues are listed in the same order.

use crate::format::record::{Metadata, Provenance, ProvenanceText};
use crate::primitives::string::Refusal;
use crate::primitives::time::Timestamp;
use crate::value::canonical_size;
use crate::value::check::{Check, Need, TimeForm};
use crate::value::host_limits;
use crate::value::limits::Limits;
use crate::value::problem::{Issues, Path};
use crate::value::tape::{At, Tape, Value};

/// A checked request.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) pack_key: String,
    pub(crate) pack_version: Option<String>,
    pub(crate) metadata: Metadata,
    pub(crate) provenance: Provenance,
    /// The context's `now`, if it has one.
    pub(crate) now: Option<Timestamp>,
    pub(crate) snapshot_id: Option<String>,
    pub(crate) limits: Limits,
}

/// Reads the tuple `[input, userId, tenantId, organizationId, workspaceId, channel, traceId, idemKey, now, snapshotId,
/// parent, limits]`; returns `None`, with issues, if anything in it is wrong (E5-1). `input` is a tuple `[packKey,
/// packVersion, reason, requestedBy, metadata]`.
pub(crate) fn read(tape: &Tape, issues: &mut Issues) -> Option<Request> {
    let Value::Tuple(first) = tape.value(At(0)) else { unreachable!("a host writes a tuple") };
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
        limits_at,
    ] = tape.slots(first);
    let limits = host_limits::read(tape, limits_at, tape.limits); // E4.4-6
    issues.limits = limits;
    let mut check = Check::new(tape, issues, Path::default()).in_document(Path::of(&["metadata"]));

    let mut pack_key = None;
    let mut pack_version = None;
    let mut provenance = Provenance::default();
    let mut metadata = Metadata::default();
    if let Value::Tuple(first) = tape.value(input) {
        let [key, version, reason, requested_by, extra] = tape.slots(first);
        pack_key = check.non_empty("packKey", key, Need::Required); // E4.2-4
        pack_version = check.string("packVersion", version, Need::Optional);
        provenance.read(
            &mut check,
            Need::Optional,
            &[(ProvenanceText::Reason, reason), (ProvenanceText::RequestedBy, requested_by)],
        );
        match Metadata::split(tape, extra, limits.document_bytes) {
            Ok((split, None)) => metadata = split,
            Err(Refusal::TooLong) => check.too_long(),
            _ if canonical_size::json(tape, extra) > limits.document_bytes => check.too_long(),
            // F4-4: `$snapshot` is reserved.
            _ => check.member("metadata", |check| check.input_metadata(extra)),
        }
    } else {
        check.wrong("object", input);
    }

    let texts = [
        (ProvenanceText::UserId, user_id),
        (ProvenanceText::TenantId, tenant_id),
        (ProvenanceText::OrganizationId, organization_id),
        (ProvenanceText::WorkspaceId, workspace_id),
        (ProvenanceText::Channel, channel),
        (ProvenanceText::TraceId, trace_id),
        (ProvenanceText::IdemKey, idem_key),
    ];
    // E4.2-2: `null` is absent in the context, but not in the input (E4.2-3).
    provenance.read(&mut check, Need::OptionalOrNull, &texts);
    let now = check.time("now", now, Need::OptionalOrNull, TimeForm::OrMilliseconds);
    let snapshot_id = check.snapshot_id("snapshotId", snapshot_id, Need::OptionalOrNull);
    provenance.parent = check.digest("parent", parent, Need::OptionalOrNull);
    check.member("limits", |check| host_limits::check(check, limits_at));
    if !issues.is_empty() {
        return None;
    }
    Some(Request { pack_key: pack_key?, pack_version, metadata, provenance, now, snapshot_id, limits })
}
