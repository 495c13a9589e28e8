//! Compares our canonical JSON with that of another implementation.

#![no_main]

use context_snapshot::{canonicalize, from_json};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|text: &str| {
    let Ok(value) = from_json::<Value>(text) else { return };
    let ours = canonicalize(&value).expect("JSON text always has a canonical form");
    let theirs = serde_json_canonicalizer::to_string(&value).expect("the other implementation accepts it");
    assert_eq!(ours, theirs);
    let again = from_json::<Value>(&ours).expect("canonical JSON is JSON");
    assert_eq!(canonicalize(&again).expect("canonical JSON has a canonical form"), ours);
});
