//! Snapshots: the stages of the operation, from the caller to the sealed record (ERRORS 3).
//!
//! Why one function for all hosts: the order of the stages is part of the contract. Each ends before the next begins, so
//! that a caller who is not admitted learns nothing (E3-7). How: the host ([`super::host`]) writes values to the tape when
//! it is asked to, and everything else is derived here from canonical bytes.

use crate::format::event;
use crate::format::identifier;
use crate::format::pack::{self, Pack};
use crate::format::record::{ProvenanceText, Record};
use crate::format::version::Format;
use crate::operation::host::{Failure, Requester, Stream, read_all};
use crate::operation::intake::{Intake, Origin, ValidItem};
use crate::operation::request::{self, Request};
use crate::platform;
use crate::policy::{self, Actor, Decision, Grant, Roles};
use crate::primitives::digest::Digest;
use crate::primitives::leaves::Leaves;
use crate::primitives::sanitize::sanitize;
use crate::primitives::text::concat;
use crate::primitives::time::Timestamp;
use crate::primitives::utf16;
use crate::value::check::Check;
use crate::value::limits::Limits;
use crate::value::problem::{Code, Issues, Path, Problem};
use crate::value::tape::{At, Tape, Value};
use crate::value::writer::Writer;

/// A snapshot without its items and its seal.
#[derive(Debug)]
pub(crate) struct Draft {
    request: Request,
    grant: Grant,
    pub(crate) pack: Pack,
    pub(crate) created_at: Timestamp,
    pub(crate) snapshot_id: String,
}

/// A sealed record, with the id and the trace id of its event.
#[derive(Debug)]
pub(crate) struct SealedRecord {
    /// JCS of the record with its seal.
    pub(crate) record: Vec<u8>,
    pub(crate) event_id: String,
    pub(crate) trace_id: Option<String>,
}

/// A step that reads and checks a further value, after the request and before the pack.
pub(crate) type BeforePack<'b, H, E> = dyn FnMut(&mut H, &mut Tape, &mut Issues) -> Result<(), E> + 'b;

/// A policy: decides whether a caller is admitted.
type AdmitFn = fn(Actor, Roles, Decision) -> Result<Grant, Problem>;

/// Reads caller, request and pack: stages 1 to 4 (ERRORS 3). `before_pack` may add issues to those of the request.
#[inline(never)]
pub(crate) fn read_request_and_pack<H: Requester>(
    host: &mut H,
    tape: &mut Tape,
    admit: AdmitFn,
    before_pack: &mut BeforePack<H, H::Error>,
    trace_id: &mut Option<String>,
) -> Result<(Request, Grant, Pack), Failure<H::Error>> {
    host.caller(tape).map_err(Failure::Host)?;
    let grant = admit_caller(tape, admit, trace_id)?;
    host.request(tape).map_err(Failure::Host)?;
    let mut issues = Issues::default();
    let request = request::read(tape, &mut issues);
    // E8.5-3: a part of stage 2, whose issues follow those of the request.
    before_pack(host, tape, &mut issues).map_err(Failure::Host)?;
    issues.into_result(Code::ValidationFailed)?;
    let Some(request) = request else { unreachable!("a request without issues is complete") };
    host.pack_name(tape).map_err(Failure::Host)?;
    let mut issues = Issues::new(request.limits);
    let mut pack = read_pack_name(tape, &request, &mut issues)?;
    if let Some(pack) = &mut pack {
        host.pack_rest(tape).map_err(Failure::Host)?;
        let Value::Tuple(first) = tape.value(At(0)) else { unreachable!("a host writes a tuple") };
        pack::read_rest(&mut pack_check(tape, &mut issues), tape.slots(first), pack);
    }
    let pack = pack.filter(|_| issues.is_empty());
    let Some(pack) = pack else { return Err(issues.into_problem(Code::ValidationFailed).into()) };
    let mut json = Vec::new();
    pack.write(&mut json);
    check_length(&json, "pack", request.limits)?;
    Ok((request, grant, pack))
}

/// Starts a check of the pack on the tape.
fn pack_check<'t>(tape: &'t Tape, issues: &'t mut Issues) -> Check<'t> {
    Check::new(tape, issues, Path::of(&["pack"])).with_null_hint()
}

/// Marks a problem as one of the operation, with its `traceId` (E1-3, E1-4).
pub(crate) fn of_operation<E>(failure: Failure<E>, trace_id: Option<&String>) -> Failure<E> {
    match failure {
        Failure::Problem(problem) => Failure::Problem(problem.of_operation(trace_id.cloned())),
        host @ Failure::Host(_) => host,
    }
}

impl Draft {
    /// Runs stages 1 to 4, and chooses time and identifier of the snapshot.
    pub(crate) fn open<H: Requester>(host: &mut H, tape: &mut Tape) -> Result<Self, Failure<H::Error>> {
        let mut trace_id = None;
        Self::open_unmarked(host, tape, &mut trace_id).map_err(|failure| of_operation(failure, trace_id.as_ref()))
    }

