//! An item: from the tape to its canonical bytes (`docs/FORMAT.md` section 1).
//!
//! Why two ways through the same members: [`write()`] is the one that every good item goes, without a path or an
//! allocation; [`check()`] goes through an item that `write` refused and says all that is wrong with it. INVARIANT: they
//! agree, that is, `check` finds an issue if and only if `write` refuses.

use crate::primitives::buffer::{Label, label};
use crate::primitives::digest::Digest;
use crate::primitives::merkle::LEAF_PREFIX;
use crate::primitives::string::Refusal;
use crate::primitives::text::utf8;
use crate::primitives::time::Timestamp;
use crate::primitives::utf16;
use crate::value::canonical_size::{self, MemberKind, Members};
use crate::value::check::{self, Check, Need, TimeForm};
use crate::value::problem::{Code, Problem};
use crate::value::problem::{Issues, Path};
use crate::value::tape::{At, Tape, Value};
use crate::value::writer::Writer;

/// Says what issues are about: the itemId on the tape, if it is a string.
#[cfg_attr(small, optimize(size))]
pub(crate) fn name(tape: &Tape, issues: &mut Issues) {
    let id = ItemSlots::read(tape).and_then(|item| match tape.value(item.item_id) {
        Value::String(units) => Some(utf16::lossy(&units)),
        _ => None,
    });
    issues.set_item(id.as_deref());
}

/// Positions of an item's members, in the order of the contract.
#[derive(Clone, Copy)]
pub(crate) struct ItemSlots {
    pub(crate) item_id: At,
    pub(crate) kind: At,
    pub(crate) source_key: At,
    pub(crate) source_version: At,
    content: At,
    text_content: At,
    metadata: At,
    created_at: At,
}

impl ItemSlots {
    /// The item at the beginning of the tape; `None` where there is something else.
    pub(crate) fn read(tape: &Tape) -> Option<Self> {
        let Value::Tuple(first) = tape.value(At(0)) else { return None };
        let [item_id, kind, source_key, source_version, content, text_content, metadata, created_at] =
            tape.slots(first);
        Some(Self { item_id, kind, source_key, source_version, content, text_content, metadata, created_at })
    }
}

/// The itemId, where it is one.
pub(crate) fn item_id(tape: &Tape) -> Option<String> {
    match tape.value(ItemSlots::read(tape)?.item_id) {
        Value::String(units) if !units.is_empty() => utf16::utf8(&units),
        _ => None,
    }
}

fn is_content(value: &Value) -> bool {
    matches!(value, Value::String(_) | Value::Object(..) | Value::Shaped(..))
}

/// What a member has to be.
enum Requirement {
    String,
    NonEmpty,
    Object,
    Content,
}

/// What is hashed of an item: what is before each member, what it has to be, whether it has to be there.
// F1.1-1, F1.1-2, F1.1-3, F1.1-4, F8-1
static HASHED: [(Label, Requirement, bool); 7] = [
    (label("{\"content\":"), Requirement::Content, true),
    (label(",\"itemId\":"), Requirement::NonEmpty, true),
    (label(",\"kind\":"), Requirement::NonEmpty, true),
    (label(",\"metadata\":"), Requirement::Object, false),
    (label(",\"sourceKey\":"), Requirement::NonEmpty, true),
    (label(",\"sourceVersion\":"), Requirement::String, false),
    (label(",\"textContent\":"), Requirement::String, false),
];

/// Writes what is hashed for the item on the tape, `0x00 ‖ JCS(item)`, and returns the item's own time.
// F1.2-1
pub(crate) fn write(tape: &Tape, writer: &mut Writer) -> Result<Option<Timestamp>, Refusal> {
    let item = ItemSlots::read(tape).ok_or(Refusal::Malformed)?;
    writer.raw(&[LEAF_PREFIX]);
    writer.begin();
    let places =
        [item.content, item.item_id, item.kind, item.metadata, item.source_key, item.source_version, item.text_content];
    for ((name, fits, required), at) in HASHED.iter().zip(places) {
        let value = tape.value(at);
        if matches!(value, Value::Absent) && !required {
            continue;
        }
        if matches!(value, Value::Cut(true)) {
            return Err(Refusal::TooLong);
        }
        let is_right = match (value, fits) {
            (Value::String(units), Requirement::NonEmpty) => !units.is_empty(),
            (Value::String(_), Requirement::Content | Requirement::String)
            | (Value::Object(..) | Value::Shaped(..), Requirement::Content | Requirement::Object) => true,
            _ => false,
        };
        if !is_right {
            return Err(Refusal::Malformed);
        }
        writer.label(name);
        writer.value(tape, at)?;
    }
    writer.raw(b"}");
    writer.check_length()?;
    let own_time = match tape.value(item.created_at) {
        Value::Absent => return Ok(None),
        Value::Date(value, _) => Timestamp::from_time_value(value),
        Value::String(units) => check::parse_time(&units),
        _ => None,
    };
    own_time.map(Some).ok_or(Refusal::Malformed)
}

