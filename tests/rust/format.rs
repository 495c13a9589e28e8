//! The format, implemented a second time: FORMAT 1 to 5 with other tools, against the operation.
//!
//! Why: vectors hold cases that somebody thought of; random packs, items and metadata find the others. How: the model in this
//! file builds JSON values, makes them canonical with `serde_json_canonicalizer`, hashes them with `sha2`, splits the tree from
//! the top, and shares nothing with the crate.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{SystemTime, UNIX_EPOCH};

use context_snapshot::{
    Actor, Code, Context, IdempotencyKey, Input, Item, Pack, Source, Timestamp, contract, digest_item, snapshot_id_for,
    snapshot_pack,
};
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

fn jcs(value: &impl serde::Serialize) -> String {
    serde_json_canonicalizer::to_string(value).expect("it can write that")
}

fn hash(message: &[u8]) -> Vec<u8> {
    Sha256::digest(message).to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

fn digest(message: &[u8]) -> String {
    format!("sha256:{}", hex(&hash(message)))
}

/// Computes the root of the tree (FORMAT 2.2).
fn tree(leaves: &[Vec<u8>]) -> Vec<u8> {
    match leaves {
        [] => hash(b""),
        [only] => only.clone(),
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            hash(&[&[1], &tree(left)[..], &tree(right)[..]].concat())
        }
    }
}

/// Computes the UUID of version 8 (FORMAT 5.2).
fn uuid8(value: &Value) -> String {
    let mut bytes = hash(jcs(value).as_bytes());
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    [&bytes[..4], &bytes[4..6], &bytes[6..8], &bytes[8..10], &bytes[10..16]].map(hex).join("-")
}

/// Makes an object of the members that are present.
fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let there = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(there.collect())
}

fn text(value: Option<&String>) -> Option<Value> {
    value.map(|value| json!(value))
}

/// Makes the record (FORMAT 4) and the canonical items (FORMAT 1) in the order of the tree (FORMAT 2).
fn model(input: &Input, context: &Context) -> (Value, Vec<String>) {
    let pack = context.pack.as_ref().expect("a pack");
    let mut items: Vec<(Vec<u16>, String)> = Vec::new();
    for item in &context.items {
        let canonical = object([
            ("itemId", text(Some(&item.item_id))),
            ("kind", text(Some(&item.kind))),
            ("sourceKey", text(Some(&item.source_key))),
            ("sourceVersion", text(item.source_version.as_ref())),
            ("content", Some(item.content.clone())),
            ("textContent", text(item.text_content.as_ref())),
            ("metadata", item.metadata.clone().map(Value::Object)),
        ]);
        items.push((item.item_id.encode_utf16().collect(), jcs(&canonical)));
    }
    items.sort();
    let items: Vec<String> = items.into_iter().map(|(_, json)| json).collect();
    let leaves: Vec<_> = items.iter().map(|json| hash(&[&[0], json.as_bytes()].concat())).collect();

    let source = |source: &Source| {
        object([
            ("kind", text(Some(&source.kind))),
            ("key", text(Some(&source.key))),
            ("version", text(source.version.as_ref())),
            ("required", source.required.map(Value::from)),
            ("description", text(source.description.as_ref())),
        ])
    };
    let manifest = json!({
        "format": "context.pack.snapshot/v1",
        "itemCount": items.len(),
        "itemsRoot": format!("sha256:{}", hex(&tree(&leaves))),
        "pack": object([
            ("packKey", text(Some(&pack.pack_key))),
            ("version", text(Some(&pack.version))),
            ("title", text(Some(&pack.title))),
            ("description", text(pack.description.as_ref())),
            ("owners", pack.owners.as_ref().map(|owners| json!(owners))),
            ("tags", pack.tags.as_ref().map(|tags| json!(tags))),
            ("sources", pack.sources.as_ref().map(|sources| sources.iter().map(source).collect())),
        ]),
    });

    let user_id = context.user_id.as_ref().filter(|user| !user.is_empty());
    let snapshot_id = context.snapshot_id.clone().unwrap_or_else(|| {
        uuid8(&json!({
            "idemKey": context.idem_key, "packKey": pack.pack_key, "packVersion": pack.version,
            "tenantId": context.tenant_id, "organizationId": context.organization_id, "workspaceId": context.workspace_id,
        }))
    });
    let as_admin = context.actor == Some(Actor::Admin);
    let ours = object([
        ("manifest", Some(manifest.clone())),
        ("actor", Some(json!(if as_admin { "admin" } else { "user" }))),
        ("grant", Some(json!(if as_admin { "actor" } else { "role" }))),
        ("userId", text(user_id)),
        ("reason", text(input.reason.as_ref())),
        ("requestedBy", text(input.requested_by.as_ref())),
        ("traceId", text(context.trace_id.as_ref())),
        ("idemKey", text(context.idem_key.as_ref())),
        ("tenantId", text(context.tenant_id.as_ref())),
        ("organizationId", text(context.organization_id.as_ref())),
        ("workspaceId", text(context.workspace_id.as_ref())),
        ("channel", text(context.channel.as_ref())),
        ("parent", context.parent.map(|parent| json!(parent))),
    ]);
    let mut metadata = input.metadata.clone().unwrap_or_default();
    metadata.insert("$snapshot".to_owned(), ours);
    let mut record = object([
        ("snapshotId", Some(json!(snapshot_id))),
        ("packKey", text(Some(&pack.pack_key))),
        ("packVersion", text(Some(&pack.version))),
        ("hash", Some(json!(digest(jcs(&manifest).as_bytes())))),
        ("itemCount", Some(json!(items.len()))),
        ("createdAt", context.now.map(|now| json!(now))),
        ("createdBy", text(user_id.or(input.requested_by.as_ref()))),
        ("metadata", Some(Value::Object(metadata))),
    ]);
    let seal = digest(jcs(&record).as_bytes());
    record["metadata"]["$snapshot"]["seal"] = json!(seal);
    (record, items)
}

