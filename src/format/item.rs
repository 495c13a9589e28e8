//! Items: from the tape to canonical bytes and digests (FORMAT 1).
//!
//! Why two functions read the same members: [`write()`] handles valid items fast, without a path or an allocation;
//! [`check()`] lists everything that is wrong with an item that `write` refused. INVARIANT: `check` reports an issue if
//! and only if `write` refuses. Both follow [`TABLE`], the only list of an item's members in the core; each boundary has its
//! own.

use crate::primitives::buffer::{Label, label};
use crate::primitives::digest::Digest;
use crate::primitives::merkle::LEAF_PREFIX;
use crate::primitives::string::Refusal;
use crate::primitives::text::utf8;
use crate::primitives::time::Timestamp;
use crate::primitives::utf16;
use crate::value::canonical_size::{self, MemberKind};
use crate::value::canonical_text::{self, Member as Found, Notes};
use crate::value::check::{self, Check, Need, TimeForm};
use crate::value::problem::{Code, Problem};
use crate::value::problem::{Issues, Path};
use crate::value::tape::{ABSENT, At, OBJECT, TUPLE, Tape, Value};
use crate::value::writer::Writer;

/// What the value of a member must be.
#[derive(Clone, Copy)]
enum Requirement {
    /// A string; it may be empty (F1.1-4).
    String,
    NonEmpty,
    Object,
    /// A string or an object.
    Content,
    /// An instant. It is not hashed.
    Time,
}

impl Requirement {
    /// Returns true if the value has the right type; strings must also be well-formed, which the writer checks.
    #[inline(always)]
    fn accepts(self, value: Value) -> bool {
        match (value, self) {
            (Value::String(units), Self::NonEmpty) => !units.is_empty(),
            (Value::String(_), Self::Content | Self::String)
            | (Value::Object(..) | Value::Shaped(..), Self::Content | Self::Object) => true,
            _ => false,
        }
    }

    const fn is_hashed(self) -> bool {
        !matches!(self, Self::Time)
    }

    const fn kind(self) -> MemberKind {
        match self {
            Self::String | Self::NonEmpty => MemberKind::Text,
            Self::Object => MemberKind::Object,
            Self::Content => MemberKind::TextOrObject,
            Self::Time => MemberKind::Time,
        }
    }
}

/// A member of an item.
#[derive(Clone, Copy)]
struct Member {
    name: &'static str,
    /// What precedes the value in canonical JSON: `,"name":`.
    label: Label,
    requirement: Requirement,
    need: Need,
}

macro_rules! member {
    ($name:literal, $requirement:ident, $need:ident) => {
        Member {
            name: $name,
            label: label(concat!(",\"", $name, "\":")),
            requirement: Requirement::$requirement,
            need: Need::$need,
        }
    };
}

/// The members of an item (F1.1-1), in the order in which they are on the tape and in which issues are listed (E5-3).
/// Other members of an item are not read (F1.1-3). To add a member, add a row: names, canonical order, checks and measures
/// are derived from this table.
const TABLE: [Member; 8] = [
    member!("itemId", NonEmpty, Required),
    member!("kind", NonEmpty, Required), // unknown kinds are valid, too (F1.1-2)
    member!("sourceKey", NonEmpty, Required),
    member!("sourceVersion", String, Optional),
    member!("content", Content, Required),
    member!("textContent", String, Optional),
    member!("metadata", Object, Optional),
    // Members that are not hashed come last (F1.3-1, F8-1); the boundaries rely on it.
    member!("createdAt", Time, Optional),
];

/// Names of the members, in the order of [`TABLE`].
pub(crate) const MEMBERS: [&str; TABLE.len()] = {
    let mut names = [""; TABLE.len()];
    let mut slot = 0;
    while slot < names.len() {
        names[slot] = TABLE[slot].name;
        slot += 1;
    }
    names
};

