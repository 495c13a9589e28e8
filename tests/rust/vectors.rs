//! The vectors that every implementation of the format shares, through the Rust API.
//!
//! Why: Rust and JavaScript have to make the same snapshots, byte for byte, and the same refusals, word for word. How: the
//! snapshots of `tests/vectors/snapshots.json` and the worked example of `docs/FORMAT.md` are made from their input and
//! context; the inputs of `tests/vectors/refusals.json` must be refused.
//!
//! The types of Rust rule out most refusals, because the wrong value cannot be written: a value that JSON does not have
//! (`$js`), half of a surrogate pair, a member of another JSON type, a text that is not a time or not a digest, `null` for a member
//! that may only be absent, and a context without a list of items. [`RuledOut`] names these reasons. Each case that is not run
//! is shown to have one of them, and is counted. `src/native/call/tests.rs` runs them through the core all the same, except
//! the first two kinds, which `tests/node` runs.

use std::collections::BTreeMap;

use context_snapshot::{
    Actor, Context, Digest, IdempotencyKey, Input, Snapshot, digest_item, from_json, merkle, snapshot_id_for,
    snapshot_pack,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// An input and a context, for each test to read from JSON as users do.
#[derive(Deserialize)]
struct Case {
    name: String,
    input: Value,
    ctx: Value,
    #[serde(default)]
    expected: Value,
}

/// The answer to a wrong input or context.
#[derive(Deserialize)]
struct Refusal {
    status: u16,
    code: String,
    #[serde(default)]
    issues: Vec<ExpectedIssue>,
}

#[derive(Deserialize)]
struct ExpectedIssue {
    path: String,
    code: String,
    message: Option<String>,
}

fn file(path: &str) -> String {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Reads JSON of any depth, and keeps numbers as they are written.
fn json(text: &str) -> Result<Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.disable_recursion_limit();
    Value::deserialize(&mut deserializer)
}

/// Splits the text of an array into its elements. Each is read by itself, because some have escapes that no Rust string holds.
fn elements(array: &str) -> Vec<&str> {
    let (mut elements, mut level, mut start, mut in_string, mut escaped) = (Vec::new(), 0, 0, false, false);
    for (at, byte) in array.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                level += 1;
                start = if level == 2 { at } else { start };
            }
            b'}' | b']' => {
                level -= 1;
                elements.extend((level == 1).then(|| &array[start..=at]));
            }
            _ => {}
        }
    }
    elements
}

fn snapshots() -> Vec<Case> {
    let file = file("tests/vectors/snapshots.json");
    elements(&file).into_iter().map(|case| serde_json::from_str(case).expect("a vector")).collect()
}

/// Reads the machine-readable block of the worked example.
fn worked_example() -> Case {
    let document = file("docs/FORMAT.md");
    let (_, behind) = document.split_once("<!-- worked-example -->\n```json\n").expect("the example");
    let (block, _) = behind.split_once("\n```\n").expect("its end");
    let mut example = json(block).expect("it is JSON");
    example["name"] = "worked example".into();
    serde_json::from_value(example).expect("a vector")
}

fn read(case: &Case) -> (Input, Context) {
    // Made canonical first, as JavaScript reads it, because `from_json` refuses numbers that a binary64 does not keep.
    let input = from_json(&canonical(&case.input)).unwrap_or_else(|error| panic!("{}: {error}", case.name));
    let ctx = from_json(&canonical(&case.ctx)).unwrap_or_else(|error| panic!("{}: {error}", case.name));
    (input, ctx)
}

/// Writes canonical JSON with another implementation, so that the tests do not depend on ours.
fn canonical(value: &impl serde::Serialize) -> String {
    serde_json_canonicalizer::to_string(value).expect("it can write that")
}

fn sha256(text: &str) -> Digest {
    Digest(Sha256::digest(text).into())
}

/// Returns the text of an expected member.
fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().unwrap_or_else(|| panic!("{member} is a string"))
}