fn character() -> impl Strategy<Value = char> {
    let special: Vec<char> = "\0\u{1f}\n\"\\$ab:é€\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}".chars().collect();
    prop_oneof![2 => proptest::char::range(' ', '~'), 2 => proptest::sample::select(special), 1 => any::<char>()]
}

fn words() -> impl Strategy<Value = String> {
    vec(character(), 0..12).prop_map(String::from_iter)
}

/// A text that is not empty.
fn name() -> impl Strategy<Value = String> {
    vec(character(), 1..6).prop_map(String::from_iter)
}

/// Names near to `$snapshot`, and any others.
fn metadata() -> impl Strategy<Value = Map<String, Value>> {
    let near =
        ["", "$", "$snapsho", "$snapshot ", "$snapshot\0", "$snapshots", "$snapshou", "$Snapshot", "#", "%", "😀"];
    let name = prop_oneof![proptest::sample::select(near.to_vec()).prop_map(str::to_owned), words()];
    btree_map(name, value(), 0..6).prop_map(|mut members| {
        members.remove("$snapshot");
        Map::from_iter(members)
    })
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<f64>().prop_filter("finite", |double| double.is_finite()).prop_map(Value::from),
        words().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            btree_map(words(), inner, 0..5).prop_map(|members| Map::from_iter(members).into()),
        ]
    })
}

fn item() -> impl Strategy<Value = Item> {
    let content = prop_oneof![words().prop_map(Value::from), metadata().prop_map(Value::from)];
    let time = of(Just(Timestamp::from_millis(1_769_000_000_000).expect("in range")));
    (name(), name(), name(), of(words()), content, of(words()), of(metadata()), time).prop_map(
        |(item_id, kind, source_key, source_version, content, text_content, metadata, created_at)| Item {
            item_id,
            kind,
            source_key,
            source_version,
            content,
            text_content,
            metadata,
            created_at,
        },
    )
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    vec(item(), 0..20).prop_map(|items| {
        let mut known = BTreeSet::new();
        items.into_iter().filter(|item| known.insert(item.item_id.clone())).collect()
    })
}

fn source() -> impl Strategy<Value = Source> {
    (name(), name(), of(words()), of(Just(false)), of(words()))
        .prop_map(|(kind, key, version, required, description)| Source { kind, key, version, required, description })
}

fn pack() -> impl Strategy<Value = Pack> {
    (name(), words(), words(), of(words()), of(vec(words(), 0..4)), of(vec(words(), 0..4)), of(vec(source(), 0..4)))
        .prop_map(|(pack_key, version, title, description, owners, tags, sources)| Pack {
            pack_key,
            version,
            title,
            description,
            owners,
            tags,
            sources,
        })
}

fn input() -> impl Strategy<Value = Input> {
    (of(words()), of(words()), of(metadata())).prop_map(|(reason, requested_by, metadata)| Input {
        reason,
        requested_by,
        metadata,
        ..Input::default()
    })
}