    /// Like [`Self::open`], but problems are not yet marked as those of the operation.
    fn open_unmarked<H: Requester>(
        host: &mut H,
        tape: &mut Tape,
        trace_id: &mut Option<String>,
    ) -> Result<Self, Failure<H::Error>> {
        let (request, grant, pack) = read_request_and_pack(host, tape, policy::admit, &mut |_, _, _| Ok(()), trace_id)?;
        // E2-2: a clock out of range, and a missing source of randomness, are internal errors.
        let created_at = match request.now {
            Some(now) => now,
            None => Timestamp::from_time_value(host.clock())
                .ok_or_else(|| Problem::new(Code::InternalError, "The host's clock is not between 1970 and 9999"))?,
        };
        let provenance = &request.provenance;
        let snapshot_id = match &request.snapshot_id {
            // F5.2-1, F5.2-2, F5.2-3: the first that applies.
            Some(id) => id.clone(),
            None if provenance.text(ProvenanceText::IdemKey).is_some() => {
                identifier::id_for_key(&pack.pack_key, &pack.version, provenance)
            }
            None => {
                let millis = created_at.millis().unsigned_abs();
                let Some(random) = platform::secure_random() else {
                    return Err(Problem::new(Code::InternalError, "No secure random source").into());
                };
                identifier::uuid7(millis, random, |seed| host.count(seed))
            }
        };
        Ok(Self { request, grant, pack, created_at, snapshot_id })
    }

    pub(crate) fn limits(&self) -> Limits {
        self.request.limits
    }

    /// Marks a problem as one of the operation.
    pub(crate) fn problem(&self, problem: Problem) -> Problem {
        problem.of_operation(self.trace_id())
    }

    fn trace_id(&self) -> Option<String> {
        self.request.provenance.text(ProvenanceText::TraceId).map(str::to_owned)
    }

    /// Checks that each required source has an item: stage 6 (E3-6).
    pub(crate) fn check_sources(&self, intake: &Intake) -> Result<(), Problem> {
        let mut issues = Issues::default();
        intake.sources.report(self.pack.sources(), &mut issues);
        issues.into_result(Code::PreconditionFailed).map_err(|problem| self.problem(problem))
    }

    /// Makes the sealed record, and the id of its event.
    ///
    /// # Errors
    /// 422 if the manifest or the record is too long (E3-8).
    pub(crate) fn seal(self, item_count: usize, root: Digest) -> Result<SealedRecord, Problem> {
        let trace_id = self.trace_id();
        match self.seal_unmarked(item_count as u64, root) {
            Ok((record, event_id)) => Ok(SealedRecord { record, event_id, trace_id }),
            Err(problem) => Err(problem.of_operation(trace_id)),
        }
    }

    /// Like [`Self::seal`], but problems are not yet marked as those of the operation.
    fn seal_unmarked(self, item_count: u64, root: Digest) -> Result<(Vec<u8>, String), Problem> {
        let Self { request, grant, pack, created_at, snapshot_id } = self;
        let limits = request.limits;
        let (manifest, hash) = manifest(item_count, root, &pack, limits)?;
        let provenance = request.provenance;
        let record = Record {
            created_by: provenance.created_by().map(str::to_owned),
            snapshot_id,
            created_at,
            hash,
            item_count,
            pack_key: pack.pack_key,
            pack_version: pack.version,
            metadata: request.metadata,
            actor: grant.actor(),
            grant: grant.as_str(),
            provenance,
            manifest,
        };
        let unsealed = record.unsealed();
        let seal = unsealed.seal();
        let json = unsealed.with_seal(Some(seal));
        check_length(&json, "metadata", limits)?;
        Ok((json, event::id(&record.snapshot_id)))
    }
}

/// Writes JCS of the manifest of a pack with that many items and that root; returns it with its hash.
///
/// # Errors
/// 422 if the manifest is too long (E3-8).
pub(crate) fn manifest(
    item_count: u64,
    root: Digest,
    pack: &Pack,
    limits: Limits,
) -> Result<(Vec<u8>, Digest), Problem> {
    let manifest = crate::format::manifest::to_canonical(Format::NEWEST, item_count, root, pack);
    check_length(&manifest, "pack", limits)?;
    let hash = Digest::of(&manifest);
    Ok((manifest, hash))
}

/// A snapshot with its items.
#[derive(Debug)]
pub(crate) struct CompleteSnapshot {
    pub(crate) created_at: Timestamp,
    pub(crate) sealed: SealedRecord,
    pub(crate) leaves: Leaves,
    /// The items, by number of the leaf.
    pub(crate) items: Vec<ValidItem>,
}

