//! The WebAssembly module in Node, called with JavaScript values.
//!
//! Why: natively there is no `NaN`, no `Map`, no half of a surrogate pair, no getter that throws, and no memory that only
//! grows; and strings are scanned by other code. How: wasm-bindgen's test runner calls the functions that the package exports.
//! `tests/node` tests JavaScript values on the package itself; here is only what concerns the module.

#![cfg(target_arch = "wasm32")]

use context_snapshot::wasm::{canonicalize, digest, digest_item, snapshot_id_for, snapshot_pack};
use context_snapshot::{Context, Digest, Input, from_json};
use js_sys::{Array, Date, Function, JSON, JsString, Number, Object, Reflect, WebAssembly};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

/// Evaluates a JavaScript expression.
fn js(expression: &str) -> JsValue {
    js_sys::eval(&format!("({expression})")).unwrap_or_else(|error| panic!("{expression}: {error:?}"))
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).expect("an object")
}

fn set(object: &JsValue, name: &str, value: &JsValue) {
    Reflect::set(object, &name.into(), value).expect("an object");
}

fn text(object: &JsValue, name: &str) -> String {
    get(object, name).as_string().unwrap_or_else(|| panic!("{name} is a string"))
}

fn list(value: &JsValue) -> Vec<JsValue> {
    assert!(Array::is_array(value), "{value:?}");
    Array::from(value).to_vec()
}

fn stringify(value: &JsValue) -> String {
    JSON::stringify(value).expect("plain data").into()
}

/// Returns path, code and message of each issue of a thrown problem.
fn issues(problem: &JsValue) -> Vec<[String; 3]> {
    let issue = |issue: &JsValue| ["path", "code", "message"].map(|name| text(issue, name));
    list(&get(problem, "issues")).iter().map(issue).collect()
}

fn input() -> JsValue {
    js("{ packKey: 'p' }")
}

/// Returns a valid context of an admin, with the items that this expression makes.
fn context(items: &str) -> JsValue {
    js(&format!(
        "{{ actor: 'admin', now: new Date(0), snapshotId: 's', pack: {{ packKey: 'p', version: '1', title: '' }}, items: {items} }}"
    ))
}

const ITEM: &str = "{ itemId: 'a', kind: 'k', sourceKey: 's', content: {} }";

/// Returns the problem that is thrown for an item with this content.
fn refused(content: &str) -> JsValue {
    let ctx = context(&format!("[{ITEM}, {{ ...{ITEM}, itemId: 'b', content: {content} }}]"));
    snapshot_pack(&input(), &ctx).expect_err("a refusal")
}

#[wasm_bindgen_test]
fn every_snapshot_comes_out_as_its_vector() {
    let vectors = JSON::parse(include_str!("vectors/snapshots.json")).expect("JSON");
    let vectors = list(&vectors);
    assert!(vectors.len() >= 80, "only {} vectors", vectors.len());
    for vector in vectors {
        let name = text(&vector, "name");
        let (input, ctx, expected) = (get(&vector, "input"), get(&vector, "ctx"), get(&vector, "expected"));
        let before = stringify(&Array::of(&[input.clone(), ctx.clone()]));
        let snapshot = snapshot_pack(&input, &ctx).unwrap_or_else(|problem| panic!("{name}: {problem:?}"));
        assert_eq!(stringify(&Array::of(&[input.clone(), ctx.clone()])), before, "{name}: nothing is changed");

        let hash = text(&expected, "hash");
        assert_eq!(text(&get(&snapshot, "output"), "hash"), hash, "{name}");
        assert_eq!(text(&get(&snapshot, "event"), "id"), text(&expected, "eventId"), "{name}");
        assert_eq!(
            canonicalize(&get(&snapshot, "manifest")),
            Ok(text(&expected, "canonicalManifest").into()),
            "{name}"
        );
        assert_eq!(digest(&get(&snapshot, "manifest")), Ok(hash.into()), "{name}");
        for member in ["record", "index"] {
            let (found, expected) = (canonicalize(&get(&snapshot, member)), canonicalize(&get(&expected, member)));
            assert_eq!(found.expect("JSON"), expected.expect("JSON"), "{name}");
        }

        // Each item by itself, as it was passed, and as it is returned without the added members.
        let canonical: Vec<String> =
            list(&get(&expected, "canonicalItems")).iter().map(|item| item.as_string().expect("text")).collect();
        let mut alone: Vec<(Vec<u16>, String)> = Vec::new();
        for item in list(&get(&ctx, "items")) {
            let digested = digest_item(&item).expect("a good one");
            let json = text(&digested, "json");
            assert_eq!(text(&digested, "digest"), Digest::of(format!("\0{json}").as_bytes()).to_string());
            alone.push((text(&digested, "itemId").encode_utf16().collect(), json));
        }
        alone.sort();
        assert!(alone.iter().map(|(_, json)| json).eq(&canonical), "{name}");
        for (item, json) in list(&get(&snapshot, "items")).iter().zip(&canonical) {
            let item = Object::assign(&Object::new(), item.unchecked_ref());
            for added in ["snapshotId", "createdAt"] {
                assert!(Reflect::delete_property(&item, &added.into()).expect("it is there"));
            }
            assert_eq!(canonicalize(&item).expect("JSON"), *json, "{name}");
        }

        // The Rust API, compiled to WebAssembly, makes the same snapshot of the same JSON.
        let typed_input: Input = from_json(&stringify(&input)).expect("an input");
        let typed_context: Context = from_json(&stringify(&ctx)).expect("a context");
        let typed = context_snapshot::snapshot_pack(&typed_input, &typed_context).expect("a snapshot");
        assert_eq!(typed.output.hash.to_string(), text(&expected, "hash"), "{name}");
        assert_eq!(typed.event.id, text(&expected, "eventId"), "{name}");
        assert!(typed.items.iter().map(|item| &item.json).eq(&canonical), "{name}");
    }
}

