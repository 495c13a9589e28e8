//! `verify_snapshot`, `SnapshotVerifier` and `verify_chain`: every row of ERRORS 8, word for word.
//!
//! Why word for word: there are several verifiers, and each difference has one message, whoever finds it. How: the cases in
//! `tests/vectors/verifications.json` and `chains.json` have the parts and the whole answer. Neither this crate nor the npm
//! package made them: `scripts/vectors/` did, from the documents. Those that the types of Rust rule out are counted, and run in
//! `src/native/verify/tests.rs`.

use crate::support::{context, input, messages, ours, parts, remove, seal_again, verify};
use context_snapshot::{
    Anchor, Digest, IndexEntry, Issue, IssueCode, Limits, VerifyOptions, from_json, snapshot_pack, verify_chain,
    verify_snapshot,
};
use serde::Deserialize as _;
use serde_json::{Value, json};

#[test]
fn every_verification_vector_has_its_answer() {
    let cases = of_any_depth(&file("tests/vectors/verifications.json"));
    let (mut verified, mut left_out, mut failed) = (0, Vec::new(), Vec::new());
    for case in &cases {
        let (name, expected) = (&case["name"], &case["expected"]);
        let Some(found) = verify(&case["parts"]) else {
            left_out.push(name.to_string());
            continue;
        };
        verified += 1;
        if messages(&found) != *expected {
            failed.push(format!("{name}\n   found {}\nexpected {expected}", messages(&found)));
        }
    }
    assert!(failed.is_empty(), "{} cases:\n{}", failed.len(), failed.join("\n"));
    println!("{verified} cases, {} that the types of Rust rule out", left_out.len());
    assert!(verified >= 483 && left_out.len() <= 86, "{verified} verified, left out: {left_out:?}");
}

#[test]
fn every_chain_vector_has_its_answer() {
    let cases = of_any_depth(&file("tests/vectors/chains.json"));
    let mut verified = 0;
    for case in &cases {
        // The types of Rust rule out a value that is not a list, and all options except a seal that is a digest.
        let seal = match &case["options"]["expect"] {
            Value::Null if case.get("options").is_none() => None,
            Value::Object(expect) if expect.len() == 1 => match expect.get("seal").and_then(Value::as_str) {
                Some(text) if text.parse::<Digest>().is_ok() => Some(text.parse().expect("a digest")),
                _ => continue,
            },
            _ => continue,
        };
        let Some(records) = case["records"].as_array() else { continue };
        let found = verify_chain(records, seal);
        let mut answer = messages(&found.verification);
        answer["length"] = json!(found.length);
        assert_eq!(answer, case["expected"], "{}", case["name"]);
        verified += 1;
    }
    assert!(verified >= 27, "only {verified} of {}", cases.len());
}

#[test]
fn every_snapshot_vector_is_valid() {
    let vectors = of_any_depth(&file("tests/vectors/snapshots.json"));
    // Each part by itself is within the levels of the format, and its numbers are read as ECMAScript reads them.
    let read = |value: &Value| from_json::<Value>(&value.to_string()).expect("JSON");
    for vector in &vectors {
        let (name, expected) = (&vector["name"], &vector["expected"]);
        let items = expected["canonicalItems"].as_array().expect("items").iter();
        let items: Vec<Value> = items.map(|json| from_json(json.as_str().expect("a text")).expect("JSON")).collect();
        let (record, pack) = (read(&expected["record"]), read(&vector["ctx"]["pack"]));
        let mut parts = json!({ "record": record, "items": items, "index": expected["index"], "pack": pack });
        assert_eq!(verify(&parts).expect("good parts").issues, [], "{name}");
        parts["expect"] = json!({ "hash": expected["hash"], "seal": ours(&mut parts)["seal"] });
        parts["rowIds"] = json!(true);
        let id = parts["record"]["snapshotId"].as_str().expect("a text").to_owned();
        for item in parts["items"].as_array_mut().expect("items") {
            item["itemId"] = json!(format!("{id}:{}", item["itemId"].as_str().expect("a text")));
        }
        assert_eq!(verify(&parts).expect("good parts").issues, [], "{name}, row ids");
    }
    assert!(vectors.len() >= 80, "only {}", vectors.len());
}

/// Reads a list of values, each of which may be as deep as the format allows.
fn of_any_depth(text: &str) -> Vec<Value> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.disable_recursion_limit();
    Vec::deserialize(&mut deserializer).expect("a list")
}

