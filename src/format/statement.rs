//! The in-toto Statement v1 about a snapshot, in the form that supply-chain tools know: the bytes that an envelope signs.
//!
//! Why: a hash shows what, a seal shows who says so, and a signature shows that they did. How: the statement's subject is
//! the pack with the hash of its content, the predicate repeats what is needed to see what the hash and the seal are of.
//! What is made here is checked here, too, for Rust and for JavaScript: [`check`] reads a statement of anybody, and only
//! what it has compared makes an [`Evidence`].

use crate::contract::{PREDICATE_TYPE, STATEMENT_TYPE};
use crate::format::manifest::{self, Manifest};
use crate::format::pack::Pack;
use crate::format::record::{self, ProvenanceText};
use crate::primitives::digest::{Digest, InvalidDigest};
use crate::primitives::object::{Object, array};
use crate::primitives::shown::{is_unseen, shown};
use crate::primitives::text::{concat, decimal, utf8};
use crate::primitives::time::Timestamp;
use crate::primitives::utf16;
use crate::value::canonical;
use crate::value::check::{Check, Need, unpaired_surrogate};
use crate::value::problem::{Code, IssueCode, Issues, Path, Problem};
use crate::value::tape::{At, Key, NOWHERE, Tape, Value};

/// Longest name of a subject, in UTF-16 units.
const MOST_UNITS: usize = 256;
/// Units that are kept of a longer one, before the digest of the whole.
const KEPT_UNITS: usize = 128;

/// JCS of the statement about the snapshot whose record is on the tape.
#[cfg_attr(small, optimize(size))]
pub(crate) fn statement(tape: &Tape) -> Result<Vec<u8>, Problem> {
    let (_, record, seal) = record::sealed(tape)?;
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

/// Names the subject of a statement: `context-pack:<key>@<version>`, no two packs alike.
///
/// In key and version `%`, `@`, `…`, blanks and characters that are not seen are percent-encoded. A name of more than 256
/// UTF-16 units ends with `…` and the SHA-256 of the whole name, after its first 128 units.
#[cfg_attr(small, optimize(size))]
pub(crate) fn subject_name(pack_key: &str, version: &str) -> String {
    let mut name = b"context-pack:".to_vec();
    push_encoded(&mut name, pack_key);
    name.push(b'@');
    push_encoded(&mut name, version);
    let mut units = 0;
    let mut kept = 0;
    for (at, &byte) in name.iter().enumerate() {
        // The first byte of a character stands for its unit, or for both.
        units += usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0);
        if units <= KEPT_UNITS {
            kept = at + 1;
        }
    }
    if units <= MOST_UNITS {
        return utf8(&name).to_owned();
    }
    concat(&[utf8(&name[..kept]), "…", &Digest::of(&name).hex()])
}

