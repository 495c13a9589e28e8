//! Runs all proofs of `tests/vectors/proofs.json`, whatever the trusted hash is.
//!
//! Why here: the types of Rust rule out a hash that is not a digest, but JavaScript can pass one, and the native tests of the
//! core should not depend on a host. How: the hash is written to the tape as it is.

use super::*;
use crate::native::json::from_json;

#[test]
fn every_proof_vector_has_its_answer_whatever_the_hash_is() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/proofs.json");
    let cases: Vec<Value> = from_json(&std::fs::read_to_string(path).expect("the file")).expect("a list");
    let mut without_digest = 0;
    for case in &cases {
        let mut trusted = Tape::default();
        trusted.scalar(case.get("hash"));
        let found = explain(&case["item"], &case["proof"], &trusted);
        assert_eq!(Value::from(found.is_valid()), case["expected"], "{}", case["name"]);
        let is_digest = case["hash"].as_str().is_some_and(|hash| hash.parse::<Digest>().is_ok());
        if !is_digest {
            assert!(found.issues.iter().any(|issue| issue.path == "hash"), "{}", case["name"]);
            without_digest += 1;
        }
    }
    assert!(without_digest >= 2, "{without_digest} of {} cases have no digest to trust", cases.len());
}
