//! Records: the row that a host stores for a snapshot, and its seal (FORMAT 4).
//!
//! Why the records that we make and those that we check share the type [`Record`]: the seal is a digest of bytes, and
//! only [`Record::unsealed`] writes these bytes.

use std::cmp::Ordering;

use crate::contract::RESERVED_MEMBER;
use crate::format::manifest::{self, Manifest};
use crate::policy::Grant;
use crate::primitives::digest::Digest;
use crate::primitives::object::Object;
use crate::primitives::string::Refusal;
use crate::primitives::time::Timestamp;
use crate::value::canonical_size::{self, MemberKind, Members};
use crate::value::check::{Check, Need, TimeForm};
use crate::value::evidence::{Count, Equal, Hash, OptionalText, Seal, Verdict};
use crate::value::problem::{Issues, Path, Problem};
use crate::value::tape::{At, NOWHERE, Tape, Value};
use crate::value::writer::Writer;

/// A string that the caller or the host gave for a snapshot (F4-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProvenanceText {
    Reason,
    RequestedBy,
    /// The authenticated user; never empty (F4-7).
    UserId,
    TenantId,
    OrganizationId,
    WorkspaceId,
    Channel,
    TraceId,
    IdemKey,
}

impl ProvenanceText {
    const NAMES: [&str; 9] = [
        "reason",
        "requestedBy",
        "userId",
        "tenantId",
        "organizationId",
        "workspaceId",
        "channel",
        "traceId",
        "idemKey",
    ];

    fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

/// Who asked for a snapshot, why and for whom: the strings of [`ProvenanceText`], and the parent.
#[derive(Debug, Default)]
pub(crate) struct Provenance {
    texts: [Option<String>; ProvenanceText::NAMES.len()],
    /// Seal of the previous snapshot in a chain (F4-8).
    pub(crate) parent: Option<Digest>,
}

impl Provenance {
    /// Returns a string, if it was given.
    pub(crate) fn text(&self, field: ProvenanceText) -> Option<&str> {
        self.texts[field as usize].as_deref()
    }

    /// Reads strings in the given order. Those of a context are `OptionalOrNull`, those of an input or a record `Optional`.
    #[inline(never)]
    pub(crate) fn read(&mut self, check: &mut Check, need: Need, texts: &[(ProvenanceText, At)]) {
        for &(field, at) in texts {
            // F4-7: in a context, an empty userId means no user; in a record it is an error.
            let may_be_empty =
                field != ProvenanceText::IdemKey && (field != ProvenanceText::UserId || need == Need::OptionalOrNull);
            let read = if may_be_empty { Check::string } else { Check::non_empty };
            let text = read(check, field.name(), at, need);
            self.texts[field as usize] = text.filter(|text| field != ProvenanceText::UserId || !text.is_empty());
        }
    }

    /// Returns `createdBy`: the authenticated user, or else the user that the caller named (F4-2).
    pub(crate) fn created_by(&self) -> Option<&str> {
        self.text(ProvenanceText::UserId).or(self.text(ProvenanceText::RequestedBy))
    }
}

/// The caller's metadata as canonical members: those before `$snapshot` and those after it (F4-3).
#[derive(Debug, Default)]
pub(crate) struct Metadata {
    before: Vec<u8>,
    after: Vec<u8>,
}

impl Metadata {
    /// Splits the object at `at` into canonical members, and returns the position of its `$snapshot`, if it has one.
    ///
    /// # Errors
    /// `TooLong` if the members have more than `most` bytes; `Malformed` if the value is not an object of JSON values.
    pub(crate) fn split(tape: &Tape, at: At, most: usize) -> Result<(Self, Option<At>), Refusal> {
        let members = match tape.value(at) {
            Value::Absent => return Ok((Self::default(), None)),
            Value::Cut(true) => return Err(Refusal::TooLong),
            _ => tape.members(at).ok_or(Refusal::Malformed)?,
        };
        let mut reserved = None;
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for (key, at) in members {
            match key.units().iter().copied().cmp(RESERVED_MEMBER.encode_utf16()) {
                Ordering::Less => before.push((key, at)),
                Ordering::Equal => reserved = reserved.or(Some(at)),
                Ordering::Greater => after.push((key, at)),
            }
        }
        let mut writer = Writer::with_limit(most);
        writer.begin();
        writer.members(tape, &before)?;
        let middle = writer.out.len();
        writer.members(tape, &after)?;
        let (before, after) = writer.out.written().split_at(middle);
        Ok((Self { before: before.to_vec(), after: after.to_vec() }, reserved))
    }
}

/// A record without its seal (F4-1).
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) snapshot_id: String,
    pub(crate) created_at: Timestamp,
    pub(crate) created_by: Option<String>,
    pub(crate) hash: Digest,
    pub(crate) item_count: u64,
    pub(crate) pack_key: String,
    pub(crate) pack_version: String,
    pub(crate) metadata: Metadata,
    pub(crate) actor: &'static str,
    pub(crate) grant: &'static str,
    pub(crate) provenance: Provenance,
    /// JCS of the manifest.
    pub(crate) manifest: Vec<u8>,
}

