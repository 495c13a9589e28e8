//! DSSE envelopes: Rust and Node.js sign the same bytes, and give the same answers about the same envelopes.
//!
//! Why: an envelope that one side makes has to be valid on the other, and a changed one must not be. How:
//! `tests/vectors/envelopes.json` holds envelopes of both sides, with the whole answer about each. Neither this crate nor the
//! npm package wrote it (`scripts/vectors/envelopes/`). The Rust keys are made of fixed bytes and sign without randomness, so
//! what they sign is stored there, too; `cargo test --test rust dsse -- --ignored --nocapture` prints it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64ct::{Base64, Encoding as _};
use context_snapshot::{
    Actor, Code, Context, Digest, DsseEnvelope, Input, Pack, Statement, StatementKey, VerifyOptions, from_json,
    sign_statement, snapshot_pack, to_statement, verify_envelope, verify_snapshot,
};
use ed25519_dalek::pkcs8::DecodePublicKey as _;
use p256::ecdsa::DerSignature;
use serde::Deserialize;
use serde_json::{Value, json};

const OF_ED25519: [u8; 32] = [7; 32];
const OF_P256: [u8; 32] = [9; 32];

#[derive(Deserialize)]
struct Vectors {
    keys: Vec<Key>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Key {
    keyid: String,
    algorithm: String,
    spki: String,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    by: String,
    keys: Vec<Trusted>,
    envelope: Value,
    expected: Value,
}

#[derive(Deserialize)]
struct Trusted {
    key: String,
    keyid: String,
}

impl Key {
    fn trusted(&self, keyid: &str) -> StatementKey {
        if self.algorithm == "Ed25519" {
            let key = ed25519_dalek::VerifyingKey::from_public_key_pem(&self.spki).expect("a key");
            StatementKey::new::<ed25519_dalek::Signature>(key, keyid)
        } else {
            let key = p256::ecdsa::VerifyingKey::from_public_key_pem(&self.spki).expect("a key");
            StatementKey::new::<DerSignature>(key, keyid)
        }
    }
}

fn file(path: &str) -> String {
    std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).expect("the file")
}

fn vectors() -> Vectors {
    from_json(&file("tests/vectors/envelopes.json")).expect("vectors")
}

/// Reads the record of the worked example.
fn record() -> Value {
    let document = file("docs/FORMAT.md");
    let (_, behind) = document.split_once("<!-- worked-example -->\n```json\n").expect("the example");
    let (block, _) = behind.split_once("\n```\n").expect("its end");
    from_json::<Value>(block).expect("JSON")["expected"]["record"].take()
}

/// Signs the worked example: name of the vector, keyid, envelope.
fn signed() -> [(&'static str, &'static str, Value); 2] {
    let statement = to_statement(&record()).expect("a good record");
    let ed25519 = ed25519_dalek::SigningKey::from_bytes(&OF_ED25519);
    let p256 = p256::ecdsa::SigningKey::from_slice(&OF_P256).expect("a key");
    let by_ed25519 = sign_statement::<ed25519_dalek::Signature>(&statement, &ed25519, "rust-ed25519").expect("signed");
    let by_p256 = sign_statement::<DerSignature>(&statement, &p256, "rust-p256").expect("signed");
    [
        ("signed by Rust with Ed25519", "rust-ed25519", json!(by_ed25519)),
        ("signed by Rust with ECDSA", "rust-p256", json!(by_p256)),
    ]
}

#[test]
fn every_envelope_has_the_answer_that_node_gives() {
    let Vectors { keys, cases } = vectors();
    let mut valid = 0;
    for Case { name, keys: trusted, envelope, expected, .. } in &cases {
        let of = |Trusted { key, keyid }: &Trusted| {
            keys.iter().find(|known| known.keyid == *key).expect("a known key").trusted(keyid)
        };
        let trusted: Vec<StatementKey> = trusted.iter().map(of).collect();
        let found = verify_envelope(envelope, &trusted);
        let messages = json!({ "valid": found.is_valid(), "issues": found.issues, "keyids": found.keyids });
        assert_eq!(&messages, expected, "{name}");
        assert_eq!(found.statement.is_some(), found.is_valid(), "{name}");
        valid += usize::from(found.is_valid());
    }
    assert!(cases.len() >= 100 && valid >= 15, "{} cases, {valid} valid", cases.len());
}

