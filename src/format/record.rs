//! The record: what a host keeps of a snapshot, and its seal (`docs/FORMAT.md` section 4).
//!
//! Why the same structure for records that we make and those that we check: the seal is over bytes, and there is one
//! place that writes them.

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

/// A text that the caller or the host said of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProvenanceText {
    Reason,
    RequestedBy,
    /// The authenticated user; never empty.
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

/// Who, why and for whom: what the caller and the host said of a snapshot.
#[derive(Debug, Default)]
pub(crate) struct Provenance {
    texts: [Option<String>; ProvenanceText::NAMES.len()],
    // F4-8
    pub(crate) parent: Option<Digest>,
}

impl Provenance {
    /// What was said, if anything.
    pub(crate) fn text(&self, field: ProvenanceText) -> Option<&str> {
        self.texts[field as usize].as_deref()
    }

    /// Reads texts, in that order.
    #[inline(never)]
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn read(&mut self, check: &mut Check, need: Need, texts: &[(ProvenanceText, At)]) {
        for &(field, at) in texts {
            // F4-7
            // In a request, an empty user is none.
            let may_be_empty =
                field != ProvenanceText::IdemKey && (field != ProvenanceText::UserId || need == Need::OptionalOrNull);
            let read = if may_be_empty { Check::string } else { Check::non_empty };
            let text = read(check, field.name(), at, need);
            self.texts[field as usize] = text.filter(|text| field != ProvenanceText::UserId || !text.is_empty());
        }
    }

    /// The authenticated user; where there is none, whom the caller named.
    // F4-2
    pub(crate) fn created_by(&self) -> Option<&str> {
        self.text(ProvenanceText::UserId).or(self.text(ProvenanceText::RequestedBy))
    }
}

/// The members of the caller's metadata in canonical form, around the place of `$snapshot`.
#[derive(Debug, Default)]
pub(crate) struct Metadata {
    before: Vec<u8>,
    after: Vec<u8>,
}

impl Metadata {
    /// Splits the object at `at`, of which so many bytes may be written; what it has in the place of `$snapshot` is returned
    /// with it.
    // F4-3
    #[cfg_attr(small, optimize(size))]
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

/// A record, but for its seal.
// F4-1, F4-5
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
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn unsealed(&self) -> Unsealed {
        let mut out = Vec::with_capacity(2 * self.manifest.len() + 512);
        let mut object = Object::begin(&mut out);
        object.string("createdAt", &self.created_at.text());
        object.optional("createdBy", self.created_by.as_deref());
        object.digest("hash", self.hash);
        object.number("itemCount", self.item_count);
        let mut metadata = Object::begin(object.member("metadata"));
        metadata.members(&self.metadata.before);
        let mut ours = Object::begin(metadata.member(RESERVED_MEMBER));
        let write = |ours: &mut Object, texts: &[ProvenanceText]| {
            for &field in texts {
                ours.optional(field.name(), self.provenance.text(field));
            }
        };
        ours.string("actor", self.actor);
        write(&mut ours, &[ProvenanceText::Channel]);
        ours.string("grant", self.grant);
        write(&mut ours, &[ProvenanceText::IdemKey]);
        ours.member("manifest").extend_from_slice(&self.manifest);
        write(&mut ours, &[ProvenanceText::OrganizationId]);
        if let Some(parent) = self.provenance.parent {
            ours.digest("parent", parent);
        }
        write(&mut ours, &[ProvenanceText::Reason, ProvenanceText::RequestedBy]);
        let place = ours.written();
        write(
            &mut ours,
            &[ProvenanceText::TenantId, ProvenanceText::TraceId, ProvenanceText::UserId, ProvenanceText::WorkspaceId],
        );
        ours.end();
        metadata.members(&self.metadata.after);
        metadata.end();
        object.string("packKey", &self.pack_key);
        object.string("packVersion", &self.pack_version);
        object.string("snapshotId", &self.snapshot_id);
        object.end();
        Unsealed { json: out, place }
    }
}

/// JCS of a record without its seal: what the seal is the digest of.
#[derive(Debug)]
pub(crate) struct Unsealed {
    json: Vec<u8>,
    /// Where the seal belongs: behind another member, there is one in any case.
    place: usize,
}

impl Unsealed {
    // F4-9
    pub(crate) fn seal(&self) -> Digest {
        Digest::of(&self.json)
    }

    /// JCS of the record with that seal, if any.
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn with(self, seal: Option<Digest>) -> Vec<u8> {
        let Self { mut json, place } = self;
        if let Some(seal) = seal {
            let rest = json.split_off(place);
            json.extend_from_slice(b",\"seal\":\"");
            json.extend_from_slice(seal.text().as_bytes());
            json.push(b'"');
            json.extend_from_slice(&rest);
        }
        json
    }
}

