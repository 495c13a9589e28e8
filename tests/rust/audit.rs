//! Differences, previews, builders, summaries and statements.
//!
//! Why: each of them takes another way through the same items than the operation does, and must arrive at the same result.
//! How: differences and previews are compared with arithmetic on sets, a builder with the operation, the summary of hostile
//! texts with one of harmless texts, and a statement with the record.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{self, context, input, stored_items};
use context_snapshot::{
    Actor, Code, Contents, Context, Digest, DigestedItem, IndexEntry, Input, Item, Manifest, Snapshot, SnapshotBuilder,
    SnapshotDiff, diff_snapshots, digest_item, from_json, preview_pack, snapshot_pack, summarize_snapshot, summary_of,
    to_statement,
};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

/// Ids of few characters, so that they coincide. Some sort differently by characters and by UTF-16 units.
const ID: &str = "[ab\u{e000}\u{10000}]{1,3}";

fn items(contents: &BTreeMap<String, String>) -> Vec<Item> {
    let item = |(id, content): (&String, &String)| Item {
        item_id: id.clone(),
        kind: content.chars().take(1).chain(['k']).collect(),
        source_key: "s".into(),
        content: content.clone().into(),
        ..Item::default()
    };
    contents.iter().map(item).collect()
}

fn some(contents: &BTreeMap<String, String>) -> (Input, Context) {
    let mut context = Context { items: items(contents), ..context() };
    context.pack.as_mut().expect("a pack").sources = None;
    (input(), context)
}

fn taken(contents: &BTreeMap<String, String>) -> Snapshot {
    let (input, context) = some(contents);
    snapshot_pack(&input, &context).expect("a snapshot")
}

fn sorted(ids: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut ids: Vec<String> = ids.into_iter().collect();
    ids.sort_by_key(|id| id.encode_utf16().collect::<Vec<u16>>());
    ids
}