/// What an item is measured by.
// E6.1-1
const MEASURED: Members = &[
    ("itemId", MemberKind::Text),
    ("kind", MemberKind::Text),
    ("sourceKey", MemberKind::Text),
    ("sourceVersion", MemberKind::Text),
    ("content", MemberKind::TextOrObject),
    ("textContent", MemberKind::Text),
    ("metadata", MemberKind::Object),
];

/// Whether what is right in the item on the tape is longer than that.
pub(crate) fn is_too_long(tape: &Tape, most: usize) -> bool {
    canonical_size::object(tape, At(0), MEASURED) > most
}

/// What is known of an itemId from elsewhere.
#[derive(Clone, Copy, Debug)]
pub(crate) enum IdStatus {
    Unique,
    /// That of an earlier item, too.
    DuplicateOf(usize),
    /// Another's, which has been told.
    NotOfSnapshot,
}

/// What is wrong with the item on the tape; `refusal` is what [`write()`] said of it.
#[cfg_attr(small, optimize(size))]
pub(crate) fn check(tape: &Tape, refusal: Option<Refusal>, path: &Path, id: IdStatus, issues: &mut Issues) {
    name(tape, issues);
    check_members(&mut Check::new(tape, issues, path.clone()).with_null_hint(), refusal, id);
    issues.set_item(None);
}

// E3-5, E5-3, E5-7
#[cfg_attr(small, optimize(size))]
fn check_members(check: &mut Check, refusal: Option<Refusal>, id: IdStatus) {
    let tape = check.tape;
    let most = check.issues.limits.document_bytes;
    // E5-8
    if refusal.is_some_and(|refusal| refusal == Refusal::TooLong || is_too_long(tape, most)) {
        return check.too_long();
    }
    let Some(item) = ItemSlots::read(tape) else { return check.wrong("object", At(0)) };
    match id {
        IdStatus::Unique => _ = check.non_empty("itemId", item.item_id, Need::Required),
        // F2.1-2
        IdStatus::DuplicateOf(position) => check.duplicate(position),
        IdStatus::NotOfSnapshot => {}
    }
    check.non_empty("kind", item.kind, Need::Required);
    check.non_empty("sourceKey", item.source_key, Need::Required);
    check.string("sourceVersion", item.source_version, Need::Optional);
    check.member("content", |check| match tape.value(item.content) {
        value if is_content(&value) => check.json(item.content),
        _ => check.wrong("string or object", item.content),
    });
    check.string("textContent", item.text_content, Need::Optional);
    if !check.is_left_out(Need::Optional, item.metadata) {
        check.member("metadata", |check| check.record(item.metadata));
    }
    check.time("createdAt", item.created_at, Need::Optional, TimeForm::Strict);
}

/// The digest of an item by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemDigest {
    /// The item's id.
    pub item_id: String,
    /// Its leaf hash.
    pub digest: Digest,
    /// The canonical item.
    pub json: String,
}

/// Digests the item on the tape.
#[cfg_attr(small, optimize(size))]
pub(crate) fn digest_item(tape: &Tape) -> Result<ItemDigest, Problem> {
    let mut writer = Writer::default();
    if let Err(refusal) = write(tape, &mut writer) {
        let mut issues = Issues::default();
        check(tape, Some(refusal), &Path::default(), IdStatus::Unique, &mut issues);
        return Err(issues.into_problem(Code::ValidationFailed));
    }
    let digest = Digest::of(writer.out.written());
    let item_id = item_id(tape).expect("it was written");
    let json = utf8(&writer.out.written()[1..]).to_owned();
    Ok(ItemDigest { item_id, digest, json })
}
