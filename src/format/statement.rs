//! Statements: a snapshot as an in-toto Statement v1, whose bytes an envelope signs (F8-2, ERRORS 8.4).
//!
//! Why: a hash identifies the content, a seal also covers who made the snapshot, and a signature shows who vouches for
//! both. Supply-chain tools understand this form. How: the subject is the pack with the hash of its content, and the
//! predicate holds the manifest, the seal and the origin. [`statement`] writes a statement; [`check`] checks one from an
//! untrusted source, and only its comparisons make an [`Evidence`].

use crate::contract::{PREDICATE_TYPE, STATEMENT_TYPE};
use crate::format::manifest::{self, Manifest};
use crate::format::pack::Pack;
use crate::format::record::{self, ProvenanceText};
use crate::primitives::digest::{Digest, InvalidDigest};
use crate::primitives::object::{Object, array};
use crate::primitives::sanitize::{is_invisible, sanitize};
use crate::primitives::text::{concat, decimal, utf8};
use crate::primitives::time::Timestamp;
use crate::primitives::utf16;
use crate::value::canonical;
use crate::value::check::{Check, Need, unpaired_surrogate};
use crate::value::problem::{Code, IssueCode, Issues, Path, Problem};
use crate::value::tape::{At, Key, NOWHERE, Tape, Value};

/// Longest name of a subject, in UTF-16 units (F8-2).
const MAX_UNITS: usize = 256;
/// Units of a longer name that are kept, before the digest of the whole name.
const KEPT_UNITS: usize = 128;