#[inline(never)]
#[cfg_attr(small, optimize(size))]
fn push_encoded(name: &mut Vec<u8>, part: &str) {
    const HEX: [u8; 16] = *b"0123456789ABCDEF";
    for (at, character) in part.char_indices() {
        let is_encoded = matches!(character, '%' | '@' | '…' | ' ') || is_unseen(character);
        for &byte in &part.as_bytes()[at..at + character.len_utf8()] {
            if is_encoded {
                name.extend([b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
            } else {
                name.push(byte);
            }
        }
    }
}

/// Shows that a value was read or compared, and is right: nothing else makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Right(());

impl Right {
    /// What was read, if it could be.
    fn read<T>(value: Option<T>) -> Option<Self> {
        value.map(|_| Self(()))
    }

    /// If the two are equal.
    pub(crate) fn equal<T: PartialEq + ?Sized>(expected: &T, found: &T) -> Option<Self> {
        (expected == found).then_some(Self(()))
    }
}

/// Shows that everything a valid statement says was compared. Each field is made by its own check, so that leaving a check
/// out does not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Evidence {
    statement_type: Right,
    predicate_type: Right,
    predicate: Predicate,
    subject: Subject,
    /// There is no other member.
    others: Right,
    /// The hash of the manifest.
    pub(crate) hash: Digest,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Predicate {
    snapshot_id: Right,
    created_at: Right,
    created_by: Right,
    seal: Right,
    reason: Right,
    manifest: Right,
    others: Right,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Subject {
    count: Right,
    name: Right,
    sha256: Right,
    others: Right,
}

/// Checks the statement at `at`, which may come from anybody; `None`, with issues, if it is not one about a snapshot.
///
/// What is not an object has no members here, so that each member that has to be there is reported.
#[inline(never)]
#[cfg_attr(small, optimize(size))]
pub(crate) fn check(check: &mut Check, at: At) -> Option<Evidence> {
    let ([statement_type, predicate_type, predicate, subject], others) =
        members(check, at, ["_type", "predicateType", "predicate", "subject"]);
    let statement_type = same(check, "_type", STATEMENT_TYPE, statement_type);
    let predicate_type = same(check, "predicateType", PREDICATE_TYPE, predicate_type);
    let outside = check.path.enter("predicate");
    let (predicate, manifest) = read_predicate(check, predicate);
    check.path.leave(outside);
    // Without a manifest there is nothing that the subject could be compared with.
    let subject = manifest.map(|manifest| {
        let hash = manifest.hash();
        let outside = check.path.enter("subject");
        let subject = check_subject(check, subject, &manifest.pack, hash);
        check.path.leave(outside);
        (subject, hash)
    });
    let others = none(check, others);
    let (subject, hash) = subject?;
    Some(Evidence {
        statement_type: statement_type?,
        predicate_type: predicate_type?,
        predicate: predicate?,
        subject: subject?,
        others: others?,
        hash,
    })
}

#[cfg_attr(small, optimize(size))]
fn read_predicate(check: &mut Check, at: At) -> (Option<Predicate>, Option<Manifest>) {
    let ([snapshot_id, created_at, created_by, seal, reason, manifest], others) =
        members(check, at, ["snapshotId", "createdAt", "createdBy", "seal", "reason", "manifest"]);
    let snapshot_id = Right::read(check.snapshot_id("snapshotId", snapshot_id, Need::Required));
    let created_at = read_time(check, created_at);
    let created_by = read_optional(check, "createdBy", created_by);
    let seal = read_seal(check, seal);
    let reason = read_optional(check, "reason", reason);
    let outside = check.path.enter("manifest");
    let manifest = read_manifest(check, manifest);
    check.path.leave(outside);
    let others = none(check, others);
    let predicate = || {
        Some(Predicate {
            snapshot_id: snapshot_id?,
            created_at: created_at?,
            created_by: created_by?,
            seal: seal?,
            reason: reason?,
            manifest: Right::read(manifest.as_ref())?,
            others: others?,
        })
    };
    (predicate(), manifest)
}

/// Reads a text that may be absent.
#[inline(never)]
#[cfg_attr(small, optimize(size))]
fn read_optional(check: &mut Check, name: &str, at: At) -> Option<Right> {
    let before = check.issues.mark();
    check.string(name, at, Need::Optional);
    Right::equal(&true, &check.issues.is_at(before))
}

/// An instant in the one form in which we write it.
#[cfg_attr(small, optimize(size))]
fn read_time(check: &mut Check, at: At) -> Option<Right> {
    let found = check.string("createdAt", at, Need::Required)?;
    let written = Timestamp::parse_rfc3339(&found).map(Timestamp::text);
    let right = written.and_then(|written| Right::equal(&*written, &*found));
    if right.is_none() {
        let message = "Invalid time: expected YYYY-MM-DDTHH:MM:SS.mmmZ, from 1970 to 9999";
        check.issue("createdAt", IssueCode::InvalidFormat, message.to_owned());
    }
    right
}

/// Whoever verifies by the seal must not verify by none.
#[cfg_attr(small, optimize(size))]
fn read_seal(check: &mut Check, at: At) -> Option<Right> {
    let seal = match check.tape.value(at) {
        Value::String(units) => Digest::from_units(&units).ok(),
        _ => None,
    };
    if seal.is_none() {
        check.issue("seal", IssueCode::InvalidFormat, InvalidDigest::TEXT.to_owned());
    }
    Right::read(seal)
}

#[cfg_attr(small, optimize(size))]
fn read_manifest(check: &mut Check, at: At) -> Option<Manifest> {
    let [pack, _] = two(check, at, ["pack", ""]);
    if two(check, pack, ["packKey", "version"])
        .into_iter()
        .any(|name| !matches!(check.tape.value(name), Value::String(_)))
    {
        let message = "Invalid input: expected object with a pack that has a name";
        check.issues.push(&check.path, IssueCode::InvalidType, message.to_owned());
        return None;
    }
    manifest::read(check, at)
}

#[cfg_attr(small, optimize(size))]
fn check_subject(check: &mut Check, at: At, pack: &Pack, hash: Digest) -> Option<Subject> {
    let (found, first) = match check.tape.value(at) {
        Value::Array(count, first) if count > 0 => (count, first),
        _ => (0, NOWHERE),
    };
    let count = Right::equal(&1, &found);
    if count.is_none() {
        check.issues.mismatch(&check.path, "1", &decimal(found as u64));
    }
    let outside = check.path.enter("0");
    let ([name, digest], others) = members(check, first, ["name", "digest"]);
    let name = same(check, "name", &subject_name(&pack.pack_key, &pack.version), name);
    // Digests by other algorithms are not looked at: in-toto has those who check compare the ones that they know.
    let [sha256, _] = two(check, digest, ["sha256", ""]);
    let within = check.path.enter("digest");
    let sha256 = same(check, "sha256", &hash.hex(), sha256);
    check.path.leave(within);
    let others = none(check, others);
    check.path.leave(outside);
    Some(Subject { count: count?, name: name?, sha256: sha256?, others: others? })
}

/// Positions of the members with these names, and the names of the others; none if it is not an object.
fn members<'t, const N: usize>(check: &Check<'t>, at: At, names: [&str; N]) -> ([At; N], Vec<Key<'t>>) {
    let mut found = [NOWHERE; N];
    let others = find(check, at, &names, &mut found);
    (found, others)
}

#[inline(never)]
fn find<'t>(check: &Check<'t>, at: At, names: &[&str], found: &mut [At]) -> Vec<Key<'t>> {
    check.tape.find(at, names, found).unwrap_or_default()
}