fn plainly(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> SnapshotDiff {
    let only = |one: &BTreeMap<String, String>, other: &BTreeMap<String, String>| {
        sorted(one.keys().filter(|id| !other.contains_key(*id)).cloned())
    };
    let both: Vec<&String> = old.keys().filter(|id| new.contains_key(*id)).collect();
    let changed = sorted(both.iter().filter(|id| old[**id] != new[**id]).map(|id| (*id).clone()));
    let unchanged = (both.len() - changed.len()) as u64;
    SnapshotDiff { added: only(new, old), removed: only(old, new), changed, unchanged, pack: Vec::new() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_difference_is_that_of_two_sets(
        old in proptest::collection::btree_map(ID, "[xyz]", 0..40),
        new in proptest::collection::btree_map(ID, "[xyz]", 0..40),
    ) {
        let (before, after) = (taken(&old), taken(&new));
        let found = diff_snapshots((&before).into(), (&after).into()).expect("they fit together");
        prop_assert_eq!(&found, &plainly(&old, &new));
        let same = diff_snapshots((&after).into(), (&after).into()).expect("it fits together");
        prop_assert_eq!(same, SnapshotDiff { unchanged: new.len() as u64, ..SnapshotDiff::default() });

        // A preview shows the same difference, and everything that the snapshot then has.
        let (input, context) = some(&new);
        let preview = preview_pack(&input, &context, Some((&before).into())).expect("a preview");
        prop_assert_eq!(preview.changes, Some(found));
        prop_assert_eq!((preview.hash, preview.manifest.as_ref()), (Some(after.output.hash), Some(&after.manifest)));
        prop_assert_eq!((&preview.index, &preview.problems), (&after.index, &vec![]));
        let mut kinds: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for item in &context.items {
            let kind = kinds.entry(&item.kind).or_default();
            *kind = (kind.0 + 1, kind.1 + digest_item(item).expect("an item").json.len() as u64);
        }
        let found: Vec<_> = preview.kinds.iter().map(|kind| (&*kind.kind, (kind.items, kind.bytes))).collect();
        prop_assert_eq!(found, kinds.into_iter().collect::<Vec<_>>());
        prop_assert_eq!(preview.bytes, after.items.iter().map(|item| item.json.len() as u64).sum::<u64>());
    }

    /// A preview leaves out wrong items and duplicates.
    #[test]
    fn a_preview_shows_the_items_that_are_right(ids in proptest::collection::vec("[ab]{0,2}", 0..20)) {
        let (input, mut context) = some(&BTreeMap::new());
        let item = |(number, id): (usize, &String)| Item { content: json!(if number % 5 == 4 { Value::Null } else { json!(number.to_string()) }), item_id: id.clone(), kind: "k".into(), source_key: "s".into(), ..Item::default() };
        context.items = ids.iter().enumerate().map(item).collect();
        let preview = preview_pack(&input, &context, None).expect("a preview");
        let (mut known, mut right, mut paths) = (BTreeSet::new(), BTreeMap::new(), Vec::new());
        for (number, item) in context.items.iter().enumerate() {
            let is_first = item.item_id.is_empty() || known.insert(item.item_id.clone());
            paths.extend((item.item_id.is_empty() || !is_first).then(|| format!("items.{number}.itemId")));
            paths.extend(item.content.is_null().then(|| format!("items.{number}.content")));
            if let (true, Ok(digested)) = (is_first, digest_item(item)) {
                right.insert(digested.item_id, (digested.digest, digested.json.len() as u64));
            }
        }
        prop_assert_eq!(preview.problems.iter().map(|issue| issue.path.clone()).collect::<Vec<_>>(), paths.clone());
        prop_assert_eq!(preview.hash.is_some(), paths.is_empty());
        prop_assert_eq!(preview.bytes, right.values().map(|(_, bytes)| bytes).sum::<u64>());
        let index: Vec<_> = preview.index.into_iter().map(|entry| (entry.item_id, entry.digest)).collect();
        prop_assert_eq!(index, right.into_iter().map(|(id, (digest, _))| (id, digest)).collect::<Vec<_>>());
    }
}

/// Manifest and index of a snapshot, as a vector has them.
#[derive(Deserialize)]
struct Stored {
    manifest: Manifest,
    index: Vec<IndexEntry>,
}

impl Stored {
    fn contents(&self) -> Contents<'_> {
        Contents { manifest: &self.manifest, index: &self.index }
    }
}

#[derive(Deserialize)]
struct DiffVector {
    name: String,
    before: Stored,
    after: Stored,
    expected: Value,
}

#[test]
fn differences_are_those_of_the_vectors() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/diffs.json");
    let vectors: Vec<DiffVector> = from_json(&std::fs::read_to_string(path).expect("the file")).expect("a list");
    for DiffVector { name, before, after, expected } in &vectors {
        let found = diff_snapshots(before.contents(), after.contents()).expect("they fit together");
        assert_eq!(&json!(found), expected, "{name}");
    }
    assert!(vectors.len() >= 50, "{} vectors", vectors.len());
}

#[test]
fn a_difference_names_the_members_of_the_pack_that_differ() {
    let before = support::snapshot();
    let mut context = context();
    let pack = context.pack.as_mut().expect("a pack");
    pack.version = "2026.4".into();
    pack.description = None;
    pack.owners.as_mut().expect("owners").reverse();
    pack.sources.as_mut().expect("sources")[1].required = Some(false);
    let after = snapshot_pack(&input(), &context).expect("a snapshot");
    let diff = diff_snapshots((&before).into(), (&after).into()).expect("they fit together");
    assert_eq!(
        diff,
        SnapshotDiff {
            unchanged: 4,
            pack: vec!["version", "description", "owners", "sources"],
            ..SnapshotDiff::default()
        }
    );

    // Both snapshots are reported if their parts do not belong together.
    let unfit = |snapshot: &Snapshot| snapshot.index[..3].to_vec();
    let (one, other) = (unfit(&before), unfit(&after));
    let contents = |manifest, index| Contents { manifest, index };
    let refused = diff_snapshots(contents(&before.manifest, &one), contents(&after.manifest, &other)).unwrap_err();
    let messages: Vec<_> =
        refused.issues().iter().map(|issue| (&*issue.path, issue.code.as_str(), &*issue.message)).collect();
    let message = "Mismatch: expected 4, found 3";
    assert_eq!(messages, [("before.index", "mismatch", message), ("after.index", "mismatch", message)]);
    let refused = preview_pack(&input(), &context, Some(contents(&before.manifest, &one))).unwrap_err();
    assert_eq!((refused.code(), &*refused.issues()[0].path), (Code::ValidationFailed, "against.index"));
}