fn context() -> impl Strategy<Value = Context> {
    let identity = (any::<bool>(), of(words()), of(words()), of(words()), of(words()), of(words()), of(words()));
    let id = name().prop_map(|id| id.replace(':', "-"));
    let millis = (0..=253_402_300_799_999_i64).prop_map(|millis| Timestamp::from_millis(millis).expect("in range"));
    let rest = (of(id), name(), of(any::<[u8; 32]>()), millis, pack(), items());
    (identity, rest).prop_map(
        |(
            (as_admin, user_id, tenant_id, organization_id, workspace_id, channel, trace_id),
            (snapshot_id, idem_key, parent, now, pack, items),
        )| Context {
            actor: Some(if as_admin { Actor::Admin } else { Actor::User }),
            roles: (!as_admin).then(|| vec!["admin".to_owned()]),
            user_id,
            tenant_id,
            organization_id,
            workspace_id,
            channel,
            trace_id,
            idem_key: Some(idem_key),
            decision: None,
            pack: Some(pack),
            items,
            now: Some(now),
            snapshot_id,
            parent: parent.map(context_snapshot::Digest),
            limits: None,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    // F1.1-1, F1.2-1, F2.1-1, F2.2-1, F3-1, F3-4, F4-1, F4-5, F4-9, F5.2-4
    #[test]
    fn random_snapshots_are_what_the_format_says(mut input in input(), context in context(), asks in any::<bool>()) {
        let pack = context.pack.as_ref().expect("a pack");
        input.pack_key.clone_from(&pack.pack_key);
        input.pack_version = asks.then(|| pack.version.clone());

        let (record, items) = model(&input, &context);
        let snapshot = snapshot_pack(&input, &context).map_err(|problem| TestCaseError::fail(format!("{problem:?}")))?;
        prop_assert_eq!(jcs(&snapshot.record), jcs(&record));
        prop_assert_eq!(snapshot.items.iter().map(|item| item.json.clone()).collect::<Vec<_>>(), items);
        let event = json!({ "event": "context.snapshot.created", "snapshotId": record["snapshotId"] });
        prop_assert_eq!(snapshot.event.id, uuid8(&event));
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    /// An item in a batch is digested as the item by itself, wherever the batches end.
    #[test]
    fn items_of_any_length_keep_their_text(lengths in vec(prop_oneof![0..200_usize, 1_000..70_000_usize, 120_000..140_000_usize], 0..12)) {
        let item = |(position, length): (usize, &usize)| Item {
            item_id: format!("{position}"),
            kind: "k".into(),
            source_key: "s".into(),
            content: json!("é".repeat(length / 2)),
            ..Item::default()
        };
        let items: Vec<Item> = lengths.iter().enumerate().map(item).collect();
        let digested: BTreeMap<_, _> = items.iter().map(|item| {
            let alone = digest_item(item).expect("a good one");
            (alone.item_id, (alone.digest, alone.json))
        }).collect();
        let pack = Pack { pack_key: "p".into(), ..Pack::default() };
        let context = Context { actor: Some(Actor::Admin), pack: Some(pack), items, ..Context::default() };
        let snapshot = snapshot_pack(&Input { pack_key: "p".into(), ..Input::default() }, &context).expect("a snapshot");
        let found: BTreeMap<_, _> = snapshot.items.into_iter().zip(snapshot.index).map(|(item, entry)| {
            (item.item_id, (entry.digest, item.json))
        }).collect();
        prop_assert_eq!(found, digested);
    }
}

/// Returns input and context of an empty snapshot by an admin.
fn plain() -> (Input, Context) {
    let pack = Pack { pack_key: "p".into(), version: "1".into(), title: String::new(), ..Pack::default() };
    let context = Context { actor: Some(Actor::Admin), pack: Some(pack), ..Context::default() };
    (Input { pack_key: "p".into(), ..Input::default() }, context)
}

// F5.2-3, F5.2-5, F5.2-6
#[test]
fn a_fresh_id_is_of_version_seven() {
    let (input, mut context) = plain();
    context.now = Timestamp::from_millis(1_767_323_045_678);
    let millis = format!("{:012x}", 1_767_323_045_678_i64);
    let mut ids = BTreeSet::new();
    for _ in 0..1_000 {
        let snapshot = snapshot_pack(&input, &context).expect("a snapshot");
        let id = snapshot.output.snapshot_id;
        assert_eq!(id.len(), 36);
        assert_eq!(id[..15], format!("{}-{}-7", &millis[..8], &millis[8..]), "{id}");
        assert!(matches!(&id[18..20], "-8" | "-9" | "-a" | "-b"), "{id}");
        assert!(id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-')), "{id}");
        assert!(ids.last().is_none_or(|last| *last < id), "{id} does not come after the last one");
        assert!(ids.insert(id));
    }
    // After the counter, each digit takes every value: none is fixed.
    for place in 28..36 {
        let values: BTreeSet<_> = ids.iter().map(|id| &id[place..=place]).collect();
        assert_eq!(values.len(), 16, "digit {place}");
    }
}

#[test]
fn a_snapshot_without_a_time_is_made_when_the_clock_says() {
    let clock =
        || i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis()).expect("now");
    let (input, context) = plain();
    let before = clock();
    let snapshot = snapshot_pack(&input, &context).expect("a snapshot");
    let after = clock();
    assert!((before..=after).contains(&snapshot.output.created_at.millis()));
}

// F5.2-2, F5.2-4
#[test]
fn an_id_is_derived_from_the_idempotency_key_and_its_scope() {
    let key = IdempotencyKey {
        idem_key: "nightly-2026-03-01".into(),
        pack_key: "shop.docs".into(),
        pack_version: "2026.3".into(),
        tenant_id: Some("acme".into()),
        ..IdempotencyKey::default()
    };
    assert_eq!(snapshot_id_for(&key).expect("a good key"), "aa79bd16-8e44-8f67-a623-aa810b57c995");
    // An empty scope differs from an absent one.
    let scoped = IdempotencyKey { workspace_id: Some(String::new()), ..key.clone() };
    assert_ne!(snapshot_id_for(&scoped).expect("a good key"), snapshot_id_for(&key).expect("a good key"));
    let bad = IdempotencyKey { idem_key: String::new(), pack_key: String::new(), ..key.clone() };
    let problem = snapshot_id_for(&bad).expect_err("a refusal");
    assert_eq!(problem.code(), Code::ValidationFailed);
    let paths: Vec<_> = problem.issues().iter().map(|issue| (issue.path.as_str(), issue.code.as_str())).collect();
    assert_eq!(paths, [("idemKey", "too_small"), ("packKey", "too_small")]);
    assert!(snapshot_id_for(&IdempotencyKey { pack_version: String::new(), ..key }).is_ok());
}

/// Nests objects and arrays in turn, with this many levels, the outermost an object.
fn nested(levels: usize) -> Map<String, Value> {
    let object = |inner| Map::from_iter([("m".to_owned(), inner)]);
    object((1..levels).fold(
        Value::Null,
        |inner, level| {
            if level % 2 == 0 { vec![inner].into() } else { object(inner).into() }
        },
    ))
}

/// Runs with the stack of a program's first thread; threads that run tests have a quarter of it.
fn with_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(8 << 20).spawn(run).expect("a thread");
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

fn deep_item(content: usize, metadata: usize) -> Item {
    Item {
        item_id: "a".into(),
        kind: "k".into(),
        source_key: "s".into(),
        content: nested(content).into(),
        metadata: Some(nested(metadata)),
        ..Item::default()
    }
}

// F10-5
#[test]
fn items_may_be_nested_as_deep_as_the_format_says() {
    with_stack(|| {
        let (input, mut context) = plain();
        for levels in [1, 126, 127, 128, 129, 999] {
            context.items = vec![deep_item(levels, 1), Item { item_id: "b".into(), ..deep_item(1, levels) }];
            let snapshot = snapshot_pack(&input, &context).expect("a snapshot");
            assert_eq!(snapshot.output.item_count, 2);
        }
        context.items = vec![deep_item(1_000, 1_000)];
        let problem = snapshot_pack(&input, &context).expect_err("a refusal");
        let issues: Vec<_> = problem.issues().iter().map(|issue| (&issue.path[..17], issue.code.as_str())).collect();
        assert_eq!(issues, [("items.0.content.m", "too_big"), ("items.0.metadata.", "too_big")]);
    });
}

// F10-5
#[test]
fn metadata_may_be_nested_as_deep_as_the_format_says() {
    with_stack(|| {
        let (mut input, context) = plain();
        for levels in [1, 100, 126, 127, 128, 129, 999] {
            input.metadata = Some(nested(levels));
            let snapshot = snapshot_pack(&input, &context).expect("a snapshot");
            assert_eq!(snapshot.record.metadata["m"], nested(levels)["m"]);
        }
        input.metadata = Some(nested(1_000));
        let problem = snapshot_pack(&input, &context).expect_err("a refusal");
        let issues: Vec<_> = problem.issues().iter().map(|issue| (&issue.path[..11], issue.code.as_str())).collect();
        assert_eq!(issues, [("metadata.m.", "too_big")]);
    });
}

// F5.3-2
#[test]
fn the_contract_names_operation_and_event_as_the_constants_do() {
    let contract: Value = serde_json::from_str(contract::CONTRACT_JSON).expect("JSON");
    let event = &contract["emits"][0];
    assert_eq!([&contract["key"], &contract["version"]], [contract::OPERATION_KEY, contract::OPERATION_VERSION]);
    assert_eq!([&event["key"], &event["version"]], [contract::EVENT_KEY, contract::EVENT_VERSION]);
}
