//! Problems: their members, their order, and how they look to readers.
//!
//! Why: a host passes a problem on as it is, so its members are as much a contract as a snapshot's. How: `docs/ERRORS.md`, rule
//! by rule: the object, the stages, the paths, the hundred issues. Its example is read from the document and has to come out.

use context_snapshot::{
    Actor, Code, Context, Effect, Input, Item, Limits, Pack, PolicyDecision, Problem, Snapshot, Source, canonicalize,
    digest_item, from_json, snapshot_pack,
};
use serde_json::{Map, Value, json};

/// Returns a valid input.
fn input() -> Input {
    Input { pack_key: "p".into(), ..Input::default() }
}

/// Returns a valid context of an admin, with these items.
fn context(items: Vec<Item>) -> Context {
    let pack = Pack { pack_key: "p".into(), version: "1".into(), title: "P".into(), ..Pack::default() };
    Context { actor: Some(Actor::Admin), pack: Some(pack), items, ..Context::default() }
}

fn item(item_id: &str) -> Item {
    Item {
        item_id: item_id.into(),
        kind: "docblock".into(),
        source_key: "docs/a".into(),
        content: "c".into(),
        ..Item::default()
    }
}

fn refused(input: &Input, context: &Context) -> Problem {
    snapshot_pack(input, context).expect_err("a refusal")
}

/// Returns path and code of each issue.
fn issues(problem: &Problem) -> Vec<(&str, &str)> {
    problem.issues().iter().map(|issue| (issue.path.as_str(), issue.code.as_str())).collect()
}

fn messages(problem: &Problem) -> Vec<&str> {
    problem.issues().iter().map(|issue| issue.message.as_str()).collect()
}

/// Returns a number that no binary64 equals, which is wrong wherever it is.
fn bad() -> Value {
    json!(u64::MAX)
}

// E0-1, E1-1
#[test]
fn the_example_of_the_document_comes_out() {
    let document = include_str!("../../docs/ERRORS.md");
    let (_, example) = document.split_once("## 7. Example").expect("the example");
    let (_, example) = example.split_once("```json\n").expect("its beginning");
    let (example, _) = example.split_once("\n```").expect("its end");
    // A native value cannot be NaN; a large integer is as wrong, and has another name.
    let expected: Value = serde_json::from_str(&example.replace("received NaN", "received bigint")).expect("JSON");

    let input = Input { metadata: Some(Map::from_iter([("a".to_owned(), json!([bad()]))])), ..Input::default() };
    let context = Context { trace_id: Some("tr-1".into()), ..context(Vec::new()) };
    let problem = refused(&input, &context);
    assert_eq!(serde_json::to_value(&problem).expect("plain data"), expected);
}

// E1-1, E1-3, E1-6, E2-1
#[test]
fn every_code_has_its_status_and_members() {
    let required = Source { kind: "k".into(), key: "s".into(), required: Some(true), ..Source::default() };
    let mut incomplete = context(Vec::new());
    incomplete.pack.as_mut().expect("a pack").sources = Some(vec![required]);
    let denied = PolicyDecision { effect: Effect::Deny, reason: None };
    #[rustfmt::skip]
    let table = [
        (refused(&input(), &Context::default()),
            401, "UNAUTHENTICATED", "Unauthenticated", "auth", "unauthenticated"),
        (refused(&input(), &Context { decision: Some(denied), ..context(Vec::new()) }),
            403, "FORBIDDEN", "Forbidden", "auth", "forbidden"),
        (refused(&input(), &Context { pack: None, ..context(Vec::new()) }),
            404, "NOT_FOUND", "Not found", "not_found", "not-found"),
        (refused(&input(), &incomplete),
            412, "PRECONDITION_FAILED", "Precondition failed", "conflict", "precondition-failed"),
        (refused(&Input::default(), &context(Vec::new())),
            422, "VALIDATION_FAILED", "Validation failed", "validation", "validation-failed"),
    ];
    for (problem, status, code, title, category, name) in table {
        assert_eq!((problem.code().as_str(), problem.code().status()), (code, status));
        assert_eq!(problem.code().category(), category);
        let mut object = serde_json::to_value(&problem).expect("plain data");
        let members = object.as_object_mut().expect("an object");
        let has_issues = members.remove("issues").is_some();
        assert_eq!(has_issues, matches!(status, 412 | 422), "{code}");
        assert_eq!(has_issues, !problem.issues().is_empty());
        assert!(!problem.detail().is_empty());
        let expected = json!({
            "type": format!("https://contractspec.io/problems/{name}"), "title": title, "status": status,
            "detail": problem.detail(), "code": code, "category": category, "severity": "warning", "retryable": false,
            "operation": { "key": "context.pack.snapshot", "version": "1.0.0", "kind": "command" },
        });
        assert_eq!(object, expected);
        assert_eq!(problem.to_string(), format!("{code}: {}", problem.detail()));
    }
    let code = Code::InternalError;
    assert_eq!((code.as_str(), code.status(), code.category()), ("INTERNAL_ERROR", 500, "internal"));
}