/// What a record that may come from anybody was found to be; a part is missing if it could not be made out.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub(crate) snapshot_id: Option<String>,
    pub(crate) manifest: Option<Manifest>,
    /// The computed hash.
    pub(crate) hash: Option<Hash>,
    /// The record and its computed seal.
    pub(crate) sealed: Option<(Record, Seal)>,
    /// All that was compared, if all of it is equal.
    pub(crate) evidence: Option<Evidence>,
}

/// What makes a record right: each thing that it says twice was computed or read, and is the same.
#[derive(Debug)]
#[expect(dead_code, reason = "evidence is there to have been made")]
pub(crate) struct Evidence {
    members: Same,
    seal: Equal<Seal>,
}

/// Evidence of all but the seal.
#[derive(Debug)]
#[expect(dead_code, reason = "evidence is there to have been made")]
struct Same {
    hash: Equal<Hash>,
    pack_key: Equal<OptionalText>,
    pack_version: Equal<OptionalText>,
    item_count: Equal<Count>,
    created_by: Equal<OptionalText>,
    grant: Equal<OptionalText>,
}

/// Names of the members, in the order of the contract.
pub(crate) const MEMBERS: [&str; 8] =
    ["snapshotId", "packKey", "packVersion", "hash", "itemCount", "createdAt", "createdBy", "metadata"];

/// What a record is measured by.
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

/// The members of a record as they were read; a part is missing if it could not be made out.
#[derive(Debug, Default)]
struct RecordMembers {
    snapshot_id: Option<String>,
    pack_key: Option<String>,
    pack_version: Option<String>,
    hash: Option<Digest>,
    item_count: Option<u64>,
    created_at: Option<Timestamp>,
    #[allow(clippy::option_option, reason = "three cases: not made out, absent, a text")]
    created_by: Option<Option<String>>,
    metadata: Metadata,
    ours: Ours,
}

impl RecordMembers {
    #[inline(never)]
    #[cfg_attr(small, optimize(size))]
    fn new(check: &mut Check, members: [At; MEMBERS.len()]) -> Self {
        let [snapshot_id, pack_key, pack_version, hash, item_count, created_at, created_by, metadata] = members;
        let mut read = Self {
            snapshot_id: check.snapshot_id("snapshotId", snapshot_id, Need::Required),
            pack_key: check.non_empty("packKey", pack_key, Need::Required),
            pack_version: check.string("packVersion", pack_version, Need::Required),
            hash: check.digest("hash", hash, Need::Required),
            item_count: check.count("itemCount", item_count),
            created_at: check.time("createdAt", created_at, Need::Required, TimeForm::Stored),
            ..Self::default()
        };
        let before = check.issues.mark();
        let creator = check.string("createdBy", created_by, Need::OptionalOrNull);
        read.created_by = check.issues.unchanged_since(before).then_some(creator);
        let outside = check.path.enter("metadata");
        read.split(check, metadata);
        check.path.leave(outside);
        read
    }

    /// Reads the metadata of a record: all of it JSON, and in it what is ours.
    #[inline(never)]
    #[cfg_attr(small, optimize(size))]
    fn split(&mut self, check: &mut Check, at: At) {
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
            // E8.1-19
            Err(Refusal::TooLong) => return check.too_long(),
            _ => return check.record(at),
        };
        let outside = check.path.enter(RESERVED_MEMBER);
        self.ours.read(check, reserved);
        check.path.leave(outside);
    }

    /// Compares what the record says twice, the seal apart. `hash` is that of its manifest.
    #[inline(never)]
    #[cfg_attr(small, optimize(size))]
    fn compare(&self, check: &mut Check, hash: Option<Hash>) -> Option<Same> {
        // F11-3, F11-4, E8.1-3, E8.1-4
        let (mut same_hash, mut same_key, mut same_version, mut same_count) = (None, None, None, None);
        if let (Some(manifest), Some(hash)) = (&self.ours.manifest, hash) {
            let pack = &manifest.pack;
            same_hash = check.compare("hash", hash, self.hash.map(Hash));
            same_key = check.compare_text("packKey", Some(&pack.pack_key), self.pack_key.as_deref().map(Some));
            same_version =
                check.compare_text("packVersion", Some(&pack.version), self.pack_version.as_deref().map(Some));
            same_count = check.compare("itemCount", Count(manifest.item_count), self.item_count.map(Count));
        }
        let mut same_creator = None;
        if self.ours.is_creator_known {
            let found = self.created_by.as_ref().map(Option::as_deref);
            same_creator = check.compare_text("createdBy", self.ours.provenance.created_by(), found);
        }
        let mut same_grant = None;
        if let Some(actor) = self.ours.actor {
            let fits = [Grant::Actor, Grant::Role].into_iter().find(|grant| grant.actor() == actor).map(Grant::as_str);
            let grant = self.ours.grant.map(Some);
            same_grant = in_ours(check, |check| check.compare_text("grant", fits, grant));
        }
        Some(Same {
            hash: same_hash?,
            pack_key: same_key?,
            pack_version: same_version?,
            item_count: same_count?,
            created_by: same_creator?,
            grant: same_grant?,
        })
    }

    /// The record, if every part of it was made out. `manifest` is its own.
    #[inline(never)]
    #[cfg_attr(small, optimize(size))]
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
            actor: self.ours.actor?,
            grant: self.ours.grant?,
            provenance: self.ours.provenance,
            manifest: manifest?.to_canonical(),
        })
    }
}