fn file(path: &str) -> String {
    std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).expect("the file")
}

/// Makes records that follow each other, the oldest first, all of the same pack.
fn chain(length: usize) -> Vec<Value> {
    let mut records: Vec<Value> = Vec::new();
    for number in 0..length {
        let mut context = context();
        context.snapshot_id = Some(format!("s-{number}"));
        context.parent = records.last().map(|before| seal_of(before).parse().expect("a seal"));
        if number % 3 == 1 {
            // Versions and clocks may differ.
            context.pack.as_mut().expect("a pack").version = number.to_string();
            context.now = Some("2020-01-01T00:00:00Z".parse().expect("a time"));
        }
        records.push(json!(snapshot_pack(&input(), &context).expect("a snapshot").record));
    }
    records
}

fn seal_of(record: &Value) -> &str {
    record["metadata"]["$snapshot"]["seal"].as_str().expect("a seal")
}

fn issues_of(records: &[Value]) -> Vec<(String, String, String)> {
    let found = verify_chain(records, None).verification;
    assert_eq!(found.is_valid(), found.issues.is_empty());
    found.issues.into_iter().map(|Issue { path, code, message, .. }| (path, code.to_string(), message)).collect()
}

fn broken(at: usize, expected: &str, found: &str) -> (String, String, String) {
    let path = format!("records.{at}.metadata.$snapshot.parent");
    (path, "mismatch".into(), format!("Mismatch: expected {expected}, found {found}"))
}

// F11-19
#[test]
fn a_chain_is_valid_only_if_each_parent_is_the_seal_before() {
    let whole = chain(6);
    let seals: Vec<&str> = whole.iter().map(seal_of).collect();
    for from in 0..6 {
        for to in from + 1..=6 {
            assert_eq!(issues_of(&whole[from..to]), [], "any part of a chain is a chain");
        }
    }
    // The first record may follow one that is not given.
    let mut later = whole.clone();
    let mut first = json!({ "record": later[0] });
    ours(&mut first)["parent"] = json!(Digest::of(b"older"));
    seal_again(&mut first);
    later[0] = first["record"].take();
    assert_eq!(issues_of(&later), [broken(1, seal_of(&later[0]), seals[0])]);
    assert_eq!(issues_of(&later[..1]), []);

    // A gap, a fork, other orders.
    let gap = [&whole[..2], &whole[3..]].concat();
    assert_eq!(issues_of(&gap), [broken(2, seals[1], seals[2])]);
    let fork = [&whole[..3], &whole[2..]].concat();
    assert_eq!(issues_of(&fork), [broken(3, seals[2], seals[1])]);
    let mut swapped = whole.clone();
    swapped.swap(2, 3);
    assert_eq!(issues_of(&swapped), [in_order("0, 1, 3, 2, 4, 5")]);
    let reversed: Vec<Value> = whole.iter().rev().cloned().collect();
    assert_eq!(issues_of(&reversed), [in_order("5, 4, 3, 2, 1, 0")]);
    // Another order and a gap are reported as broken links.
    let swapped_gap = [&swapped[..1], &swapped[2..]].concat();
    let messages = [broken(1, seals[0], seals[2]), broken(2, seals[3], seals[1]), broken(3, seals[2], seals[3])];
    assert_eq!(issues_of(&swapped_gap), messages);

    // A later record without a parent.
    let mut orphan = json!({ "record": whole[3] });
    remove(ours(&mut orphan), "parent");
    let seal = seal_again(&mut orphan).to_string();
    let mut records = whole.clone();
    records[3] = orphan["record"].take();
    assert_eq!(issues_of(&records), [broken(3, seals[2], "nothing"), broken(4, &seal, seals[3])]);
}

fn in_order(positions: &str) -> (String, String, String) {
    ("records".into(), "order".into(), format!("Records out of order: expected {positions}"))
}

