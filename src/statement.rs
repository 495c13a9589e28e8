//! The in-toto Statement v1 about a snapshot, in the form that supply-chain tools know: the bytes that an envelope signs.
//!
//! Why: a hash shows what, a seal shows who says so, and a signature shows that they did. How: the statement's subject is
//! the pack with the hash of its content, the predicate repeats what is needed to see what the hash and the seal are of.
//! What is made here is checked here, too, for Rust and for JavaScript: [`check`] reads a statement of anybody, and only
//! what it has compared makes an [`Evidence`].

use crate::canonical::{self, Object};
use crate::check::{Check, Need};
use crate::contract::{PREDICATE_TYPE, STATEMENT_TYPE};
use crate::digest::{Digest, InvalidDigest};
use crate::manifest::{self, Manifest};
use crate::problem::{Code, Issues, Path, Problem, text};
use crate::record::{self, Said};
use crate::snapshot;
use crate::tape::{At, Key, NOWHERE, Tape, Value};
use crate::time::Timestamp;
use crate::words::{is_unseen, shown};

/// Longest name of a subject, in UTF-16 units.
const MOST_UNITS: usize = 256;
/// Units that are kept of a longer one, before the digest of the whole.
const KEPT_UNITS: usize = 128;

/// JCS of the statement about the snapshot whose record is on the tape.
pub(crate) fn statement(tape: &Tape) -> Result<Vec<u8>, Problem> {
    let (_, record, seal) = record::sealed(tape)?;
    let mut out = Vec::new();
    let mut statement = Object::begin(&mut out);
    statement.string("_type", STATEMENT_TYPE);
    let mut predicate = Object::begin(statement.member("predicate"));
    predicate.string("createdAt", &record.created_at.text());
    predicate.optional("createdBy", record.created_by.as_deref());
    predicate.member("manifest").extend_from_slice(&record.manifest);
    predicate.optional("reason", record.circumstances.text(Said::Reason));
    predicate.digest("seal", seal);
    predicate.string("snapshotId", &record.snapshot_id);
    predicate.end();
    statement.string("predicateType", PREDICATE_TYPE);
    canonical::array(statement.member("subject"), &[record.hash], |out, hash| {
        let mut subject = Object::begin(out);
        let mut digest = Object::begin(subject.member("digest"));
        digest.string("sha256", &hash.hex());
        digest.end();
        subject.string("name", &subject_name(&record.pack_key, &record.pack_version));
        subject.end();
    });
    statement.end();
    Ok(out)
}

/// Names the subject of a statement: `context-pack:<key>@<version>`, no two packs alike.
///
/// In key and version `%`, `@`, `…`, blanks and characters that are not seen are percent-encoded. A name of more than 256
/// UTF-16 units ends with `…` and the SHA-256 of the whole name, after its first 128 units.
pub(crate) fn subject_name(pack_key: &str, version: &str) -> String {
    let mut name = "context-pack:".to_owned();
    push_encoded(&mut name, pack_key);
    name.push('@');
    push_encoded(&mut name, version);
    let mut units = 0;
    let mut kept = 0;
    for character in name.chars() {
        units += character.len_utf16();
        if units <= KEPT_UNITS {
            kept += character.len_utf8();
        }
    }
    if units <= MOST_UNITS {
        return name;
    }
    text(&[&name[..kept], "…", &Digest::of(name.as_bytes()).hex()])
}