/// Returns true if the member of that name is optional. A boundary that reads rows of a store treats `null` as absent in
/// an optional member (F11-14).
#[cfg_attr(target_arch = "wasm32", allow(dead_code, reason = "the walker has a list of its own"))]
pub(crate) fn is_optional(name: &str) -> bool {
    TABLE.iter().any(|member| member.name == name && member.need != Need::Required)
}

/// Number of hashed members: the first rows of [`TABLE`].
const HASHED_COUNT: usize = {
    let mut count = 0;
    let mut slot = 0;
    while slot < TABLE.len() {
        if TABLE[slot].requirement.is_hashed() {
            assert!(count == slot, "hashed members come first");
            count += 1;
        }
        slot += 1;
    }
    count
};

/// Names and kinds of the hashed members, to measure an item that is not valid (E6.1-2).
const MEASURED: [(&str, MemberKind); HASHED_COUNT] = {
    let mut measured = [("", MemberKind::Text); HASHED_COUNT];
    let mut slot = 0;
    while slot < HASHED_COUNT {
        measured[slot] = (TABLE[slot].name, TABLE[slot].requirement.kind());
        slot += 1;
    }
    measured
};

/// What [`write()`] needs to know about a hashed member.
#[derive(Clone, Copy)]
struct HashedMember {
    label: Label,
    requirement: Requirement,
    is_required: bool,
    /// Row of the member in [`TABLE`].
    slot: usize,
}

/// The hashed members in canonical order (F9.4-1). The first label begins with `{` instead of a comma.
static HASHED: [HashedMember; HASHED_COUNT] = hashed_members();

const fn hashed_members() -> [HashedMember; HASHED_COUNT] {
    let first = HashedMember { label: TABLE[0].label, requirement: Requirement::String, is_required: false, slot: 0 };
    let mut sorted = [first; HASHED_COUNT];
    let mut slot = 0;
    while slot < HASHED_COUNT {
        let Member { name, label, requirement, need } = TABLE[slot];
        let mut place = slot;
        while place > 0 && is_before(name, TABLE[sorted[place - 1].slot].name) {
            sorted[place] = sorted[place - 1];
            place -= 1;
        }
        sorted[place] = HashedMember { label, requirement, is_required: matches!(need, Need::Required), slot };
        slot += 1;
    }
    assert!(sorted[0].is_required, "the first label opens the object, so its member must always be written");
    sorted[0].label.0[0] = b'{';
    sorted
}

/// Compares two ASCII names, at compile time.
const fn is_before(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut at = 0;
    while at < left.len() && at < right.len() {
        if left[at] != right[at] {
            return left[at] < right[at];
        }
        at += 1;
    }
    left.len() < right.len()
}

/// Returns the row of a member in [`TABLE`], at compile time.
const fn slot_of(name: &str) -> usize {
    let mut slot = 0;
    while is_before(TABLE[slot].name, name) || is_before(name, TABLE[slot].name) {
        slot += 1;
    }
    slot
}

const ITEM_ID: usize = slot_of("itemId");
const CREATED_AT: usize = slot_of("createdAt");

/// Positions of an item's members, in the order of [`TABLE`].
#[derive(Clone, Copy)]
pub(crate) struct ItemSlots([At; TABLE.len()]);

impl ItemSlots {
    /// Finds the members of the item at `at`; returns `None` if there is no item.
    pub(crate) fn read(tape: &Tape, at: At) -> Option<Self> {
        let Value::Tuple(first) = tape.value(at) else { return None };
        if tape.is_mistake { None } else { Some(Self(tape.slots(first))) }
    }

    pub(crate) fn item_id(&self) -> At {
        self.0[ITEM_ID]
    }

    pub(crate) fn kind(&self) -> At {
        self.0[const { slot_of("kind") }]
    }

    pub(crate) fn source_key(&self) -> At {
        self.0[const { slot_of("sourceKey") }]
    }

    pub(crate) fn source_version(&self) -> At {
        self.0[const { slot_of("sourceVersion") }]
    }
}

