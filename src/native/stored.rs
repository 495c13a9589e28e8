//! Writes data from a store, a bus or a stranger to the tape: JSON of any shape.
//!
//! Why untyped: a verifier has to report a wrong value, so it must be able to hold one. How: the same rules as the npm
//! package's reader. Members are found by name, `null` counts as absent for members that databases return as `null`, and
//! unknown members are not read. Of a container that takes the place of a text, only its kind is written.

use serde_json::Value;

use crate::format::{event, item, pack, record};
use crate::primitives::digest::Digest;
use crate::value::tape::{ABSENT, ARRAY, OBJECT, TUPLE, Tape};

impl Tape {
    /// Writes the member of that name, at this level of its document.
    pub(crate) fn member(&mut self, object: &Value, name: &str, level: usize) {
        match object.get(name) {
            Some(value) => self.json(value, level),
            None => self.mark(ABSENT),
        }
    }

    /// Writes only the kind of a value, which is all that issues say about a value in the place of an object.
    pub(crate) fn kind(&mut self, value: &Value) {
        match value {
            Value::String(_) => self.string(""),
            _ => self.scalar(Some(value)),
        }
    }

    /// Writes a member that should not be a container. A container is written as an empty one, however large it is.
    pub(crate) fn scalar(&mut self, value: Option<&Value>) {
        match value {
            None => self.mark(ABSENT),
            Some(Value::Array(_)) => self.container(ARRAY, 0, |_| ()),
            Some(Value::Object(_)) => self.container(OBJECT, 0, |_| ()),
            Some(value) => self.json(value, 1),
        }
    }

    /// Writes a member in the form that its name requires: JSON, a list of texts, or a scalar.
    fn named(&mut self, object: &Value, name: &str) {
        match (name, object.get(name)) {
            ("content" | "metadata", Some(value @ Value::Object(_))) => self.json(value, 2),
            ("metadata" | "itemCount" | "required" | "owners" | "tags" | "sources", Some(Value::String(_))) => {
                self.bad("string");
            }
            ("owners" | "tags", Some(Value::Array(texts))) => {
                self.container(ARRAY, texts.len(), |tape| texts.iter().for_each(|text| tape.scalar(Some(text))));
            }
            (_, value) => self.scalar(value),
        }
    }

    /// Writes the members with these names; `null` counts as absent if `nullable` returns true for the name. An empty name
    /// is always absent. A value that is not an object is written as its kind.
    pub(crate) fn by_name(&mut self, object: &Value, names: &[&str], nullable: impl Fn(&str) -> bool) {
        if !object.is_object() {
            return self.kind(object);
        }
        self.container(TUPLE, names.len(), |tape| {
            for name in names {
                match object.get(name) {
                    _ if name.is_empty() => tape.mark(ABSENT),
                    Some(Value::Null) if nullable(name) => tape.mark(ABSENT),
                    _ => tape.named(object, name),
                }
            }
        });
    }

    /// Writes a record.
    pub(crate) fn stored_record(&mut self, record: &Value) {
        self.by_name(record, &record::MEMBERS, |_| false);
    }

    /// Writes an item without its time, which is not hashed.
    pub(crate) fn stored_item(&mut self, item: &Value) {
        let names = item::MEMBERS.map(|name| if name == "createdAt" { "" } else { name });
        self.by_name(item, &names, item::is_optional);
    }

    /// Writes an event.
    pub(crate) fn stored_event(&mut self, event: &Value) {
        if !event.is_object() {
            return self.kind(event);
        }
        self.container(TUPLE, 6, |tape| {
            for name in ["id", "key", "version", "occurredAt"] {
                tape.named(event, name);
            }
            tape.scalar(event.get("traceId").filter(|trace_id| !trace_id.is_null()));
            match event.get("payload") {
                None => tape.mark(ABSENT),
                Some(payload) => tape.by_name(payload, &event::OUTPUT_MEMBERS, |_| false),
            }
        });
    }

    /// Writes a pack.
    pub(crate) fn stored_pack(&mut self, pack: &Value) {
        if !pack.is_object() {
            return self.kind(pack);
        }
        self.container(TUPLE, pack::MEMBERS.len(), |tape| {
            for name in pack::MEMBERS {
                match pack.get(name) {
                    Some(Value::Null) if !matches!(name, "packKey" | "version" | "title") => tape.mark(ABSENT),
                    Some(Value::Array(sources)) if name == "sources" => tape.container(ARRAY, sources.len(), |tape| {
                        for source in sources {
                            let names = ["kind", "key", "version", "required", "description"];
                            tape.by_name(source, &names, |name| !matches!(name, "kind" | "key"));
                        }
                    }),
                    _ => tape.named(pack, name),
                }
            }
        });
    }

    /// Writes the hash and the seal that the caller trusts. Lower limits do not hold for them, because they come from the
    /// caller and not from a stranger.
    pub(crate) fn trusted(&mut self, hash: Option<Digest>, seal: Option<Digest>) {
        let limits = std::mem::take(&mut self.limits);
        self.container(TUPLE, 3, |tape| {
            tape.digest(hash);
            tape.digest(seal);
            tape.mark(ABSENT);
        });
        self.limits = limits;
    }
}