#[wasm_bindgen_test]
fn refuses_a_value_that_is_not_json_with_its_path() {
    let table = [
        ("{ x: [1, NaN] }", "x.1", "NaN"),
        ("{ x: { y: -Infinity } }", "x.y", "-Infinity"),
        ("{ m: new Map([[1, 2]]) }", "m", "Map"),
        ("{ m: [new Set()] }", "m.0", "Set"),
        ("{ b: 1n }", "b", "bigint"),
        ("{ f() {} }", "f", "function"),
        ("{ s: Symbol('s') }", "s", "symbol"),
        ("{ u: [undefined] }", "u.0", "undefined"),
        ("{ h: [, 1] }", "h.0", "undefined"),
        ("{ d: new Date(NaN) }", "d", "Invalid Date"),
        ("{ t: new Uint8Array(2) }", "t", "Uint8Array"),
        ("{ w: new String('w') }", "w", "String"),
        ("{ c: new (class Own {})() }", "c", "Own"),
        ("{ p: Promise.resolve() }", "p", "Promise"),
    ];
    for (content, path, received) in table {
        let problem = refused(content);
        assert_eq!(get(&problem, "status"), 422);
        // Both infinities have the same message.
        let received = if received == "-Infinity" { "Infinity" } else { received };
        let found = issues(&problem);
        let message = found[0][2].replace("-Infinity", "Infinity");
        assert_eq!(found[0][..2], [format!("items.1.content.{path}"), "invalid_type".to_owned()], "{content}");
        assert_eq!(message, format!("Invalid input: expected JSON value, received {received}"), "{content}");
        assert_eq!(found.len(), 1, "{content}");

        let value = js(content);
        let alone = issues(&canonicalize(&value).expect_err("a refusal"));
        assert_eq!(alone[0][0], path, "{content}");
        assert_eq!(issues(&digest(&value).expect_err("a refusal")), alone, "{content}");
    }
    let content = issues(&refused("new Map()"));
    assert_eq!(content[0][2], "Invalid input: expected string or object, received Map");
}