// E1-2
#[test]
fn the_detail_is_the_first_issue_and_the_number_of_others() {
    let problem = refused(&Input::default(), &context(Vec::new()));
    assert_eq!(problem.to_string(), "VALIDATION_FAILED: packKey: Too small: expected string to have >=1 characters");
    let one_more = refused(&Input::default(), &Context { snapshot_id: Some(":".into()), ..context(Vec::new()) });
    assert_eq!(one_more.detail(), "packKey: Too small: expected string to have >=1 characters (and 1 more issue)");
    let three = Context { snapshot_id: Some(":".into()), idem_key: Some(String::new()), ..context(Vec::new()) };
    let two_more = refused(&Input::default(), &three);
    assert_eq!(two_more.detail(), "packKey: Too small: expected string to have >=1 characters (and 2 more issues)");
    // The path of the root is empty.
    let root = canonicalize(&bad()).expect_err("a refusal");
    assert_eq!(root.to_string(), "VALIDATION_FAILED: Invalid input: expected JSON value, received bigint");
    let error: &dyn std::error::Error = &root;
    assert!(error.source().is_none());
}

// E6.2-1, E6.2-2
#[test]
fn names_are_shown_with_invisible_characters_escaped() {
    for (name, shown) in [
        ("\"", "\""),
        ("\\", "\\"),
        ("a\nb", "a\\u000ab"),
        ("\0\u{1f}\u{7f}\u{9b}", "\\u0000\\u001f\\u007f\\u009b"),
        ("é€😀", "é€😀"),
        ("</script>", "</script>"),
        ("\u{2028}", "\\u2028"),
        ("%s{}$1", "%s{}$1"),
        ("\u{202e}\u{e0001}", "\\u202e\\udb40\\udc01"),
    ] {
        let metadata = Map::from_iter([(name.to_owned(), bad())]);
        let traced = Context { trace_id: Some(name.into()), ..context(Vec::new()) };
        let problem = refused(&Input { metadata: Some(metadata), ..input() }, &traced);
        let object = serde_json::to_value(&problem).expect("plain data");
        assert_eq!(object["issues"][0]["path"], format!("metadata.{shown}"));
        assert_eq!(object["traceId"], shown);
        assert_eq!(object["detail"], problem.detail());
        let wanted = Input { pack_key: name.into(), pack_version: Some(name.into()), ..Input::default() };
        let problem = refused(&wanted, &context(Vec::new()));
        assert_eq!(problem.code(), Code::NotFound);
        assert_eq!(serde_json::to_value(&problem).expect("plain data")["detail"], problem.detail());
        assert!(problem.detail().contains(&format!("{shown}@{shown}")));
    }
}

// E1-3, E3-9
#[test]
fn problems_of_other_functions_name_no_operation() {
    let problem = digest_item(&Item::default()).expect_err("a refusal");
    let object = serde_json::to_value(&problem).expect("plain data");
    assert_eq!((object.get("operation"), object.get("traceId")), (None, None));
    assert_eq!(object["status"], 422);
    assert_eq!(problem.trace_id(), None);
}

