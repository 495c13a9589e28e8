//! Signs statements about snapshots in DSSE envelopes, and verifies such envelopes.
//!
//! Why signatures over bytes: an envelope carries the bytes that were signed, so a verifier needs no canonical form first, and
//! parses nothing that nobody has signed. How: DSSE v1, section "Protocol"
//! (<https://github.com/secure-systems-lab/dsse/blob/v1.0.0/protocol.md>), with any key that has the traits of the crate
//! `signature`. Answers are those of the npm package's `verifyEnvelope`, word for word (`docs/ERRORS.md` section 8.4). Not
//! compiled to WebAssembly, where Web Crypto has the keys.

use std::fmt;
use std::num::NonZeroUsize;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use signature::{SignatureEncoding, Signer, Verifier};

use crate::contract::MAX_DOCUMENT_BYTES;
use crate::format::statement::{self, Confirmed};
use crate::native::canonical::tape_of;
use crate::native::json::parse_as_ecmascript;
use crate::native::statement::Statement;
use crate::value::check::Check;
use crate::value::problem::{Code, Issue, IssueCode, Issues, Path, Problem};
use crate::value::tape::At;

const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
const MAX_SIGNATURES: usize = 100;
/// Largest number of checks: pairs of a signature and a key that may have made it.
const MAX_CHECKS: usize = 1_000;
/// Largest number of bytes that all checks of an envelope read together. Each check reads the whole payload.
const MAX_CHECKED_BYTES: usize = 1 << 28;

/// A DSSE envelope: the signed bytes, and the signatures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DsseEnvelope {
    /// Base64 of the statement's canonical JSON.
    pub payload: String,
    /// `application/vnd.in-toto+json`.
    pub payload_type: String,
    /// At least one.
    pub signatures: Vec<DsseSignature>,
}

/// A signature of an envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DsseSignature {
    /// A hint at the key; may be empty. `null` is read as empty.
    #[serde(default, deserialize_with = "or_empty")]
    pub keyid: String,
    /// Base64 of the signature.
    pub sig: String,
}

fn or_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Verifies `(message, signature)` with one key.
type VerifyFn = dyn Fn(&[u8], &[u8]) -> bool + Send + Sync;

/// A key that a verifier trusts.
pub struct StatementKey {
    keyid: String,
    verify: Box<VerifyFn>,
}

impl StatementKey {
    /// Returns a public key to trust. If both this key and a signature have a `keyid`, and the two differ, the signature is not
    /// checked with this key.
    ///
    /// `S` is the form of the signature in envelopes: 64 bytes of Ed25519, DER for ECDSA (`p256::ecdsa::DerSignature`).
    ///
    /// ```
    /// # use context_snapshot::*;
    /// let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]).verifying_key();
    /// let key = StatementKey::new::<ed25519_dalek::Signature>(key, "release-2026");
    /// assert_eq!(format!("{key:?}"), r#"StatementKey { keyid: "release-2026", .. }"#);
    /// ```
    pub fn new<S: SignatureEncoding>(
        key: impl Verifier<S> + Send + Sync + 'static,
        keyid: impl Into<String>,
    ) -> StatementKey {
        let verify = move |message: &[u8], signature: &[u8]| {
            S::try_from(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
        };
        StatementKey { keyid: keyid.into(), verify: Box::new(verify) }
    }
}

impl fmt::Debug for StatementKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatementKey").field("keyid", &self.keyid).finish_non_exhaustive()
    }
}

/// What a verification of an envelope found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EnvelopeVerification {
    /// Everything that is wrong; empty if the envelope is valid.
    pub issues: Vec<Issue>,
    /// The `keyid` of each key that signed the envelope, if the key has one.
    pub keyids: Vec<String>,
    /// The signed [`Statement`], as it was signed; present only if the envelope is valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<Value>,
    #[serde(skip)]
    evidence: Option<Evidence>,
}

/// Everything that a valid envelope was compared with. Each field is made by its own check, so that leaving a check out
/// does not compile.
#[derive(Clone, Debug, PartialEq)]
struct Evidence {
    payload_type: Confirmed,
    /// Number of pairs of a signature and the key that made it.
    signed: NonZeroUsize,
    /// Everything that the payload was compared with.
    statement: statement::Evidence,
}

