//! The in-toto Statement v1 about a snapshot, in the form that supply-chain tools know: the bytes that an envelope signs.
//!
//! Why: a hash shows what, a seal shows who says so, and a signature shows that they did. How: the statement's subject is
//! the pack with the hash of its content, the predicate repeats what is needed to see what the hash and the seal are of.

use crate::canonical::{self, Object};
use crate::contract::{PREDICATE_TYPE, STATEMENT_TYPE};
use crate::problem::{Problem, text};
use crate::record::{self, Said};
use crate::tape::Tape;

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
        subject.string("name", &text(&["context-pack:", &record.pack_key, "@", &record.pack_version]));
        subject.end();
    });
    statement.end();
    Ok(out)
}
