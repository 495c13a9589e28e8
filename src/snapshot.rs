//! The operation: policy, request, pack, items, and the snapshot that they make.
//!
//! Why one function for all hosts: the order of the stages is part of the contract (each ends before the next begins,
//! and a caller who may not learns nothing), and must not depend on who calls. How: a [`Host`] reads values onto the
//! tape when it is told to; everything derived is derived here, from canonical bytes alone.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use uuid::Uuid;

use crate::canonical::{Object, Output, Refusal, Writer, utf8};
use crate::check::{Check, Need};
use crate::contract::{EVENT_KEY, FORMAT, MAX_DOCUMENT_BYTES, RESERVED_MEMBER};
use crate::digest::Digest;
use crate::item;
use crate::merkle;
use crate::pack::{self, Missing, Pack};
use crate::policy::{self, Actor, Decision, Grant, Roles};
use crate::problem::{Code, Issues, Path, Problem};
use crate::request::{self, Request, Scope};
use crate::tape::{At, Tape, Value};
use crate::time::Timestamp;

/// Canonical bytes that are gathered before a host is handed them: memory follows the largest item, not the pack.
const BATCH: usize = 64 * 1024;

/// Where the values come from. Each method is called at most once, in this order, unless it says otherwise; an error
/// of the host's own ends the operation and is handed back as it is.
pub(crate) trait Host {
    type Error;
    /// Writes the record `[actor, traceId, decision, roles]`.
    fn caller(&mut self, tape: &mut Tape) -> Result<(), Self::Error>;
    /// Writes the record that [`request::read`] reads.
    fn request(&mut self, tape: &mut Tape) -> Result<(), Self::Error>;
    /// The clock, where the request names no time: milliseconds since the epoch.
    fn clock(&mut self) -> f64;
    /// Writes the pack's record `[packKey, version]`, or what is there instead of a pack.
    fn pack_name(&mut self, tape: &mut Tape) -> Result<(), Self::Error>;
    /// Writes the record `[title, description, owners, tags, sources]`.
    fn pack_rest(&mut self, tape: &mut Tape) -> Result<(), Self::Error>;
    /// Writes `true` where the items can be iterated, what is there instead where they cannot.
    fn open_items(&mut self, tape: &mut Tape) -> Result<(), Self::Error>;
    /// Writes the next item's record, `[itemId, kind, sourceKey, sourceVersion, content, textContent, metadata,
    /// createdAt]`, or what is there instead of an item; `false` at the end. Called until then, or until we stop.
    fn next_item(&mut self, tape: &mut Tape) -> Result<bool, Self::Error>;
    /// We stop before the end.
    fn close_items(&mut self) -> Result<(), Self::Error>;
    /// SHA-256 of an item's bytes. Called for every good item.
    fn digest(&mut self, message: &[u8]) -> Digest;
    /// Takes the canonical bytes of some items, which [`Place`]s point into. Called for every batch.
    fn keep(&mut self, batch: &[u8]);
    /// Ten bytes of secure randomness for an identifier, where nothing else determines it.
    fn random(&mut self) -> Result<[u8; 10], Problem>;
}

/// Why there is no snapshot: what we found, or what the host threw.
#[derive(Debug)]
pub(crate) enum Failure<E> {
    Problem(Problem),
    Host(E),
}

impl<E> From<Problem> for Failure<E> {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// Where an item's canonical JSON is among the batches that the host kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) batch: usize,
    pub(crate) start: usize,
    pub(crate) length: usize,
}

/// An item of the snapshot.
#[derive(Debug)]
pub(crate) struct Leaf {
    pub(crate) item_id: String,
    pub(crate) digest: Digest,
    pub(crate) place: Place,
    /// The item's own time; else it has the snapshot's.
    pub(crate) created_at: Option<Timestamp>,
}

/// What the operation makes.
#[derive(Debug)]
pub(crate) struct Sealed {
    /// JCS of the record, seal included.
    pub(crate) record: Vec<u8>,
    /// In the order of the tree.
    pub(crate) leaves: Vec<Leaf>,
    pub(crate) created_at: Timestamp,
    pub(crate) event_id: String,
    pub(crate) trace_id: Option<String>,
}

