//! Runs all proofs of `tests/vectors/absences.json`, whatever the id and the trusted hash are.
//!
//! Why here: the types of Rust rule out an id that is not a text and a hash that is not a digest, but JavaScript can pass them. How:
//! both are written to a tape as they are.

use super::*;
use crate::native::json::from_json;

// F6.1-5, E8.6-1
#[test]
fn every_absence_vector_has_its_answer_whatever_id_and_hash_are() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/absences.json");
    let cases: Vec<Value> = from_json(&std::fs::read_to_string(path).expect("the file")).expect("a list");
    let (mut without_id, mut without_digest) = (0, 0);
    for case in &cases {
        let (mut id, mut trusted) = (Tape::default(), Tape::default());
        id.scalar(case.get("itemId"));
        trusted.scalar(case.get("hash"));
        let found = explain(&id, &case["proof"], &trusted);
        assert_eq!(Value::from(found.is_valid()), case["expected"], "{}", case["name"]);
        let names = |path: &str| found.issues.iter().any(|issue| issue.path == path);
        if case["hash"].as_str().is_none_or(|hash| hash.parse::<Digest>().is_err()) {
            assert!(names("hash"), "{}", case["name"]);
            without_digest += 1;
        }
        if case["itemId"].as_str().is_none_or(str::is_empty) {
            assert!(names("itemId"), "{}", case["name"]);
            without_id += 1;
        }
    }
    assert!(without_id >= 5 && without_digest >= 5, "{without_id}, {without_digest} of {}", cases.len());
}