#[test]
fn a_user_may_preview_without_a_role() {
    let may = |actor: Option<Actor>, roles: &[&str]| {
        let roles = Some(roles.iter().map(|&role| role.to_owned()).collect());
        preview_pack(&input(), &Context { actor, roles, ..context() }, None).map_err(|problem| problem.code())
    };
    assert!(may(Some(Actor::User), &[]).is_ok());
    assert!(may(Some(Actor::Admin), &[]).is_ok());
    assert_eq!(may(None, &["admin"]).unwrap_err(), Code::Unauthenticated);
    assert_eq!(may(Some(Actor::Anonymous), &["admin"]).unwrap_err(), Code::Unauthenticated);
    // Members that only a snapshot needs are not read.
    let context = Context {
        snapshot_id: Some("a:b".into()),
        idem_key: Some(String::new()),
        parent: Some(Digest::of(b"x")),
        ..context()
    };
    assert!(preview_pack(&input(), &context, None).is_ok());
    // A missing source is a problem, but there is a hash.
    let mut context = context;
    context.items.retain(|item| item.kind != "contract");
    let preview = preview_pack(&input(), &context, None).expect("a preview");
    assert_eq!(
        (preview.problems[0].code.as_str(), preview.problems.len(), preview.hash.is_some()),
        ("missing_source", 1, true)
    );
}

fn vectors() -> Vec<(String, Input, Context)> {
    let path = format!("{}/tests/vectors/snapshots.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the file");
    let mut deserializer = serde_json::Deserializer::from_str(&text);
    deserializer.disable_recursion_limit();
    let vectors = Vec::<Value>::deserialize(&mut deserializer).expect("vectors");
    let read = |vector: Value| {
        // Made canonical first, as JavaScript reads it, because `from_json` refuses numbers that a binary64 does not keep.
        let text = |name: &str| serde_json_canonicalizer::to_string(&vector[name]).expect("JSON");
        let (input, context) = (text("input"), text("ctx"));
        (vector["name"].to_string(), from_json(&input).expect("an input"), from_json(&context).expect("a context"))
    };
    vectors.into_iter().map(read).collect()
}

#[test]
fn a_builder_makes_the_same_snapshot_as_the_operation() {
    let mut built = 0;
    for (name, input, mut context) in vectors() {
        // Time and id are given, because otherwise each snapshot would have its own.
        context.now.get_or_insert_with(|| "2026-01-02T03:04:05.678Z".parse().expect("a time"));
        context.snapshot_id.get_or_insert_with(|| "s-1".into());
        let whole = snapshot_pack(&input, &context).expect("a snapshot");
        for backwards in [false, true] {
            let given = std::mem::take(&mut context.items);
            let mut builder = SnapshotBuilder::new(&input, &context).expect("a builder");
            assert_eq!(
                (builder.snapshot_id(), builder.created_at()),
                (&*whole.output.snapshot_id, whole.output.created_at),
                "{name}"
            );
            let mut order: Vec<usize> = (0..given.len()).collect();
            if backwards {
                order.reverse();
            }
            for (count, &number) in order.iter().enumerate() {
                assert_eq!(builder.item_count(), count as u64);
                let item = &given[number];
                let stored = whole.items.iter().find(|stored| stored.item_id == item.item_id).expect("it is there");
                if backwards && count % 2 == 0 {
                    let digested = digest_item(item).expect("an item");
                    let entry = DigestedItem {
                        item_id: digested.item_id,
                        digest: digested.digest,
                        kind: item.kind.clone(),
                        source_key: item.source_key.clone(),
                        source_version: item.source_version.clone(),
                    };
                    builder.add_digest(&entry).expect("it is added");
                    continue;
                }
                let (added, created_at) = builder.add(item).expect("it is added");
                assert_eq!(
                    (&added.item_id, &added.json, created_at),
                    (&stored.item_id, &stored.json, stored.created_at),
                    "{name}"
                );
            }
            context.items = given;
            let finished = builder.finish().expect("a snapshot");
            assert_eq!(finished, Snapshot { items: Vec::new(), ..whole.clone() }, "{name}");
            built += 1;
        }
    }
    assert!(built >= 160, "only {built}");
}