impl Record {
    /// Writes JCS of the record without its seal.
    pub(crate) fn unsealed(&self) -> Unsealed {
        let mut out = Vec::with_capacity(2 * self.manifest.len() + 512);
        let mut object = Object::begin(&mut out);
        object.string("createdAt", &self.created_at.text());
        object.optional("createdBy", self.created_by.as_deref());
        object.digest("hash", self.hash);
        object.number("itemCount", self.item_count);
        let mut metadata = Object::begin(object.member("metadata"));
        metadata.members(&self.metadata.before);
        let mut reserved = Object::begin(metadata.member(RESERVED_MEMBER));
        let write = |reserved: &mut Object, texts: &[ProvenanceText]| {
            for &field in texts {
                reserved.optional(field.name(), self.provenance.text(field));
            }
        };
        reserved.string("actor", self.actor);
        write(&mut reserved, &[ProvenanceText::Channel]);
        reserved.string("grant", self.grant);
        write(&mut reserved, &[ProvenanceText::IdemKey]);
        reserved.member("manifest").extend_from_slice(&self.manifest);
        write(&mut reserved, &[ProvenanceText::OrganizationId]);
        if let Some(parent) = self.provenance.parent {
            reserved.digest("parent", parent);
        }
        write(&mut reserved, &[ProvenanceText::Reason, ProvenanceText::RequestedBy]);
        let seal_at = reserved.written();
        write(
            &mut reserved,
            &[ProvenanceText::TenantId, ProvenanceText::TraceId, ProvenanceText::UserId, ProvenanceText::WorkspaceId],
        );
        reserved.end();
        metadata.members(&self.metadata.after);
        metadata.end();
        object.string("packKey", &self.pack_key);
        object.string("packVersion", &self.pack_version);
        object.string("snapshotId", &self.snapshot_id);
        object.end();
        Unsealed { json: out, seal_at }
    }
}

/// JCS of a record without its seal: the bytes that the seal is the digest of (F4-9).
#[derive(Debug)]
pub(crate) struct Unsealed {
    json: Vec<u8>,
    /// Where the seal is inserted: always after another member of `$snapshot`.
    seal_at: usize,
}

impl Unsealed {
    /// Computes the seal (F4-9).
    pub(crate) fn seal(&self) -> Digest {
        Digest::of(&self.json)
    }

    /// Inserts the seal, if there is one; returns JCS of the record.
    pub(crate) fn with_seal(self, seal: Option<Digest>) -> Vec<u8> {
        let Self { mut json, seal_at } = self;
        if let Some(seal) = seal {
            let rest = json.split_off(seal_at);
            json.extend_from_slice(b",\"seal\":\"");
            json.extend_from_slice(seal.text().as_bytes());
            json.push(b'"');
            json.extend_from_slice(&rest);
        }
        json
    }
}

/// The result of checking a record from an untrusted source. A part that could not be read or computed is `None`.
#[derive(Debug, Default)]
pub(crate) struct CheckedRecord {
    pub(crate) snapshot_id: Option<String>,
    pub(crate) manifest: Option<Manifest>,
    /// The computed hash of the manifest.
    pub(crate) hash: Option<Hash>,
    /// The record and its computed seal.
    pub(crate) record: Option<(Record, Seal)>,
    /// Present if everything was compared and is equal.
    pub(crate) evidence: Option<Evidence>,
}