#[wasm_bindgen_test]
fn refuses_half_a_surrogate_pair_with_its_path() {
    for (content, path, index) in [
        (r"'\ud800'", "items.1.content", 0),
        (r"'abc\udc00'", "items.1.content", 3),
        (r"{ x: ['\ud83d\ude00\ud83d'] }", "items.1.content.x.0", 2),
        (r"{ x: '\ude00\ud83d' }", "items.1.content.x", 0),
        (r"{ 'a\ud800': 1 }", "items.1.content.a\u{fffd}", 1),
        (r"{ x: 'plain and long, in several blocks, up to here \udfff and on' }", "items.1.content.x", 46),
    ] {
        let expected = [
            path.to_owned(),
            "invalid_format".to_owned(),
            format!("Invalid string: unpaired surrogate at index {index}"),
        ];
        assert_eq!(issues(&refused(content)), [expected], "{content}");
    }
    // In the input, the context, the pack and in ids.
    let bad = r"'x\ud800'";
    for (change, path) in [
        (format!("[{{ packKey: 'p', reason: {bad} }}, c]"), "reason"),
        (format!("[i, {{ ...c, traceId: {bad} }}]"), "traceId"),
        (format!("[i, {{ ...c, snapshotId: {bad} }}]"), "snapshotId"),
        (format!("[i, {{ ...c, pack: {{ ...c.pack, title: {bad} }} }}]"), "pack.title"),
        (format!("[i, {{ ...c, items: [{{ ...{ITEM}, itemId: {bad} }}] }}]"), "items.0.itemId"),
    ] {
        let change = Function::new_with_args("i, c", &format!("return {change}"));
        let changed = change.call2(&JsValue::NULL, &input(), &context("[]")).expect("two objects");
        let problem = snapshot_pack(&get(&changed, "0"), &get(&changed, "1")).expect_err("a refusal");
        let found = issues(&problem);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0], [path, "invalid_format", "Invalid string: unpaired surrogate at index 1"]);
    }
}

// E0-2
#[wasm_bindgen_test]
fn an_exception_of_the_host_comes_back_unchanged() {
    let thrown = js("globalThis.thrown = new RangeError('of the host')");
    let throwing = "get() { throw globalThis.thrown }";
    let getter = |name: &str| format!("Object.defineProperty({{}}, '{name}', {{ enumerable: true, {throwing} }})");
    let proxy = "new Proxy({}, { ownKeys() { throw globalThis.thrown } })";
    for value in [getter("x"), format!("{{ a: [{}] }}", getter("x")), proxy.to_owned(), format!("[1, {proxy}]")] {
        assert!(Object::is(&canonicalize(&js(&value)).expect_err("an exception"), &thrown), "{value}");
        assert!(Object::is(&digest(&js(&value)).expect_err("an exception"), &thrown), "{value}");
    }
    assert!(Object::is(&digest_item(&js(&getter("kind"))).expect_err("an exception"), &thrown));
    assert!(Object::is(&snapshot_id_for(&js(&getter("idemKey"))).expect_err("an exception"), &thrown));
    assert!(Object::is(&snapshot_pack(&js(&getter("packKey")), &context("[]")).expect_err("an exception"), &thrown));
    assert!(Object::is(&snapshot_pack(&input(), &js(&getter("actor"))).expect_err("an exception"), &thrown));
    for items in [
        format!("[{ITEM}, {}]", getter("content")),
        "{ get [Symbol.iterator]() { throw globalThis.thrown } }".to_owned(),
        "{ [Symbol.iterator]() { throw globalThis.thrown } }".to_owned(),
        "{ [Symbol.iterator]: () => ({ next() { throw globalThis.thrown } }) }".to_owned(),
        format!("(function* () {{ yield {ITEM}; throw globalThis.thrown }})()"),
        "{ [Symbol.iterator]: () => ({ next: () => ({ get value() { throw globalThis.thrown } }) }) }".to_owned(),
    ] {
        let exception = snapshot_pack(&input(), &context(&items)).expect_err("an exception");
        assert!(Object::is(&exception, &thrown), "{items}: {exception:?}");
    }
    // Whatever the type of the exception.
    for odd in ["undefined", "null", "0", "''", "Symbol.iterator"] {
        let exception = js(odd);
        set(&js_sys::global(), "odd", &exception);
        let found = canonicalize(&js("{ get x() { throw globalThis.odd } }")).expect_err("an exception");
        assert!(Object::is(&found, &exception), "{odd}");
    }
    // The next call works as usual.
    assert!(snapshot_pack(&input(), &context(&format!("[{ITEM}]"))).is_ok());
}