#[test]
fn a_refused_item_leaves_the_builder_as_it_was() {
    let (input, context) = (input(), context());
    let mut builder = SnapshotBuilder::new(&input, &context).expect("a builder");
    let good = |number: usize| DigestedItem {
        item_id: format!("i{number}"),
        digest: Digest::of(b"x"),
        kind: "k".into(),
        source_key: "s".into(),
        source_version: None,
    };
    let messages = |problem: context_snapshot::Problem| {
        let issues = problem.issues().iter().map(|issue| format!("{} {}", issue.path, issue.code.as_str()));
        (problem.code(), issues.collect::<Vec<_>>().join(", "))
    };
    let refused =
        |messages: (Code, String), expected: &str| assert_eq!(messages, (Code::ValidationFailed, expected.to_owned()));
    for (number, item) in context.items.iter().enumerate() {
        // Wrong items of every kind come before each good one.
        let wrong = Item { item_id: item.item_id.clone(), content: Value::Null, ..Item::default() };
        let paths = ["kind too_small", "sourceKey too_small", "content invalid_type"]
            .map(|issue| format!("items.{number}.{issue}"));
        refused(messages(builder.add(&wrong).unwrap_err()), &paths.join(", "));
        if number > 0 {
            let twice = format!("items.{number}.itemId duplicate");
            refused(messages(builder.add(&context.items[0]).unwrap_err()), &twice);
            refused(
                messages(
                    builder
                        .add_digest(&DigestedItem { item_id: context.items[0].item_id.clone(), ..good(0) })
                        .unwrap_err(),
                ),
                &twice,
            );
        }
        refused(
            messages(
                builder
                    .add_digest(&DigestedItem { item_id: String::new(), kind: String::new(), ..good(0) })
                    .unwrap_err(),
            ),
            &format!("items.{number}.itemId too_small, items.{number}.kind too_small"),
        );
        assert_eq!(builder.item_count(), number as u64);
        builder.add(item).expect("it is added");
    }
    assert_eq!(builder.finish().expect("a snapshot"), Snapshot { items: Vec::new(), ..support::snapshot() });
}

#[test]
fn an_unfinished_snapshot_gives_the_builder_back() {
    let (input, context) = (input(), context());
    let mut builder = SnapshotBuilder::new(&input, &context).expect("a builder");
    let (required, others): (Vec<_>, Vec<_>) = context.items.iter().partition(|item| item.kind == "contract");
    others.iter().for_each(|item| _ = builder.add(item).expect("it is added"));
    for _ in 0..2 {
        let unfinished = builder.finish().unwrap_err();
        assert_eq!(unfinished.problem.code(), Code::PreconditionFailed);
        assert_eq!(unfinished.to_string(), unfinished.problem.to_string());
        assert_eq!(
            (&*unfinished.problem.issues()[0].path, unfinished.problem.trace_id()),
            ("pack.sources.0", Some("tr-1"))
        );
        builder = unfinished.builder.expect("more may be added");
    }
    required.iter().for_each(|item| _ = builder.add(item).expect("it is added"));
    assert_eq!(builder.finish().expect("a snapshot"), Snapshot { items: Vec::new(), ..support::snapshot() });

    // A builder refuses the callers that the operation refuses.
    let refused = SnapshotBuilder::new(&input, &Context { actor: None, ..context.clone() }).unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    assert_eq!(SnapshotBuilder::new(&input, &Context { pack: None, ..context }).unwrap_err().code(), Code::NotFound);
}

