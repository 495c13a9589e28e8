//! DSSE envelopes: statements about snapshots, signed and checked, for native services.
//!
//! Why signatures over bytes: an envelope carries the very bytes that were signed, so whoever checks one needs no
//! canonical form to begin with, and parses nothing that nobody has signed. How: DSSE v1, section "Protocol"
//! (<https://github.com/secure-systems-lab/dsse/blob/v1.0.0/protocol.md>), with any key that has the traits of the crate
//! `signature`. Answers are those of the npm package's `verifyEnvelope`, word for word. Not in the WebAssembly module:
//! there, Web Crypto has the keys.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use signature::{SignatureEncoding, Signer, Verifier};

use crate::contract::{MAX_ISSUES, PREDICATE_TYPE, STATEMENT_TYPE};
use crate::digest::{Digest, InvalidDigest};
use crate::native::{Statement, canonicalize, digest, from_json};
use crate::problem::{Code, Issue, Problem};

const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
const MOST_SIGNATURES: usize = 100;
/// Of what was found; the beginning is told.
const MOST_UNITS: usize = 256;

/// A DSSE envelope: the bytes that were signed, and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DsseEnvelope {
    /// Base64 of the statement's canonical JSON.
    pub payload: String,
    /// `application/vnd.in-toto+json`.
    pub payload_type: String,
    /// One at least.
    pub signatures: Vec<DsseSignature>,
}

/// A signature of an envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DsseSignature {
    /// A hint at the key; may be empty.
    #[serde(default)]
    pub keyid: String,
    /// Base64 of the signature.
    pub sig: String,
}

/// Whether, of a message, that is the key's signature.
type IsBy = dyn Fn(&[u8], &[u8]) -> bool + Send + Sync;

/// A key that a verifier trusts.
pub struct StatementKey {
    keyid: String,
    is_by: Box<IsBy>,
}

impl StatementKey {
    /// A public key. Where it and a signature both have a `keyid`, signatures by others are not tried with this key.
    ///
    /// `S` is the signature's form in envelopes: 64 bytes of Ed25519, DER for ECDSA (`p256::ecdsa::DerSignature`).
    pub fn new<S: SignatureEncoding>(
        key: impl Verifier<S> + Send + Sync + 'static,
        keyid: impl Into<String>,
    ) -> StatementKey {
        let is_by = move |message: &[u8], signature: &[u8]| {
            S::try_from(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
        };
        StatementKey { keyid: keyid.into(), is_by: Box::new(is_by) }
    }
}

impl fmt::Debug for StatementKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatementKey").field("keyid", &self.keyid).finish_non_exhaustive()
    }
}

/// What was found of an envelope.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EnvelopeVerification {
    /// Everything that is wrong; nothing where the envelope is valid.
    pub issues: Vec<Issue>,
    /// `keyid` of each key that has signed it, where the key has one.
    pub keyids: Vec<String>,
    /// What was signed, only where it is valid: of a snapshot that we made, a [`Statement`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<Value>,
}

impl EnvelopeVerification {
    /// Whether one of the keys has signed it, and what was signed is a statement about a snapshot that fits together.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.issues.is_empty()
    }
}