/// Writes JCS of the statement about the snapshot whose record is on the tape.
///
/// # Errors
/// 422 if the record does not pass steps 1 to 5 of a verification (E8.5-4).
pub(crate) fn statement(tape: &Tape) -> Result<Vec<u8>, Problem> {
    let (_, record, seal) = record::read_valid(tape)?;
    let mut out = Vec::new();
    let mut statement = Object::begin(&mut out);
    statement.string("_type", STATEMENT_TYPE);
    let mut predicate = Object::begin(statement.member("predicate"));
    predicate.string("createdAt", &record.created_at.text());
    predicate.optional("createdBy", record.created_by.as_deref());
    predicate.member("manifest").extend_from_slice(&record.manifest);
    predicate.optional("reason", record.provenance.text(ProvenanceText::Reason));
    predicate.digest("seal", seal);
    predicate.string("snapshotId", &record.snapshot_id);
    predicate.end();
    statement.string("predicateType", PREDICATE_TYPE);
    array(statement.member("subject"), &[record.hash], |out, hash| {
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

/// Builds the name of a subject: `context-pack:<key>@<version>` (F8-2). No two packs have the same name.
///
/// In key and version `%`, `@`, `…`, blanks and invisible characters are percent-encoded. A name of more than 256 UTF-16
/// units is replaced by its first 128 units, `…` and the SHA-256 of the whole name.
pub(crate) fn subject_name(pack_key: &str, version: &str) -> String {
    let mut name = b"context-pack:".to_vec();
    push_encoded(&mut name, pack_key);
    name.push(b'@');
    push_encoded(&mut name, version);
    let mut units = 0;
    let mut kept = 0;
    for (at, &byte) in name.iter().enumerate() {
        // The first byte of a character adds its UTF-16 units: 1, or 2 for a character of four bytes.
        units += usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0);
        if units <= KEPT_UNITS {
            kept = at + 1;
        }
    }
    if units <= MAX_UNITS {
        return utf8(&name).to_owned();
    }
    concat(&[utf8(&name[..kept]), "…", &Digest::of(&name).hex()])
}

/// Appends a part of a subject's name, percent-encoded.
#[inline(never)]
fn push_encoded(name: &mut Vec<u8>, part: &str) {
    const HEX: [u8; 16] = *b"0123456789ABCDEF";
    for (at, character) in part.char_indices() {
        let is_encoded = matches!(character, '%' | '@' | '…' | ' ') || is_invisible(character);
        for &byte in &part.as_bytes()[at..at + character.len_utf8()] {
            if is_encoded {
                name.extend([b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
            } else {
                name.push(byte);
            }
        }
    }
}

/// Evidence that a value was read or compared, and is right. Only the functions below make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Confirmed(());

impl Confirmed {
    /// Confirms that a value could be read.
    fn read<T>(value: Option<T>) -> Option<Self> {
        value.map(|_| Self(()))
    }

    /// Confirms that two values are equal.
    pub(crate) fn equal<T: PartialEq + ?Sized>(expected: &T, found: &T) -> Option<Self> {
        (expected == found).then_some(Self(()))
    }
}

/// Evidence that every member of a statement was compared. Each field comes from its own check, so the code does not
/// compile if a check is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Evidence {
    statement_type: Confirmed,
    predicate_type: Confirmed,
    predicate: Predicate,
    subject: Subject,
    /// There are no unknown members.
    no_others: Confirmed,
    /// The computed hash of the manifest.
    pub(crate) hash: Digest,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Predicate {
    snapshot_id: Confirmed,
    created_at: Confirmed,
    created_by: Confirmed,
    seal: Confirmed,
    reason: Confirmed,
    manifest: Confirmed,
    no_others: Confirmed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Subject {
    count: Confirmed,
    name: Confirmed,
    sha256: Confirmed,
    no_others: Confirmed,
}

/// Checks a statement from an untrusted source; returns `None`, with issues, if it is not one about a snapshot
/// (E8.4-1, E8.4-9).
///
/// A value that is not an object is treated as an object without members, so that every required member is reported.
#[inline(never)]
pub(crate) fn check(check: &mut Check, at: At) -> Option<Evidence> {
    let ([statement_type, predicate_type, predicate, subject], others) =
        members(check, at, ["_type", "predicateType", "predicate", "subject"]);
    let statement_type = compare_string(check, "_type", STATEMENT_TYPE, statement_type);
    let predicate_type = compare_string(check, "predicateType", PREDICATE_TYPE, predicate_type);
    let outside = check.path.enter("predicate");
    let (predicate, manifest) = read_predicate(check, predicate);
    check.path.leave(outside);
    // Name and digest of the subject follow from the manifest, so without a manifest they are not compared (E8.4-13).
    let subject = manifest.map(|manifest| {
        let hash = manifest.hash();
        let outside = check.path.enter("subject");
        let subject = check_subject(check, subject, &manifest.pack, hash);
        check.path.leave(outside);
        (subject, hash)
    });
    let no_others = check_no_others(check, others);
    let (subject, hash) = subject?;
    Some(Evidence {
        statement_type: statement_type?,
        predicate_type: predicate_type?,
        predicate: predicate?,
        subject: subject?,
        no_others: no_others?,
        hash,
    })
}

/// Checks the predicate (E8.4-10); returns its manifest, too.
fn read_predicate(check: &mut Check, at: At) -> (Option<Predicate>, Option<Manifest>) {
    let ([snapshot_id, created_at, created_by, seal, reason, manifest], others) =
        members(check, at, ["snapshotId", "createdAt", "createdBy", "seal", "reason", "manifest"]);
    let snapshot_id = Confirmed::read(check.snapshot_id("snapshotId", snapshot_id, Need::Required));
    let created_at = read_time(check, created_at);
    let created_by = read_optional(check, "createdBy", created_by);
    let seal = read_seal(check, seal);
    let reason = read_optional(check, "reason", reason);
    let outside = check.path.enter("manifest");
    let manifest = read_manifest(check, manifest);
    check.path.leave(outside);
    let no_others = check_no_others(check, others);
    let predicate = || {
        Some(Predicate {
            snapshot_id: snapshot_id?,
            created_at: created_at?,
            created_by: created_by?,
            seal: seal?,
            reason: reason?,
            manifest: Confirmed::read(manifest.as_ref())?,
            no_others: no_others?,
        })
    };
    (predicate(), manifest)
}

/// Reads an optional string.
#[inline(never)]
fn read_optional(check: &mut Check, name: &str, at: At) -> Option<Confirmed> {
    let before = check.issues.mark();
    check.string(name, at, Need::Optional);
    Confirmed::equal(&true, &check.issues.unchanged_since(before))
}

/// Reads `createdAt`, which must have the form of F5.1-1.
fn read_time(check: &mut Check, at: At) -> Option<Confirmed> {
    let found = check.string("createdAt", at, Need::Required)?;
    let written = Timestamp::parse_rfc3339(&found).map(Timestamp::text);
    let right = written.and_then(|written| Confirmed::equal(&*written, &*found));
    if right.is_none() {
        let message = "Invalid time: expected YYYY-MM-DDTHH:MM:SS.mmmZ, from 1970 to 9999";
        check.issue("createdAt", IssueCode::InvalidFormat, message.to_owned());
    }
    right
}

/// Reads the seal. A seal that is missing is an error, so that nobody compares a trusted seal with nothing.
fn read_seal(check: &mut Check, at: At) -> Option<Confirmed> {
    let seal = match check.tape.value(at) {
        Value::String(units) => Digest::from_units(&units).ok(),
        _ => None,
    };
    if seal.is_none() {
        check.issue("seal", IssueCode::InvalidFormat, InvalidDigest::TEXT.to_owned());
    }
    Confirmed::read(seal)
}

/// Reads the manifest. If its pack has no name, that is the only issue (E8.4-10).
fn read_manifest(check: &mut Check, at: At) -> Option<Manifest> {
    let [pack, _] = two_members(check, at, ["pack", ""]);
    if two_members(check, pack, ["packKey", "version"])
        .into_iter()
        .any(|name| !matches!(check.tape.value(name), Value::String(_)))
    {
        let message = "Invalid input: expected object with a pack that has a name";
        check.issues.push(&check.path, IssueCode::InvalidType, message.to_owned());
        return None;
    }
    manifest::read(check, at)
}

/// Checks that there is one subject, with the name of the pack and the hash of the manifest (E8.4-11).
fn check_subject(check: &mut Check, at: At, pack: &Pack, hash: Digest) -> Option<Subject> {
    let (found, first) = match check.tape.value(at) {
        Value::Array(count, first) if count > 0 => (count, first),
        _ => (0, NOWHERE),
    };
    let count = Confirmed::equal(&1, &found);
    if count.is_none() {
        check.issues.mismatch(&check.path, "1", &decimal(found as u64));
    }
    let outside = check.path.enter("0");
    let ([name, digest], others) = members(check, first, ["name", "digest"]);
    let name = compare_string(check, "name", &subject_name(&pack.pack_key, &pack.version), name);
    // Other algorithms are ignored: in-toto tells verifiers to compare the digests that they know.
    let [sha256, _] = two_members(check, digest, ["sha256", ""]);
    let within = check.path.enter("digest");
    let sha256 = compare_string(check, "sha256", &hash.hex(), sha256);
    check.path.leave(within);
    let no_others = check_no_others(check, others);
    check.path.leave(outside);
    Some(Subject { count: count?, name: name?, sha256: sha256?, no_others: no_others? })
}

/// Finds members by name; returns their positions and the names of all other members. A value that is not an object has
/// no members.
fn members<'t, const N: usize>(check: &Check<'t>, at: At, names: [&str; N]) -> ([At; N], Vec<Key<'t>>) {
    let mut found = [NOWHERE; N];
    let others = find(check, at, &names, &mut found);
    (found, others)
}

#[inline(never)]
fn find<'t>(check: &Check<'t>, at: At, names: &[&str], found: &mut [At]) -> Vec<Key<'t>> {
    check.tape.find(at, names, found).unwrap_or_default()
}

/// Finds two members by name; ignores the others.
#[inline(never)]
fn two_members(check: &Check, at: At, names: [&str; 2]) -> [At; 2] {
    members(check, at, names).0
}

/// Reports unknown members (E8.4-12).
#[inline(never)]
fn check_no_others(check: &mut Check, others: Vec<Key>) -> Option<Confirmed> {
    let no_others = Confirmed::equal(&0, &others.len());
    check.unknown(others);
    no_others
}

/// Compares the string at `at` with `expected`, and reports a difference as E8.4-13 defines.
#[inline(never)]
fn compare_string(check: &mut Check, name: &str, expected: &str, at: At) -> Option<Confirmed> {
    let found = match check.tape.value(at) {
        Value::String(units) => {
            let found = utf16::lossy(&units);
            // An unpaired surrogate is shown as U+FFFD, but does not equal it.
            if unpaired_surrogate(&units).is_none() && found == expected {
                return Some(Confirmed(()));
            }
            sanitize(&found)
        }
        Value::Absent | Value::Cut(_) => "undefined".to_owned(),
        Value::Boolean(_) => "boolean".to_owned(),
        Value::Integer(_) | Value::Double(_) => "number".to_owned(),
        _ => "object".to_owned(),
    };
    check.mismatch(name, expected, &found);
    None
}

/// Writes JCS of the statement on the tape, as the payload to sign.
///
/// # Errors
/// 422 if it is not a statement about a snapshot (E8.4-14).
pub(crate) fn to_sign(tape: &Tape) -> Result<Vec<u8>, Problem> {
    let mut issues = Issues::default();
    let mut walk = Check::new(tape, &mut issues, Path::default());
    let [statement_type, _] = two_members(&walk, At(0), ["_type", ""]);
    let is_not_statement = !tape.value(statement_type).is_present();
    if check(&mut walk, At(0)).is_some() && issues.is_empty() {
        return canonical::canonicalize(tape).map(|json| json.written().to_vec());
    }
    let problem = issues.into_problem(Code::ValidationFailed);
    Err(if is_not_statement { problem.with_hint(". To sign a snapshot, pass toStatement(snapshot)") } else { problem })
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::native::tape_of;

    #[test]
    fn messages_name_a_value_that_is_not_a_string_by_its_type() {
        for (value, found) in [
            (json!("x"), "x"),
            (json!(true), "boolean"),
            (json!(0.5), "number"),
            (json!(null), "object"),
            (json!([]), "object"),
            (json!({}), "object"),
        ] {
            let tape = tape_of(&json!({ "_type": value }));
            let mut issues = Issues::default();
            assert!(check(&mut Check::new(&tape, &mut issues, Path::default()), At(0)).is_none());
            let first = issues.into_vec().into_iter().next().expect("an issue");
            let message = format!("Mismatch: expected {STATEMENT_TYPE}, found {found}");
            assert_eq!((&*first.path, first.message), ("_type", message));
        }
        let mut issues = Issues::default();
        let tape = tape_of(&json!({}));
        assert!(check(&mut Check::new(&tape, &mut issues, Path::default()), At(0)).is_none());
        let first = issues.into_vec().into_iter().next().expect("an issue");
        assert_eq!(first.message, format!("Mismatch: expected {STATEMENT_TYPE}, found undefined"));
    }
}