fn push_encoded(name: &mut String, part: &str) {
    const HEX: [u8; 16] = *b"0123456789ABCDEF";
    for character in part.chars() {
        if !matches!(character, '%' | '@' | '…' | ' ') && !is_unseen(character) {
            name.push(character);
            continue;
        }
        for byte in character.encode_utf8(&mut [0; 4]).bytes() {
            name.push('%');
            name.push(char::from(HEX[usize::from(byte >> 4)]));
            name.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

/// Shows that two values were compared and are equal: nothing else makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Equal(());

impl Equal {
    pub(crate) fn of<T: PartialEq + ?Sized>(expected: &T, found: &T) -> Option<Self> {
        (expected == found).then_some(Self(()))
    }
}

/// Everything that a valid statement says, read and compared. Each field is made by its own check, so that leaving a check
/// out does not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Evidence {
    statement_type: Equal,
    predicate_type: Equal,
    predicate: Predicate,
    /// The statement has one subject.
    subjects: Equal,
    name: Equal,
    sha256: Equal,
    /// The hash of the manifest.
    pub(crate) hash: Digest,
    /// Statement, predicate and subject have as many other members as they may: none.
    others: [Equal; 3],
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Predicate {
    snapshot_id: String,
    created_at: Timestamp,
    created_by: Option<String>,
    seal: Digest,
    reason: Option<String>,
    manifest: Manifest,
}

/// Checks the statement at `at`, which may come from anybody; `None`, with issues, if it is not one about a snapshot.
///
/// What is not an object has no members here, so that each member that has to be there is reported.
pub(crate) fn check(check: &mut Check, at: At) -> Option<Evidence> {
    let ([statement_type, predicate_type, predicate, subject], others) =
        members(check, at, ["_type", "predicateType", "predicate", "subject"]);
    let statement_type = same(check, "_type", STATEMENT_TYPE, statement_type);
    let predicate_type = same(check, "predicateType", PREDICATE_TYPE, predicate_type);
    let (predicate, predicate_others) = check.member("predicate", |check| read_predicate(check, predicate));
    let subject = predicate.as_ref().and_then(|predicate| {
        let Manifest { pack, .. } = &predicate.manifest;
        let hash = predicate.manifest.hash();
        let name = subject_name(&pack.pack_key, &pack.version);
        check.member("subject", |check| check_subject(check, subject, &name, hash))
    });
    let others = none(check, others);
    let (subjects, name, sha256, hash, subject_others) = subject?;
    Some(Evidence {
        statement_type: statement_type?,
        predicate_type: predicate_type?,
        predicate: predicate?,
        subjects,
        name,
        sha256,
        hash,
        others: [others?, predicate_others?, subject_others],
    })
}

fn read_predicate(check: &mut Check, at: At) -> (Option<Predicate>, Option<Equal>) {
    let ([snapshot_id, created_at, created_by, seal, reason, manifest], others) =
        members(check, at, ["snapshotId", "createdAt", "createdBy", "seal", "reason", "manifest"]);
    let snapshot_id = check.snapshot_id("snapshotId", snapshot_id, Need::Required);
    let created_at = read_time(check, created_at);
    let created_by = record::right(check, |check| check.string("createdBy", created_by, Need::Optional));
    let seal = read_seal(check, seal);
    let reason = record::right(check, |check| check.string("reason", reason, Need::Optional));
    let manifest = check.member("manifest", |check| read_manifest(check, manifest));
    let others = none(check, others);
    let predicate = || {
        Some(Predicate {
            snapshot_id: snapshot_id?,
            created_at: created_at?,
            created_by: created_by?,
            seal: seal?,
            reason: reason?,
            manifest: manifest?,
        })
    };
    (predicate(), others)
}

/// An instant in the one form in which we write it.
fn read_time(check: &mut Check, at: At) -> Option<Timestamp> {
    let found = check.string("createdAt", at, Need::Required)?;
    let time = Timestamp::parse_rfc3339(&found).filter(|time| time.text() == found);
    if time.is_none() {
        let message = "Invalid time: expected YYYY-MM-DDTHH:MM:SS.mmmZ, from 1970 to 9999";
        check.member("createdAt", |check| check.issues.push(&check.path, "invalid_format", message.to_owned()));
    }
    time
}

/// Whoever verifies by the seal must not verify by none.
fn read_seal(check: &mut Check, at: At) -> Option<Digest> {
    let seal = match check.tape.value(at) {
        Value::String(units) => Digest::from_units(&units).ok(),
        _ => None,
    };
    if seal.is_none() {
        let message = InvalidDigest::TEXT.to_owned();
        check.member("seal", |check| check.issues.push(&check.path, "invalid_format", message));
    }
    seal
}

fn read_manifest(check: &mut Check, at: At) -> Option<Manifest> {
    let ([pack], _) = members(check, at, ["pack"]);
    let (names, _) = members(check, pack, ["packKey", "version"]);
    if names.into_iter().any(|name| !matches!(check.tape.value(name), Value::String(_))) {
        let message = "Invalid input: expected object with a pack that has a name";
        check.issues.push(&check.path, "invalid_type", message.to_owned());
        return None;
    }
    manifest::read(check, at)
}

type Subject = (Equal, Equal, Equal, Digest, Equal);

fn check_subject(check: &mut Check, at: At, name: &str, hash: Digest) -> Option<Subject> {
    let (count, first) = match check.tape.value(at) {
        Value::Array(0, _) => (0, NOWHERE),
        Value::Array(count, first) => (count, first),
        _ => (0, NOWHERE),
    };
    let subjects = Equal::of(&1, &count);
    if subjects.is_none() {
        check.issues.mismatch(&check.path, "1", &count.to_string());
    }
    check.member("0", |check| {
        let ([found_name, digest], others) = members(check, first, ["name", "digest"]);
        // Digests by other algorithms are not looked at: those who know in-toto compare the ones that they can compute.
        let ([found_sha256], _) = members(check, digest, ["sha256"]);
        let name = same(check, "name", name, found_name);
        let sha256 = check.member("digest", |check| same(check, "sha256", &hash.hex(), found_sha256));
        let others = none(check, others);
        Some((subjects?, name?, sha256?, hash, others?))
    })
}

/// Positions of the members with these names, and the names of the others; none if it is not an object.
fn members<'t, const N: usize>(check: &Check<'t>, at: At, names: [&str; N]) -> ([At; N], Vec<Key<'t>>) {
    let mut found = [NOWHERE; N];
    let others = check.tape.find(at, &names, &mut found);
    (found, others.unwrap_or_default())
}

/// Reports each other member.
fn none(check: &mut Check, others: Vec<Key>) -> Option<Equal> {
    let none = Equal::of(&0, &others.len());
    check.unknown(others);
    none
}

/// Compares the text of the member of that name, unit by unit.
fn same(check: &mut Check, name: &str, expected: &str, at: At) -> Option<Equal> {
    let expected_units: Vec<u16> = expected.encode_utf16().collect();
    let found = match check.tape.value(at) {
        Value::String(units) => {
            if let Some(equal) = Equal::of(&*expected_units, &*units) {
                return Some(equal);
            }
            shown(&String::from_utf16_lossy(&units))
        }
        Value::Absent | Value::Cut(_) => "undefined".to_owned(),
        Value::Boolean(_) => "boolean".to_owned(),
        Value::Integer(_) | Value::Double(_) => "number".to_owned(),
        _ => "object".to_owned(),
    };
    check.member(name, |check| check.issues.mismatch(&check.path, expected, &found));
    None
}

/// JCS of the statement on the tape, to be signed.
///
/// # Errors
/// 422 if it is not a statement about a snapshot.
pub(crate) fn to_sign(tape: &Tape) -> Result<Vec<u8>, Problem> {
    let mut issues = Issues::default();
    let mut walk = Check::new(tape, &mut issues, Path::default());
    let ([statement_type], _) = members(&walk, At(0), ["_type"]);
    let is_other = !tape.value(statement_type).is_there();
    if check(&mut walk, At(0)).is_some() && issues.is_empty() {
        return snapshot::canonicalize(tape).map(|json| json.written().to_vec());
    }
    let problem = issues.into_problem(Code::ValidationFailed);
    Err(if is_other { problem.with_hint(". To sign a snapshot, pass toStatement(snapshot)") } else { problem })
}