/// Signs a statement, in a DSSE envelope.
///
/// `S` is the signature's form: for ECDSA it has to be DER, `p256::ecdsa::DerSignature`.
///
/// ```
/// # use context_snapshot::*;
/// # let snapshot = snapshot_pack(
/// #     &Input { pack_key: "p".into(), ..Input::default() },
/// #     &Context {
/// #         actor: Some("admin".into()),
/// #         pack: Some(Pack { pack_key: "p".into(), ..Pack::default() }),
/// #         ..Context::default()
/// #     },
/// # )?;
/// use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
///
/// let private_key = SigningKey::from_bytes(&[7; 32]); // in earnest, a secret
/// let public_key: VerifyingKey = private_key.verifying_key();
///
/// let record = serde_json::to_value(&snapshot.record).unwrap();
/// let envelope = sign_statement::<Signature>(&to_statement(&record)?, &private_key, "release-2026")?;
///
/// // Elsewhere: what arrives is JSON of any shape.
/// let envelope = serde_json::to_value(&envelope).unwrap();
/// let found = verify_envelope(&envelope, &[StatementKey::new::<Signature>(public_key, "release-2026")]);
/// assert!(found.is_valid());
/// assert_eq!(found.keyids, ["release-2026"]);
///
/// // What the statement says of the record can now be trusted.
/// let statement: Statement = serde_json::from_value(found.statement.unwrap()).unwrap();
/// let options = VerifyOptions { seal: Some(statement.predicate.seal), ..VerifyOptions::default() };
/// assert!(verify_snapshot(&record, [] as [serde_json::Value; 0], &options).is_valid());
/// # Ok::<(), Problem>(())
/// ```
///
/// # Errors
/// 422 where the statement has an integer that no binary64 equals; 500 where the signer fails.
///
/// # Panics
/// Never, or we have a bug.
pub fn sign_statement<S: SignatureEncoding>(
    statement: &Statement,
    signer: &impl Signer<S>,
    keyid: &str,
) -> Result<DsseEnvelope, Problem> {
    let payload = canonicalize(&serde_json::to_value(statement).expect("it is JSON"))?;
    let signature = signer.try_sign(&encoded(payload.as_bytes()));
    let signature = signature.map_err(|error| Problem::new(Code::InternalError, format!("No signature: {error}")))?;
    Ok(DsseEnvelope {
        payload: to_base64(payload.as_bytes()),
        payload_type: PAYLOAD_TYPE.to_owned(),
        signatures: vec![DsseSignature { keyid: keyid.to_owned(), sig: to_base64(signature.to_bytes().as_ref()) }],
    })
}

/// Checks a DSSE envelope, a [`DsseEnvelope`] in JSON: that one of the keys has signed it, and that what was signed is a
/// statement about a snapshot whose subject is the hash of its manifest. See [`sign_statement`] for an example.
///
/// To check the snapshot itself, verify it with the statement's seal.
#[must_use]
pub fn verify_envelope(envelope: &Value, keys: &[StatementKey]) -> EnvelopeVerification {
    let mut found = Found::default();
    if envelope.get("payloadType").and_then(Value::as_str) != Some(PAYLOAD_TYPE) {
        found.issue("payloadType", "mismatch", format!("Mismatch: expected \"{PAYLOAD_TYPE}\""));
    }
    let payload = envelope.get("payload").and_then(from_base64);
    if payload.is_none() {
        found.issue("payload", "invalid_format", "Invalid payload: expected base64");
    }
    let signatures = envelope.get("signatures").and_then(Value::as_array);
    let signatures = signatures.filter(|signatures| (1..=MOST_SIGNATURES).contains(&signatures.len()));
    if signatures.is_none() {
        let message = format!("Invalid input: expected array of 1 to {MOST_SIGNATURES} signatures");
        found.issue("signatures", "invalid_type", message);
    }
    let mut statement = None;
    if let (true, Some(payload), Some(signatures)) = (found.issues.is_empty(), payload, signatures) {
        found.check_signatures(signatures, &encoded(&payload), keys);
        if found.issues.is_empty() {
            statement = found.check_statement(&payload);
        }
    }
    let Found { mut issues, keyids } = found;
    issues.truncate(MAX_ISSUES);
    EnvelopeVerification { statement: statement.filter(|_| issues.is_empty()), issues, keyids }
}

/// What was found on the way.
#[derive(Default)]
struct Found {
    issues: Vec<Issue>,
    keyids: Vec<String>,
}

impl Found {
    fn issue(&mut self, path: &str, code: &'static str, message: impl Into<String>) {
        self.issues.push(Issue { path: path.to_owned(), code, message: message.into() });
    }

    fn compare(&mut self, path: &str, expected: &str, found: Option<&Value>) {
        if found.and_then(Value::as_str) != Some(expected) {
            let units: Vec<u16> = told(found).encode_utf16().take(MOST_UNITS).collect();
            let found = String::from_utf16_lossy(&units);
            self.issue(path, "mismatch", format!("Mismatch: expected {expected}, found {found}"));
        }
    }