/// Makes a snapshot in which `text` makes every text, from the name of its member.
fn with_texts(text: &dyn Fn(&str) -> String) -> Snapshot {
    let input =
        Input { pack_key: text("packKey"), reason: Some(text("reason")), requested_by: Some(text("by")), ..input() };
    let mut context = context();
    let pack = context.pack.as_mut().expect("a pack");
    pack.pack_key.clone_from(&input.pack_key);
    (pack.version, pack.title, pack.description) = (text("version"), text("title"), Some(text("description")));
    for list in [&mut pack.owners, &mut pack.tags] {
        *list = Some(vec![text("one"), text("two")]);
    }
    for source in pack.sources.as_mut().expect("sources") {
        (source.kind, source.key, source.version) = (text("kind"), text("key"), Some(text("version")));
        (source.required, source.description) = (None, Some(text("description")));
    }
    for item in &mut context.items {
        (item.kind, item.source_key, item.source_version) = (text("kind"), text("key"), Some(text("version")));
    }
    for member in [
        &mut context.user_id,
        &mut context.tenant_id,
        &mut context.organization_id,
        &mut context.workspace_id,
        &mut context.channel,
        &mut context.trace_id,
        &mut context.idem_key,
    ] {
        *member = Some(text("member"));
    }
    context.snapshot_id = Some(text("id").replace(':', "."));
    snapshot_pack(&input, &context).expect("a snapshot")
}

fn summary(snapshot: &Snapshot) -> String {
    let items = stored_items(snapshot);
    summarize_snapshot(&json!(snapshot.record), Some(&items)).expect("a summary")
}

/// Returns the page with empty code spans and with all numbers of bytes alike, and what was in the spans.
fn skeleton(page: &str) -> (String, Vec<String>) {
    let (mut skeleton, mut spans) = (String::new(), Vec::new());
    for line in page.split_inclusive('\n') {
        if line.starts_with("```") {
            skeleton.push_str(line);
            continue;
        }
        if let Some((name, digest)) = line.strip_suffix("',\n").and_then(|line| line.split_once(": '")) {
            assert!(digest.parse::<Digest>().is_ok(), "{line}");
            skeleton.push_str(name);
            continue;
        }
        for (number, part) in line.split('`').enumerate() {
            if number % 2 == 1 {
                spans.push(part.to_owned());
                skeleton.push_str("``");
            } else {
                skeleton.extend(part.chars().map(|character| if character.is_ascii_digit() { '0' } else { character }));
            }
        }
        assert_eq!(line.matches('`').count() % 2, 0, "a code span that does not end: {line}");
    }
    while let Some(shorter) = ["00", "0,0"].iter().find(|more| skeleton.contains(**more)) {
        skeleton = skeleton.replace(shorter, "0");
    }
    (skeleton, spans)
}

/// Checks that each row of a table has as many cells as its head.
fn check_tables(page: &str) {
    let mut columns = None;
    for line in page.lines() {
        if !line.starts_with('|') {
            columns = None;
            continue;
        }
        assert!(line.ends_with('|'), "{line}");
        let cells = line.matches('|').count();
        assert_eq!(*columns.get_or_insert(cells), cells, "{line}");
    }
}

const HOSTILE: [&str; 24] = [
    "`",
    "``",
    "`code` <b>",
    "a | b",
    "||",
    "\\|",
    "\\",
    "\\`",
    "x\n| more | rows |",
    "x\r\n# A head",
    "\u{2028}# A head\u{2029}",
    "\u{85}x\u{b}y\u{c}z",
    "[link](javascript:alert(1))",
    "![image](https://example.com/x.png)",
    "<script>alert(1)</script>",
    "<!-- -->",
    "</code></td></tr></table>",
    "&lt;b&gt; &#96; &#x7c;",
    "\u{202e}txt.exe\u{2066}x",
    "\u{200b}\u{feff}\u{ad}\u{e0041}\u{fe0f}",
    "\0\u{1}\u{1f}\u{7f}\u{9f}",
    "\t\tcode\t",
    "   ",
    "~~~\n```\n---\n***\n",
];