/// Returns true if the first `length` bytes of the tape's JSON text, which must be UTF-8, are the canonical JSON of an item whose members have
/// the right types, except for the order of members, which are then sorted. The tape then holds the item, with placeholders for values that only the hash depends on,
/// and [`write()`] writes the text itself (F7.4-8).
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "natively, JSON text is read into values"))]
pub(crate) fn recognize(tape: &mut Tape, length: usize) -> bool {
    let (mut json, mut notes) = (tape.take_json(), tape.notes.take().unwrap_or_default());
    let found = recognize_in(tape, &json, length, &mut notes);
    let id_start = found.map(|id_start| canonical_text::sort(&mut json, &mut notes, id_start));
    tape.set_json(json);
    tape.notes = Some(notes);
    if let Some(id_start) = id_start {
        tape.set_canonical(length, id_start);
    }
    id_start.is_some()
}

/// The members of an item that name its source (F3-5).
#[derive(Clone, Debug)]
pub(crate) struct ItemSource {
    pub(crate) kind: String,
    pub(crate) key: String,
    pub(crate) version: Option<String>,
}

impl ItemSource {
    /// Reads the source of the item on the tape, which must be valid.
    pub(crate) fn read(tape: &Tape) -> Self {
        let item = ItemSlots::read(tape, At(0)).expect("a valid item has members");
        let text = |at| match tape.value(at) {
            Value::String(units) => Some(utf16::lossy(&units)),
            _ => None,
        };
        Self {
            kind: text(item.kind()).unwrap_or_default(),
            key: text(item.source_key()).unwrap_or_default(),
            version: text(item.source_version()),
        }
    }
}

/// Returns where the id begins in the text, and notes the objects whose members are still to be sorted.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "natively, JSON text is read into values"))]
fn recognize_in(tape: &mut Tape, json: &[u8], length: usize, notes: &mut Notes) -> Option<usize> {
    // Text that is too long is not recognized, but parsed and measured like any other text.
    if length > tape.limits.document_bytes {
        return None;
    }
    let names = const { *MEMBERS.first_chunk::<HASHED_COUNT>().unwrap() };
    let members = canonical_text::recognize(json, length, names, tape.limits.levels, notes)?;
    tape.clear();
    let mut is_right = true;
    tape.container(TUPLE, TABLE.len(), |tape| {
        for (member, found) in TABLE.iter().zip(members.iter().chain([&Found::Absent])) {
            // The id and the source are read again, so they must have no escapes.
            let is_read_again = member.name != "textContent";
            match (*found, member.requirement) {
                (Found::Absent, _) => {
                    is_right &= member.need != Need::Required;
                    tape.mark(ABSENT);
                }
                (Found::String(text), Requirement::NonEmpty | Requirement::String) if is_read_again => {
                    is_right &= text.iter().all(|&byte| byte != b'\\');
                    tape.string(utf8(text));
                }
                (Found::String(..), Requirement::String | Requirement::Content) => tape.string(""),
                (Found::Object, Requirement::Content | Requirement::Object) => tape.container(OBJECT, 0, |_| ()),
                _ => {
                    is_right = false;
                    tape.mark(ABSENT);
                }
            }
        }
    });
    let Found::String(id) = members[ITEM_ID] else { return None };
    (is_right && !id.is_empty()).then(|| id.as_ptr().addr() - json.as_ptr().addr())
}

/// Returns the `itemId` of the item at `at` if it is valid.
pub(crate) fn item_id(tape: &Tape, at: At) -> Option<String> {
    match tape.value(ItemSlots::read(tape, at)?.item_id()) {
        Value::String(units) if !units.is_empty() => utf16::utf8(&units),
        _ => None,
    }
}

/// Makes the following issues name the item at `at`, if its `itemId` is a string (E4-1).
pub(crate) fn about_item(tape: &Tape, at: At, issues: &mut Issues) {
    let id = ItemSlots::read(tape, at).and_then(|item| match tape.value(item.item_id()) {
        Value::String(units) => Some(utf16::lossy(&units)),
        _ => None,
    });
    issues.set_item(id.as_deref());
}