#[wasm_bindgen_test]
fn iterators_are_closed_as_for_of_closes_them() {
    // Closed once after an item that throws, and after too many wrong items. Not closed after `next` throws.
    let items = |item: &str, after: &str| {
        context(&format!(
            "((log) => {{
                globalThis.log = log;
                let count = 0;
                return {{ [Symbol.iterator]: () => ({{
                    next() {{ log.push('next'); if (++count > 200) return {{ done: true }}; {after}; return {{ value: {item} }} }},
                    return() {{ log.push('return'); return {{}} }},
                }}) }};
            }})([])"
        ))
    };
    let log = || {
        stringify(&js("[log.filter((call) => call === 'next').length, log.filter((call) => call === 'return').length]"))
    };
    snapshot_pack(&input(), &items("{ get itemId() { throw 1 } }", "")).expect_err("an exception");
    assert_eq!(log(), "[1,1]");
    let problem = snapshot_pack(&input(), &items("1", "")).expect_err("a refusal");
    assert_eq!(issues(&problem)[100], ["", "too_many_issues", "More issues than the 100 listed"]);
    assert_eq!(log(), "[101,1]");
    snapshot_pack(&input(), &items("1", "if (count === 3) throw 1")).expect_err("an exception");
    assert_eq!(log(), "[3,0]");
    snapshot_pack(&input(), &items("{ itemId: `${count}`, kind: 'k', sourceKey: 's', content: '' }", ""))
        .expect("a snapshot");
    assert_eq!(log(), "[201,0]");
}

#[wasm_bindgen_test]
fn host_code_may_call_the_module_during_a_call() {
    // A getter takes another snapshot while its item is being read.
    let inner = Closure::<dyn FnMut() -> JsValue>::new(|| {
        let items =
            format!("[{ITEM}, {{ ...{ITEM}, itemId: 'inner', content: {{ 'a name of its own': 'é'.repeat(1000) }} }}]");
        let snapshot = snapshot_pack(&input(), &context(&items)).expect("a snapshot");
        get(&get(&snapshot, "output"), "hash")
    });
    set(&js_sys::global(), "inner", inner.as_ref());
    let outer = |hash: &str| {
        context(&format!(
            "[{{ ...{ITEM}, content: {{ before: 'b', get hash() {{ return {hash} }}, after: ['c', {{ before: 1 }}] }} }}, {{ ...{ITEM}, itemId: 'z' }}]"
        ))
    };
    let snapshot = snapshot_pack(&input(), &outer("globalThis.inner()")).expect("a snapshot");
    let hash = inner.as_ref().unchecked_ref::<Function>().call0(&JsValue::NULL).expect("a hash");
    let plain = snapshot_pack(&input(), &outer(&format!("'{}'", hash.as_string().expect("text")))).expect("a snapshot");
    assert_eq!(stringify(&get(&snapshot, "record")), stringify(&get(&plain, "record")));
    assert_eq!(stringify(&get(&snapshot, "items")), stringify(&get(&plain, "items")));
}

fn memory_bytes() -> f64 {
    let memory: WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    get(&memory.buffer(), "byteLength").as_f64().expect("a number")
}

#[wasm_bindgen_test]
fn memory_does_not_grow_from_call_to_call() {
    let items = format!(
        "Array.from({{ length: 3 }}, (_, n) => ({{ ...{ITEM}, itemId: `i${{n}}`, content: {{ [`n${{n}}`]: 'é'.repeat(n * 400) }} }}))"
    );
    let (input, good) = (input(), context(&items));
    let duplicate = context(&format!("[{ITEM}, {ITEM}]"));
    let thrown = context("[{ get itemId() { throw 1 } }]");
    let value = js("{ a: ['b', 1.5, { c: null }], d: NaN }");
    let key = js("{ idemKey: 'i', packKey: 'p', packVersion: '1' }");
    let calls = |count: usize| {
        for _ in 0..count {
            assert!(snapshot_pack(&input, &good).is_ok());
            assert!(snapshot_pack(&input, &duplicate).is_err());
            assert!(snapshot_pack(&input, &thrown).is_err());
            assert!(canonicalize(&value).is_err());
            assert!(digest(&good).is_ok());
            assert!(snapshot_id_for(&key).is_ok());
        }
    };
    calls(200);
    let before = memory_bytes();
    calls(10_000);
    assert_eq!(memory_bytes().to_bits(), before.to_bits());
}