// E1-4
#[test]
fn the_trace_id_is_in_problems_of_every_stage() {
    let mut wrong = vec![
        Context { actor: None, ..context(Vec::new()) },
        Context { actor: Some(Actor::User), ..context(Vec::new()) },
        Context { snapshot_id: Some(":".into()), ..context(Vec::new()) },
        Context { pack: None, ..context(Vec::new()) },
        context(vec![Item::default()]),
    ];
    let mut nameless = context(Vec::new());
    nameless.pack.as_mut().expect("a pack").sources = Some(vec![Source::default()]);
    let mut incomplete = nameless.clone();
    let required = Source { kind: "k".into(), key: "s".into(), required: Some(true), ..Source::default() };
    incomplete.pack.as_mut().expect("a pack").sources = Some(vec![required]);
    wrong.extend([nameless, incomplete]);
    let statuses = wrong.into_iter().map(|context| {
        let traced = refused(&input(), &Context { trace_id: Some("tr-1".into()), ..context.clone() });
        assert_eq!(traced.trace_id(), Some("tr-1"));
        assert_eq!(serde_json::to_value(&traced).expect("plain data")["traceId"], "tr-1");
        let untraced = refused(&input(), &context);
        assert_eq!(untraced.trace_id(), None);
        assert_eq!(serde_json::to_value(&untraced).expect("plain data").get("traceId"), None);
        // It changes nothing else.
        assert_eq!(
            (traced.code(), traced.detail(), traced.issues()),
            (untraced.code(), untraced.detail(), untraced.issues())
        );
        traced.code().status()
    });
    assert_eq!(statuses.collect::<Vec<_>>(), [401, 403, 422, 404, 422, 422, 412]);
}