/// Writes the hashed bytes of the item at `at`, `0x00 ‖ JCS(item)` (F1.2-1), and returns the item's own time.
pub(crate) fn write(tape: &Tape, at: At, writer: &mut Writer) -> Result<Option<Timestamp>, Refusal> {
    let ItemSlots(slots) = ItemSlots::read(tape, at).ok_or(Refusal::Malformed)?;
    writer.raw(&[LEAF_PREFIX]);
    writer.begin(); // after the prefix byte, which is not measured (F10-6)
    let canonical = tape.canonical_text();
    for member in &HASHED {
        let at = slots[member.slot];
        let value = tape.value(at);
        if matches!(value, Value::Absent) && !member.is_required {
            continue;
        }
        if matches!(value, Value::Cut(true)) {
            return Err(Refusal::TooLong);
        }
        if !member.requirement.accepts(value) {
            return Err(Refusal::Malformed);
        }
        if canonical.is_none() {
            writer.label(&member.label);
            writer.value(tape, at)?;
        }
    }
    match canonical {
        Some(text) => writer.bytes(text),
        None => writer.raw(b"}"),
    }
    writer.check_length()?;
    let own_time = match tape.value(slots[CREATED_AT]) {
        Value::Absent => return Ok(None),
        Value::Date(value, _) => Timestamp::from_time_value(value),
        Value::String(units) => check::parse_time(&units),
        _ => None,
    };
    own_time.map(Some).ok_or(Refusal::Malformed)
}

/// Returns true if the valid parts of the item at `at` have more than `most` bytes (E6.1-1, E6.1-2).
pub(crate) fn is_too_long(tape: &Tape, at: At, most: usize) -> bool {
    canonical_size::object(tape, at, &MEASURED) > most
}

/// What the caller knows about an item's id.
#[derive(Clone, Copy, Debug)]
pub(crate) enum IdStatus {
    Unique,
    /// The item at that position has the same id (F2.1-2).
    DuplicateOf(usize),
    /// The id belongs to another snapshot, and the issue has been reported.
    NotOfSnapshot,
}

/// Reports everything that is wrong with the item at `at`. `refusal` is the error of [`write()`], if it refused.
pub(crate) fn check(tape: &Tape, at: At, refusal: Option<Refusal>, path: &Path, id: IdStatus, issues: &mut Issues) {
    about_item(tape, at, issues);
    check_members(&mut Check::new(tape, issues, path.clone()).with_null_hint(), at, refusal, id);
    issues.set_item(None);
}

fn check_members(check: &mut Check, at: At, refusal: Option<Refusal>, id: IdStatus) {
    let tape = check.tape;
    // First, because a mistake has no members that could be measured.
    if check.text_mistake() {
        return;
    }
    let most = check.issues.limits.document_bytes;
    if refusal.is_some_and(|refusal| refusal == Refusal::TooLong || is_too_long(tape, at, most)) {
        return check.too_long(); // E5-8
    }
    let Some(ItemSlots(slots)) = ItemSlots::read(tape, at) else { return check.wrong("object", at) };
    for (slot, (&Member { name, requirement, need, .. }, at)) in TABLE.iter().zip(slots).enumerate() {
        match (slot, id) {
            (ITEM_ID, IdStatus::DuplicateOf(position)) => {
                check.issues.duplicate(check.path.clone(), position);
                continue;
            }
            (ITEM_ID, IdStatus::NotOfSnapshot) => continue,
            _ => {}
        }
        match requirement {
            Requirement::NonEmpty => _ = check.non_empty(name, at, need),
            Requirement::String => _ = check.string(name, at, need),
            Requirement::Content if requirement.accepts(tape.value(at)) => check.member(name, |check| check.json(at)),
            Requirement::Content => check.member(name, |check| check.wrong("string or object", at)),
            Requirement::Object if check.is_left_out(need, at) => {}
            Requirement::Object => check.member(name, |check| check.record(at)),
            Requirement::Time => _ = check.time(name, at, need, TimeForm::Strict),
        }
    }
}

