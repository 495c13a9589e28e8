//! The record: what a host keeps of a snapshot, and its seal (`docs/FORMAT.md` section 4).
//!
//! Why the same structure for records that we make and those that we check: the seal is over bytes, and there is one
//! place that writes them.

use crate::canonical::{Object, Refusal, Writer};
use crate::check::{self, Check, Need, TimeForm};
use crate::contract::{MAX_DOCUMENT_BYTES, RESERVED_MEMBER};
use crate::digest::Digest;
use crate::manifest::{self, Manifest};
use crate::policy::Grant;
use crate::problem::{Code, Issues, Path, Problem};
use crate::tape::{At, NOWHERE, Tape, Value};
use crate::time::Timestamp;

/// A text that the caller or the host said of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
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

impl Said {
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
pub(crate) struct Circumstances {
    texts: [Option<String>; Said::NAMES.len()],
    pub(crate) parent: Option<Digest>,
}

impl Circumstances {
    /// What was said, if anything.
    pub(crate) fn text(&self, said: Said) -> Option<&str> {
        self.texts[said as usize].as_deref()
    }

    /// Reads texts, in that order.
    #[inline(never)]
    pub(crate) fn read(&mut self, check: &mut Check, need: Need, texts: &[(Said, At)]) {
        for &(said, at) in texts {
            // In a request, an empty user is none.
            let may_be_empty = said != Said::IdemKey && (said != Said::UserId || need == Need::Nullable);
            let read = if may_be_empty { Check::string } else { Check::non_empty };
            let text = read(check, said.name(), at, need);
            self.texts[said as usize] = text.filter(|text| said != Said::UserId || !text.is_empty());
        }
    }

    /// The authenticated user; where there is none, whom the caller named.
    pub(crate) fn created_by(&self) -> Option<&str> {
        self.text(Said::UserId).or(self.text(Said::RequestedBy))
    }
}

/// The members of the caller's metadata in canonical form, around the place of `$snapshot`.
#[derive(Debug, Default)]
pub(crate) struct Metadata {
    before: Vec<u8>,
    after: Vec<u8>,
}

impl Metadata {
    /// Splits the object at `at`; what it has in the place of `$snapshot` is returned with it.
    pub(crate) fn split(tape: &Tape, at: At) -> Result<(Self, Option<At>), Refusal> {
        let members = match tape.value(at) {
            Value::Absent => return Ok((Self::default(), None)),
            Value::Cut(true) => return Err(Refusal::TooLong),
            _ => tape.members(at).ok_or(Refusal::Malformed)?,
        };
        let ours: Vec<u16> = RESERVED_MEMBER.encode_utf16().collect();
        let reserved = members.iter().find(|(key, _)| key.is(RESERVED_MEMBER)).map(|&(_, at)| at);
        let others = members.into_iter().filter(|(key, _)| !key.is(RESERVED_MEMBER));
        let (before, after): (Vec<_>, Vec<_>) = others.partition(|(key, _)| *key.units() < *ours);
        let mut writer = Writer::default();
        writer.begin();
        writer.members(tape, &before)?;
        let middle = writer.out.len();
        writer.members(tape, &after)?;
        let (before, after) = writer.out.written().split_at(middle);
        Ok((Self { before: before.to_vec(), after: after.to_vec() }, reserved))
    }
}

/// A record, but for its seal.
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
    pub(crate) circumstances: Circumstances,
    /// JCS of the manifest.
    pub(crate) manifest: Vec<u8>,
}

impl Record {
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
        let write = |ours: &mut Object, texts: &[Said]| {
            for &said in texts {
                ours.optional(said.name(), self.circumstances.text(said));
            }
        };
        ours.string("actor", self.actor);
        write(&mut ours, &[Said::Channel]);
        ours.string("grant", self.grant);
        write(&mut ours, &[Said::IdemKey]);
        ours.member("manifest").extend_from_slice(&self.manifest);
        write(&mut ours, &[Said::OrganizationId]);
        if let Some(parent) = self.circumstances.parent {
            ours.digest("parent", parent);
        }
        write(&mut ours, &[Said::Reason, Said::RequestedBy]);
        let place = ours.written();
        write(&mut ours, &[Said::TenantId, Said::TraceId, Said::UserId, Said::WorkspaceId]);
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
    pub(crate) fn seal(&self) -> Digest {
        Digest::of(&self.json)
    }