// E3-1, E3-2, E3-3, E3-4, E3-5, E3-6, E3-7
#[test]
fn each_stage_ends_before_the_next_begins() {
    // Everything is wrong at first, and then put right, one stage after the other.
    let mut input = Input { metadata: Some(Map::from_iter([("$snapshot".to_owned(), json!(1))])), ..Input::default() };
    let source =
        |kind: &str| Source { kind: kind.into(), key: "docs/a".into(), required: Some(true), ..Source::default() };
    let mut context = Context {
        actor: Some(Actor::Unknown),
        idem_key: Some(String::new()),
        snapshot_id: Some("a:b".into()),
        pack: Some(Pack { pack_key: "q".into(), sources: Some(vec![source("")]), ..Pack::default() }),
        items: vec![item(""), item("a"), item("a")],
        ..Context::default()
    };
    let answer = |input: &Input, context: &Context| -> (u16, Vec<(String, &'static str)>) {
        let problem = refused(input, context);
        let issues = problem.issues().iter().map(|issue| (issue.path.clone(), issue.code.as_str()));
        (problem.code().status(), issues.collect())
    };
    let list = |issues: &[(&str, &'static str)]| -> Vec<(String, &'static str)> {
        issues.iter().map(|&(path, code)| (path.to_owned(), code)).collect()
    };

    assert_eq!(answer(&input, &context), (401, Vec::new()));
    context.actor = Some(Actor::User);
    assert_eq!(answer(&input, &context), (403, Vec::new()));
    context.roles = Some(vec!["admin".into()]);

    let request = [
        ("packKey", "too_small"),
        ("metadata.$snapshot", "reserved"),
        ("idemKey", "too_small"),
        ("snapshotId", "invalid_format"),
    ];
    assert_eq!(answer(&input, &context), (422, list(&request)));
    input.pack_key = "p".into();
    input.metadata = None;
    assert_eq!(answer(&input, &context), (422, list(&request[2..])));
    context.idem_key = None;
    context.snapshot_id = None;

    assert_eq!(answer(&input, &context), (404, Vec::new()));
    context.pack.as_mut().expect("a pack").pack_key = "p".into();
    input.pack_version = Some("2".into());
    assert_eq!(answer(&input, &context), (404, Vec::new()));
    context.pack.as_mut().expect("a pack").version = "2".into();

    assert_eq!(answer(&input, &context), (422, list(&[("pack.sources.0.kind", "too_small")])));
    context.pack.as_mut().expect("a pack").sources = Some(vec![source("schema")]);

    assert_eq!(
        answer(&input, &context),
        (422, list(&[("items.0.itemId", "too_small"), ("items.2.itemId", "duplicate")]))
    );
    context.items.remove(0);
    assert_eq!(answer(&input, &context), (422, list(&[("items.1.itemId", "duplicate")])));
    context.items.remove(0);

    assert_eq!(answer(&input, &context), (412, list(&[("pack.sources.0", "missing_source")])));
    context.items[0].kind = "schema".into();
    assert!(snapshot_pack(&input, &context).is_ok());
}

// E3.2-1
#[test]
fn a_pack_that_is_absent_or_another_is_not_found() {
    let wants = |version: Option<&str>| Input { pack_version: version.map(str::to_owned), ..input() };
    let none = Context { pack: None, ..context(Vec::new()) };
    for (input, context) in [
        (wants(None), none.clone()),
        (wants(Some("1")), none),
        (wants(Some("2")), context(Vec::new())),
        (wants(Some("")), context(Vec::new())),
        (Input { pack_key: "P".into(), ..wants(None) }, context(Vec::new())),
    ] {
        let problem = refused(&input, &context);
        assert_eq!((problem.code(), problem.issues()), (Code::NotFound, &[][..]));
        assert!(problem.detail().contains(&input.pack_key), "{problem}");
    }
    assert!(snapshot_pack(&wants(Some("1")), &context(Vec::new())).is_ok());
    // A pack with an invalid name is refused for it, and is not another pack.
    let nameless = Context { pack: Some(Pack::default()), ..context(Vec::new()) };
    assert_eq!(issues(&refused(&input(), &nameless)), [("pack.packKey", "too_small")]);
}

/// Returns the path of the issue for a wrong value with this name in an item's content.
fn path_of(name: &str) -> String {
    let content = Value::Object(Map::from_iter([(name.to_owned(), bad())]));
    let problem = refused(&input(), &context(vec![item("a"), Item { content, ..item("b") }]));
    let [issue] = problem.issues() else { panic!("{} issues", problem.issues().len()) };
    assert!(issue.path.encode_utf16().count() <= 256);
    issue.path.clone()
}

// E6.2-3
#[test]
fn long_paths_are_cut_in_the_middle() {
    // `items.1.content.` has 16 units.
    assert_eq!(path_of("abc"), "items.1.content.abc");
    let whole = "x".repeat(240);
    assert_eq!(path_of(&whole), format!("items.1.content.{whole}"));
    assert_eq!(path_of(&format!("{whole}y")), format!("items.1.content.{}…{}y", "x".repeat(112), "x".repeat(126)));
    assert_eq!(
        path_of(&"0123456789".repeat(100_000)),
        format!("items.1.content.{}01…3456789{}", "0123456789".repeat(11), "0123456789".repeat(12))
    );
    // Length is counted in UTF-16 units, not in bytes or characters.
    let umlauts = "ü".repeat(240);
    assert_eq!(path_of(&umlauts), format!("items.1.content.{umlauts}"));
    let smileys = "😀".repeat(120);
    assert_eq!(path_of(&smileys), format!("items.1.content.{smileys}"));
    assert_eq!(path_of(&format!("{smileys}x")), format!("items.1.content.{}…{}x", "😀".repeat(56), "😀".repeat(63)));
    // If a cut goes through a surrogate pair, half of it is left on each side.
    assert_eq!(
        path_of(&format!("x{smileys}")),
        format!("items.1.content.x{}\u{fffd}…\u{fffd}{}", "😀".repeat(55), "😀".repeat(63))
    );
}

#[test]
fn the_path_to_a_deep_value_is_cut_in_the_middle() {
    // A wrong value in the last of 300 levels.
    let mut content = bad();
    for _ in 0..299 {
        content = Value::Array(vec![content]);
    }
    let content = Value::Object(Map::from_iter([("first".to_owned(), content)]));
    let problem = refused(&input(), &context(vec![Item { content, ..item("a") }]));
    let path = &problem.issues()[0].path;
    assert_eq!(*path, format!("items.0.content.first{}.…{}0", ".0".repeat(53), "0.".repeat(63)));
    assert_eq!(path.encode_utf16().count(), 256);
}

/// Returns the problem of metadata with this many wrong values.
fn with_bad_values(count: usize) -> Problem {
    let metadata = Map::from_iter([("a".to_owned(), Value::Array(vec![bad(); count]))]);
    refused(&Input { metadata: Some(metadata), ..input() }, &context(Vec::new()))
}

// E4-16, E5-6
#[test]
fn at_most_a_hundred_issues_are_listed() {
    for count in [1, 99, 100] {
        let problem = with_bad_values(count);
        assert_eq!(problem.issues().len(), count);
        assert!(problem.issues().iter().all(|issue| issue.code.as_str() == "invalid_type"));
    }
    for count in [101, 102, 1_000] {
        let problem = with_bad_values(count);
        assert_eq!(problem.issues().len(), 101);
        assert_eq!(problem.issues()[..100], with_bad_values(100).issues()[..]);
        assert_eq!(issues(&problem)[100], ("", "too_many_issues"));
        assert_eq!(messages(&problem)[100], "More issues than the 100 listed");
    }
}

#[test]
fn issues_of_every_kind_count_towards_the_hundred() {
    // Issues of the request: later ones are not listed.
    let metadata = Map::from_iter([("a".to_owned(), Value::Array(vec![bad(); 99]))]);
    let input_99 = Input { metadata: Some(metadata), ..input() };
    let two_more = Context { idem_key: Some(String::new()), snapshot_id: Some(":".into()), ..context(Vec::new()) };
    let problem = refused(&input_99, &two_more);
    assert_eq!(
        issues(&problem)[98..],
        [("metadata.a.98", "invalid_type"), ("idemKey", "too_small"), ("", "too_many_issues")]
    );

    // Issues of the pack.
    let mut nameless = context(Vec::new());
    nameless.pack.as_mut().expect("a pack").sources = Some(vec![Source::default(); 60]);
    let problem = refused(&input(), &nameless);
    let last = [("pack.sources.49.kind", "too_small"), ("pack.sources.49.key", "too_small"), ("", "too_many_issues")];
    assert_eq!(issues(&problem)[98..], last);

    // Issues of items, wrong ones and duplicates.
    let wrong =
        |count| context((0..count).map(|position| if position % 2 == 0 { item("") } else { item("a") }).collect());
    let problem = refused(&input(), &wrong(101));
    assert_eq!(issues(&problem).len(), 100);
    let problem = refused(&input(), &wrong(102));
    let last = [("items.99.itemId", "duplicate"), ("items.100.itemId", "too_small"), ("", "too_many_issues")];
    assert_eq!(issues(&problem)[98..], last);

    // Issues of required sources.
    let source = Source { kind: "k".into(), key: "s".into(), required: Some(true), ..Source::default() };
    let mut incomplete = context(Vec::new());
    incomplete.pack.as_mut().expect("a pack").sources = Some(vec![source; 101]);
    let problem = refused(&input(), &incomplete);
    assert_eq!(problem.code(), Code::PreconditionFailed);
    assert_eq!(issues(&problem)[99..], [("pack.sources.99", "missing_source"), ("", "too_many_issues")]);
}

// E5-7
#[test]
fn every_issue_of_an_item_is_listed() {
    let wrong = Item {
        content: json!({ "b": [1, bad()], "a": { "x.y": bad() } }),
        text_content: Some(String::new()),
        metadata: Some(Map::from_iter([(String::new(), bad())])),
        ..Item::default()
    };
    let problem = refused(&input(), &context(vec![item("a"), wrong]));
    let expected = [
        ("items.1.itemId", "too_small"),
        ("items.1.kind", "too_small"),
        ("items.1.sourceKey", "too_small"),
        ("items.1.content.a.x.y", "invalid_type"),
        ("items.1.content.b.1", "invalid_type"),
        ("items.1.metadata.", "invalid_type"),
    ];
    assert_eq!(issues(&problem), expected);
    assert_eq!(messages(&problem)[0], "Too small: expected string to have >=1 characters");
    assert_eq!(messages(&problem)[3], "Invalid input: expected JSON value, received bigint");
    for (content, received) in
        [(json!(null), "null"), (json!(1.5), "number"), (json!(true), "boolean"), (json!([]), "array")]
    {
        let problem = refused(&input(), &context(vec![Item { content, ..item("a") }]));
        assert_eq!(issues(&problem), [("items.0.content", "invalid_type")]);
        assert_eq!(messages(&problem), [format!("Invalid input: expected string or object, received {received}")]);
    }
}

// F2.1-2, E4-13
#[test]
fn refuses_a_duplicate_item_id() {
    let problem = refused(&input(), &context(["a", "b", "a", "c", "b", "a"].map(item).to_vec()));
    let expected = [("items.2.itemId", "duplicate"), ("items.4.itemId", "duplicate"), ("items.5.itemId", "duplicate")];
    assert_eq!(issues(&problem), expected);
    let first = |position| format!("Duplicate itemId: also at items.{position}");
    assert_eq!(messages(&problem), [first(0), first(1), first(0)]);

    // Items that are wrong can be duplicates, too; the issue of the id comes first.
    let wrong = |id| Item { kind: String::new(), ..item(id) };
    let problem = refused(&input(), &context(vec![wrong("a"), item("a"), wrong("a")]));
    let expected = [
        ("items.0.kind", "too_small"),
        ("items.1.itemId", "duplicate"),
        ("items.2.itemId", "duplicate"),
        ("items.2.kind", "too_small"),
    ];
    assert_eq!(issues(&problem), expected);
    assert_eq!((messages(&problem)[1], messages(&problem)[2]), (&*first(0), &*first(0)));

    // Ids that only look the same differ: case, normal forms, blanks. An empty id is not a duplicate.
    let different = ["a", "A", "a ", "a\0", "é", "e\u{301}", "\u{10000}", "\u{e000}"];
    assert!(snapshot_pack(&input(), &context(different.map(item).to_vec())).is_ok());
    let problem = refused(&input(), &context(vec![item(""), item("")]));
    assert_eq!(issues(&problem), [("items.0.itemId", "too_small"), ("items.1.itemId", "too_small")]);
    for id in ["\u{10000}", "\u{e000}", "\u{10ffff}\u{d7ff}"] {
        let problem = refused(
            &input(),
            &context(vec![item("\u{ffff}"), item(id), item("\u{10001}"), item("\u{d7ff}"), item(id)]),
        );
        assert_eq!(issues(&problem), [("items.4.itemId", "duplicate")]);
        assert_eq!(messages(&problem), [first(1)]);
    }
}

/// Takes a snapshot of a pack with these sources, and with items of these kinds, keys and versions.
fn with_sources(sources: &[Source], items: &[(&str, &str, Option<&str>)]) -> Result<Snapshot, Problem> {
    let items = items.iter().enumerate().map(|(position, &(kind, key, version))| Item {
        item_id: position.to_string(),
        kind: kind.into(),
        source_key: key.into(),
        source_version: version.map(str::to_owned),
        content: "c".into(),
        ..Item::default()
    });
    let mut context = context(items.collect());
    context.pack.as_mut().expect("a pack").sources = Some(sources.to_vec());
    snapshot_pack(&input(), &context)
}

// F3-5, E4-14, E4-15
#[test]
fn a_required_source_needs_an_item() {
    let source = |version: Option<&str>, required| Source {
        kind: "docblock".into(),
        key: "docs/a".into(),
        version: version.map(str::to_owned),
        required,
        description: None,
    };
    let right = ("docblock", "docs/a", Some("2"));
    let others =
        [("schema", "docs/a", Some("2")), ("docblock", "docs/b", Some("2")), ("docs/a", "docblock", Some("2"))];

    // Not required.
    assert!(with_sources(&[source(None, None), source(Some("2"), Some(false))], &[]).is_ok());
    // An item of any version, or of the one that is required.
    assert!(with_sources(&[source(None, Some(true)), source(Some("2"), Some(true))], &[right]).is_ok());
    assert!(with_sources(&[source(None, Some(true))], &[("docblock", "docs/a", None)]).is_ok());
    assert!(with_sources(&[source(Some("2"), Some(true))], &[others[0], others[1], right]).is_ok());
    assert!(with_sources(&[source(Some(""), Some(true))], &[("docblock", "docs/a", Some(""))]).is_ok());
    assert!(with_sources(&vec![source(Some("2"), Some(true)); 3], &[right]).is_ok());
    // Several versions, each of which has an item.
    let versions = [source(Some("1"), Some(true)), source(Some("2"), Some(true))];
    assert!(with_sources(&versions, &[right, ("docblock", "docs/a", Some("1"))]).is_ok());

    let missing = |sources: &[Source], items: &[(&str, &str, Option<&str>)]| -> Vec<(String, String)> {
        let problem = with_sources(sources, items).expect_err("a refusal");
        assert_eq!(problem.code(), Code::PreconditionFailed);
        assert!(problem.issues().iter().all(|issue| issue.code.as_str() == "missing_source"));
        // A hint at an item that is nearly right may follow.
        let missing = |message: &str| message.split(';').next().unwrap_or_default().to_owned();
        problem.issues().iter().map(|issue| (issue.path.clone(), missing(&issue.message))).collect()
    };
    let near = with_sources(&[source(None, Some(true))], &others).expect_err("a refusal");
    assert_eq!(
        near.issues()[0].message,
        "Required source has no item: docblock docs/a; an item of this key has kind schema"
    );
    let messages = |position: usize, version: &str| {
        (format!("pack.sources.{position}"), format!("Required source has no item: docblock docs/a{version}"))
    };
    assert_eq!(missing(&[source(None, Some(true))], &[]), [messages(0, "")]);
    assert_eq!(missing(&[source(None, Some(true))], &others), [messages(0, "")]);
    assert_eq!(missing(&[source(None, None), source(Some("2"), Some(true))], &others), [messages(1, "@2")]);
    for wrong in [None, Some(""), Some("1"), Some("2.0"), Some(" 2")] {
        assert_eq!(missing(&[source(Some("2"), Some(true))], &[("docblock", "docs/a", wrong)]), [messages(0, "@2")]);
    }
    assert_eq!(missing(&[source(Some(""), Some(true))], &[("docblock", "docs/a", None)]), [messages(0, "@")]);
    // The same characters, divided in another place.
    for (kind, key, item) in
        [("a\0", "b", ("a", "\0b", None)), ("a", "\0\0b", ("a\0\0", "b", None)), ("ab", "c", ("a", "bc", None))]
    {
        let divided = Source { kind: kind.into(), key: key.into(), required: Some(true), ..Source::default() };
        assert_eq!(missing(std::slice::from_ref(&divided), &[item]).len(), 1, "{kind:?} {key:?}");
        assert!(with_sources(&[divided], &[(kind, key, None)]).is_ok());
    }
    // All missing sources are listed, in the order of the pack.
    let several = [
        source(Some("9"), Some(true)),
        source(None, Some(true)),
        source(Some("1"), Some(true)),
        source(Some("2"), Some(true)),
    ];
    assert_eq!(missing(&several, &[right]), [messages(0, "@9"), messages(2, "@1")]);
    assert_eq!(missing(&several, &[]), [messages(0, "@9"), messages(1, ""), messages(2, "@1"), messages(3, "@2")]);
}

// F5.2-1, E4-11
#[test]
fn refuses_an_id_with_a_colon() {
    let colon = "Invalid snapshotId: expected no colon (:), which separates it from item ids in row ids";
    for wrong in [":", "a:b", "urn:uuid:1", "a:"] {
        let problem = refused(&input(), &Context { snapshot_id: Some(wrong.into()), ..context(Vec::new()) });
        assert_eq!(issues(&problem), [("snapshotId", "invalid_format")]);
        assert_eq!(messages(&problem), [colon]);
    }
    let empty = refused(&input(), &Context { snapshot_id: Some(String::new()), ..context(Vec::new()) });
    assert_eq!(issues(&empty), [("snapshotId", "too_small")]);
}

// F10-2, F10-6, F10-7, E4-5, E6-2
#[test]
fn refuses_a_document_that_is_too_long() {
    const LIMIT: usize = 268_435_456;
    fn only(problem: &Problem) -> (&str, &str) {
        assert_eq!(messages(problem), ["Too big: expected at most 268435456 canonical bytes"]);
        issues(problem)[0]
    }

    // A zero character takes six bytes, `\u0000`; the quotes take two, and plain characters fill up the rest.
    let zeros = "\0".repeat((LIMIT - 2) / 6);
    let plain = "x".repeat((LIMIT - 2) % 6);
    let fits = canonicalize(&Value::from(zeros.clone() + &plain)).expect("as long as it may be");
    assert_eq!(fits.len(), LIMIT);
    drop(fits);
    let problem = canonicalize(&Value::from(zeros + &plain + "x")).expect_err("one byte longer");
    assert_eq!(only(&problem), ("", "too_big"));

    // Text that is too long even without the quotes around it.
    for length in [LIMIT, LIMIT + 1] {
        let mut long = context(vec![item("a"), Item { content: "x".repeat(length).into(), ..item("b") }]);
        assert_eq!(only(&refused(&input(), &long)), ("items.1", "too_big"), "{length}");
        let content = long.items[1].content.take();
        assert_eq!(only(&canonicalize(&content).expect_err("a refusal")), ("", "too_big"), "{length}");
        let named = Value::String(String::new());
        let Value::String(text) = content else { unreachable!("it is a string") };
        let metadata = Map::from_iter([(text, named)]);
        let problem = refused(&Input { metadata: Some(metadata.clone()), ..input() }, &context(Vec::new()));
        assert_eq!(only(&problem), ("metadata", "too_big"), "{length}");
        let text = metadata.into_iter().next().expect("one member").0;
        long.items.clear();
        long.pack.as_mut().expect("a pack").title = text;
        assert_eq!(only(&refused(&input(), &long)), ("pack", "too_big"), "{length}");
    }
}

// E3-8
#[test]
fn a_manifest_that_is_too_long_is_refused_after_the_sources() {
    let required = Source { kind: "docblock".into(), key: "docs/a".into(), required: Some(true), ..Source::default() };
    let mut limited = context(Vec::new());
    limited.pack.as_mut().expect("a pack").sources = Some(vec![required]);
    limited.limits = Some(Limits { document_bytes: 200, ..Limits::default() });
    assert_eq!(issues(&refused(&input(), &limited)), [("pack.sources.0", "missing_source")]);
    limited.items = vec![item("a")];
    let problem = refused(&input(), &limited);
    assert_eq!((problem.code(), &*issues(&problem)), (Code::ValidationFailed, &[("pack", "too_big")][..]));
}

#[test]
fn a_problem_is_as_wide_as_a_pointer() {
    let word = size_of::<usize>();
    assert_eq!(size_of::<Problem>(), word);
    assert_eq!(size_of::<Option<Problem>>(), word);
    assert_eq!(size_of::<Result<(), Problem>>(), word);
}

#[test]
fn a_problem_can_be_sent_and_shared() {
    fn is_an_error<E: std::error::Error + Send + Sync + Clone + PartialEq + 'static>(_: &E) {}
    let problem = refused(&Input::default(), &context(Vec::new()));
    is_an_error(&problem);
    assert_eq!(problem.clone(), problem);
    let debug = format!("{problem:?}");
    assert!(debug.contains("ValidationFailed") && debug.contains("packKey"), "{debug}");
    // It can be read back as JSON.
    let text = serde_json::to_string(&problem).expect("plain data");
    assert_eq!(from_json::<Value>(&text).expect("JSON")["code"], "VALIDATION_FAILED");
}
