//! The operation: policy, request, pack, items, and the snapshot that they make.
//!
//! Why one function for all hosts: the order of the stages is part of the contract (each ends before the next begins,
//! and a caller who may not learns nothing), and must not depend on who calls. How: a host ([`super::host`]) reads values onto
//! the tape when it is asked to; everything derived is derived here, from canonical bytes alone.

use crate::format::event;
use crate::format::identifier;
use crate::format::pack::{self, Pack};
use crate::format::record::{ProvenanceText, Record};
use crate::format::version::Format;
use crate::operation::host::{Failure, Requester, Stream, read_all};
use crate::operation::intake::{Entered, Intake, Outcome};
use crate::operation::request::{self, Request};
use crate::platform;
use crate::policy::{self, Actor, Decision, Grant, Roles};
use crate::primitives::digest::Digest;
use crate::primitives::leaves::Leaves;
use crate::primitives::shown::shown;
use crate::primitives::text::concat;
use crate::primitives::time::Timestamp;
use crate::primitives::utf16;
use crate::value::check::Check;
use crate::value::limits::Limits;
use crate::value::problem::{Code, Issues, Path, Problem};
use crate::value::tape::{At, Tape, Value};
use crate::value::writer::Writer;

/// A snapshot to be: all but its items.
#[derive(Debug)]
pub(crate) struct Draft {
    request: Request,
    grant: Grant,
    pub(crate) pack: Pack,
    pub(crate) created_at: Timestamp,
    pub(crate) snapshot_id: String,
}

/// What the operation makes of a draft.
#[derive(Debug)]
pub(crate) struct Sealed {
    /// JCS of the record, seal included.
    pub(crate) record: Vec<u8>,
    pub(crate) event_id: String,
    pub(crate) trace_id: Option<String>,
}

/// What reads, and checks, something between request and pack.
pub(crate) type Between<'b, H, E> = dyn FnMut(&mut H, &mut Tape, &mut Issues) -> Result<(), E> + 'b;

/// Who may.
type Admit = fn(Actor, Roles, Decision) -> Result<Grant, Problem>;

/// Stages 1 to 4: caller, request, pack. `between` may add issues to those of the request.
#[inline(never)]
#[cfg_attr(small, optimize(size))]
pub(crate) fn stages<H: Requester>(
    host: &mut H,
    tape: &mut Tape,
    admit: Admit,
    between: &mut Between<H, H::Error>,
    trace_id: &mut Option<String>,
) -> Result<(Request, Grant, Pack), Failure<H::Error>> {
    host.caller(tape).map_err(Failure::Host)?;
    let grant = caller(tape, admit, trace_id)?;
    host.request(tape).map_err(Failure::Host)?;
    let mut issues = Issues::default();
    let request = request::read(tape, &mut issues);
    between(host, tape, &mut issues).map_err(Failure::Host)?;
    issues.into_result(Code::ValidationFailed)?;
    let Some(request) = request else { unreachable!("what is wrong has an issue") };
    host.pack_name(tape).map_err(Failure::Host)?;
    let mut issues = Issues::new(request.limits);
    let mut pack = named_pack(tape, &request, &mut issues)?;
    if let Some(pack) = &mut pack {
        host.pack_rest(tape).map_err(Failure::Host)?;
        let Value::Tuple(first) = tape.value(At(0)) else { unreachable!("a record") };
        pack::read_rest(&mut of_pack(tape, &mut issues), tape.slots(first), pack);
    }
    let pack = pack.filter(|_| issues.is_empty());
    let Some(pack) = pack else { return Err(issues.into_problem(Code::ValidationFailed).into()) };
    let mut json = Vec::new();
    pack.write(&mut json);
    bounded(&json, "pack", request.limits)?;
    Ok((request, grant, pack))
}

/// A check of the pack on the tape.
fn of_pack<'t>(tape: &'t Tape, issues: &'t mut Issues) -> Check<'t> {
    Check::new(tape, issues, Path::of(&["pack"])).of_row()
}

/// A problem is one of the operation.
pub(crate) fn of_operation<E>(failure: Failure<E>, trace_id: Option<&String>) -> Failure<E> {
    match failure {
        Failure::Problem(problem) => Failure::Problem(problem.of_operation(trace_id.cloned())),
        host @ Failure::Host(_) => host,
    }
}