/// Evidence that a record is consistent: its repeated members and its seal were compared.
#[derive(Debug)]
#[expect(dead_code, reason = "evidence that the comparisons were made")]
pub(crate) struct Evidence {
    members: MembersEvidence,
    seal: Equal<Seal>,
}

/// Evidence that the hash and the repeated members were compared (F11-3, F11-4).
#[derive(Debug)]
#[expect(dead_code, reason = "evidence that the comparisons were made")]
struct MembersEvidence {
    hash: Equal<Hash>,
    pack_key: Equal<OptionalText>,
    pack_version: Equal<OptionalText>,
    item_count: Equal<Count>,
    created_by: Equal<OptionalText>,
    grant: Equal<OptionalText>,
}

/// Members of a record (F4-1), in the order of issues (E8.1-1).
const MEASURED: Members = &[
    ("snapshotId", MemberKind::Text),
    ("packKey", MemberKind::Text),
    ("packVersion", MemberKind::Text),
    ("hash", MemberKind::Text),
    ("itemCount", MemberKind::Count),
    ("createdAt", MemberKind::Time),
    ("createdBy", MemberKind::TextOrNull),
    ("metadata", MemberKind::Object),
];
/// Names of the members of a record, in the same order.
pub(crate) const MEMBERS: [&str; 8] = super::names(MEASURED);

/// Members of an output and of an event's payload (F5.3-2): the first six of a record.
pub(crate) const MEASURED_OUTPUT: Members = MEASURED.split_at(6).0;

/// The members of a record as they were read. A member that is wrong is `None`.
#[derive(Debug, Default)]
struct RecordMembers {
    snapshot_id: Option<String>,
    pack_key: Option<String>,
    pack_version: Option<String>,
    hash: Option<Digest>,
    item_count: Option<u64>,
    created_at: Option<Timestamp>,
    #[allow(clippy::option_option, reason = "three cases: wrong, absent, a string")]
    created_by: Option<Option<String>>,
    metadata: Metadata,
    reserved: ReservedMembers,
}

impl RecordMembers {
    /// Reads the members and reports what is wrong with them (F11-1, E8.1-1).
    #[inline(never)]
    fn read(check: &mut Check, members: [At; MEMBERS.len()]) -> Self {
        let [snapshot_id, pack_key, pack_version, hash, item_count, created_at, created_by, metadata] = members;
        let mut read = Self {
            snapshot_id: check.snapshot_id("snapshotId", snapshot_id, Need::Required),
            pack_key: check.non_empty("packKey", pack_key, Need::Required),
            pack_version: check.string("packVersion", pack_version, Need::Required),
            hash: check.digest("hash", hash, Need::Required),
            item_count: check.count("itemCount", item_count),
            created_at: check.time("createdAt", created_at, Need::Required, TimeForm::Stored), // F11-15
            ..Self::default()
        };
        let before = check.issues.mark();
        let creator = check.string("createdBy", created_by, Need::OptionalOrNull); // F11-14
        read.created_by = check.issues.unchanged_since(before).then_some(creator);
        let outside = check.path.enter("metadata");
        read.read_metadata(check, metadata);
        check.path.leave(outside);
        read
    }

    /// Reads `metadata`: first all of it as JSON, then `$snapshot` (E8.1-19).
    #[inline(never)]
    fn read_metadata(&mut self, check: &mut Check, at: At) {
        check.begin_document();
        let most = check.issues.limits.document_bytes;
        let split = Metadata::split(check.tape, at, most).and_then(|(metadata, reserved)| {
            let mut writer = Writer::with_limit(most);
            writer.begin();
            reserved.map_or(Ok(()), |reserved| writer.value(check.tape, reserved))?;
            Ok((metadata, reserved))
        });
        let reserved = match split {
            Ok((metadata, reserved)) if reserved.is_some() || check.tape.value(at).is_present() => {
                self.metadata = metadata;
                reserved.unwrap_or(NOWHERE)
            }
            Err(Refusal::TooLong) => return check.too_long(),
            _ => return check.record(at),
        };
        let outside = check.path.enter(RESERVED_MEMBER);
        self.reserved.read(check, reserved);
        check.path.leave(outside);
    }