impl EnvelopeVerification {
    /// Returns true if one of the keys has signed the envelope, and the payload is a valid statement about a snapshot.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.evidence.is_some() && self.issues.is_empty()
    }
}

/// Signs a statement, in a DSSE envelope.
///
/// `S` is the form of the signature: for ECDSA it has to be DER, `p256::ecdsa::DerSignature`.
///
/// ```
/// # use context_snapshot::*;
/// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
/// # let snapshot = snapshot_pack(&input, &context)?;
/// use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
///
/// let private_key = SigningKey::from_bytes(&[7; 32]); // In practice, keep it secret.
/// let public_key: VerifyingKey = private_key.verifying_key();
///
/// let record = serde_json::to_value(&snapshot.record).unwrap();
/// let envelope = sign_statement::<Signature>(&to_statement(&record)?, &private_key, "release-2026")?;
///
/// // Elsewhere, the envelope arrives as JSON of any shape.
/// let envelope = serde_json::to_value(&envelope).unwrap();
/// let found = verify_envelope(&envelope, &[StatementKey::new::<Signature>(public_key, "release-2026")]);
/// assert!(found.is_valid());
/// assert_eq!(found.keyids, ["release-2026"]);
///
/// // The seal in the statement can now be trusted.
/// let statement: Statement = serde_json::from_value(found.statement.unwrap()).unwrap();
/// let options = VerifyOptions { seal: Some(statement.predicate.seal), ..VerifyOptions::default() };
/// let items: Vec<serde_json::Value> =
///     snapshot.items.iter().map(|item| from_json(&item.json).unwrap()).collect();
/// assert!(verify_snapshot(&record, &items, &options).is_valid());
/// # Ok::<(), Problem>(())
/// ```
///
/// # Errors
/// 422 if the statement is not one about a snapshot, as [`verify_envelope`] checks it; 500 if the signer fails.
///
/// # Panics
/// Never, unless this crate has a bug.
// E8.4-14
pub fn sign_statement<S: SignatureEncoding>(
    statement: &Statement,
    signer: &impl Signer<S>,
    keyid: &str,
) -> Result<DsseEnvelope, Problem> {
    let payload = statement::to_sign(&tape_of(&serde_json::to_value(statement).expect("it is JSON")))?;
    let signature = signer.try_sign(&encoded(&payload));
    let signature = signature.map_err(|error| Problem::new(Code::InternalError, format!("No signature: {error}")))?;
    Ok(DsseEnvelope {
        payload: to_base64(&payload),
        payload_type: PAYLOAD_TYPE.to_owned(),
        signatures: vec![DsseSignature { keyid: keyid.to_owned(), sig: to_base64(signature.to_bytes().as_ref()) }],
    })
}

/// Verifies a DSSE envelope, a [`DsseEnvelope`] in JSON: one of the keys must have signed it, and the payload must be a valid
/// statement about a snapshot, whose subject is the hash of its manifest. [`sign_statement`] has an example with a signature.
///
/// To verify the snapshot itself, verify it with the seal of the statement.
///
/// An envelope is refused before any signature is checked if it needs more than 1,000 checks (pairs of a signature and a key
/// that may have made it), or if the checks together read more than 2^28 bytes.
///
/// ```
/// # use context_snapshot::*;
/// let envelope = serde_json::json!({
///     "payload": "e30=",
///     "payloadType": "application/vnd.in-toto+json",
///     "signatures": [{ "sig": "AAAA" }],
/// });
/// let found = verify_envelope(&envelope, &[]);
/// assert!(!found.is_valid());
/// assert_eq!(found.issues[0].message, "Mismatch: expected a signature by one of the keys, found none");
/// ```
// E8.4-1, E8.4-4
#[must_use]
pub fn verify_envelope(envelope: &Value, keys: &[StatementKey]) -> EnvelopeVerification {
    let mut found = Found::default();
    let payload_type = found.check_payload_type(envelope.get("payloadType"));
    let payload = found.read_payload(envelope.get("payload"));
    let signatures = found.read_signatures(envelope.get("signatures"));
    let mut evidence = None;
    let mut statement = None;
    if let (Some(payload_type), Some(payload), Some(signatures)) = (payload_type, payload, signatures) {
        let signed = found.check_signatures(signatures, &payload, keys);
        if let (Some(signed), true) = (signed, found.issues.is_empty()) {
            statement = found.read_statement(&payload);
            evidence = statement.as_ref().and_then(|statement| {
                let statement = found.check_statement(statement)?;
                Some(Evidence { payload_type, signed, statement })
            });
        }
    }
    if evidence.is_none() && found.issues.is_empty() {
        found.issue(&[], IssueCode::Mismatch, "Not verified: the statement was not compared");
    }
    let evidence = evidence.filter(|_| found.issues.is_empty());
    EnvelopeVerification {
        issues: found.issues.into_vec(),
        keyids: found.keyids,
        statement: statement.filter(|_| evidence.is_some()),
        evidence,
    }
}