#[wasm_bindgen_test]
fn ids_beyond_the_basic_plane_are_ordered_by_units() {
    let ids = ["\u{ffff}", "\u{10000}", "\u{e000}", "😀", "\u{d7ff}", "\u{10ffff}", "😀a", "😀\u{0}", "z", "\u{10001}"];
    let items: Vec<String> =
        ids.iter().map(|id| format!("{{ ...{ITEM}, itemId: {} }}", stringify(&JsValue::from(*id)))).collect();
    let snapshot = snapshot_pack(&input(), &context(&format!("[{}]", items.join(",")))).expect("a snapshot");
    // JavaScript sorts by units.
    let sorted = Array::from_iter(ids.map(JsValue::from)).sort();
    for member in ["index", "items"] {
        let found: Array = list(&get(&snapshot, member)).iter().map(|entry| get(entry, "itemId")).collect();
        assert_eq!(stringify(&found), stringify(&sorted), "{member}");
    }
    // Names, too: more of them than are cached, and longer ones.
    let many = js(
        "Object.fromEntries(Array.from({ length: 1500 }, (_, n) => [String.fromCodePoint((n * 7919) % 0xd800, 0x10000 + n * 600), n]))",
    );
    let long = js("Object.fromEntries(Array.from({ length: 200 }, (_, n) => ['x'.repeat(n) + '😀', n]))");
    let by_javascript = Function::new_with_args(
        "o",
        "return '{' + Object.keys(o).sort().map((name) => `${JSON.stringify(name)}:${o[name]}`).join() + '}'",
    );
    for value in [many, long] {
        let expected = by_javascript.call1(&JsValue::NULL, &value).expect("text").as_string();
        assert_eq!(canonicalize(&value).ok().and_then(|json| json.as_string()), expected);
    }
}

#[wasm_bindgen_test]
fn strings_are_scanned_as_javascript_escapes_them() {
    // The scanner is not the native one, and takes several units at a time. JSON.stringify escapes as RFC 8785 does.
    let specials: Vec<char> = "\0\u{1}\u{8}\t\n\u{b}\u{c}\r\u{1f} !\"#/[\\]~\u{7f}\u{80}ÿĀ\u{7ff}\u{800}\u{2028}\u{7fff}\u{8000}\u{8022}\u{805c}\u{d7ff}\u{e000}\u{ff41}\u{ffff}\u{10000}\u{10ffff}".chars().collect();
    for length in 1..40 {
        for &special in &specials {
            for place in 0..length {
                let mut characters = vec!['x'; length];
                characters[place] = special;
                let text = JsValue::from(String::from_iter(&characters));
                assert_eq!(
                    canonicalize(&text).expect("a string"),
                    stringify(&text),
                    "{special:?} at {place} of {length}"
                );
            }
        }
    }
    // Each unit, between others.
    for start in (0..=0xffff_u32).step_by(64) {
        let units: Vec<u16> = (start..start + 64).map(|unit| u16::try_from(unit).expect("a unit")).collect();
        let Ok(all) = String::from_utf16(&units) else { continue };
        assert_eq!(canonicalize(&all.as_str().into()).expect("a string"), stringify(&all.into()));
    }
}

#[wasm_bindgen_test]
fn numbers_are_written_as_javascript_writes_them() {
    let limits = "[0, -0, 1, -1, 9, 10, -10, 99, 100, 2 ** 27 - 1, 2 ** 27, -(2 ** 27), -(2 ** 27) - 1, 2 ** 28, 2 ** 31, -(2 ** 31), 2 ** 32,
        2 ** 53, -(2 ** 53), 1e20, 1e21, 1e-6, 1e-7, 5e-324, 1.7976931348623157e308, 0.1, 1 / 3, 123456789.125]";
    let random = "Array.from({ length: 5000 }, (_, n) => { const bits = new BigUint64Array([BigInt.asUintN(64, (BigInt(n) + 1n) * 0x9e3779b97f4a7c15n)]);
        return new Float64Array(bits.buffer)[0] }).filter(Number.isFinite)";
    let integers = "Array.from({ length: 5000 }, (_, n) => Math.trunc((n - 2500) ** 3 / 7))";
    for numbers in [limits, random, integers] {
        let numbers = js(numbers);
        assert_eq!(canonicalize(&numbers).expect("numbers"), stringify(&numbers));
    }
}

#[wasm_bindgen_test]
fn digests_are_the_same_whoever_computes_them() {
    // Node hashes long messages, the module short ones: lengths around that limit, and around the blocks of SHA-256.
    let items = format!(
        "Array.from({{ length: 600 }}, (_, n) => ({{ ...{ITEM}, itemId: `i${{n}}`, content: 'x'.repeat(n) }}))"
    );
    let ctx = context(&items);
    let snapshot = snapshot_pack(&input(), &ctx).expect("a snapshot");
    let digests: Vec<String> = list(&get(&snapshot, "index")).iter().map(|entry| text(entry, "digest")).collect();
    let mut expected = Vec::new();
    for item in list(&get(&ctx, "items")) {
        let json = canonicalize(&item).expect("an item of its own members").as_string().expect("text");
        expected.push((text(&item, "itemId"), Digest::of(format!("\0{json}").as_bytes()).to_string()));
    }
    expected.sort();
    assert!(expected.iter().map(|(_, digest)| digest).eq(&digests));
}