#[test]
fn rust_signs_the_stored_envelopes() {
    let Vectors { cases, .. } = vectors();
    for (name, keyid, envelope) in signed() {
        let case = cases.iter().find(|case| case.name == name).expect("it is stored");
        assert_eq!((&*case.by, &*case.keys[0].keyid), ("rust", keyid));
        assert_eq!(case.envelope, envelope, "{name}");
    }
}

#[test]
#[ignore = "prints the envelopes that rust_signs_the_stored_envelopes expects"]
fn print_what_rust_signs() {
    let envelopes: Vec<Value> = signed()
        .into_iter()
        .map(|(name, key, envelope)| json!({ "name": name, "key": key, "envelope": envelope }))
        .collect();
    let ed25519 = ed25519_dalek::SigningKey::from_bytes(&OF_ED25519).verifying_key();
    let p256 = *p256::ecdsa::SigningKey::from_slice(&OF_P256).expect("a key").verifying_key();
    println!("{}", json!({ "ed25519": ed25519.to_bytes(), "p256": p256.to_sec1_bytes(), "envelopes": envelopes }));
}

#[test]
fn the_seal_of_a_statement_verifies_its_record() {
    let record = record();
    let Vectors { keys, .. } = vectors();
    for (_, keyid, envelope) in signed() {
        let key = keys.iter().find(|known| known.keyid == keyid).expect("a known key").trusted(keyid);
        let statement = verify_envelope(&envelope, &[key]).statement.expect("a valid one");
        assert_eq!(statement, serde_json::to_value(to_statement(&record).expect("a record")).expect("JSON"));
        let seal = statement["predicate"]["seal"].as_str().and_then(|seal| seal.parse().ok());
        let found = verify_snapshot(&record, &[] as &[Value], &VerifyOptions { seal, ..VerifyOptions::default() });
        assert!(found.issues.iter().all(|issue| issue.path != "expect.seal"), "{found:?}");
        let mut other = record.clone();
        other["metadata"]["run"] = 8.into();
        let found = verify_snapshot(&other, &[] as &[Value], &VerifyOptions { seal, ..VerifyOptions::default() });
        assert!(found.issues.iter().any(|issue| issue.path == "expect.seal"), "{found:?}");
    }
}