/// Collects what a verification finds.
#[derive(Default)]
struct Found {
    issues: Issues,
    keyids: Vec<String>,
}

impl Found {
    fn issue(&mut self, path: &[&str], code: IssueCode, message: impl Into<String>) {
        self.issues.push(&Path::of(path), code, message.into());
    }

    // E8.4-5
    fn check_payload_type(&mut self, found: Option<&Value>) -> Option<Confirmed> {
        let equal = found.and_then(Value::as_str).and_then(|found| Confirmed::equal(PAYLOAD_TYPE, found));
        if equal.is_none() {
            self.issue(&["payloadType"], IssueCode::Mismatch, format!("Mismatch: expected \"{PAYLOAD_TYPE}\""));
        }
        equal
    }

    // E8.4-3, E8.4-6
    fn read_payload(&mut self, text: Option<&Value>) -> Option<Vec<u8>> {
        let text = text.and_then(Value::as_str);
        if text.is_some_and(is_too_long) {
            let message = format!("Too big: expected at most {MAX_DOCUMENT_BYTES} bytes");
            self.issue(&["payload"], IssueCode::TooBig, message);
            return None;
        }
        let payload = text.and_then(from_base64);
        if payload.is_none() {
            self.issue(&["payload"], IssueCode::InvalidFormat, "Invalid payload: expected base64");
        }
        payload
    }

    // E8.4-7
    fn read_signatures<'v>(&mut self, signatures: Option<&'v Value>) -> Option<&'v [Value]> {
        let signatures = signatures.and_then(Value::as_array).map(Vec::as_slice);
        let signatures = signatures.filter(|signatures| (1..=MAX_SIGNATURES).contains(&signatures.len()));
        if signatures.is_none() {
            let message = format!("Invalid input: expected array of 1 to {MAX_SIGNATURES} signatures");
            self.issue(&["signatures"], IssueCode::InvalidType, message);
        }
        signatures
    }

    /// Counts the pairs of a signature and the key that made it. Returns `None`, with an issue, if there is no such pair, or if
    /// there are too many pairs to check.
    fn check_signatures(
        &mut self,
        signatures: &[Value],
        payload: &[u8],
        keys: &[StatementKey],
    ) -> Option<NonZeroUsize> {
        let mut pairs = Vec::new();
        for (position, entry) in signatures.iter().enumerate() {
            let signature = entry.get("sig").and_then(Value::as_str).and_then(from_base64);
            let keyid = entry.get("keyid").filter(|keyid| !keyid.is_null()).map_or(Some(""), Value::as_str);
            let (Some(signature), Some(keyid)) = (signature, keyid) else {
                let message = "Invalid signature: expected { sig: base64, keyid?: string }";
                self.issue(&["signatures", &position.to_string()], IssueCode::InvalidFormat, message);
                continue;
            };
            // A keyid is a hint and proves nothing: it only saves checks with other keys.
            let may_be = |key: &&StatementKey| keyid.is_empty() || key.keyid.is_empty() || keyid == key.keyid;
            let candidates: Vec<&StatementKey> = keys.iter().filter(may_be).collect();
            pairs.push((signature, candidates));
        }
        let checks: usize = pairs.iter().map(|(_, candidates)| candidates.len()).sum();
        let most = MAX_CHECKS.min(MAX_CHECKED_BYTES / payload.len().max(1));
        // E8.4-3
        if checks > most {
            let bytes = payload.len();
            let message =
                format!("Too big: expected at most {most} checks of a payload of {bytes} bytes, found {checks}");
            self.issue(&["signatures"], IssueCode::TooBig, message);
            return None;
        }
        let message = encoded(payload);
        let mut signed = 0;
        for (signature, candidates) in &pairs {
            for key in candidates {
                if (key.verify)(&message, signature) {
                    signed += 1;
                    if !key.keyid.is_empty() && !self.keyids.contains(&key.keyid) {
                        self.keyids.push(key.keyid.clone());
                    }
                }
            }
        }
        let signed = NonZeroUsize::new(signed);
        if signed.is_none() {
            let message = "Mismatch: expected a signature by one of the keys, found none";
            self.issue(&["signatures"], IssueCode::Mismatch, message);
        }
        signed
    }

    // E8.4-2, E8.4-8
    fn read_statement(&mut self, payload: &[u8]) -> Option<Value> {
        let statement = std::str::from_utf8(payload).ok().and_then(|text| {
            let statement = parse_as_ecmascript(text)?;
            // Of two members with one name, another parser may take the first (RFC 7493 section 2.3).
            (members_in(text) == members_in(&statement.to_string())).then_some(statement)
        });
        if statement.is_none() {
            self.issue(&["payload"], IssueCode::InvalidFormat, "Invalid payload: expected JSON in UTF-8");
        }
        statement
    }

    fn check_statement(&mut self, statement: &Value) -> Option<statement::Evidence> {
        statement::check(&mut Check::new(&tape_of(statement), &mut self.issues, Path::of(&["payload"])), At(0))
    }
}