#[wasm_bindgen_test]
fn a_snapshot_without_time_and_id_takes_them_from_the_host() {
    let ctx = context("[]");
    set(&ctx, "now", &JsValue::NULL);
    set(&ctx, "snapshotId", &JsValue::UNDEFINED);
    let before = Date::now();
    let outputs = [(); 2].map(|()| get(&snapshot_pack(&input(), &ctx).expect("a snapshot"), "output"));
    let after = Date::now();
    for output in &outputs {
        let created_at: Date = get(output, "createdAt").dyn_into().expect("a Date");
        assert!((before..=after).contains(&created_at.get_time()));
        let id = text(output, "snapshotId").replace('-', "");
        let millis = String::from(Number::from(created_at.get_time()).to_string_with_radix(16).expect("a radix"));
        assert_eq!((id[..12].trim_start_matches('0'), &id[12..13], id.len()), (&*millis, "7", 32));
    }
    assert_ne!(text(&outputs[0], "snapshotId"), text(&outputs[1], "snapshotId"));
    assert_eq!(text(&outputs[0], "hash"), text(&outputs[1], "hash"));
}

// E0-1
#[wasm_bindgen_test]
fn a_thrown_value_is_an_error_and_a_problem() {
    let ctx = context("[]");
    set(&ctx, "actor", &"user".into());
    set(&ctx, "traceId", &"tr-1".into());
    let problem = snapshot_pack(&input(), &ctx).expect_err("a refusal");
    assert!(problem.is_instance_of::<js_sys::Error>());
    let error: &js_sys::Error = problem.unchecked_ref();
    assert_eq!(error.name(), "SnapshotError");
    let own: Vec<String> =
        Object::keys(problem.unchecked_ref::<Object>()).iter().filter_map(|name| name.as_string()).collect();
    for member in
        ["type", "title", "status", "detail", "code", "category", "severity", "retryable", "operation", "traceId"]
    {
        assert!(own.iter().any(|name| name == member), "{member} in {own:?}");
    }
    assert_eq!((text(&problem, "code"), text(&problem, "traceId")), ("FORBIDDEN".to_owned(), "tr-1".to_owned()));
    assert_eq!(get(&problem, "status"), 403);
    assert_eq!(get(&problem, "retryable"), false);
    assert_eq!(
        stringify(&get(&problem, "operation")),
        r#"{"key":"context.pack.snapshot","version":"1.0.0","kind":"command"}"#
    );
    assert!(get(&problem, "issues").is_undefined());
}

#[wasm_bindgen_test]
fn a_returned_value_is_frozen() {
    let snapshot = snapshot_pack(&input(), &context(&format!("[{{ ...{ITEM}, metadata: {{ a: [{{}}] }} }}]")))
        .expect("a snapshot");
    let deep = Function::new_with_args(
        "value",
        "const frozen = (value) => typeof value !== 'object' || value === null
            || (Object.isFrozen(value) && Reflect.ownKeys(value).every((name) => frozen(value[name])));
        return frozen(value)",
    );
    for value in [snapshot, digest_item(&js(ITEM)).expect("a good one")] {
        assert_eq!(deep.call1(&JsValue::NULL, &value).expect("a boolean"), true);
    }
}

#[wasm_bindgen_test]
fn a_thousand_levels_are_written() {
    let nested = |levels: usize| js(&format!("Array.from({{ length: {levels} }}).reduce((inner) => [inner], null)"));
    assert_eq!(
        canonicalize(&nested(1_000)).expect("within the limit"),
        format!("{}null{}", "[".repeat(1_000), "]".repeat(1_000))
    );
    let cycle = js("(() => { const cycle = {}; cycle.cycle = cycle; return cycle })()");
    let found = issues(&canonicalize(&cycle).expect_err("a refusal"));
    let named = "Invalid input: expected JSON value, received a cycle (cycle is the whole value)";
    assert_eq!(found, [["cycle".to_owned(), "invalid_type".to_owned(), named.to_owned()]]);
    for value in [nested(1_001), nested(100_000)] {
        let found = issues(&canonicalize(&value).expect_err("a refusal"));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0][1..], ["too_big", "Too big: expected at most 1000 levels of nesting"]);
        assert_eq!(JsString::from(found[0][0].as_str()).length(), 256);
    }
}