    /// Compares the hash and the repeated members (F11-3, F11-4), as far as they could be read (E8.1-24). `hash` is the
    /// computed hash of the manifest.
    #[inline(never)]
    fn compare(&self, check: &mut Check, hash: Option<Hash>) -> Option<MembersEvidence> {
        let (mut same_hash, mut same_key, mut same_version, mut same_count) = (None, None, None, None);
        if let (Some(manifest), Some(hash)) = (&self.reserved.manifest, hash) {
            let pack = &manifest.pack;
            same_hash = check.compare("hash", hash, self.hash.map(Hash)); // E8.1-3
            // E8.1-4
            same_key = check.compare_text("packKey", Some(&pack.pack_key), self.pack_key.as_deref().map(Some));
            same_version =
                check.compare_text("packVersion", Some(&pack.version), self.pack_version.as_deref().map(Some));
            same_count = check.compare("itemCount", Count(manifest.item_count), self.item_count.map(Count));
        }
        let mut same_creator = None;
        if self.reserved.is_creator_known {
            let found = self.created_by.as_ref().map(Option::as_deref);
            same_creator = check.compare_text("createdBy", self.reserved.provenance.created_by(), found);
        }
        let mut same_grant = None;
        if let Some(actor) = self.reserved.actor {
            // F4-6
            let expected =
                [Grant::Actor, Grant::Role].into_iter().find(|grant| grant.actor() == actor).map(Grant::as_str);
            let grant = self.reserved.grant.map(Some);
            same_grant = in_reserved(check, |check| check.compare_text("grant", expected, grant));
        }
        Some(MembersEvidence {
            hash: same_hash?,
            pack_key: same_key?,
            pack_version: same_version?,
            item_count: same_count?,
            created_by: same_creator?,
            grant: same_grant?,
        })
    }

    /// Makes the record, if every member of it could be read. `manifest` is that of its `$snapshot`.
    #[inline(never)]
    fn into_record(self, manifest: Option<&Manifest>) -> Option<Record> {
        Some(Record {
            snapshot_id: self.snapshot_id?,
            created_at: self.created_at?,
            created_by: self.created_by?,
            hash: self.hash?,
            item_count: self.item_count?,
            pack_key: self.pack_key?,
            pack_version: self.pack_version?,
            metadata: self.metadata,
            actor: self.reserved.actor?,
            grant: self.reserved.grant?,
            provenance: self.reserved.provenance,
            manifest: manifest?.to_canonical(),
        })
    }
}

/// Runs `inside` at the path of `$snapshot`.
fn in_reserved<R>(check: &mut Check, inside: impl FnOnce(&mut Check) -> R) -> R {
    check.member("metadata", |check| check.member(RESERVED_MEMBER, inside))
}

/// Checks the record at `at`: steps 1 to 5 of a verification (FORMAT 11).
pub(crate) fn check(check: &mut Check, at: At) -> CheckedRecord {
    let before = check.issues.mark();
    let Some((members, _)) = check.object(at, MEMBERS) else { return CheckedRecord::default() };
    let mut read = RecordMembers::read(check, members);
    let is_well_formed = check.issues.unchanged_since(before);
    let hash = read.reserved.manifest.as_ref().map(|manifest| Hash(manifest.hash()));
    let members = read.compare(check, hash);

    let mut checked = CheckedRecord {
        snapshot_id: read.snapshot_id.clone(),
        manifest: read.reserved.manifest.take(),
        hash,
        record: None,
        evidence: None,
    };
    let stored_seal = read.reserved.seal;
    let mut size = 0;
    if !is_well_formed {
        size = canonical_size::object(check.tape, at, MEASURED);
    } else if let Some(record) = read.into_record(checked.manifest.as_ref()) {
        let unsealed = record.unsealed();
        let seal = Seal(unsealed.seal());
        size = unsealed.with_seal(stored_seal).len(); // F10-6, F11-17
        checked.record = Some((record, seal));
    }
    if size > check.issues.limits.document_bytes {
        // This issue replaces all others of the record (E8.1-20).
        check.issues.roll_back_to(before);
        check.member("metadata", |check| check.issues.too_long(&check.path));
        return CheckedRecord { snapshot_id: checked.snapshot_id, ..CheckedRecord::default() };
    }
    if let Some((_, seal)) = checked.record {
        // F11-5, E8.1-5
        let same_seal = in_reserved(check, |check| check.compare("seal", seal, stored_seal.map(Seal)));
        checked.evidence = members.zip(same_seal).map(|(members, seal)| Evidence { members, seal });
    }
    checked
}

