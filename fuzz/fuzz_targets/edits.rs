//! Edits valid JSON values. Why not random values: those never get past the first check.

use serde_json::Value;

/// A source of choices, from the bytes of the fuzzer.
pub struct Choices<'a>(pub &'a [u8]);

impl Choices<'_> {
    /// Returns true if no bytes are left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns a number below `count`, or 0 if no bytes are left.
    pub fn below(&mut self, count: usize) -> usize {
        let mut number = 0;
        for _ in 0..if count > 255 { 2 } else { 1 } {
            let (&byte, rest) = self.0.split_first().unwrap_or((&0, &[]));
            (self.0, number) = (rest, number << 8 | usize::from(byte));
        }
        number % count.max(1)
    }
}

/// Returns the number of values in a value, including itself. O(n).
fn size(value: &Value) -> usize {
    1 + match value {
        Value::Array(values) => values.iter().map(size).sum::<usize>(),
        Value::Object(members) => members.values().map(size).sum(),
        _ => 0,
    }
}

/// Returns the value that comes `left` values after the outermost one, depth first. Counts `left` down. O(n).
fn at<'v>(value: &'v mut Value, left: &mut usize) -> Option<&'v mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(values) => values.iter_mut().find_map(|value| at(value, left)),
        Value::Object(members) => members.values_mut().find_map(|value| at(value, left)),
        _ => None,
    }
}

/// Makes one random change to `value`: replaces, removes, adds or moves a value in it.
pub fn edit(value: &mut Value, choices: &mut Choices) {
    let count = size(value);
    let mut from = choices.below(count);
    let other = at(value, &mut from).expect("the position is below the size").clone();
    let mut into = choices.below(count);
    let place = at(value, &mut into).expect("the position is below the size");
    match choices.below(14) {
        0 => *place = other,
        1 => *place = Value::Null,
        2 => *place = choices.below(300).into(),
        3 => *place = Value::Array(vec![place.clone()]),
        4 => {
            *place = format!(
                "{}{}",
                place.as_str().unwrap_or_default(),
                char::from(u8::try_from(choices.below(128)).unwrap_or(0))
            )
            .into()
        }
        5 => *place = place.to_string().to_uppercase().into(),
        6 => *place = place.as_f64().unwrap_or(0.5).into(),
        7 => {
            if let Value::Object(members) = place {
                let chosen = choices.below(members.len());
                if let Some(name) = members.keys().nth(chosen).cloned() {
                    members.remove(&name);
                }
            }
        }
        8 => {
            if let Value::Object(members) = place {
                let names = [
                    "",
                    "x",
                    "createdBy",
                    "sourceVersion",
                    "textContent",
                    "metadata",
                    "itemId",
                    "$snapshot",
                    "__proto__",
                    "parent",
                ];
                members.insert(names[choices.below(names.len())].to_owned(), other);
            }
        }
        9 => {
            if let Value::Array(values) = place {
                let (one, two) = (choices.below(values.len()), choices.below(values.len()));
                if !values.is_empty() {
                    values.swap(one, two);
                }
            }
        }
        10 => {
            if let Value::Array(values) = place {
                values.push(other);
            }
        }
        11 => {
            if let Value::Array(values) = place {
                values.pop();
            }
        }
        // More levels and more bytes, to reach tiny limits.
        12 => {
            for _ in 0..choices.below(8) {
                *place = Value::Array(vec![place.take()]);
            }
        }
        _ => *place = "x".repeat(choices.below(600)).into(),
    }
}