/// Checks what must be true of every snapshot, whatever is in it.
// F1.2-1, F2.1-1, F2.1-3, F3-4, F4-9, F5.3-2
fn fits_together(snapshot: &Snapshot, context: &Context) {
    let Snapshot { output, event, record, manifest, index, items } = snapshot;

    // Each digest is of the item's text, and is the digest of the item by itself.
    assert_eq!((items.len() as u64, index.len() as u64), (output.item_count, output.item_count));
    for (item, entry) in items.iter().zip(index) {
        assert_eq!(item.item_id, entry.item_id);
        assert_eq!(entry.digest, sha256(&format!("\0{}", item.json)));
        let given = context.items.iter().find(|given| given.item_id == item.item_id).expect("it came from there");
        let alone = digest_item(given).expect("a good one");
        assert_eq!((alone.item_id, alone.digest, alone.json), (item.item_id.clone(), entry.digest, item.json.clone()));
        assert_eq!(item.created_at, given.created_at.unwrap_or(output.created_at));
    }
    let units = |id: &str| id.encode_utf16().collect::<Vec<_>>();
    assert!(index.is_sorted_by(|before, after| units(&before.item_id) < units(&after.item_id)));

    // Root, manifest and hash belong together, and are the same wherever they are repeated.
    assert_eq!(manifest.items_root, merkle::root(index.iter().map(|entry| entry.digest).collect()));
    assert_eq!(manifest.item_count, output.item_count);
    assert_eq!(manifest.format.as_str(), "context.pack.snapshot/v1");
    assert_eq!(Some(&manifest.pack), context.pack.as_ref());
    assert_eq!(output.hash, sha256(&canonical(manifest)));
    assert_eq!((record.hash, record.item_count), (output.hash, output.item_count));
    assert_eq!((&record.snapshot_id, &record.pack_key), (&output.snapshot_id, &output.pack_key));
    assert_eq!((&record.pack_version, record.created_at), (&output.pack_version, output.created_at));
    assert_eq!((&output.pack_key, &output.pack_version), (&manifest.pack.pack_key, &manifest.pack.version));

    // The seal is the digest of the record without it.
    let mut unsealed = serde_json::to_value(record).expect("it is JSON");
    let ours = unsealed["metadata"]["$snapshot"].as_object_mut().expect("an object");
    let seal = ours.remove("seal").expect("a seal");
    assert_eq!(canonical(&ours["manifest"]), canonical(manifest));
    assert_eq!(seal, sha256(&canonical(&unsealed)).to_string());

    // The event repeats the output.
    assert_eq!((event.key, event.version), ("context.snapshot.created", "1.0.0"));
    assert_eq!((&event.payload, event.occurred_at, &event.trace_id), (output, output.created_at, &context.trace_id));
}

#[test]
fn every_snapshot_comes_out_as_its_vector() {
    let cases = snapshots();
    assert!(cases.len() >= 80, "only {} vectors", cases.len());
    for case in cases {
        let Case { name, expected, .. } = &case;
        let (input, context) = read(&case);
        let snapshot = snapshot_pack(&input, &context).unwrap_or_else(|problem| panic!("{name}: {problem:?}"));

        let items: Vec<&str> = snapshot.items.iter().map(|item| item.json.as_str()).collect();
        assert_eq!(Value::from(items), expected["canonicalItems"], "{name}");
        assert_eq!(canonical(&snapshot.manifest), text(expected, "canonicalManifest"), "{name}");
        assert_eq!(snapshot.output.hash.to_string(), text(expected, "hash"), "{name}");
        assert_eq!(serde_json::to_value(&snapshot.index).expect("it is JSON"), expected["index"], "{name}");
        assert_eq!(canonical(&snapshot.record), canonical(&expected["record"]), "{name}");
        assert_eq!(snapshot.event.id, text(expected, "eventId"), "{name}");
        fits_together(&snapshot, &context);
    }
}

#[test]
fn the_order_of_items_changes_nothing() {
    let mut shuffled = 0;
    for case in snapshots() {
        let (input, mut context) = read(&case);
        let count = context.items.len();
        if count < 2 {
            continue;
        }
        shuffled += 1;
        let snapshot = snapshot_pack(&input, &context).expect("a snapshot");
        let mut seed = 1_usize;
        for round in 0..8 {
            if round == 0 {
                context.items.reverse();
            } else {
                // Fisher and Yates, with pseudorandom numbers that are the same in every run.
                for place in (1..count).rev() {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    context.items.swap(place, (seed >> 33) % (place + 1));
                }
            }
            // Time and id are given, so everything is the same.
            assert_eq!(snapshot_pack(&input, &context).expect("a snapshot"), snapshot, "{}", case.name);
        }
    }
    assert!(shuffled >= 10, "only {shuffled} vectors have items to shuffle");
}