// F13-6, E8.4-2
#[test]
fn takes_only_a_payload_that_is_i_json() {
    let payload = serde_json_canonicalizer::to_string(&to_statement(&record()).expect("a record")).expect("JSON");
    // In a member of the manifest, which is itself at level 3.
    let with = |x: &str| format!("3,\"x\":{x}");
    let deep = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let not_json = Some(("payload", "Invalid payload: expected JSON in UTF-8"));
    let unknown = Some(("payload.predicate.manifest.x", "Unknown member: x"));
    for (instead, expected) in [
        (&*deep(1_001), not_json),
        (&with(&deep(998)), not_json),
        (&with(&deep(997)), unknown),
        // Not nested: many values, and brackets in a string.
        (&with(&format!("[{}[]]", "{},[],".repeat(1_000))), unknown),
        (&with(&format!("\"\\\"{}\"", "[{".repeat(1_000))), unknown),
        ("1e400", not_json),
        (r#""\ud800""#, not_json),
        ("3,\"itemCount\":3", not_json),
        (r#"3,"\ud800":1"#, not_json),
        ("3", None),
    ] {
        let payload = payload.replace("\"itemCount\":3", &format!("\"itemCount\":{instead}")).into_bytes();
        let mut message = format!("DSSEv1 28 application/vnd.in-toto+json {} ", payload.len()).into_bytes();
        message.extend(&payload);
        let key = ed25519_dalek::SigningKey::from_bytes(&OF_ED25519);
        let signature: ed25519_dalek::Signature = signature::Signer::sign(&key, &message);
        let envelope = json!({
            "payload": Base64::encode_string(&payload),
            "payloadType": "application/vnd.in-toto+json",
            "signatures": [{ "sig": Base64::encode_string(&signature.to_bytes()) }],
        });
        let key = StatementKey::new::<ed25519_dalek::Signature>(key.verifying_key(), "");
        assert_eq!(format!("{key:?}"), r#"StatementKey { keyid: "", .. }"#);
        let found = verify_envelope(&envelope, &[key]);
        let messages: Vec<_> = found.issues.iter().map(|issue| (&*issue.path, &*issue.message)).collect();
        assert_eq!(messages, Vec::from_iter(expected), "{instead}");
    }
}

/// A signer that always fails, like a remote key that cannot be reached.
struct Unreachable;

impl signature::Signer<ed25519_dalek::Signature> for Unreachable {
    fn try_sign(&self, _: &[u8]) -> Result<ed25519_dalek::Signature, signature::Error> {
        Err(signature::Error::new())
    }
}

#[test]
fn a_signer_that_fails_is_a_problem_and_a_wrong_statement_is_not_signed() {
    let mut statement = to_statement(&record()).expect("a good record");
    let failed = sign_statement::<ed25519_dalek::Signature>(&statement, &Unreachable, "").unwrap_err();
    assert_eq!((failed.code(), failed.detail()), (Code::InternalError, "No signature: signature error"));
    statement.predicate.manifest.item_count = (1 << 53) + 1;
    let failed = sign_statement::<ed25519_dalek::Signature>(&statement, &Unreachable, "").unwrap_err();
    assert_eq!((failed.code(), &*failed.issues()[0].path), (Code::ValidationFailed, "predicate.manifest.itemCount"));
}

// E8.4-14
#[test]
fn a_forged_statement_is_not_signed() {
    type Forge = fn(&mut Statement);

    let good = to_statement(&record()).expect("a good record");
    let forgeries: [(&str, Forge); 7] = [
        ("_type", |statement| statement.statement_type.push('x')),
        ("predicateType", |statement| statement.predicate_type.clear()),
        ("subject", |statement| statement.subject.push(statement.subject[0].clone())),
        ("subject", |statement| statement.subject.clear()),
        ("subject.0.name", |statement| statement.subject[0].name.push('x')),
        ("subject.0.digest.sha256", |statement| statement.subject[0].digest.sha256 = Digest::of(b"other")),
        ("predicate.snapshotId", |statement| statement.predicate.snapshot_id.push(':')),
    ];
    let key = ed25519_dalek::SigningKey::from_bytes(&OF_ED25519);
    for (path, forge) in forgeries {
        let mut statement = good.clone();
        forge(&mut statement);
        let refused = sign_statement::<ed25519_dalek::Signature>(&statement, &key, "").unwrap_err();
        assert_eq!((refused.code(), &*refused.issues()[0].path), (Code::ValidationFailed, path));
        assert!(!refused.detail().contains("toStatement"), "{refused}");
    }
}

#[test]
fn clearing_the_issues_makes_no_envelope_valid() {
    let Vectors { keys, cases } = vectors();
    let trusted = || keys.iter().map(|key| key.trusted(&key.keyid)).collect::<Vec<_>>();
    let mut bad = 0;
    for Case { name, envelope, .. } in &cases {
        let mut found = verify_envelope(envelope, &trusted());
        if found.is_valid() {
            found.issues = verify_envelope(&json!({}), &[]).issues;
        } else {
            // Without its issues, it is still not valid.
            found.issues.clear();
            bad += 1;
        }
        assert!(!found.is_valid(), "{name}");
        let members = serde_json::to_value(&found).expect("JSON");
        assert!(members.as_object().expect("an object").keys().all(|name| name != "evidence"));
    }
    assert!(bad > 100);
}

/// A key that has made no signature. It counts the checks, and takes no time for them.
struct Nobodys(Arc<AtomicUsize>);

impl signature::Verifier<ed25519_dalek::Signature> for Nobodys {
    fn verify(&self, _: &[u8], _: &ed25519_dalek::Signature) -> Result<(), signature::Error> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Err(signature::Error::new())
    }
}

/// Verifies an envelope with this payload and these numbers of signatures and keys. Returns the messages and the number of checks.
fn limited(payload: String, signatures: usize, keys: usize) -> (Vec<String>, usize) {
    let checks = Arc::new(AtomicUsize::new(0));
    let key = |_| StatementKey::new::<ed25519_dalek::Signature>(Nobodys(Arc::clone(&checks)), "");
    let keys: Vec<_> = (0..keys).map(key).collect();
    let signature = json!({ "sig": Base64::encode_string(&[0; 64]) });
    let mut envelope =
        json!({ "payloadType": "application/vnd.in-toto+json", "signatures": vec![signature; signatures] });
    envelope["payload"] = payload.into();
    let found = verify_envelope(&envelope, &keys);
    assert!(!found.is_valid());
    let messages =
        found.issues.iter().map(|issue| format!("{} {} {}", issue.path, issue.code, issue.message)).collect();
    (messages, checks.load(Ordering::Relaxed))
}

// E8.4-3
#[test]
fn too_many_checks_are_refused_before_the_first() {
    let of = |bytes: usize| "A".repeat((bytes * 4).div_ceil(3));
    let none = "signatures mismatch Mismatch: expected a signature by one of the keys, found none".to_owned();
    let too_many = |most: usize, bytes: usize, found: usize| {
        let message = format!("expected at most {most} checks of a payload of {bytes} bytes, found {found}");
        vec![format!("signatures too_big Too big: {message}")]
    };
    assert_eq!(limited(of(0), 100, 10), (vec![none.clone()], 1000));
    assert_eq!(limited(of(0), 91, 11), (too_many(1000, 0, 1001), 0));
    assert_eq!(limited(of(2_684_354), 100, 1), (vec![none], 100));
    assert_eq!(limited(of(2_684_355), 100, 1), (too_many(99, 2_684_355, 100), 0));
    assert_eq!(limited(of(5_000_000), 100, 10), (too_many(53, 5_000_000, 1000), 0));
}

#[test]
fn a_payload_that_is_too_long_is_not_read() {
    // 2^28 bytes are 357,913,942 digits of base64. Characters beyond ASCII count as UTF-16 units, as in JavaScript.
    let text = |length: usize, start: &str, end: &str| {
        format!("{start}{}{end}", "A".repeat(length - start.encode_utf16().count() - end.len()))
    };
    for payload in [text(357_913_943, "", ""), text(357_913_944, "!", "=")] {
        let messages = vec!["payload too_big Too big: expected at most 268435456 bytes".to_owned()];
        assert_eq!(limited(payload, 1, 1), (messages, 0));
    }
    for payload in [text(357_913_942, "!", ""), text(357_913_944, "é", "==")] {
        let messages = vec!["payload invalid_format Invalid payload: expected base64".to_owned()];
        assert_eq!(limited(payload, 1, 1), (messages, 0));
    }
}

#[test]
fn a_keyid_that_is_null_is_read_as_empty() {
    for keyid in ["null", "\"\""] {
        let json =
            format!(r#"{{"payload":"","payloadType":"x","signatures":[{{"keyid":{keyid},"sig":"s"}},{{"sig":"s"}}]}}"#);
        let envelope: DsseEnvelope = serde_json::from_str(&json).expect("an envelope");
        assert!(envelope.signatures.iter().all(|signature| signature.keyid.is_empty()));
    }
}

// F8-2
#[test]
fn two_packs_have_two_names() {
    for (pack_key, version, name) in [
        ("shop.docs", "2026.3", "context-pack:shop.docs@2026.3"),
        ("a@1", "2", "context-pack:a%401@2"),
        ("a", "1@2", "context-pack:a@1%402"),
        ("50%", "ü …", "context-pack:50%25@ü%20%E2%80%A6"),
    ] {
        let pack = Pack { pack_key: pack_key.into(), version: version.into(), ..Pack::default() };
        let context = Context { actor: Some(Actor::Admin), pack: Some(pack), ..Context::default() };
        let snapshot =
            snapshot_pack(&Input { pack_key: pack_key.into(), ..Input::default() }, &context).expect("a snapshot");
        let statement = to_statement(&serde_json::to_value(&snapshot.record).expect("JSON")).expect("a statement");
        assert_eq!(statement.subject[0].name, name);
    }
}

#[test]
fn a_signature_is_over_the_pre_authentication_encoding() {
    // As the protocol defines it, over the bytes in the envelope.
    let (_, _, envelope) = &signed()[0];
    let payload = base64(envelope["payload"].as_str().expect("a text"));
    let mut message = format!("DSSEv1 28 application/vnd.in-toto+json {} ", payload.len()).into_bytes();
    message.extend(&payload);
    let signature = base64(envelope["signatures"][0]["sig"].as_str().expect("a text"));
    let signature = ed25519_dalek::Signature::from_slice(&signature).expect("64 bytes");
    let key = ed25519_dalek::SigningKey::from_bytes(&OF_ED25519).verifying_key();
    assert!(key.verify_strict(&message, &signature).is_ok());
    assert_eq!(payload, serde_json_canonicalizer::to_vec(&to_statement(&record()).expect("a record")).expect("JSON"));
}

/// Decodes base64 with another implementation.
fn base64(text: &str) -> Vec<u8> {
    Base64::decode_vec(text).expect("base64")
}
