//! Values of the Rust types in JSON: what they read, what they refuse, and that nothing wrong becomes something right.
//!
//! Why: a host may read a whole context from JSON, so a caller's actor, a policy decision or a time that is misspelt must let
//! nobody in and must not be replaced. How: each type with the texts that it has, texts near to them, and JSON that is not text.

use crate::support;
use context_snapshot::{
    Actor, Code, Context, Digest, DigestedItem, Effect, Format, IndexEntry, Input, InvalidTimestamp, Item, Manifest,
    Output, Predicate, Record, SubjectDigest, Timestamp, VerifyOptions, from_json, snapshot_pack, to_statement,
    verify_snapshot,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Returns JSON that is not a text, among it an object with a name of the type.
fn not_texts(name: &str) -> [Value; 6] {
    [json!(null), json!(7), json!(true), json!([name]), json!({ name: null }), json!({ name: {} })]
}

fn read<T: DeserializeOwned>(value: &Value) -> Option<T> {
    serde_json::from_value(value.clone()).ok()
}

/// Returns the value after it was written as JSON and read again.
fn again<T: Serialize + DeserializeOwned>(value: &T) -> T {
    from_json(&serde_json::to_string(value).expect("JSON")).expect("it is read as it was written")
}

/// Returns a context with this caller, in which everything else is right.
fn context(mut caller: Value) -> Context {
    let context = support::context();
    caller["pack"] = json!(context.pack);
    caller["items"] = json!(context.items);
    serde_json::from_value(caller).expect("a context")
}

fn status(caller: Value) -> u16 {
    let answer = snapshot_pack(&support::input(), &context(caller));
    answer.map_or_else(|problem| problem.code().status(), |_| 200)
}

/// The canonical form of such a number ends in zeros, and is another integer: 24804166132190510 for 24804166132190512.
// F7.4-6, F9.3-3
#[test]
fn a_snapshot_with_numbers_above_2_53_is_the_one_that_is_verified() {
    let numbers: Vec<f64> = (53..90).map(|power| 1.377 * 2_f64.powi(power)).chain([24_804_166_132_190_512.0]).collect();
    let metadata = json!({ "numbers": numbers });
    let input = Input { metadata: metadata.as_object().cloned(), ..support::input() };
    let mut context = support::context();
    context.items[0].content = metadata.clone();
    let snapshot = snapshot_pack(&input, &context).expect("a snapshot");
    assert_eq!(snapshot.record.metadata["numbers"], metadata["numbers"]);
    assert_eq!(again(&snapshot.record), snapshot.record);
    let items: Vec<Value> = snapshot.items.iter().map(|item| from_json(&item.json).expect("an item")).collect();
    let found = verify_snapshot(&json!(snapshot.record), &items, &VerifyOptions::default());
    assert_eq!(found.issues, []);
    to_statement(&json!(snapshot.record)).expect("a statement");
}

// E3.1-1, E3.1-4, E3.1-5
#[test]
fn an_unknown_actor_is_read_and_refused_with_401() {
    assert_eq!(status(json!({ "actor": "admin" })), 200);
    assert_eq!(status(json!({ "actor": "user", "roles": ["admin"] })), 200);
    for actor in ["", "Admin", "admin ", "root", "unknown", "anonymous"] {
        assert_eq!(status(json!({ "actor": actor, "roles": ["admin"] })), 401, "{actor:?}");
    }
    for absent in [json!({}), json!({ "actor": null })] {
        assert_eq!(context(absent.clone()).actor, None);
        assert_eq!(status(absent), 401);
    }
    for other in not_texts("admin") {
        assert_eq!(read::<Actor>(&other), None, "{other}");
    }
    for actor in [Actor::Anonymous, Actor::User, Actor::Admin, Actor::Unknown] {
        assert_eq!((again(&actor), json!(actor)), (actor, json!(actor.as_str())));
    }
}

// E3.1-2, E3.1-3, E3.1-4
#[test]
fn an_unknown_effect_is_read_and_refused_with_403() {
    let decided = |decision: Value| status(json!({ "actor": "admin", "decision": decision }));
    assert_eq!(decided(json!({ "effect": "allow" })), 200);
    assert_eq!(decided(json!({ "effect": "allow", "reason": "it is Monday" })), 200);
    for effect in ["", "Allow", "allowed", "allow ", "true", "unknown", "deny"] {
        assert_eq!(decided(json!({ "effect": effect })), 403, "{effect:?}");
    }
    for other in not_texts("allow") {
        assert_eq!(read::<Effect>(&other), None, "{other}");
    }
    for effect in [Effect::Allow, Effect::Deny, Effect::Unknown] {
        assert_eq!((again(&effect), json!(effect)), (effect, json!(effect.as_str())));
    }
}

// F0-1, E4-7, E4-8
#[test]
fn a_context_with_a_wrong_time_or_digest_is_not_read() {
    let refused = |context: Value| {
        let problem = from_json::<Context>(&context.to_string()).expect_err("a refusal");
        assert_eq!(problem.code(), Code::ValidationFailed);
        problem.issues()[0].message.clone()
    };
    let time = "Invalid input: Invalid time: expected RFC 3339 with an offset; missing: the offset";
    assert_eq!(refused(json!({ "now": "2026-01-02T03:04:05" })), time);
    let digest = "Invalid input: Invalid digest: expected sha256: and 64 lower-case hex digits";
    assert_eq!(refused(json!({ "parent": "sha256:0" })), digest);
    let item = json!({ "itemId": "a", "kind": "k", "sourceKey": "s", "content": "", "createdAt": "2026-01-02" });
    assert!(refused(json!({ "items": [item] })).starts_with("Invalid input: Invalid time: "));
    let absent: Context = from_json(r#"{ "now": null, "parent": null }"#).expect("a context");
    assert_eq!(absent, Context::default());
}

// F5.1-1, F5.1-2, E4-8, E4-10
#[test]
fn a_timestamp_is_read_from_rfc_3339_and_written_in_utc() {
    let time = Timestamp::from_millis(1_767_323_045_678).expect("in range");
    for text in ["2026-01-02T03:04:05.678Z", "2026-01-02t03:04:05.6789z", "2026-01-02T05:04:05.678+02:00"] {
        assert_eq!((text.parse(), read(&json!(text))), (Ok(time), Some(time)), "{text}");
    }
    assert_eq!(json!(time), "2026-01-02T03:04:05.678Z");
    let message = |text: &str| text.parse::<Timestamp>().map_err(|wrong: InvalidTimestamp| wrong.to_string());
    let range = Err("Invalid time: expected an instant from 1970 to 9999".to_owned());
    assert_eq!(message("1969-12-31T23:59:59.999Z"), range);
    assert_eq!(message("9999-12-31T23:59:59.999-00:01"), range);
    assert_eq!(message("now"), Err("Invalid time: expected RFC 3339 with an offset".to_owned()));
    // A store's form is not a caller's.
    assert!("2026-01-02 03:04:05Z".parse::<Timestamp>().is_err());
    for other in not_texts("2026-01-02T03:04:05.678Z") {
        assert_eq!(read::<Timestamp>(&other), None, "{other}");
    }
}

#[test]
fn a_manifest_of_another_format_is_not_read() {
    let manifest = json!(support::snapshot().manifest);
    assert_eq!(read::<Manifest>(&manifest).map(|manifest| manifest.format), Some(Format::V1));
    assert_eq!(Format::V1.to_string(), context_snapshot::contract::FORMAT);
    for format in ["context.pack.snapshot/v2", "context.pack.snapshot/V1", "context.pack.snapshot/v1 ", ""] {
        let mut other = manifest.clone();
        other["format"] = json!(format);
        assert_eq!(read::<Manifest>(&other), None, "{format:?}");
    }
    for other in not_texts("context.pack.snapshot/v1") {
        assert_eq!(read::<Format>(&other), None, "{other}");
    }
}

#[test]
fn every_result_is_read_back_from_its_json() {
    let snapshot = support::snapshot();
    assert_eq!(again::<Record>(&snapshot.record), snapshot.record);
    assert_eq!(again::<Output>(&snapshot.output), snapshot.output);
    assert_eq!(again::<Vec<IndexEntry>>(&snapshot.index), snapshot.index);
    assert_eq!(again::<Input>(&support::input()), support::input());
    assert_eq!(again::<Context>(&support::context()), support::context());
    let statement = context_snapshot::to_statement(&json!(snapshot.record)).expect("a statement");
    assert_eq!(again(&statement), statement);
    let Predicate { created_at, .. } = statement.predicate;
    assert_eq!(created_at, snapshot.output.created_at);
    assert_eq!(statement.subject[0].digest, SubjectDigest { sha256: snapshot.output.hash });
}

// F0-1
#[test]
fn a_digest_has_a_prefix_except_in_a_statement() {
    let (text, hex) = (Digest::of(b"").to_string(), Digest::of(b"").hex());
    assert_eq!(
        read::<SubjectDigest>(&json!({ "sha256": hex })).map(|digest| json!(digest)),
        Some(json!({ "sha256": hex }))
    );
    for wrong in [text.clone(), hex.to_uppercase(), hex[1..].to_owned(), format!("{hex}0"), String::new()] {
        assert_eq!(read::<SubjectDigest>(&json!({ "sha256": wrong })), None, "{wrong}");
    }
    let digested = |digest: &str| json!({ "itemId": "a", "digest": digest, "kind": "k", "sourceKey": "s" });
    assert!(read::<DigestedItem>(&digested(&text)).is_some());
    assert!(read::<DigestedItem>(&digested(&hex)).is_none());
}

#[test]
fn an_item_keeps_its_time() {
    let json =
        r#"{ "itemId": "a", "kind": "k", "sourceKey": "s", "content": "", "createdAt": "2026-01-02T03:04:05Z" }"#;
    let item: Item = from_json(json).expect("an item");
    let context = Context { items: vec![item.clone()], ..support::context() };
    let mut context =
        Context { pack: context.pack.map(|pack| context_snapshot::Pack { sources: None, ..pack }), ..context };
    let made = |context: &Context| snapshot_pack(&support::input(), context).expect("a snapshot").items[0].created_at;
    assert_eq!(Some(made(&context)), item.created_at);
    context.items[0].created_at = None;
    assert_eq!(Some(made(&context)), context.now);
}