#[wasm_bindgen_test]
fn refuses_lengths_that_do_not_fit_into_a_word_of_the_tape() {
    // 2^28 units of text or of a name, and arrays with lengths above 2^28: a word of the tape holds no larger number. They must
    // not be truncated silently.
    for value in [
        "'x'.repeat(2 ** 28)",
        "({ ['x'.repeat(2 ** 28 + 5)]: 1 })",
        "new Proxy([], { get: (_, name) => (name === 'length' ? 2 ** 28 + 5 : 1) })",
        "new Proxy([], { get: (_, name) => (name === 'length' ? 2 ** 32 - 1 : 1) })",
    ] {
        let found = issues(&canonicalize(&js(value)).expect_err("a refusal"));
        assert_eq!(found, [["", "too_big", "Too big: expected at most 268435456 canonical bytes"]], "{value}");
    }
}

/// Random numbers (xorshift64*), the same in each run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: u64) -> u64 {
        (self.next() >> 33) % bound
    }

    /// Returns a text of characters of every length in UTF-8, and of those that JSON escapes.
    fn text(&mut self) -> String {
        const FROM: [u32; 8] = [0, 0x20, 0x22, 0x5c, 0x80, 0x2020, 0xd780, 0x1_f600];
        (0..self.below(12))
            .filter_map(|_| {
                let from = FROM[usize::try_from(self.below(8)).expect("small")];
                char::from_u32(from + u32::try_from(self.below(0x80)).expect("small"))
            })
            .collect()
    }

    /// Returns a JSON value that both readers take: no `undefined`, no number that is not finite, no half of a surrogate pair.
    fn value(&mut self, levels: u64) -> JsValue {
        match self.below(if levels == 0 { 6 } else { 8 }) {
            0 => JsValue::NULL,
            1 => JsValue::from_bool(self.below(2) == 0),
            2 => JsValue::from_str(&self.text()),
            3 => {
                JsValue::from_f64((self.next() >> self.below(64)) as f64 * [1.0, -1.0][usize::from(self.below(2) == 0)])
            }
            4 => JsValue::from_f64(
                (self.next() % 100_000) as f64 / 10_f64.powi(i32::try_from(self.below(8)).expect("small")),
            ),
            5 => JsValue::from_f64(Some(f64::from_bits(self.next())).filter(|value| value.is_finite()).unwrap_or(-0.0)),
            6 => (0..self.below(5)).map(|_| self.value(levels - 1)).collect::<Array>().into(),
            _ => self.object(levels - 1).into(),
        }
    }

    fn object(&mut self, levels: u64) -> Object {
        let object = Object::new();
        for _ in 0..self.below(6) {
            // `__proto__` would set a prototype.
            set(&object, &self.text(), &self.value(levels));
        }
        object
    }
}

/// Reads a value with serde-wasm-bindgen, and writes it with serde_json_canonicalizer.
fn by_serde(value: JsValue) -> String {
    let value: serde_json::Value = serde_wasm_bindgen::from_value(value).expect("JSON");
    serde_json_canonicalizer::to_string(&value).expect("text")
}

#[wasm_bindgen_test]
fn reads_and_writes_what_serde_wasm_bindgen_and_a_canonicalizer_do() {
    let mut random = Random(1);
    for round in 0..5_000 {
        let value = random.value(5);
        let ours = canonicalize(&value).expect("JSON").as_string();
        assert_eq!(ours, Some(by_serde(value.clone())), "value {round}: {}", stringify(&value));

        let item = js(ITEM);
        set(&item, "content", &random.object(4));
        set(&item, "textContent", &JsValue::from_str(&random.text()));
        let json = by_serde(item.clone());
        let digested = digest_item(&item).expect("an item");
        assert_eq!(text(&digested, "json"), json, "item {round}");
        let hashed = [&[0], json.as_bytes()].concat();
        assert_eq!(text(&digested, "digest"), Digest::of(&hashed).to_string(), "item {round}");
    }
}