    fn check_signatures(&mut self, signatures: &[Value], message: &[u8], keys: &[StatementKey]) {
        let mut is_signed = false;
        for (position, entry) in signatures.iter().enumerate() {
            let signature = entry.get("sig").and_then(from_base64);
            let keyid = entry.get("keyid").map_or(Some(""), Value::as_str);
            let (Some(signature), Some(keyid)) = (signature, keyid) else {
                let message = "Invalid signature: expected { sig: base64, keyid?: string }";
                self.issue(&format!("signatures.{position}"), "invalid_format", message);
                continue;
            };
            for key in keys {
                // A keyid is a hint, no proof: it may spare a look at a key.
                let is_other = !keyid.is_empty() && !key.keyid.is_empty() && keyid != key.keyid;
                if !is_other && (key.is_by)(message, &signature) {
                    is_signed = true;
                    if !key.keyid.is_empty() && !self.keyids.contains(&key.keyid) {
                        self.keyids.push(key.keyid.clone());
                    }
                }
            }
        }
        if !is_signed {
            self.issue("signatures", "mismatch", "Mismatch: expected a signature by one of the keys, found none");
        }
    }

    /// What was signed, where it is a statement about a snapshot that fits together.
    fn check_statement(&mut self, payload: &[u8]) -> Option<Value> {
        const MANIFEST: &str = "payload.predicate.manifest";
        let json = std::str::from_utf8(payload).ok().and_then(|text| from_json::<Value>(text).ok());
        let Some(statement) = json else {
            self.issue("payload", "invalid_format", "Invalid payload: expected JSON in UTF-8");
            return None;
        };
        self.compare("payload._type", STATEMENT_TYPE, statement.get("_type"));
        self.compare("payload.predicateType", PREDICATE_TYPE, statement.get("predicateType"));
        let predicate = statement.get("predicate");
        let [manifest, seal] = ["manifest", "seal"].map(|name| predicate.and_then(|predicate| predicate.get(name)));
        // Whoever verifies by the seal must not verify by none.
        if seal.and_then(Value::as_str).is_none_or(|seal| seal.parse::<Digest>().is_err()) {
            self.issue("payload.predicate.seal", "invalid_format", InvalidDigest.to_string());
        }
        let pack = manifest.and_then(|manifest| manifest.get("pack"));
        let names = ["packKey", "version"].map(|name| pack.and_then(|pack| pack.get(name)).and_then(Value::as_str));
        let (Some(manifest), [Some(pack_key), Some(version)]) = (manifest, names) else {
            self.issue(MANIFEST, "invalid_type", "Invalid input: expected object with a pack that has a name");
            return None;
        };
        let hash = match digest(manifest) {
            Ok(hash) => hash,
            Err(problem) => {
                for Issue { path, code, message } in problem.issues() {
                    let dot = if path.is_empty() { "" } else { "." };
                    self.issue(&format!("{MANIFEST}{dot}{path}"), code, message.clone());
                }
                return None;
            }
        };
        let subjects = statement.get("subject").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        if subjects.len() != 1 {
            let message = format!("Mismatch: expected 1, found {}", subjects.len());
            self.issue("payload.subject", "mismatch", message);
        }
        let name = format!("context-pack:{pack_key}@{version}");
        let subject = subjects.first();
        self.compare("payload.subject.0.name", &name, subject.and_then(|subject| subject.get("name")));
        let sha256 = subject.and_then(|subject| subject.get("digest")?.get("sha256"));
        self.compare("payload.subject.0.digest.sha256", &hash.hex(), sha256);
        Some(statement)
    }
}

/// A text, or what there is instead.
fn told(value: Option<&Value>) -> &str {
    match value {
        None => "undefined",
        Some(Value::String(text)) => text,
        Some(Value::Number(_)) => "number",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Null | Value::Array(_) | Value::Object(_)) => "object",
    }
}

/// Pre-authentication encoding: what is signed.
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

/// Both alphabets, with padding or without, as DSSE asks of those who check.
fn from_base64(text: &Value) -> Option<Vec<u8>> {
    let text = text.as_str()?.as_bytes();
    let padding =
        if text.len() % 4 == 0 { text.iter().rev().take(2).take_while(|&&byte| byte == b'=').count() } else { 0 };
    let digits = &text[..text.len() - padding];
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