    /// JCS of the record with that seal, if any.
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

/// What a record that may come from anybody was found to be; a part is missing where it could not be made out.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub(crate) snapshot_id: Option<String>,
    pub(crate) manifest: Option<Manifest>,
    /// The computed hash.
    pub(crate) hash: Option<Digest>,
    /// The record and its computed seal.
    pub(crate) sealed: Option<(Record, Digest)>,
}

/// Names of the members, in the order of the contract.
pub(crate) const MEMBERS: [&str; 8] =
    ["snapshotId", "packKey", "packVersion", "hash", "itemCount", "createdAt", "createdBy", "metadata"];

/// Checks the record at `at`: steps 1 to 5 of `docs/FORMAT.md` section 11.
pub(crate) fn check(check: &mut Check, at: At) -> Checked {
    let before = check.issues.found();
    let Some((members, _)) = check.object(at, MEMBERS) else { return Checked::default() };
    let [snapshot_id, pack_key, pack_version, hash, item_count, created_at, created_by, metadata] = members;
    let snapshot_id = check.snapshot_id("snapshotId", snapshot_id, Need::Required);
    let pack_key = check.non_empty("packKey", pack_key, Need::Required);
    let pack_version = check.string("packVersion", pack_version, Need::Required);
    let stored_hash = check.digest("hash", hash, Need::Required);
    let item_count = check.count("itemCount", item_count);
    let created_at = check.time("createdAt", created_at, Need::Required, TimeForm::Stored);
    let created_by = right(check, |check| check.string("createdBy", created_by, Need::Nullable));
    let (metadata, ours) = check.member("metadata", |check| split(check, metadata)).unwrap_or_default();
    let Ours { manifest, seal: stored_seal, actor, grant, creator, circumstances } = ours;
    let is_well_formed = check.issues.found() == before;

    let hash = manifest.as_ref().map(Manifest::hash);
    if let (Some(manifest), Some(hash)) = (&manifest, hash) {
        let told = |text: &String| check::told(Some(text));
        check.compare("hash", &hash.text(), stored_hash.map(Digest::text));
        check.compare("packKey", &told(&manifest.pack.pack_key), pack_key.as_ref().map(told));
        check.compare("packVersion", &told(&manifest.pack.version), pack_version.as_ref().map(told));
        check.compare("itemCount", &manifest.item_count.to_string(), item_count.map(|count| count.to_string()));
    }
    if let Some(creator) = creator {
        let found = created_by.as_ref().map(|created_by| check::told(created_by.as_deref()));
        check.compare("createdBy", &creator, found);
    }
    let in_ours = |check: &mut Check, inside: &mut dyn FnMut(&mut Check)| {
        check.member("metadata", |check| check.member(RESERVED_MEMBER, inside));
    };
    if let Some(actor) = actor {
        let fits = [Grant::Actor, Grant::Role].into_iter().find(|grant| grant.actor() == actor).map(Grant::as_str);
        let found = grant.map(|grant| check::told(Some(grant)));
        in_ours(check, &mut |check| check.compare("grant", &check::told(fits), found.clone()));
    }
    let sealed = is_well_formed.then(|| {
        let record = Record {
            snapshot_id: snapshot_id.clone()?,
            created_at: created_at?,
            created_by: created_by?,
            hash: stored_hash?,
            item_count: item_count?,
            pack_key: pack_key?,
            pack_version: pack_version?,
            metadata,
            actor: actor?,
            grant: grant?,
            circumstances,
            manifest: manifest.as_ref()?.to_canonical(),
        };
        let unsealed = record.unsealed();
        let seal = unsealed.seal();
        if unsealed.with(stored_seal).len() > MAX_DOCUMENT_BYTES {
            check.member("metadata", |check| check.issues.too_long(&check.path));
            return None;
        }
        let found = stored_seal.map(Digest::text);
        in_ours(check, &mut |check| check.compare("seal", &seal.text(), found.clone()));
        Some((record, seal))
    });
    Checked { snapshot_id, manifest, hash, sealed: sealed.flatten() }
}