// F3-4
#[test]
fn content_changes_the_hash_and_nothing_else_does() {
    let case = worked_example();
    let (input, context) = read(&case);
    let hash = |input: &Input, context: &Context| snapshot_pack(input, context).expect("a snapshot").output.hash;
    let right = hash(&input, &context);

    // The hash does not depend on who asks, when, why, for whom and under which id.
    let other_input = Input { reason: None, requested_by: Some("x".into()), metadata: None, ..input.clone() };
    assert_eq!(hash(&other_input, &context), right);
    let mut other = Context {
        actor: Some(Actor::Admin),
        roles: None,
        user_id: None,
        tenant_id: None,
        workspace_id: Some("w".into()),
        channel: Some("c".into()),
        trace_id: None,
        idem_key: None,
        now: None,
        snapshot_id: Some("s".into()),
        parent: Some(right),
        ..context.clone()
    };
    other.items.iter_mut().for_each(|item| item.created_at = None);
    assert_eq!(hash(&input, &other), right);

    // Every member of the pack and of an item matters.
    let changes: [fn(&mut Context); 14] = [
        |context| context.pack.as_mut().expect("a pack").version.push('x'),
        |context| context.pack.as_mut().expect("a pack").title.push('x'),
        |context| context.pack.as_mut().expect("a pack").description = Some(String::new()),
        |context| context.pack.as_mut().expect("a pack").owners = None,
        |context| context.pack.as_mut().expect("a pack").tags.as_mut().expect("tags").reverse(),
        |context| context.pack.as_mut().expect("a pack").sources.as_mut().expect("sources").reverse(),
        |context| context.pack.as_mut().expect("a pack").sources.as_mut().expect("sources")[1].required = Some(false),
        |context| context.items[0].item_id.push('x'),
        |context| context.items[0].kind.push('x'),
        |context| context.items[0].source_key.push('x'),
        |context| context.items[0].source_version = Some(String::new()),
        |context| context.items[0].content["step"] = Value::Null,
        |context| context.items[0].text_content = Some(String::new()),
        |context| context.items[0].metadata = None,
    ];
    let mut hashes = vec![right];
    for change in changes {
        let mut other = context.clone();
        change(&mut other);
        hashes.push(hash(&input, &other));
    }
    let mut fewer = context.clone();
    fewer.items.remove(0);
    hashes.push(hash(&input, &fewer));
    let count = hashes.len();
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), count, "each change gives another hash");
}

// F5.3-1, F5.3-2
#[test]
fn the_worked_example_comes_out() {
    let case = worked_example();
    let expected = &case.expected;
    let (input, context) = read(&case);
    let snapshot = snapshot_pack(&input, &context).expect("a snapshot");
    fits_together(&snapshot, &context);

    let items: Vec<&str> = snapshot.items.iter().map(|item| item.json.as_str()).collect();
    assert_eq!(Value::from(items), expected["canonicalItems"]);
    assert_eq!(serde_json::to_value(&snapshot.index).expect("it is JSON"), expected["index"]);
    assert_eq!(snapshot.manifest.items_root.to_string(), text(expected, "itemsRoot"));
    assert_eq!(canonical(&snapshot.manifest), text(expected, "canonicalManifest"));
    assert_eq!(snapshot.output.hash.to_string(), text(expected, "hash"));
    assert_eq!(snapshot.output.snapshot_id, text(expected, "snapshotId"));
    assert_eq!(snapshot.event.id, text(expected, "eventId"));
    let mut unsealed = serde_json::to_value(&snapshot.record).expect("it is JSON");
    let seal = unsealed["metadata"]["$snapshot"].as_object_mut().expect("an object").remove("seal").expect("a seal");
    assert_eq!(seal, expected["seal"]);
    assert_eq!(canonical(&unsealed), text(expected, "canonicalRecordWithoutSeal"));
}

#[test]
fn the_id_of_an_idempotency_key_is_known_beforehand() {
    let mut derived = 0;
    for case in snapshots() {
        let (_, context) = read(&case);
        let (None, Some(idem_key), Some(pack)) = (context.snapshot_id, context.idem_key, context.pack) else {
            continue;
        };
        derived += 1;
        let key = IdempotencyKey {
            idem_key,
            pack_key: pack.pack_key,
            pack_version: pack.version,
            tenant_id: context.tenant_id,
            organization_id: context.organization_id,
            workspace_id: context.workspace_id,
        };
        let id = snapshot_id_for(&key).expect("a good key");
        assert_eq!(id, text(&case.expected["record"], "snapshotId"), "{}", case.name);
    }
    assert!(derived >= 5, "only {derived} vectors have a derived id");
}