/// The digest of one item, without a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemDigest {
    /// The item's id.
    pub item_id: String,
    /// The item's leaf hash (FORMAT 1.2).
    pub digest: Digest,
    /// The canonical item (FORMAT 1.1).
    pub json: String,
}

/// Computes the digest of the item on the tape (F1.2-1, E3-9).
///
/// # Errors
/// 422 if the item is not valid.
pub(crate) fn digest_item(tape: &Tape) -> Result<ItemDigest, Problem> {
    let mut writer = Writer::default();
    if let Err(refusal) = write(tape, At(0), &mut writer) {
        let mut issues = Issues::default();
        check(tape, At(0), Some(refusal), &Path::default(), IdStatus::Unique, &mut issues);
        return Err(issues.into_problem(Code::ValidationFailed));
    }
    let digest = Digest::of(writer.out.written());
    let item_id = item_id(tape, At(0)).expect("an item that was written has an id");
    let json = utf8(&writer.out.written()[1..]).to_owned();
    Ok(ItemDigest { item_id, digest, json })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use crate::value::tape::DATE;

    #[test]
    fn labels_are_those_of_the_hashed_members_in_canonical_order() {
        let mut names: Vec<&str> = TABLE[..HASHED_COUNT].iter().map(|member| member.name).collect();
        names.sort_unstable();
        let expected: Vec<String> = names.iter().map(|name| format!(",\"{name}\":")).collect();
        let labels: String =
            HASHED.iter().map(|HashedMember { label: (block, length), .. }| utf8(&block[..*length])).collect();
        assert_eq!(labels, format!("{{{}", &expected.concat()[1..]));
    }

    #[test]
    fn each_hashed_member_keeps_the_facts_of_its_row() {
        for member in &HASHED {
            let row = &TABLE[member.slot];
            let (block, length) = member.label;
            assert_eq!(utf8(&block[2..length - 2]), row.name);
            assert_eq!(member.is_required, row.need == Need::Required, "{}", row.name);
            assert_eq!(member.is_required, !is_optional(row.name), "{}", row.name);
            assert_eq!(
                std::mem::discriminant(&member.requirement),
                std::mem::discriminant(&row.requirement),
                "{}",
                row.name
            );
        }
    }

    /// Recognizes text; returns the canonical text, the id, and the source.
    fn recognized(text: &str, limits: &Limits) -> Option<(String, String, ItemSource)> {
        let mut tape = Tape::default();
        tape.limits = *limits;
        tape.json_room(text.len())[..text.len()].copy_from_slice(text.as_bytes());
        if !recognize(&mut tape, text.len()) {
            return None;
        }
        // Texts that must not be empty are checked when the item is written.
        write(&tape, At(0), &mut Writer::default()).ok()?;
        let json = utf8(tape.canonical_text().expect("canonical text")).to_owned();
        let id = item_id(&tape, At(0)).expect("a valid item has an id");
        let source = ItemSource::read(&tape);
        // The id is found where it is in the text.
        let slots = ItemSlots::read(&tape, At(0)).expect("a valid item has members");
        tape.remove_prefix(slots.item_id(), id.encode_utf16().count());
        let without = json.replace(&format!("\"itemId\":\"{id}\""), "\"itemId\":\"\"");
        assert_eq!(tape.canonical_text(), Some(without.as_bytes()));
        Some((json, id, source))
    }

    /// Values of each member, separated by blanks; `-` stands for none. The first is valid.
    const VALUES: [(&str, &str); 7] = [
        ("content", r#""" "a\nb" {} {"a":[1]} 1 [] null -"#),
        ("itemId", r#""i" "é-1" "a\"b" "" {} -"#),
        ("kind", r#""k" "a\"b" "" 1 -"#),
        ("metadata", r#"- {} {"b":{}} "m" [] null"#),
        ("sourceKey", r#""s" "" {} -"#),
        ("sourceVersion", r#"- "1" "" "\n" 1"#),
        ("textContent", r#"- "t" "\n" {}"#),
    ];

    // F7.4-8
    #[test]
    fn recognizes_what_reading_the_text_would_find() {
        let values = VALUES.map(|(_, values)| values.split(' ').collect::<Vec<_>>());
        let places = || (0..VALUES.len()).flat_map(|place| (0..values[place].len()).map(move |number| (place, number)));
        let mut count = 0;
        // All pairs of members with all pairs of values.
        for ((first, one), (second, other)) in places().flat_map(|one| places().map(move |other| (one, other))) {
            let number = |place| {
                [(first, one), (second, other)].iter().find(|chosen| chosen.0 == place).map_or(0, |chosen| chosen.1)
            };
            let members: Vec<String> = (0..VALUES.len())
                .map(|place| (VALUES[place].0, values[place][number(place)]))
                .filter(|(_, value)| *value != "-")
                .map(|(name, value)| format!("\"{name}\":{value}"))
                .collect();
            let canonical = format!("{{{}}}", members.join(","));
            let read = crate::from_json::<crate::Item>(&canonical).and_then(|item| crate::digest_item(&item));
            // In Rust, `null` is an absent member. Ids and sources with escapes are read by the parser.
            let is_left = |member: &&String| {
                member.ends_with("null")
                    || member.contains('\\') && !member.starts_with("\"content") && !member.starts_with("\"text")
            };
            let expected = read.ok().filter(|_| members.iter().find(is_left).is_none());
            let reversed: Vec<&str> = members.iter().rev().map(String::as_str).collect();
            for text in [canonical, format!("{{{}}}", reversed.join(","))] {
                let found = recognized(&text, &Limits::default());
                assert_eq!(found.is_some(), expected.is_some(), "{text}");
                let (Some((json, id, source)), Some(expected)) = (found, &expected) else { continue };
                assert_eq!((&json, &id), (&expected.json, &expected.item_id), "{text}");
                assert_eq!((source.kind.as_str(), source.key.as_str()), ("k", "s"), "{text}");
                assert_eq!(source.version.is_some(), text.contains("sourceVersion"), "{text}");
                count += 1;
            }
        }
        assert!(count > 300, "{count}");
    }

    /// A date of JavaScript is the item's own time; Rust has none that could be passed.
    #[test]
    fn writes_an_item_with_a_date() {
        let time_of = |milliseconds: f64| {
            let mut tape = Tape::default();
            tape.container(TUPLE, 8, |tape| {
                for text in ["i", "k", "s"] {
                    tape.string(text);
                }
                tape.mark(ABSENT);
                tape.string("c");
                tape.mark(ABSENT);
                tape.mark(ABSENT);
                let [first, second, third, fourth, rest @ ..] = milliseconds.to_bits().to_le_bytes();
                let halves = [[first, second, third, fourth], rest].map(u32::from_le_bytes);
                for word in [DATE, halves[0], halves[1], 0] {
                    tape.mark(word);
                }
            });
            write(&tape, At(0), &mut Writer::default()).map(|time| time.map(Timestamp::text))
        };
        assert_eq!(time_of(1.7e12), Ok(Some("2023-11-14T22:13:20.000Z".to_owned())));
        assert_eq!(time_of(f64::NAN), Err(Refusal::Malformed));
    }

    #[test]
    fn text_that_is_longer_than_a_document_may_be_is_not_recognized() {
        let text = r#"{"content":"c","itemId":"i","kind":"k","sourceKey":"s"}"#;
        let limited = |document_bytes| Limits { document_bytes, ..Limits::default() };
        assert!(recognized(text, &limited(text.len())).is_some());
        assert!(recognized(text, &limited(text.len() - 1)).is_none());
        let unknown = text.replace("kind", "kinds");
        assert!(recognized(&unknown, &Limits::default()).is_none());
    }
}
