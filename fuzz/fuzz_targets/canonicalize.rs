//! Compares canonical JSON with another implementation.

#![no_main]

use context_snapshot::{canonicalize, from_json};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|text: &str| {
    let Ok(value) = from_json::<Value>(text) else { return };
    let ours = canonicalize(&value).expect("text has nothing that has no canonical form");
    let theirs = serde_json_canonicalizer::to_string(&value).expect("it can write that");
    assert_eq!(ours, theirs);
    let again = from_json::<Value>(&ours).expect("it is JSON");
    assert_eq!(canonicalize(&again).expect("it has a canonical form"), ours);
});