/// `context.pack.snapshot`: see `docs/FORMAT.md` for what is made and `docs/ERRORS.md` for the stages.
pub(crate) fn snapshot<H: Host>(host: &mut H) -> Result<Sealed, Failure<H::Error>> {
    let mut trace_id = None;
    stages(host, &mut trace_id).map_err(|failure| match failure {
        Failure::Problem(problem) => Failure::Problem(problem.of_operation(trace_id)),
        host @ Failure::Host(_) => host,
    })
}

fn stages<H: Host>(host: &mut H, trace_id: &mut Option<String>) -> Result<Sealed, Failure<H::Error>> {
    let mut tape = Tape::default();

    host.caller(&mut tape).map_err(Failure::Host)?;
    let grant = caller(&tape, trace_id)?;

    host.request(&mut tape).map_err(Failure::Host)?;
    let request = request::read(&tape)?;
    let created_at = match request.now {
        Some(now) => now,
        None => Timestamp::from_time_value(host.clock())
            .ok_or_else(|| Problem::new(Code::InternalError, "The host's clock is not between 1970 and 9999"))?,
    };
    let scope = &request.scope;

    host.pack_name(&mut tape).map_err(Failure::Host)?;
    let mut issues = Issues::default();
    let mut pack = named_pack(&tape, &request, &mut issues)?;
    if let Some(pack) = &mut pack {
        host.pack_rest(&mut tape).map_err(Failure::Host)?;
        pack::read_rest(&tape, &mut issues, pack);
    }
    issues.into_result(Code::ValidationFailed)?;
    let pack = pack.expect("there was no issue");

    let snapshot_id = match (&request.snapshot_id, &request.idem_key) {
        (Some(id), _) => id.clone(),
        (None, Some(key)) => id_for_key(key, &pack.pack_key, &pack.version, scope),
        (None, None) => {
            let millis = created_at.millis().unsigned_abs();
            uuid::Builder::from_unix_timestamp_millis(millis, &host.random()?).into_uuid().to_string()
        }
    };

    let (leaves, missing) = items(host, &mut tape, &pack)?;
    let mut issues = Issues::default();
    missing.report(&mut issues);
    issues.into_result(Code::PreconditionFailed)?;

    let record = record(&request, grant, &pack, &leaves, &snapshot_id, created_at)?;
    let event_id = event_id(&snapshot_id);
    Ok(Sealed { record, leaves, created_at, event_id, trace_id: request.trace_id })
}

/// Stage 1: who asks. `trace_id` is told in problems from here on.
fn caller(tape: &Tape, trace_id: &mut Option<String>) -> Result<Grant, Problem> {
    let Value::Record(first) = tape.value(At(0)) else { unreachable!("a record") };
    let [actor, trace, decision, roles] = tape.slots(first);
    if let Value::String(units) = tape.value(trace) {
        *trace_id = String::from_utf16(&units).ok();
    }
    let is = |at: At, text: &str| matches!(tape.value(at), Value::String(units) if units.iter().copied().eq(text.encode_utf16()));
    let actor = match tape.value(actor) {
        Value::Absent | Value::Null => Actor::Anonymous,
        _ if is(actor, "anonymous") => Actor::Anonymous,
        _ if is(actor, "user") => Actor::User,
        _ if is(actor, "admin") => Actor::Admin,
        _ => Actor::Unknown,
    };
    let roles = match tape.value(roles) {
        Value::Absent | Value::Null => Roles::Ordinary,
        Value::Array(count, mut at) => {
            let mut found = Roles::Ordinary;
            for _ in 0..count {
                match tape.value(at) {
                    Value::String(_) if is(at, "admin") => found = Roles::Admin,
                    Value::String(_) => {}
                    _ => {
                        found = Roles::Malformed;
                        break;
                    }
                }
                at = tape.after(at);
            }
            found
        }
        _ => Roles::Malformed,
    };
    let decision = match tape.value(decision) {
        Value::Absent | Value::Null => Decision::Absent,
        Value::Record(first) => {
            let [effect, reason] = tape.slots(first);
            match tape.value(reason) {
                Value::Absent | Value::Null | Value::String(_) if is(effect, "allow") => Decision::Allow,
                _ if is(effect, "deny") => Decision::Deny,
                _ => Decision::Malformed,
            }
        }
        _ => Decision::Malformed,
    };
    policy::admit(actor, roles, decision)
}

