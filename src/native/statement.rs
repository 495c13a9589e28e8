//! Makes an in-toto Statement v1 about a snapshot, the document that supply-chain tools sign and store.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::contract::{PREDICATE_TYPE, STATEMENT_TYPE};
use crate::format::manifest::Manifest;
use crate::format::statement;
use crate::primitives::digest::Digest;
use crate::primitives::time::Timestamp;
use crate::value::problem::Problem;
use crate::value::tape::Tape;

/// An in-toto Statement v1 about a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// `https://in-toto.io/Statement/v1`.
    #[serde(rename = "_type")]
    pub statement_type: String,
    /// One subject: the pack, with the hash of its content.
    pub subject: Vec<Subject>,
    /// `https://contractspec.io/attestation/context-snapshot/v1`.
    pub predicate_type: String,
    /// The claim about the subject.
    pub predicate: Predicate,
}

/// What a statement is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// `context-pack:<packKey>@<packVersion>`, in which `%`, `@`, `…`, blanks and invisible characters are percent-encoded.
    /// A name of more than 256 UTF-16 units is its first 128, `…`, and the SHA-256 of the whole name.
    pub name: String,
    /// Hash of the snapshot.
    pub digest: SubjectDigest,
}

/// Digests of a subject, by algorithm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectDigest {
    /// In JSON, 64 lower-case hexadecimal digits.
    #[serde(with = "hexadecimal")]
    pub sha256: Digest,
}

/// The form of a digest in statements: without the prefix `sha256:`.
mod hexadecimal {
    use std::borrow::Cow;

    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use crate::primitives::digest::Digest;

    pub(super) fn serialize<S: Serializer>(digest: &Digest, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&digest.hex())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
        let digits = <Cow<'de, str>>::deserialize(deserializer)?;
        ["sha256:", &*digits].concat().parse().map_err(D::Error::custom)
    }
}

/// What a statement claims about a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Predicate {
    /// Identifier of the snapshot.
    pub snapshot_id: String,
    /// When the snapshot was made.
    pub created_at: Timestamp,
    /// The authenticated user; if there was none, the `requestedBy` of the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// Digest of the record.
    pub seal: Digest,
    /// The document whose digest is the hash.
    pub manifest: Manifest,
    /// Why the snapshot was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Makes the in-toto Statement v1 about the snapshot with this record.
///
/// ```
/// # use context_snapshot::*;
/// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
/// # let snapshot = snapshot_pack(&input, &context)?;
/// let statement = to_statement(&serde_json::to_value(&snapshot.record).unwrap())?;
/// assert_eq!(statement.subject[0].name, "context-pack:shop.docs@2026.3");
/// assert_eq!(statement.subject[0].digest.sha256, snapshot.output.hash);
/// assert_eq!(statement.predicate.reason.as_deref(), Some("nightly run"));
/// # Ok::<(), Problem>(())
/// ```
///
/// # Errors
/// 422 if the record is wrong.
///
/// # Panics
/// Never, unless this crate has a bug.
pub fn to_statement(record: &Value) -> Result<Statement, Problem> {
    let mut tape = Tape::default();
    tape.stored_record(record);
    let json = statement::statement(&tape)?;
    let statement: Statement = serde_json::from_slice(&json).expect("we have just written it");
    debug_assert!(statement.statement_type == STATEMENT_TYPE && statement.predicate_type == PREDICATE_TYPE);
    Ok(statement)
}