/// Why the types of Rust cannot express a refused input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum RuledOut {
    /// A value is not JSON: `{ "$js": … }`.
    NotJson,
    /// A string has half of a surrogate pair, which no Rust string holds.
    HalfAPair,
    /// A member has another JSON type, or its text is not a time or not a digest.
    Type,
    /// `null` stands for a member that may be absent, but not `null`: both are `None`.
    Null,
    /// There is no list of items, which Rust reads as an empty one.
    NoItems,
}

/// Returns true if `null` stands for an optional member that may be absent, but not `null`.
fn has_null(input: &Value, ctx: &Value) -> bool {
    let nulls = |object: &Value| {
        // The content may be any JSON value.
        let mut members = object.as_object().into_iter().flatten().filter(|(name, _)| *name != "content");
        members.any(|(_, value)| value.is_null())
    };
    let parts = |list: &Value| list.as_array().is_some_and(|parts| parts.iter().any(nulls));
    nulls(input) || nulls(&ctx["pack"]) || parts(&ctx["pack"]["sources"]) || parts(&ctx["items"])
}

/// Reads one argument. Checks that an argument which cannot be read is ruled out by its type.
fn argument<T: DeserializeOwned>(value: &Value) -> Result<T, RuledOut> {
    from_json(&value.to_string()).map_err(|problem| {
        let message = &problem.issues()[0].message;
        let known = ["invalid type", "missing field", "Invalid time", "Invalid digest", "invalid length"];
        assert!(
            known.iter().any(|error| message.starts_with(&format!("Invalid input: {error}"))),
            "{message}: {value}"
        );
        RuledOut::Type
    })
}

/// Reads the arguments of a case, or returns why the types of Rust rule them out.
fn arguments(input: &Value, ctx: &Value) -> Result<(Input, Context), RuledOut> {
    if [input, ctx].iter().any(|argument| argument.to_string().contains("\"$js\"")) {
        return Err(RuledOut::NotJson);
    }
    let (typed_input, context) = (argument(input)?, argument(ctx)?);
    if has_null(input, ctx) {
        return Err(RuledOut::Null);
    }
    if ctx.get("items").is_none() {
        return Err(RuledOut::NoItems);
    }
    Ok((typed_input, context))
}

#[test]
fn every_refusal_that_the_types_can_express_has_its_answer() {
    let mut ran = 0;
    let mut ruled_out: BTreeMap<RuledOut, Vec<String>> = BTreeMap::new();
    let file = file("tests/vectors/refusals.json");
    for case in elements(&file) {
        let Ok(case) = json(case) else {
            assert!(from_json::<Value>(case).is_err() && case.contains("\\ud"), "{case}");
            ruled_out.entry(RuledOut::HalfAPair).or_default().push(case.to_owned());
            continue;
        };
        let expected = Refusal::deserialize(&case).expect("a vector");
        let Case { name, input, ctx, .. } = serde_json::from_value(case).expect("a vector");
        let (input, context) = match arguments(&input, &ctx) {
            Ok(arguments) => arguments,
            Err(reason) => {
                ruled_out.entry(reason).or_default().push(name);
                continue;
            }
        };
        ran += 1;
        let problem = snapshot_pack(&input, &context).expect_err(&name);
        assert_eq!((problem.code().status(), problem.code().as_str()), (expected.status, &*expected.code), "{name}");
        let found: Vec<_> = problem.issues().iter().map(|issue| (issue.path.as_str(), issue.code.as_str())).collect();
        let wanted: Vec<_> = expected.issues.iter().map(|issue| (issue.path.as_str(), issue.code.as_str())).collect();
        assert_eq!(found, wanted, "{name}");
        for (issue, expected) in problem.issues().iter().zip(&expected.issues) {
            if let Some(message) = &expected.message {
                assert_eq!(&issue.message, message, "{name}");
            }
        }
    }
    // If you add a case that the types rule out, raise its number here.
    let most = [
        (RuledOut::NotJson, 236),
        (RuledOut::HalfAPair, 29),
        (RuledOut::Type, 153),
        (RuledOut::Null, 4),
        (RuledOut::NoItems, 1),
    ];
    for (reason, most) in most {
        let names = ruled_out.get(&reason).map(Vec::as_slice).unwrap_or_default();
        println!("{} cases are ruled out: {reason:?}", names.len());
        assert!(names.len() <= most, "{reason:?} rules out {} cases: {names:?}", names.len());
    }
    assert!(ran >= 39, "only {ran} refusals were run");
}
