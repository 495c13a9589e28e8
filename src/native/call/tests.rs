//! Runs all refusals of `tests/vectors/refusals.json` that JSON can hold, whatever their types are.
//!
//! Why here: the types of Rust rule out most of them (a time that is not one, an actor that is a number), but JavaScript can
//! pass them, and the native tests of the core should not depend on a host. How: input and context are written to the tape as
//! the boundary to JavaScript writes them. What JSON cannot hold (`{ "$js": … }`) is tested in `tests/node` and `tests/wasm.rs`.

use std::slice;

use serde_json::{Value, json};

use super::*;
use crate::format::item;
use crate::native::host::problems_only;
use crate::operation::host::{Next, Stream};
use crate::operation::snapshot;
use crate::value::limits::Limits;
use crate::value::problem::{Issue, Problem};
use crate::value::writer::Writer;

/// Arguments of any shape, as the npm package's `snapshotPack` takes them.
struct AnyCall<'a> {
    input: &'a Value,
    context: &'a Value,
    items: slice::Iter<'a, Value>,
}

impl<'a> AnyCall<'a> {
    fn new(input: &'a Value, context: &'a Value) -> Self {
        let items = context.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        Self { input, context, items: items.iter() }
    }
}

impl Tape {
    /// Writes an array element by element, and anything else as a scalar.
    fn each(&mut self, list: Option<&Value>, write: impl Fn(&mut Self, &Value)) {
        match list {
            Some(Value::Array(values)) => {
                self.container(ARRAY, values.len(), |tape| values.iter().for_each(|value| write(tape, value)));
            }
            other => self.scalar(other),
        }
    }
}

impl Requester for AnyCall<'_> {
    type Error = Infallible;

    fn caller(&mut self, tape: &mut Tape) -> Result<(), Infallible> {
        let context = self.context;
        tape.clear();
        tape.container(TUPLE, 5, |tape| {
            tape.scalar(context.get("actor"));
            tape.scalar(context.get("traceId"));
            match context.get("decision") {
                Some(decision) => tape.by_name(decision, &["effect", "reason"], |_| false),
                None => tape.mark(ABSENT),
            }
            tape.boolean(context.is_object());
            tape.each(context.get("roles"), |tape, role| tape.scalar(Some(role)));
        });
        Ok(())
    }

    fn request(&mut self, tape: &mut Tape) -> Result<(), Infallible> {
        const INPUT: [&str; 5] = ["packKey", "packVersion", "reason", "requestedBy", "metadata"];
        const CONTEXT: [&str; 10] = [
            "userId",
            "tenantId",
            "organizationId",
            "workspaceId",
            "channel",
            "traceId",
            "idemKey",
            "now",
            "snapshotId",
            "parent",
        ];
        let (input, context) = (self.input, self.context);
        assert_eq!(context.get("limits"), None, "no vector lowers limits");
        tape.clear();
        tape.container(TUPLE, 12, |tape| {
            tape.by_name(input, &INPUT, |_| false);
            CONTEXT.iter().for_each(|name| tape.scalar(context.get(*name)));
            tape.limits(Limits::default());
        });
        Ok(())
    }

    fn clock(&mut self) -> f64 {
        0.0
    }

    fn pack_name(&mut self, tape: &mut Tape) -> Result<(), Infallible> {
        tape.clear();
        match self.context.get("pack") {
            Some(pack) if pack.is_object() => tape.by_name(pack, &["packKey", "version"], |_| false),
            pack => tape.scalar(pack),
        }
        Ok(())
    }

    fn pack_rest(&mut self, tape: &mut Tape) -> Result<(), Infallible> {
        let pack = &self.context["pack"];
        tape.clear();
        tape.container(TUPLE, 5, |tape| {
            tape.scalar(pack.get("title"));
            tape.scalar(pack.get("description"));
            for name in ["owners", "tags"] {
                tape.each(pack.get(name), |tape, text| tape.scalar(Some(text)));
            }
            let members = ["kind", "key", "version", "required", "description"];
            tape.each(pack.get("sources"), |tape, source| tape.by_name(source, &members, |_| false));
        });
        Ok(())
    }

    fn count(&mut self, seed: u64) -> u64 {
        seed
    }
}

impl Stream for AnyCall<'_> {
    type Error = Infallible;

    fn open(&mut self, tape: &mut Tape) -> Result<(), Infallible> {
        tape.clear();
        match self.context.get("items") {
            Some(Value::Array(_)) => tape.boolean(true),
            // A boolean says whether there is a list.
            Some(Value::Bool(_)) => tape.bad("boolean"),
            items => tape.scalar(items),
        }
        Ok(())
    }

    fn next(&mut self, tape: &mut Tape) -> Result<Next, Infallible> {
        let Some(item) = self.items.next() else { return Ok(Next::End) };
        tape.clear();
        tape.by_name(item, &item::MEMBERS, |_| false);
        Ok(Next::Value)
    }

    fn close(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

fn refusal(input: &Value, context: &Value) -> Option<Problem> {
    let mut call = AnyCall::new(input, context);
    problems_only(snapshot::snapshot(&mut call, &mut Tape::default(), &mut Writer::default(), |_, _| ())).err()
}

#[test]
fn every_refusal_that_json_can_hold_has_its_answer() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/refusals.json");
    let text = std::fs::read_to_string(path).expect("the file");
    let (mut ran, mut failed) = (0, Vec::new());
    let list = text.trim().strip_prefix('[').and_then(|text| text.strip_suffix("\n  }\n]")).expect("a list");
    for case in list.split("\n  },").filter(|case| !case.contains("\"$js\"")) {
        let Ok(case) = serde_json::from_str::<Value>(&format!("{case}}}")) else {
            assert!(case.contains("\\ud"), "Rust reads all but half a surrogate pair: {case}");
            continue;
        };
        let name = &case["name"];
        let problem = refusal(&case["input"], &case["ctx"]).unwrap_or_else(|| panic!("{name}: a snapshot"));
        let issue = |issue: &Issue| json!([issue.path, issue.code, issue.message]);
        let expected = |issue: &Value| json!([issue["path"], issue["code"], issue["message"]]);
        let found: Vec<Value> = problem.issues().iter().map(issue).collect();
        let wanted: Vec<Value> = case["issues"].as_array().into_iter().flatten().map(expected).collect();
        let (status, code) = (json!(problem.code().status()), json!(problem.code().as_str()));
        if (&status, &code) != (&case["status"], &case["code"]) || found != wanted {
            failed.push(format!("{name}\n   found {status} {found:?}\nexpected {} {wanted:?}", case["status"]));
        }
        ran += 1;
    }
    assert!(failed.is_empty(), "{} of {ran}:\n{}", failed.len(), failed.join("\n"));
    assert!(ran >= 195, "only {ran} refusals were run");
}