/// Positions of two members.
#[inline(never)]
fn two(check: &Check, at: At, names: [&str; 2]) -> [At; 2] {
    members(check, at, names).0
}

/// Reports each other member.
#[inline(never)]
fn none(check: &mut Check, others: Vec<Key>) -> Option<Right> {
    let none = Right::equal(&0, &others.len());
    check.unknown(others);
    none
}

/// Compares the text of the member of that name.
#[inline(never)]
#[cfg_attr(small, optimize(size))]
fn same(check: &mut Check, name: &str, expected: &str, at: At) -> Option<Right> {
    let found = match check.tape.value(at) {
        Value::String(units) => {
            let found = utf16::lossy(&units);
            // Half of a pair is not the character that is shown in its place.
            if unpaired_surrogate(&units).is_none() && found == expected {
                return Some(Right(()));
            }
            shown(&found)
        }
        Value::Absent | Value::Cut(_) => "undefined".to_owned(),
        Value::Boolean(_) => "boolean".to_owned(),
        Value::Integer(_) | Value::Double(_) => "number".to_owned(),
        _ => "object".to_owned(),
    };
    check.mismatch(name, expected, &found);
    None
}

/// JCS of the statement on the tape, to be signed.
///
/// # Errors
/// 422 if it is not a statement about a snapshot.
#[cfg_attr(small, optimize(size))]
pub(crate) fn to_sign(tape: &Tape) -> Result<Vec<u8>, Problem> {
    let mut issues = Issues::default();
    let mut walk = Check::new(tape, &mut issues, Path::default());
    let [statement_type, _] = two(&walk, At(0), ["_type", ""]);
    let is_other = !tape.value(statement_type).is_there();
    if check(&mut walk, At(0)).is_some() && issues.is_empty() {
        return canonical::canonicalize(tape).map(|json| json.written().to_vec());
    }
    let problem = issues.into_problem(Code::ValidationFailed);
    Err(if is_other { problem.with_hint(". To sign a snapshot, pass toStatement(snapshot)") } else { problem })
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::native::tape_of;

    #[test]
    fn what_is_found_in_the_place_of_a_text_is_named_by_its_type() {
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
            let first = issues.into_listed().into_iter().next().expect("an issue");
            let message = format!("Mismatch: expected {STATEMENT_TYPE}, found {found}");
            assert_eq!((&*first.path, first.message), ("_type", message));
        }
        let mut issues = Issues::default();
        let tape = tape_of(&json!({}));
        assert!(check(&mut Check::new(&tape, &mut issues, Path::default()), At(0)).is_none());
        let first = issues.into_listed().into_iter().next().expect("an issue");
        assert_eq!(first.message, format!("Mismatch: expected {STATEMENT_TYPE}, found undefined"));
    }
}