/// Takes a snapshot: the operation `context.pack.snapshot` with all its stages (ERRORS 3). `keep` receives the hashed bytes
/// of the items, in batches.
pub(crate) fn snapshot<E, H: Requester<Error = E> + Stream<Error = E>>(
    host: &mut H,
    tape: &mut Tape,
    writer: &mut Writer,
    keep: fn(&mut H, &[u8]),
) -> Result<CompleteSnapshot, Failure<E>> {
    let draft = Draft::open(host, tape)?;
    let mut intake = Intake::new(draft.pack.sources(), true, draft.limits());
    let mut items = Vec::new();
    let mut valid = |item: ValidItem, _: Origin| items.push(item);
    read_all(host, tape, writer, &mut intake, &mut valid, keep).map_err(Failure::Host)?;
    // E3-5
    std::mem::take(&mut intake.issues).into_result(Code::ValidationFailed).map_err(|problem| draft.problem(problem))?;
    draft.check_sources(&intake)?;
    let created_at = draft.created_at;
    let root = intake.root(host.known());
    let sealed = draft.seal(intake.leaves.len(), root)?;
    Ok(CompleteSnapshot { created_at, sealed, leaves: intake.leaves, items })
}

/// Decides whether the caller is admitted: stage 1 (E3-1). Sets `trace_id`, which all later problems include.
fn admit_caller(tape: &Tape, admit: AdmitFn, trace_id: &mut Option<String>) -> Result<Grant, Problem> {
    let Value::Tuple(first) = tape.value(At(0)) else { unreachable!("a host writes a tuple") };
    let [actor, trace, decision, has_context, roles] = tape.slots(first);
    if let Value::String(units) = tape.value(trace) {
        *trace_id = utf16::utf8(&units);
    }
    let is = |at: At, text: &str| matches!(tape.value(at), Value::String(units) if utf16::is(&units, text));
    if matches!(tape.value(has_context), Value::Boolean(false)) {
        // E3.1-7
        const NO_CONTEXT: &str =
            "No context was given: expected two arguments, the input and the context (the caller, pack and items)";
        return Err(Problem::new(Code::Unauthenticated, NO_CONTEXT));
    }
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
    let mut reason = None;
    let decision = match tape.value(decision) {
        Value::Absent | Value::Null => Decision::Absent,
        Value::Tuple(first) => {
            let [effect, reason_at] = tape.slots(first);
            if let Value::String(units) = tape.value(reason_at)
                && !units.is_empty()
            {
                reason = Some(sanitize(&utf16::lossy(&units)));
            }
            match tape.value(reason_at) {
                // F13-5: `null` is absent.
                Value::Absent | Value::Null | Value::String(_) if is(effect, "allow") => Decision::Allow,
                _ if is(effect, "deny") => Decision::Deny,
                _ => Decision::Malformed,
            }
        }
        _ => Decision::Malformed,
    };
    admit(actor, roles, decision).map_err(|problem| match reason {
        // E3.1-9: the reason replaces our text if it was the decision that denied.
        Some(reason)
            if problem.code() == Code::Forbidden && decision == Decision::Deny && roles != Roles::Malformed =>
        {
            Problem::new(Code::Forbidden, reason)
        }
        _ => problem,
    })
}

/// Checks that the pack exists and matches the request, and reads its key and version: stage 3 (E3-3),
/// and the part of stage 4 that is about key and version (E3-4).
/// Returns `None`, with an issue, if the pack is not an object.
///
/// # Errors
/// 404 if the host has no pack, or not the requested one (E3.2-1).
fn read_pack_name(tape: &Tape, request: &Request, issues: &mut Issues) -> Result<Option<Pack>, Problem> {
    let not_found = |reason: &str| {
        let version =
            request.pack_version.as_ref().map(|version| concat(&["@", &sanitize(version)])).unwrap_or_default();
        Err(Problem::new(
            Code::NotFound,
            concat(&["No context pack ", &sanitize(&request.pack_key), &version, ": ", reason]),
        ))
    };
    let value = tape.value(At(0));
    if matches!(value, Value::Absent | Value::Null) {
        return not_found("the host has none");
    }
    let Value::Tuple(first) = value else {
        pack_check(tape, issues).wrong("object", At(0));
        return Ok(None);
    };
    let (pack_key, version) = pack::read_name(&mut pack_check(tape, issues), tape.slots(first));
    let is_another = |found: &Option<String>, wanted: &str| found.as_ref().is_some_and(|found| found != wanted);
    if is_another(&pack_key, &request.pack_key)
        || request.pack_version.as_ref().is_some_and(|wanted| is_another(&version, wanted))
    {
        return not_found("the context has a different one");
    }
    // A wrong key or version has an issue; the other members are checked nevertheless.
    Ok(Some(Pack { pack_key: pack_key.unwrap_or_default(), version: version.unwrap_or_default(), ..Pack::default() }))
}

/// Checks that a document that we wrote is not too long (F10-2, E3-8).
fn check_length(document: &[u8], path: &str, limits: Limits) -> Result<(), Problem> {
    let mut issues = Issues::new(limits);
    if document.len() > limits.document_bytes {
        issues.too_long(&Path::of(&[path]));
    }
    issues.into_result(Code::ValidationFailed)
}