/// Stages 3 and 4: there is a pack, it is the one that was asked for, and what its names are. `None`, with an issue,
/// where there is something else in its place or a name is none.
fn named_pack(tape: &Tape, request: &Request, issues: &mut Issues) -> Result<Option<Pack>, Problem> {
    let not_found = |what: &str| {
        let version = request.pack_version.as_ref().map(|version| format!("@{version}")).unwrap_or_default();
        Err(Problem::new(Code::NotFound, format!("No context pack {}{version}: {what}", request.pack_key)))
    };
    let value = tape.value(At(0));
    if matches!(value, Value::Absent | Value::Null) {
        return not_found("the host has none");
    }
    let Value::Record(first) = value else {
        Check::new(tape, issues, Path::of(&["pack"]), Path::of(&["pack"])).wrong("object", At(0));
        return Ok(None);
    };
    let (pack_key, version) = pack::read_name(tape, first, issues);
    let is_another = |found: &Option<String>, wanted: &str| found.as_ref().is_some_and(|found| found != wanted);
    if is_another(&pack_key, &request.pack_key)
        || request.pack_version.as_ref().is_some_and(|wanted| is_another(&version, wanted))
    {
        return not_found("the context has another");
    }
    // A name that is none has its issue; the rest of the pack is looked at all the same, for its own.
    Ok(Some(Pack { pack_key: pack_key.unwrap_or_default(), version: version.unwrap_or_default(), ..Pack::default() }))
}

/// An itemId, ordered as RFC 8785 orders names: by UTF-16 units.
#[derive(Debug, PartialEq, Eq)]
struct ItemId(String);

impl Ord for ItemId {
    fn cmp(&self, other: &Self) -> Ordering {
        let (left, right) = (self.0.as_bytes(), other.0.as_bytes());
        let Some(at) = left.iter().zip(right).position(|(left, right)| left != right) else {
            return left.len().cmp(&right.len());
        };
        // UTF-8 orders as code points do, and UTF-16 too but for one thing: what is above U+FFFF (lead byte F0 and up)
        // has surrogates, which come between U+D7FF (lead byte ED) and U+E000 (lead byte EE).
        let weight = |byte: u8| if byte >= 0xF0 { (0xED, byte) } else { (byte, 0) };
        weight(left[at]).cmp(&weight(right[at]))
    }
}

impl PartialOrd for ItemId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What is known of an item under its id; the digest is missing where the item was bad.
struct Entered {
    position: u64,
    leaf: Option<(Digest, Place, Option<Timestamp>)>,
}

/// Stage 5: the items, read one at a time. Returns the leaves in the order of the tree, and the sources without an item.
fn items<'p, H: Host>(
    host: &mut H,
    tape: &mut Tape,
    pack: &'p Pack,
) -> Result<(Vec<Leaf>, Missing<'p>), Failure<H::Error>> {
    let mut issues = Issues::default();
    let mut missing = Missing::of(pack);
    host.open_items(tape).map_err(Failure::Host)?;
    if !matches!(tape.value(At(0)), Value::Boolean(true)) {
        Check::new(tape, &mut issues, Path::of(&["items"]), Path::of(&["items"])).wrong("iterable", At(0));
        return Err(issues.into_problem(Code::ValidationFailed).into());
    }

    // Ordered as they come: that finds duplicates at once, and no choice of ids makes it slow.
    let mut entered: BTreeMap<ItemId, Entered> = BTreeMap::new();
    let mut writer = Writer::default();
    let mut batch = 0;
    let mut position = 0;
    while host.next_item(tape).map_err(Failure::Host)? {
        let start = writer.out.len();
        let written = item::write(tape, &mut writer);
        let id = item::item_id(tape);
        let slot = match id.map(|id| entered.entry(ItemId(id))) {
            Some(Entry::Occupied(first)) => Err(Some(first.get().position)),
            Some(Entry::Vacant(slot)) => Ok(slot.insert(Entered { position, leaf: None })),
            None => Err(None),
        };
        match (written, slot) {
            (Ok(created_at), Ok(entered)) => {
                if issues.is_empty() {
                    let message = &writer.out.written()[start..];
                    let place = Place { batch, start: start + 1, length: message.len() - 1 };
                    entered.leaf = Some((host.digest(message), place, created_at));
                }
                if !missing.is_empty() {
                    satisfy(&mut missing, tape);
                }
            }
            (written, slot) => {
                writer.out.truncate(start);
                let path = Path::of(&["items", &position.to_string()]);
                item::check(tape, written.err(), &path, slot.err().flatten(), &mut issues);
                if issues.is_full() {
                    host.close_items().map_err(Failure::Host)?;
                    break;
                }
            }
        }
        if writer.out.len() >= BATCH {
            host.keep(writer.out.written());
            writer.out.truncate(0);
            batch += 1;
        }
        position += 1;
    }
    issues.into_result(Code::ValidationFailed)?;
    host.keep(writer.out.written());
    let leaf = |(ItemId(item_id), entered): (ItemId, Entered)| {
        let (digest, place, created_at) = entered.leaf.expect("there was no issue");
        Leaf { item_id, digest, place, created_at }
    };
    Ok((entered.into_iter().map(leaf).collect(), missing))
}