impl Draft {
    /// Stages 1 to 4, and what the clock and the source of randomness have to say.
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn open<H: Requester>(host: &mut H, tape: &mut Tape) -> Result<Self, Failure<H::Error>> {
        let mut trace_id = None;
        Self::open_untraced(host, tape, &mut trace_id).map_err(|failure| of_operation(failure, trace_id.as_ref()))
    }

    #[cfg_attr(small, optimize(size))]
    fn open_untraced<H: Requester>(
        host: &mut H,
        tape: &mut Tape,
        trace_id: &mut Option<String>,
    ) -> Result<Self, Failure<H::Error>> {
        let (request, grant, pack) = stages(host, tape, policy::admit, &mut |_, _, _| Ok(()), trace_id)?;
        let created_at = match request.now {
            Some(now) => now,
            None => Timestamp::from_time_value(host.clock())
                .ok_or_else(|| Problem::new(Code::InternalError, "The host's clock is not between 1970 and 9999"))?,
        };
        let provenance = &request.provenance;
        let snapshot_id = match &request.snapshot_id {
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

    /// A problem of this snapshot.
    pub(crate) fn problem(&self, problem: Problem) -> Problem {
        problem.of_operation(self.trace_id())
    }

    fn trace_id(&self) -> Option<String> {
        self.request.provenance.text(ProvenanceText::TraceId).map(str::to_owned)
    }

    /// Stage 6: each required source has an item.
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn check_sources(&self, intake: &Intake) -> Result<(), Problem> {
        let mut issues = Issues::default();
        intake.missing.report(self.pack.sources(), &mut issues);
        issues.into_result(Code::PreconditionFailed).map_err(|problem| self.problem(problem))
    }

    /// The record, sealed, and the event.
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn seal(self, leaves: &Leaves) -> Result<Sealed, Problem> {
        let trace_id = self.trace_id();
        match self.seal_untraced(leaves) {
            Ok((record, event_id)) => Ok(Sealed { record, event_id, trace_id }),
            Err(problem) => Err(problem.of_operation(trace_id)),
        }
    }

    /// The record, and the event's id.
    #[cfg_attr(small, optimize(size))]
    fn seal_untraced(self, leaves: &Leaves) -> Result<(Vec<u8>, String), Problem> {
        let Self { request, grant, pack, created_at, snapshot_id } = self;
        let limits = request.limits;
        let (manifest, hash) = manifest(leaves, &pack, limits)?;
        let provenance = request.provenance;
        let record = Record {
            created_by: provenance.created_by().map(str::to_owned),
            snapshot_id,
            created_at,
            hash,
            item_count: leaves.len() as u64,
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
        let json = unsealed.with(Some(seal));
        bounded(&json, "metadata", limits)?;
        Ok((json, event::id(&record.snapshot_id)))
    }
}

/// JCS of the manifest of a pack with these items, and the hash.
#[cfg_attr(small, optimize(size))]
pub(crate) fn manifest(leaves: &Leaves, pack: &Pack, limits: Limits) -> Result<(Vec<u8>, Digest), Problem> {
    let manifest = crate::format::manifest::to_canonical(Format::NEWEST, leaves.len() as u64, leaves.root(), pack);
    bounded(&manifest, "pack", limits)?;
    let hash = Digest::of(&manifest);
    Ok((manifest, hash))
}

/// A snapshot of a pack, whole.
#[derive(Debug)]
pub(crate) struct CompleteSnapshot {
    pub(crate) created_at: Timestamp,
    pub(crate) sealed: Sealed,
    pub(crate) leaves: Leaves,
    /// By number of the leaf.
    pub(crate) kept: Vec<Entered>,
}

/// `context.pack.snapshot`: see `docs/FORMAT.md` for what is made and `docs/ERRORS.md` for the stages. `keep` takes the
/// canonical bytes of the items, in batches.
pub(crate) fn snapshot<E, H: Requester<Error = E> + Stream<Error = E>>(
    host: &mut H,
    tape: &mut Tape,
    writer: &mut Writer,
    keep: fn(&mut H, &[u8]),
) -> Result<CompleteSnapshot, Failure<E>> {
    let draft = Draft::open(host, tape)?;
    let mut intake = Intake::new(draft.pack.sources(), true, draft.limits());
    let mut kept = Vec::new();
    let mut enter = |tape: &Tape, intake: &mut Intake, writer: &mut Writer| {
        if let Outcome::Valid(entered) = intake.enter(tape, writer, false) {
            kept.push(entered);
        }
    };
    read_all(host, tape, writer, &mut intake, &mut enter, keep).map_err(Failure::Host)?;
    std::mem::take(&mut intake.issues).into_result(Code::ValidationFailed).map_err(|problem| draft.problem(problem))?;
    draft.check_sources(&intake)?;
    let created_at = draft.created_at;
    let sealed = draft.seal(&intake.leaves)?;
    Ok(CompleteSnapshot { created_at, sealed, leaves: intake.leaves, kept })
}

/// Stage 1: who asks. `trace_id` is told in problems from here on.
#[cfg_attr(small, optimize(size))]
fn caller(tape: &Tape, admit: Admit, trace_id: &mut Option<String>) -> Result<Grant, Problem> {
    let Value::Tuple(first) = tape.value(At(0)) else { unreachable!("a record") };
    let [actor, trace, decision, has_context, roles] = tape.slots(first);
    if let Value::String(units) = tape.value(trace) {
        *trace_id = utf16::utf8(&units);
    }
    let is = |at: At, text: &str| matches!(tape.value(at), Value::String(units) if utf16::is(&units, text));
    if matches!(tape.value(has_context), Value::Boolean(false)) {
        const NO_CONTEXT: &str = "No context was given: expected two arguments, the input and then the context with who asks, pack and items";
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
    let mut why = None;
    let decision = match tape.value(decision) {
        Value::Absent | Value::Null => Decision::Absent,
        Value::Tuple(first) => {
            let [effect, reason] = tape.slots(first);
            if let Value::String(units) = tape.value(reason)
                && !units.is_empty()
            {
                why = Some(shown(&utf16::lossy(&units)));
            }
            match tape.value(reason) {
                Value::Absent | Value::Null | Value::String(_) if is(effect, "allow") => Decision::Allow,
                _ if is(effect, "deny") => Decision::Deny,
                _ => Decision::Malformed,
            }
        }
        _ => Decision::Malformed,
    };
    admit(actor, roles, decision).map_err(|problem| match why {
        // What the decision says is the answer, if it is the decision that denies.
        Some(why) if problem.code() == Code::Forbidden && decision == Decision::Deny && roles != Roles::Malformed => {
            Problem::new(Code::Forbidden, why)
        }
        _ => problem,
    })
}

/// Stages 3 and 4: there is a pack, it is the one that was asked for, and what its names are. `None`, with an issue,
/// where there is something else in its place or a name is none.
#[cfg_attr(small, optimize(size))]
fn named_pack(tape: &Tape, request: &Request, issues: &mut Issues) -> Result<Option<Pack>, Problem> {
    let not_found = |what: &str| {
        let version = request.pack_version.as_ref().map(|version| concat(&["@", &shown(version)])).unwrap_or_default();
        Err(Problem::new(
            Code::NotFound,
            concat(&["No context pack ", &shown(&request.pack_key), &version, ": ", what]),
        ))
    };
    let value = tape.value(At(0));
    if matches!(value, Value::Absent | Value::Null) {
        return not_found("the host has none");
    }
    let Value::Tuple(first) = value else {
        of_pack(tape, issues).wrong("object", At(0));
        return Ok(None);
    };
    let (pack_key, version) = pack::read_name(&mut of_pack(tape, issues), tape.slots(first));
    let is_another = |found: &Option<String>, wanted: &str| found.as_ref().is_some_and(|found| found != wanted);
    if is_another(&pack_key, &request.pack_key)
        || request.pack_version.as_ref().is_some_and(|wanted| is_another(&version, wanted))
    {
        return not_found("the context has another");
    }
    // A name that is none has its issue; the rest of the pack is looked at all the same, for its own.
    Ok(Some(Pack { pack_key: pack_key.unwrap_or_default(), version: version.unwrap_or_default(), ..Pack::default() }))
}

/// A document of ours may be as long as any other.
#[cfg_attr(small, optimize(size))]
fn bounded(document: &[u8], path: &str, limits: Limits) -> Result<(), Problem> {
    let mut issues = Issues::new(limits);
    if document.len() > limits.document_bytes {
        issues.too_long(&Path::of(&[path]));
    }
    issues.into_result(Code::ValidationFailed)
}