// F11-19, E8.2-4
#[test]
fn a_tail_that_was_cut_off_is_noticed_by_the_newest_seal() {
    let whole = chain(4);
    let seals: Vec<Digest> = whole.iter().map(|record| seal_of(record).parse().expect("a seal")).collect();
    let found = verify_chain(&whole, Some(seals[3]));
    assert_eq!((found.is_valid(), found.verification.anchor, found.length), (true, Anchor::Seal, 4));
    let found = verify_chain(&whole, None);
    assert_eq!((found.is_valid(), found.verification.anchor, found.length), (true, Anchor::None, 4));
    for length in 0..4 {
        let found = verify_chain(&whole[..length], Some(seals[3]));
        assert_eq!((found.is_valid(), found.verification.anchor, found.length), (false, Anchor::None, length));
        let path = if length == 0 { "records" } else { "expect.seal" };
        assert_eq!(found.verification.issues.iter().map(|issue| &*issue.path).collect::<Vec<_>>(), [path]);
    }
    // In another order, the trusted seal still belongs to the newest.
    let reversed: Vec<Value> = whole.iter().rev().cloned().collect();
    let found = verify_chain(&reversed, Some(seals[3]));
    assert_eq!((found.is_valid(), found.verification.anchor), (false, Anchor::Seal));
    assert_eq!(found.verification.issues.len(), 1);
}

// E8.2-3
#[test]
fn a_long_chain_in_another_order_is_one_issue() {
    let mut whole = chain(150);
    whole.rotate_left(1);
    let found = verify_chain(&whole, None);
    assert_eq!((found.is_valid(), found.length), (false, 150));
    let [issue] = &*found.verification.issues else { panic!("{:?}", found.verification.issues) };
    assert_eq!(issue.code.as_str(), "order");
    assert!(issue.message.starts_with("Records out of order: expected 149, 0, 1, 2, ") && issue.message.contains('…'));
    assert!(issue.message.len() < 300);
}

#[test]
fn a_changed_record_breaks_its_chain() {
    let whole = chain(5);
    let seals: Vec<&str> = whole.iter().map(seal_of).collect();

    // Changed and not sealed again: its own seal is wrong, and the parent of the next record is not the computed seal.
    let mut changed = whole.clone();
    changed[2]["metadata"]["run"] = json!(8);
    let mut again = json!({ "record": changed[2] });
    let computed = seal_again(&mut again).to_string();
    let path = "records.2.metadata.$snapshot.seal".to_owned();
    let seal = (path, "mismatch".to_owned(), format!("Mismatch: expected {computed}, found {}", seals[2]));
    assert_eq!(issues_of(&changed), [seal, broken(3, &computed, seals[2])]);

    // Changed and sealed again: the parent of the next record differs.
    changed[2] = again["record"].take();
    assert_eq!(issues_of(&changed), [broken(3, &computed, seals[2])]);

    // Malformed: there is no seal to compare with, so neither of its links is reported.
    let mut misshapen = whole.clone();
    misshapen[2]["createdAt"] = json!("yesterday");
    let time = ("records.2.createdAt", "invalid_format", "Invalid time: expected RFC 3339 with an offset");
    assert_eq!(issues_of(&misshapen), [(time.0.into(), time.1.into(), time.2.into())]);
    misshapen[2] = Value::Null;
    let none = ("records.2", "invalid_type", "Invalid input: expected object, received null");
    assert_eq!(issues_of(&misshapen), [(none.0.into(), none.1.into(), none.2.into())]);

    // Times as stores return them, and unknown members, are valid.
    let mut stored = whole.clone();
    for record in &mut stored {
        record["createdAt"] =
            json!(record["createdAt"].as_str().expect("a time").replace('T', " ").replace('Z', "+00"));
        record["row"] = json!(1);
    }
    assert_eq!(issues_of(&stored), []);
}

#[test]
fn reading_stops_when_no_more_issues_can_be_listed() {
    let mut read = 0;
    let nothing = std::iter::repeat_with(|| {
        read += 1;
        Value::Null
    });
    let found = verify_chain(nothing.take(1_000), None).verification;
    assert_eq!((found.issues.len(), found.issues[100].code.as_str()), (101, "too_many_issues"));
    assert_eq!(read, 101);
    let mut read = 0;
    let nothing = std::iter::repeat_with(|| {
        read += 1;
        Value::Null
    });
    let found = verify_snapshot(&parts()["record"], nothing.take(1_000), &VerifyOptions::default());
    assert_eq!((found.issues.len(), read), (101, 101));
    let empty = verify_chain([] as [Value; 0], None);
    assert_eq!((empty.is_valid(), empty.length), (false, 0));
    assert_eq!(
        (&*empty.verification.issues[0].path, empty.verification.issues[0].code.as_str()),
        ("records", "too_small")
    );
}