#[test]
fn hostile_texts_stay_in_their_code_spans() {
    let (expected, harmless) = skeleton(&summary(&with_texts(&str::to_owned)));
    assert!(harmless.iter().any(|span| span == "title") && harmless.len() > 30, "{harmless:?}");
    let long = HOSTILE.map(|text| text.repeat(400));
    for hostile in HOSTILE.into_iter().chain(long.iter().map(String::as_str)) {
        let page = summary(&with_texts(&|_| hostile.to_owned()));
        check_tables(&page);
        let (found, spans) = skeleton(&page);
        // All sources and kinds have the same text now, so there are fewer rows of counts.
        let rows = |page: &str| page.lines().map(str::to_owned).collect::<BTreeSet<_>>();
        assert_eq!(rows(&found), rows(&expected), "{hostile:?}");
        for span in spans {
            let breaks = |c: char| {
                c.is_control()
                    || matches!(
                        c,
                        '`' | '|'
                            | '\u{2028}'
                            | '\u{2029}'
                            | '\u{202e}'
                            | '\u{2066}'
                            | '\u{200b}'
                            | '\u{feff}'
                            | '\u{ad}'
                            | '\u{e0041}'
                            | '\u{fe0f}'
                    )
            };
            assert!(!span.contains(breaks) && !span.is_empty(), "{hostile:?}: {span:?}");
            assert!(span.chars().count() <= 257 * 12, "{hostile:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_stays_in_its_code_span(text in proptest::collection::vec(any::<char>(), 1..40)) {
        let text: String = text.into_iter().collect();
        let page = summary(&with_texts(&|_| text.clone()));
        check_tables(&page);
        let (found, _) = skeleton(&page);
        let (expected, _) = skeleton(&summary(&with_texts(&|_| "harmless".to_owned())));
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn a_summary_shows_pack_items_and_provenance() {
    let snapshot = support::snapshot();
    let page = summary(&snapshot);
    check_tables(&page);
    let seal = snapshot.record.metadata["$snapshot"]["seal"].as_str().expect("a seal");
    for part in [
        "# Context snapshot of `Shop docs`\n",
        "| Pack | `shop.docs` |",
        "| Version | `2026.3` |",
        "| Snapshot | `s-1` |",
        "| Items | 4 |",
        "| `docblock` | 2 |",
        "| `contract` `contracts.api` `2` | 1 |",
        "| Created at | `2026-03-01T09:15:30.123Z` |",
        "| Authenticated user | `u-42` |",
        "| Requested by (unverified) | `scheduler` |",
        "| Owners | `team.shop`, `team.web` |",
        "| `contract` `contracts.api` | `2` | yes | `The API` |",
        "| `docblock` `docs.about` |  | no |  |",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    assert!(page.contains(&snapshot.record.hash.to_string()) && page.contains(seal));
    // Without items, there is no section about them.
    let record = json!(snapshot.record);
    let without = summarize_snapshot(&record, None::<&Vec<Value>>).expect("a summary");
    assert!(!without.contains("## Composition"));
    let (head, behind) = page.split_once("\n## Composition\n").expect("the section");
    let (_, rest) = behind.split_once("\n## Provenance\n").expect("the next");
    assert_eq!(without, format!("{head}\n## Provenance\n{rest}"));
    // Bytes are counted in the canonical items.
    let bytes: usize = snapshot
        .items
        .iter()
        .filter(|item| item.json.contains(r#""kind":"docblock""#))
        .map(|item| item.json.len())
        .sum();
    assert!(page.contains(&format!("| `docblock` | 2 | {bytes} |")), "{page}");

    // The same as data.
    let data = summary_of(&record, Some(&stored_items(&snapshot))).expect("a summary");
    assert_eq!((&*data.title, data.item_count, &*data.seal.to_string()), ("Shop docs", 4, seal));
    let docblock = data.kinds.iter().find(|row| row.kind == "docblock").expect("a kind");
    assert_eq!((docblock.items, docblock.bytes), (2, bytes as u64));
    let api = data.sources.iter().find(|row| row.source_key == "contracts.api").expect("a source");
    assert_eq!((&*api.kind, api.source_version.as_deref(), api.items), ("contract", Some("2"), 1));
    assert_eq!(data.provenance.user_id.as_deref(), Some("u-42"));
    assert_eq!(data.provenance.requested_by.as_deref(), Some("scheduler"));
    assert!(summary_of(&record, None::<&Vec<Value>>).expect("a summary").kinds.is_empty());

    // Parts that do not belong together are refused.
    let mut items = stored_items(&snapshot);
    items[0]["content"] = json!("x");
    let refused = summarize_snapshot(&record, Some(&items)).unwrap_err();
    assert_eq!((refused.code(), &*refused.issues()[0].path), (Code::ValidationFailed, "items"));
    let mut other = record.clone();
    other["packKey"] = json!("x");
    let refused = summarize_snapshot(&other, None::<&Vec<Value>>).unwrap_err();
    assert_eq!((refused.code(), &*refused.issues()[0].path), (Code::ValidationFailed, "record.packKey"));
}

#[test]
fn tables_have_a_bounded_length() {
    let mut context = context();
    context.items = (0..250)
        .map(|number| Item {
            item_id: format!("{number:03}"),
            kind: format!("k{number:03}"),
            source_key: "s".into(),
            content: "".into(),
            ..Item::default()
        })
        .collect();
    let pack = context.pack.as_mut().expect("a pack");
    pack.tags = Some((0..101).map(|number| format!("t{number}")).collect());
    pack.sources = Some(
        (0..1_101)
            .map(|number| context_snapshot::Source { kind: "k".into(), key: number.to_string(), ..Default::default() })
            .collect(),
    );
    let page = summary(&snapshot_pack(&input(), &context).expect("a snapshot"));
    check_tables(&page);
    for part in ["| and 150 more | 150 | ", "`t99`, and 1 more |", "| and 1,001 more |  |  |  |", "| Items | 250 |"] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    assert!(!page.contains("`k100`") && !page.contains("`t100`"));
}

// E8.5-4
#[test]
fn a_statement_repeats_the_record() {
    for (name, input, context) in vectors() {
        let snapshot = snapshot_pack(&input, &context).expect("a snapshot");
        let statement = to_statement(&json!(snapshot.record)).expect("a statement");
        let mut predicate = json!({
            "snapshotId": snapshot.record.snapshot_id,
            "createdAt": snapshot.record.created_at,
            "seal": snapshot.record.metadata["$snapshot"]["seal"],
            "manifest": snapshot.manifest,
        });
        for (name, value) in [("createdBy", &snapshot.record.created_by), ("reason", &input.reason)] {
            if let Some(value) = value {
                predicate[name] = json!(value);
            }
        }
        let subject = format!("context-pack:{}@{}", snapshot.record.pack_key, snapshot.record.pack_version);
        let expected = json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{ "name": subject, "digest": { "sha256": snapshot.output.hash.hex() } }],
            "predicateType": "https://contractspec.io/attestation/context-snapshot/v1",
            "predicate": predicate,
        });
        assert_eq!(json!(statement), expected, "{name}");
        let mut other = json!(snapshot.record);
        other["createdAt"] = json!("2026-01-01T00:00:00.000Z");
        let refused = to_statement(&other).unwrap_err();
        assert_eq!(
            (refused.code(), &*refused.issues()[0].path),
            (Code::ValidationFailed, "record.metadata.$snapshot.seal")
        );
    }
}