/// Crosses off the sources that the item on the tape, a good one, is from.
fn satisfy(missing: &mut Missing, tape: &Tape) {
    let item = item::Item::read(tape).expect("it was written");
    let text = |at| match tape.value(at) {
        Value::String(units) => Some(String::from_utf16_lossy(&units)),
        _ => None,
    };
    let (kind, key) = (text(item.kind).unwrap_or_default(), text(item.source_key).unwrap_or_default());
    missing.satisfy(&kind, &key, text(item.source_version).as_deref());
}

/// JCS of the record, with its seal (`docs/FORMAT.md` sections 3 and 4).
fn record(
    request: &Request,
    grant: Grant,
    pack: &Pack,
    leaves: &[Leaf],
    snapshot_id: &str,
    created_at: Timestamp,
) -> Result<Vec<u8>, Problem> {
    let item_count = leaves.len().to_string();
    let items_root = merkle::root(leaves.iter().map(|leaf| leaf.digest).collect());

    let mut manifest = Vec::new();
    let mut object = Object::begin(&mut manifest);
    object.string("format", FORMAT);
    object.member("itemCount").extend_from_slice(item_count.as_bytes());
    object.string("itemsRoot", &items_root.to_string());
    pack.write(object.member("pack"));
    object.end();
    bounded(&manifest, "pack")?;
    let hash = Digest::of(&manifest).to_string();

    let created_by = request.user_id.as_ref().or(request.requested_by.as_ref());
    let parent = request.parent.map(|parent| parent.to_string());
    let write = |seal: Option<&str>| {
        let mut out = Vec::new();
        let mut object = Object::begin(&mut out);
        object.string("createdAt", &created_at.to_string());
        object.optional("createdBy", created_by.map(String::as_str));
        object.string("hash", &hash);
        object.member("itemCount").extend_from_slice(item_count.as_bytes());
        let mut metadata = Object::begin(object.member("metadata"));
        metadata.members(&request.metadata.before);
        let mut ours = Object::begin(metadata.member(RESERVED_MEMBER));
        ours.string("actor", grant.actor());
        ours.optional("channel", request.channel.as_deref());
        ours.string("grant", grant.as_str());
        ours.optional("idemKey", request.idem_key.as_deref());
        ours.member("manifest").extend_from_slice(&manifest);
        ours.optional("organizationId", request.scope.organization_id.as_deref());
        ours.optional("parent", parent.as_deref());
        ours.optional("reason", request.reason.as_deref());
        ours.optional("requestedBy", request.requested_by.as_deref());
        ours.optional("seal", seal);
        ours.optional("tenantId", request.scope.tenant_id.as_deref());
        ours.optional("traceId", request.trace_id.as_deref());
        ours.optional("userId", request.user_id.as_deref());
        ours.optional("workspaceId", request.scope.workspace_id.as_deref());
        ours.end();
        metadata.members(&request.metadata.after);
        metadata.end();
        object.string("packKey", &pack.pack_key);
        object.string("packVersion", &pack.version);
        object.string("snapshotId", snapshot_id);
        object.end();
        out
    };
    let seal = Digest::of(&write(None)).to_string();
    let record = write(Some(&seal));
    bounded(&record, "metadata")?;
    Ok(record)
}