/// Reads the record at the start of the tape, and returns its manifest, the record and its seal.
///
/// # Errors
/// 422 if the record does not pass steps 1 to 5 (E8-5, E8.5-4).
pub(crate) fn read_valid(tape: &Tape) -> Result<(Manifest, Record, Digest), Problem> {
    let mut issues = Issues::default();
    let checked = check(&mut Check::new(tape, &mut issues, Path::of(&["record"])), At(0));
    match checked {
        CheckedRecord { manifest: Some(manifest), record: Some((record, seal)), evidence: Some(_), .. }
            if issues.is_empty() =>
        {
            Ok((manifest, record, seal.0))
        }
        _ => Err(Verdict::refusal("the record", issues)),
    }
}

/// The members of `$snapshot` as they were read (F4-5). A member that is wrong is `None`.
#[derive(Debug, Default)]
struct ReservedMembers {
    manifest: Option<Manifest>,
    seal: Option<Digest>,
    actor: Option<&'static str>,
    grant: Option<&'static str>,
    /// True if `userId` and `requestedBy` are right, so that the expected `createdBy` is known (E8.1-24).
    is_creator_known: bool,
    provenance: Provenance,
}

impl ReservedMembers {
    /// Reads `$snapshot` and reports what is wrong with it (F11-1, F11-2, E8.1-1, E8.1-2).
    fn read(&mut self, check: &mut Check, at: At) {
        const NAMES: [&str; 14] = [
            "manifest",
            "seal",
            "actor",
            "grant",
            "userId",
            "reason",
            "requestedBy",
            "traceId",
            "idemKey",
            "tenantId",
            "organizationId",
            "workspaceId",
            "channel",
            "parent",
        ];
        let Some((members, others)) = check.object(at, NAMES) else { return };
        let [manifest, seal, actor, grant, user_id, members @ ..] = members;
        let [reason, requested_by, trace_id, idem_key, tenant_id, organization_id, workspace_id, channel, parent] =
            members;
        let outside = check.path.enter("manifest");
        self.manifest = manifest::read(check, manifest);
        check.path.leave(outside);
        // E8.1-17
        self.seal = check.digest("seal", seal, Need::Required);
        self.actor = check.one_of("actor", actor, [Grant::Actor.actor(), Grant::Role.actor()]);
        self.grant = check.one_of("grant", grant, [Grant::Actor.as_str(), Grant::Role.as_str()]);
        let provenance = &mut self.provenance;
        let texts = [
            (ProvenanceText::UserId, user_id),
            (ProvenanceText::Reason, reason),
            (ProvenanceText::RequestedBy, requested_by),
            (ProvenanceText::TraceId, trace_id),
            (ProvenanceText::IdemKey, idem_key),
            (ProvenanceText::TenantId, tenant_id),
            (ProvenanceText::OrganizationId, organization_id),
            (ProvenanceText::WorkspaceId, workspace_id),
            (ProvenanceText::Channel, channel),
        ];
        provenance.read(check, Need::Optional, &texts);
        provenance.parent = check.digest("parent", parent, Need::Optional);
        check.unknown(others);
        let is_right = |field, at| provenance.text(field).is_some() || matches!(check.tape.value(at), Value::Absent);
        self.is_creator_known =
            is_right(ProvenanceText::UserId, user_id) && is_right(ProvenanceText::RequestedBy, requested_by);
    }
}