/// Counts the members of all objects in JSON text: colons outside strings. Backslashes occur only in strings.
fn members_in(json: &str) -> usize {
    let (mut count, mut is_in_string) = (0, false);
    let mut bytes = json.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => is_in_string = !is_in_string,
            b'\\' => drop(bytes.next()),
            b':' if !is_in_string => count += 1,
            _ => {}
        }
    }
    count
}

/// Returns true if the base64 stands for more bytes than a document may have.
fn is_too_long(text: &str) -> bool {
    // Length is counted in UTF-16, as in JavaScript. Base64 is longer than the bytes that it stands for.
    if text.len() <= MAX_DOCUMENT_BYTES {
        return false;
    }
    let units = if text.is_ascii() { text.len() } else { text.encode_utf16().count() };
    let digits = digits(text.as_bytes(), units);
    digits / 4 * 3 + digits % 4 * 3 / 4 > MAX_DOCUMENT_BYTES
}

/// Counts the units before the padding.
fn digits(text: &[u8], units: usize) -> usize {
    let padding = text.iter().rev().take(2).take_while(|&&byte| byte == b'=').count();
    if units.is_multiple_of(4) { units - padding } else { units }
}

/// Returns the pre-authentication encoding of the payload: the bytes that are signed.
fn encoded(payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

fn to_base64(bytes: &[u8]) -> String {
    const DIGITS: [u8; 64] = *b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0, |bits, &byte| bits << 8 | usize::from(byte)) << (8 * (3 - group.len()));
        for digit in 0..4 {
            let is_there = digit <= group.len();
            text.push(if is_there { char::from(DIGITS[bits >> (18 - 6 * digit) & 63]) } else { '=' });
        }
    }
    text
}

/// Decodes base64 in either alphabet, with or without padding, as DSSE requires of verifiers.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let text = text.as_bytes();
    let digits = &text[..digits(text, text.len())];
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    for group in digits.chunks(4) {
        let mut bits = 0_u32;
        for &digit in group {
            let value = match digit {
                b'A'..=b'Z' => digit - b'A',
                b'a'..=b'z' => digit - b'a' + 26,
                b'0'..=b'9' => digit - b'0' + 52,
                b'+' | b'-' => 62,
                b'/' | b'_' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(value);
        }
        let whole = match group.len() {
            1 => return None,
            digits => digits - 1,
        };
        bits <<= 6 * (4 - group.len());
        bytes.extend(&bits.to_be_bytes()[1..=whole]);
    }
    Some(bytes)
}