/// Runs `inside` for what is ours in a record.
fn in_ours<R>(check: &mut Check, inside: impl FnOnce(&mut Check) -> R) -> R {
    check.member("metadata", |check| check.member(RESERVED_MEMBER, inside))
}

/// Checks the record at `at`: steps 1 to 5 of `docs/FORMAT.md` section 11.
// F11-1, E8.1-1, E8.1-24
#[cfg_attr(small, optimize(size))]
pub(crate) fn check(check: &mut Check, at: At) -> Checked {
    let before = check.issues.mark();
    let Some((members, _)) = check.object(at, MEMBERS) else { return Checked::default() };
    let mut read = RecordMembers::new(check, members);
    let is_well_formed = check.issues.unchanged_since(before);
    let hash = read.ours.manifest.as_ref().map(|manifest| Hash(manifest.hash()));
    // A record that is too long has that one issue: what is found here is dropped then.
    let same = read.compare(check, hash);

    let mut checked = Checked {
        snapshot_id: read.snapshot_id.clone(),
        manifest: read.ours.manifest.take(),
        hash,
        sealed: None,
        evidence: None,
    };
    let stored_seal = read.ours.seal;
    let mut size = 0;
    if !is_well_formed {
        size = canonical_size::object(check.tape, at, MEASURED);
    } else if let Some(record) = read.into_record(checked.manifest.as_ref()) {
        let unsealed = record.unsealed();
        let seal = Seal(unsealed.seal());
        size = unsealed.with(stored_seal).len();
        checked.sealed = Some((record, seal));
    }
    // F11-17, E8.1-20
    if size > check.issues.limits.document_bytes {
        check.issues.roll_back_to(before);
        check.member("metadata", |check| check.issues.too_long(&check.path));
        return Checked { snapshot_id: checked.snapshot_id, ..Checked::default() };
    }
    // F11-5, E8.1-5
    if let Some((_, seal)) = checked.sealed {
        let same_seal = in_ours(check, |check| check.compare("seal", seal, stored_seal.map(Seal)));
        checked.evidence = same.zip(same_seal).map(|(members, seal)| Evidence { members, seal });
    }
    checked
}

/// The record at the beginning of the tape, if it is right, with its manifest and its seal.
#[cfg_attr(small, optimize(size))]
pub(crate) fn sealed(tape: &Tape) -> Result<(Manifest, Record, Digest), Problem> {
    let mut issues = Issues::default();
    let checked = check(&mut Check::new(tape, &mut issues, Path::of(&["record"])), At(0));
    match checked {
        Checked { manifest: Some(manifest), sealed: Some((record, seal)), evidence: Some(_), .. }
            if issues.is_empty() =>
        {
            Ok((manifest, record, seal.0))
        }
        _ => Err(Verdict::refusal("the record", issues)),
    }
}

/// What stands in `$snapshot`, as far as it is right.
#[derive(Debug, Default)]
struct Ours {
    manifest: Option<Manifest>,
    seal: Option<Digest>,
    actor: Option<&'static str>,
    grant: Option<&'static str>,
    /// Whether it is known what `createdBy` has to be.
    is_creator_known: bool,
    provenance: Provenance,
}

impl Ours {
    #[cfg_attr(small, optimize(size))]
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
        self.seal = check.digest("seal", seal, Need::Required);
        // E8.1-17
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
        // F11-16
        check.unknown(others);
        let is_right = |field, at| provenance.text(field).is_some() || matches!(check.tape.value(at), Value::Absent);
        self.is_creator_known =
            is_right(ProvenanceText::UserId, user_id) && is_right(ProvenanceText::RequestedBy, requested_by);
    }
}
