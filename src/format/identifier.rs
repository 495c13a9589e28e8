//! Identifiers: UUIDs for snapshots, derived from an idempotency key or fresh, and for events (FORMAT 5.2, 5.3).

use uuid::Uuid;

use crate::format::record::{Provenance, ProvenanceText};
use crate::primitives::digest::Digest;
use crate::primitives::object::Object;
use crate::value::check::{Check, Need};
use crate::value::problem::{Code, Issues, Path, Problem};
use crate::value::tape::{At, Tape, Value};

/// Makes a UUID version 8 from the first 128 bits of a document's digest (RFC 9562 section 5.8, F5.2-4).
pub(crate) fn uuid8(document: &[u8]) -> String {
    let digest = Digest::of(document).0;
    let bits = digest.first_chunk().expect("a digest has more than 16 bytes");
    uuid_text(uuid::Builder::from_custom_bytes(*bits))
}

/// Bits of the counter in a UUID version 7.
const COUNTER_BITS: u32 = 42;
/// Bits of the counter's first value. The highest bit starts at 0, so that the counter does not roll over soon.
const SEED_BITS: u32 = 41;

/// Makes a UUID version 7: the time, a counter, then 32 random bits (RFC 9562 sections 5.7 and 6.2, method 1; F5.2-5).
///
/// The counter sorts identifiers of the same millisecond in the order in which they were made. It is never reset,
/// because a host may give times in any order: another millisecond may come between two equal ones. `count` returns the
/// next value of the counter, which starts at the seed.
pub(crate) fn uuid7(millis: u64, mut random: [u8; 10], count: impl FnOnce(u64) -> u64) -> String {
    let mut seed = [0; 8];
    seed[2..].copy_from_slice(&random[..6]);
    let count = count(u64::from_be_bytes(seed) % (1 << SEED_BITS)) % (1 << COUNTER_BITS);
    // 74 bits are free: 12 before the variant, in the first two bytes, and 62 after it.
    random[..2].copy_from_slice(&u16::to_be_bytes((count >> 30) as u16));
    random[2..6].copy_from_slice(&u32::to_be_bytes((count % (1 << 30)) as u32));
    uuid_text(uuid::Builder::from_unix_timestamp_millis(millis, &random))
}

/// Writes a UUID as text (F5.2-6).
fn uuid_text(uuid: uuid::Builder) -> String {
    uuid.into_uuid().hyphenated().encode_lower(&mut Uuid::encode_buffer()).to_owned()
}

/// Derives a `snapshotId` from the idempotency key and the scopes in the provenance (F5.2-2).
pub(crate) fn id_for_key(pack_key: &str, pack_version: &str, provenance: &Provenance) -> String {
    let mut document = Vec::new();
    let mut object = Object::begin(&mut document);
    object.string_or_null("idemKey", provenance.text(ProvenanceText::IdemKey));
    object.string_or_null("organizationId", provenance.text(ProvenanceText::OrganizationId));
    object.string("packKey", pack_key);
    object.string("packVersion", pack_version);
    object.string_or_null("tenantId", provenance.text(ProvenanceText::TenantId));
    object.string_or_null("workspaceId", provenance.text(ProvenanceText::WorkspaceId));
    object.end();
    uuid8(&document)
}

/// Derives a `snapshotId` from the tuple `[idemKey, packKey, packVersion, tenantId, organizationId, workspaceId]`.
///
/// # Errors
/// 422 if a member is wrong (E3-9).
pub(crate) fn id_for(tape: &Tape) -> Result<String, Problem> {
    let mut issues = Issues::default();
    let mut check = Check::new(tape, &mut issues, Path::default());
    let mut id = None;
    if let Value::Tuple(first) = tape.value(At(0)) {
        let [idem_key, pack_key, pack_version, tenant_id, organization_id, workspace_id] = tape.slots(first);
        let mut provenance = Provenance::default();
        provenance.read(&mut check, Need::Required, &[(ProvenanceText::IdemKey, idem_key)]);
        let pack_key = check.non_empty("packKey", pack_key, Need::Required);
        let pack_version = check.string("packVersion", pack_version, Need::Required);
        let scope = [
            (ProvenanceText::TenantId, tenant_id),
            (ProvenanceText::OrganizationId, organization_id),
            (ProvenanceText::WorkspaceId, workspace_id),
        ];
        provenance.read(&mut check, Need::OptionalOrNull, &scope);
        if let (Some(key), Some(version)) = (pack_key, pack_version) {
            id = Some(id_for_key(&key, &version, &provenance));
        }
    } else {
        check.wrong("object", At(0));
    }
    issues.into_result(Code::ValidationFailed)?;
    Ok(id.expect("key and version are valid if there is no issue"))
}