/// E6.1-5: the number of elements alone makes an array too long, however many of them are wrong.
#[test]
fn calls_an_array_too_long_before_it_reads_an_element() {
    let limits = Limits { document_bytes: 200, levels: 3, ..Limits::default() };
    for (length, code) in [(200, IssueCode::TooBig), (199, IssueCode::TooManyIssues)] {
        let elements = vec![json!({}); length];
        let item = json!({ "itemId": "a", "kind": "k", "sourceKey": "s", "content": { "a": elements } });
        let options = VerifyOptions { limits, ..VerifyOptions::default() };
        let found = verify_snapshot(&json!({}), &[item], &options);
        assert_eq!(found.issues.last().expect("an issue").code, code, "{length} elements");
    }
}

/// E4-1: an issue about an item has its id, also if another member of it is wrong; one about anything else has none.
#[test]
fn issues_about_an_item_have_its_id() {
    let items = [json!({ "itemId": "a", "kind": "", "sourceKey": "s", "content": "" }), json!({ "itemId": 5 })];
    let found = verify_snapshot(&json!({}), &items, &VerifyOptions::default());
    let id_at = |path: &str| found.issues.iter().find(|issue| issue.path == path).expect("an issue").item_id.as_deref();
    assert_eq!(id_at("items.0.kind"), Some("a"));
    assert_eq!(id_at("items.1.kind"), None);
    assert_eq!(id_at("record.hash"), None);
}

/// E5-8, E6.1-2: an item that is too long has that one issue, even if a member of it is wrong, which counts nothing but its name.
#[test]
fn an_item_that_is_too_long_and_wrong_is_too_long() {
    let half = "x".repeat(100);
    let size = format!(r#"{{"content":{{"a":"{half}","b":"{half}"}},"itemId":"a","kind":,"sourceKey":"s"}}"#).len();
    let codes = |document_bytes| -> Vec<IssueCode> {
        let limits = Limits { document_bytes, ..Limits::default() };
        let content = json!({ "a": half, "b": half });
        let item = json!({ "itemId": "a", "kind": 5, "sourceKey": "s", "content": content });
        let found = verify_snapshot(&json!({}), &[item], &VerifyOptions { limits, ..VerifyOptions::default() });
        found.issues.iter().filter(|issue| issue.path.starts_with("items.0")).map(|issue| issue.code).collect()
    };
    assert_eq!(codes(size - 1), [IssueCode::TooBig]);
    assert_eq!(codes(size), [IssueCode::InvalidType]);
}

/// E6.1-1, E8.1-20: an entry of an index may be as long as a document, and no longer. One that fits is checked, and compared.
#[test]
fn an_entry_of_an_index_is_measured() {
    let ids =
        [("a", IssueCode::Missing), ("an id of some length", IssueCode::Missing), ("\u{e9}\"\n", IssueCode::Missing)];
    for (item_id, code) in ids.into_iter().chain([("", IssueCode::TooSmall)]) {
        let entry = IndexEntry { item_id: item_id.into(), digest: Digest::of(b"") };
        let size = serde_json::to_string(&entry).expect("JSON").len();
        let codes = |document_bytes| -> Vec<IssueCode> {
            let limits = Limits { document_bytes, ..Limits::default() };
            let index: &[IndexEntry] = std::slice::from_ref(&entry);
            let options = VerifyOptions { limits, index: Some(index), ..VerifyOptions::default() };
            let found = verify_snapshot(&json!({}), &[] as &[Value], &options);
            found.issues.iter().filter(|issue| issue.path.starts_with("index.0")).map(|issue| issue.code).collect()
        };
        for (most, code) in [(size - 1, IssueCode::TooBig), (size, code), (size + 1, code)] {
            assert_eq!(codes(most), [code], "{item_id} {most}");
        }
    }
}

/// E6.1-1: an item that is right may be as long as a document, and no longer, whatever member comes last.
#[test]
fn an_item_that_is_right_is_measured() {
    for (member, value) in [("textContent", json!("t")), ("metadata", json!({ "m": 1 })), ("sourceVersion", json!(""))]
    {
        let item = json!({ "itemId": "a", "kind": "k", "sourceKey": "s", "content": "c", member: value });
        let size = item.to_string().len();
        let codes = |document_bytes| -> Vec<IssueCode> {
            let limits = Limits { document_bytes, ..Limits::default() };
            let options = VerifyOptions { limits, ..VerifyOptions::default() };
            let found = verify_snapshot(&json!({}), std::slice::from_ref(&item), &options);
            found.issues.iter().filter(|issue| issue.path.starts_with("items")).map(|issue| issue.code).collect()
        };
        assert_eq!(codes(size - 1), [IssueCode::TooBig], "{member}");
        assert_eq!(codes(size), [], "{member}");
    }
}
