//! Nothing in a stored snapshot can be changed without being noticed, except what FORMAT 8 and 11 exempt.
//!
//! Why: a verifier that compares digests can still overlook what no digest covers, or read a value differently from how it was
//! written. How: in every object, at every depth of record, items, pack and index, each member is deleted, renamed
//! and replaced by values of each type and by other values of its own type, and members are added; the elements of every array,
//! too. [`exempt`] decides from the documents what may go unnoticed. `cargo test --test rust mutations -- --nocapture` prints the
//! counts.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{all_parts, parts, verify};

/// A changed value, and how it was changed.
struct Mutation {
    path: Vec<String>,
    how: &'static str,
    /// The new name in an object.
    name: Option<String>,
    /// The new value at the path.
    value: Value,
}

/// Returns values of every type that differ from `value`.
fn others(value: &Value) -> Vec<Value> {
    let mut others = vec![
        Value::Null,
        json!(true),
        json!(false),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(""),
        json!("x"),
        json!([]),
        json!({}),
        json!([value]),
        json!({ "a": value }),
    ];
    match value {
        Value::Number(number) => {
            let number = number.as_f64().expect("a number");
            others.extend([json!(number + 1.0), json!(number * 2.0 + 1.0), json!(number.to_string())]);
        }
        Value::String(text) => {
            others.extend(
                [format!("{text} "), format!(" {text}"), format!("{text}\u{0}"), text.to_uppercase()].map(Value::from),
            );
            let mut shorter = text.clone();
            shorter.pop();
            others.push(json!(shorter));
            shorter.push(if text.ends_with('0') { '1' } else { '0' });
            others.push(json!(shorter));
        }
        _ => {}
    }
    others.retain(|other| other != value && !is_same_number(other, value));
    others.dedup();
    others
}

/// Returns true if two numbers are equal, however they are written.
fn is_same_number(one: &Value, other: &Value) -> bool {
    one.as_f64().is_some_and(|one| other.as_f64().is_some_and(|other| one.total_cmp(&other).is_eq()))
}

/// Calls `each` with every mutation of `value` and of what is in it.
fn mutations(value: &Value, path: &mut Vec<String>, each: &mut impl FnMut(Mutation)) {
    let mut tell = |path: &[String], how, name: Option<&str>, value| {
        each(Mutation { path: path.to_vec(), how, name: name.map(str::to_owned), value });
    };
    for other in others(value) {
        tell(path, "changed", None, other);
    }
    match value {
        Value::Object(members) => {
            for name in members.keys() {
                let mut without = members.clone();
                without.remove(name);
                tell(path, "deleted", Some(name), Value::Object(without.clone()));
                for renamed in [format!("{name}x"), name.to_uppercase(), format!(" {name}"), String::new()] {
                    if renamed != *name && !members.contains_key(&renamed) {
                        let mut others = without.clone();
                        others.insert(renamed, members[name].clone());
                        tell(path, "renamed", Some(name), Value::Object(others));
                    }
                }
            }
            for name in ["x", "", "__proto__", "toString", "seal", "itemId", "sourceVersion", "createdBy"] {
                for added in [json!("x"), Value::Null, json!({})] {
                    if !members.contains_key(name) {
                        let mut more = members.clone();
                        more.insert(name.to_owned(), added);
                        tell(path, "added", Some(name), Value::Object(more));
                    }
                }
            }
        }
        Value::Array(values) => {
            for at in 0..values.len() {
                let mut fewer = values.clone();
                fewer.remove(at);
                tell(path, "element deleted", None, Value::Array(fewer));
                let mut twice = values.clone();
                twice.insert(at, values[at].clone());
                tell(path, "element doubled", None, Value::Array(twice));
                let mut swapped = values.clone();
                swapped.swap(0, at);
                if swapped != *values {
                    tell(path, "elements swapped", None, Value::Array(swapped));
                }
            }
            for added in [json!("x"), Value::Null, json!({})] {
                tell(path, "element added", None, Value::Array([&values[..], &[added]].concat()));
            }
        }
        _ => {}
    }
    let inside: Vec<(String, &Value)> = match value {
        Value::Array(values) => values.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
        _ => Vec::new(),
    };
    for (name, value) in inside {
        path.push(name);
        mutations(value, path, each);
        path.pop();
    }
}

/// Returns why a mutation may go unnoticed, if it may.
fn exempt(mutation: &Mutation) -> Option<&'static str> {
    const OPTIONAL_IN_ITEM: [&str; 3] = ["sourceVersion", "textContent", "metadata"];
    let Mutation { path, how, name, value } = mutation;
    let place: Vec<&str> = path.iter().map(String::as_str).collect();
    let name = name.as_deref().unwrap_or_default();
    match (&place[..], *how) {
        // FORMAT 8: an item's own snapshotId and createdAt are not hashed.
        (["items", _, "snapshotId" | "createdAt", ..], _) => Some("not covered"),
        (["items", _], "deleted" | "renamed") if matches!(name, "snapshotId" | "createdAt") => Some("not covered"),
        // FORMAT 11: null counts as absent.
        (["items", _], "added") if OPTIONAL_IN_ITEM.contains(&name) && value[name].is_null() => Some("null is absent"),
        (["pack"], "changed") if value.is_null() => Some("no pack"),
        // FORMAT 11: there may be more members.
        (["items", _], "added") if matches!(name, "itemId" | "sourceVersion") => None,
        (["record" | "pack"] | ["items" | "index", _] | ["pack", "sources", _], "added") => Some("more members"),
        // Items may come in any order.
        (["items"], "elements swapped") => Some("any order"),
        _ => None,
    }
}

// F8-1, F11-13, F11-14, F11-16
#[test]
fn nothing_is_changed_unnoticed() {
    for (what, whole, names) in [
        ("record and items", parts(), &["record", "items"][..]),
        ("all parts", all_parts(), &["record", "items", "pack", "index"]),
    ] {
        let (mut counts, mut exempted) = (BTreeMap::new(), BTreeMap::new());
        let mut overlooked = Vec::new();
        for name in names {
            mutations(&whole[name], &mut vec![(*name).to_owned()], &mut |mutation| {
                let mut bent = whole.clone();
                let place = mutation.path.iter().fold(&mut bent, |place, name| match place {
                    Value::Array(values) => &mut values[name.parse::<usize>().expect("an index")],
                    object => &mut object[name],
                });
                let before = std::mem::replace(place, mutation.value.clone());
                let valid = match verify(&bent) {
                    Some(found) => found.is_valid(),
                    None => return, // the types of Rust rule it out
                };
                if let Some(why) = exempt(&mutation) {
                    assert!(valid, "{why}, and yet noticed: {:?} {} {:?}", mutation.path, mutation.how, mutation.name);
                    *exempted.entry(why).or_insert(0) += 1;
                    return;
                }
                *counts.entry(mutation.how).or_insert(0_usize) += 1;
                if valid {
                    let Mutation { path, how, name, value } = mutation;
                    overlooked.push(format!("{} {how} {name:?}: {before} is {value}", path.join(".")));
                }
            });
        }
        let count: usize = counts.values().sum();
        println!("{what}: {count} mutations, all noticed: {counts:?}; exempt: {exempted:?}");
        assert!(overlooked.is_empty(), "{} of {count} overlooked:\n{}", overlooked.len(), overlooked.join("\n"));
        assert!(count >= 2_200, "only {count}");
    }
}