/// The record at the beginning of the tape, where it is right, with its manifest and its seal.
pub(crate) fn sealed(tape: &Tape) -> Result<(Manifest, Record, Digest), Problem> {
    let mut issues = Issues::default();
    let checked = check(&mut Check::new(tape, &mut issues, Path::of(&["record"])), At(0));
    issues.into_result(Code::ValidationFailed)?;
    let (manifest, (record, seal)) = checked.manifest.zip(checked.sealed).expect("there was no issue");
    Ok((manifest, record, seal))
}

/// What `read` reads, where it finds nothing wrong.
fn right<T>(check: &mut Check, read: impl FnOnce(&mut Check) -> T) -> Option<T> {
    let before = check.issues.found();
    let value = read(check);
    (check.issues.found() == before).then_some(value)
}

/// What stands in `$snapshot`, as far as it is right.
#[derive(Debug, Default)]
struct Ours {
    manifest: Option<Manifest>,
    seal: Option<Digest>,
    actor: Option<&'static str>,
    grant: Option<&'static str>,
    /// What `createdBy` has to be, as it is told.
    creator: Option<String>,
    circumstances: Circumstances,
}

/// The metadata of a record: all of it JSON, and in it what is ours.
fn split(check: &mut Check, at: At) -> Option<(Metadata, Ours)> {
    check.begin_document();
    let (metadata, reserved) = match Metadata::split(check.tape, at) {
        Ok((metadata, Some(reserved))) if is_json(check.tape, reserved) => (metadata, reserved),
        Ok((metadata, None)) if check.tape.value(at).is_there() => (metadata, NOWHERE),
        Err(Refusal::TooLong) => {
            check.too_long();
            return None;
        }
        _ => {
            check.record(at);
            return None;
        }
    };
    let ours = check.member(RESERVED_MEMBER, |check| ours(check, reserved));
    Some((metadata, ours))
}

fn is_json(tape: &Tape, at: At) -> bool {
    let mut writer = Writer::default();
    writer.begin();
    writer.value(tape, at).is_ok()
}

fn ours(check: &mut Check, at: At) -> Ours {
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
    let Some((members, others)) = check.object(at, NAMES) else { return Ours::default() };
    let [manifest, seal, actor, grant, user_id, members @ ..] = members;
    let [reason, requested_by, trace_id, idem_key, tenant_id, organization_id, workspace_id, channel, parent] = members;
    let manifest = check.member("manifest", |check| manifest::read(check, manifest));
    let seal = check.digest("seal", seal, Need::Required);
    let actor = check.one_of("actor", actor, [Grant::Actor.actor(), Grant::Role.actor()]);
    let grant = check.one_of("grant", grant, [Grant::Actor.as_str(), Grant::Role.as_str()]);
    let mut circumstances = Circumstances::default();
    let texts = [
        (Said::UserId, user_id),
        (Said::Reason, reason),
        (Said::RequestedBy, requested_by),
        (Said::TraceId, trace_id),
        (Said::IdemKey, idem_key),
        (Said::TenantId, tenant_id),
        (Said::OrganizationId, organization_id),
        (Said::WorkspaceId, workspace_id),
        (Said::Channel, channel),
    ];
    circumstances.read(check, Need::Optional, &texts);
    circumstances.parent = check.digest("parent", parent, Need::Optional);
    check.unknown(others);
    let is_right = |said, at| circumstances.text(said).is_some() || matches!(check.tape.value(at), Value::Absent);
    let creator = (is_right(Said::UserId, user_id) && is_right(Said::RequestedBy, requested_by))
        .then(|| check::told(circumstances.created_by()));
    Ours { manifest, seal, actor, grant, creator, circumstances }
}