/// A document of ours may be as long as any other.
fn bounded(document: &[u8], path: &str) -> Result<(), Problem> {
    let mut issues = Issues::default();
    if document.len() > MAX_DOCUMENT_BYTES {
        issues.too_long(&Path::of(&[path]));
    }
    issues.into_result(Code::ValidationFailed)
}

/// The UUID version 8 (RFC 9562 section 5.8) whose bits are the first of a document's digest.
fn uuid8(document: &[u8]) -> String {
    let digest = Digest::of(document).0;
    let bits = digest.first_chunk().expect("a digest has more than 16 bytes");
    let uuid: Uuid = uuid::Builder::from_custom_bytes(*bits).into_uuid();
    uuid.to_string()
}

fn id_for_key(idem_key: &str, pack_key: &str, pack_version: &str, scope: &Scope) -> String {
    let mut document = Vec::new();
    let mut object = Object::begin(&mut document);
    object.string("idemKey", idem_key);
    object.string_or_null("organizationId", scope.organization_id.as_deref());
    object.string("packKey", pack_key);
    object.string("packVersion", pack_version);
    object.string_or_null("tenantId", scope.tenant_id.as_deref());
    object.string_or_null("workspaceId", scope.workspace_id.as_deref());
    object.end();
    uuid8(&document)
}

fn event_id(snapshot_id: &str) -> String {
    let mut document = Vec::new();
    let mut object = Object::begin(&mut document);
    object.string("event", EVENT_KEY);
    object.string("snapshotId", snapshot_id);
    object.end();
    uuid8(&document)
}

/// The snapshotId that an idempotency key stands for, from the record
/// `[idemKey, packKey, packVersion, tenantId, organizationId, workspaceId]`.
pub(crate) fn id_for(tape: &Tape) -> Result<String, Problem> {
    let mut issues = Issues::default();
    let mut check = Check::new(tape, &mut issues, Path::default(), Path::default());
    let mut id = None;
    if let Value::Record(first) = tape.value(At(0)) {
        let [idem_key, pack_key, pack_version, tenant_id, organization_id, workspace_id] = tape.slots(first);
        let idem_key = check.non_empty("idemKey", idem_key, Need::Required);
        let pack_key = check.non_empty("packKey", pack_key, Need::Required);
        let pack_version = check.string("packVersion", pack_version, Need::Required);
        let scope = Scope {
            tenant_id: check.string("tenantId", tenant_id, Need::Nullable),
            organization_id: check.string("organizationId", organization_id, Need::Nullable),
            workspace_id: check.string("workspaceId", workspace_id, Need::Nullable),
        };
        id = idem_key
            .zip(pack_key)
            .zip(pack_version)
            .map(|((idem, key), version)| id_for_key(&idem, &key, &version, &scope));
    } else {
        check.wrong("object", At(0));
    }
    issues.into_result(Code::ValidationFailed)?;
    Ok(id.expect("there was no issue"))
}

/// JCS of the value on the tape (RFC 8785).
pub(crate) fn canonicalize(tape: &Tape) -> Result<Output, Problem> {
    let mut writer = Writer::default();
    writer.begin();
    let Err(refusal) = writer.value(tape, At(0)) else { return Ok(writer.out) };
    let mut issues = Issues::default();
    let mut check = Check::new(tape, &mut issues, Path::default(), Path::default());
    match refusal {
        Refusal::Malformed => check.json(At(0)),
        Refusal::TooLong => check.too_long(),
    }
    Err(issues.into_problem(Code::ValidationFailed))
}

/// The digest of an item by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemDigest {
    /// The item's id.
    pub item_id: String,
    /// Its leaf hash.
    pub digest: Digest,
    /// The canonical item.
    pub json: String,
}

/// Digests the item on the tape.
pub(crate) fn digest_item(tape: &Tape) -> Result<ItemDigest, Problem> {
    let mut writer = Writer::default();
    if let Err(refusal) = item::write(tape, &mut writer) {
        let mut issues = Issues::default();
        item::check(tape, Some(refusal), &Path::default(), None, &mut issues);
        return Err(issues.into_problem(Code::ValidationFailed));
    }
    let digest = Digest::of(writer.out.written());
    let item_id = item::item_id(tape).expect("it was written");
    let json = utf8(&writer.out.written()[1..]).to_owned();
    Ok(ItemDigest { item_id, digest, json })
}
