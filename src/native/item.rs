//! An item of a pack: the serde type, how it is written to the tape, and its digest.
//!
//! Why in one file: type and writer have the same members, in the order of `format::item::MEMBERS`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::format::item::{self, ItemDigest};
use crate::primitives::time::Timestamp;
use crate::value::problem::Problem;
use crate::value::tape::{TUPLE, Tape};

/// An item of a pack.
///
/// ```
/// # use context_snapshot::*;
/// let item = Item {
///     item_id: "hours".into(),
///     kind: "docblock".into(),
///     source_key: "docs.about".into(),
///     content: "Open from 9 to 17.".into(),
///     ..Item::default()
/// };
/// assert_eq!(digest_item(&item)?.item_id, "hours");
/// # Ok::<(), Problem>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// Unique in the pack; not empty.
    pub item_id: String,
    /// `docblock`, `contract`, `knowledge`, `data-view`, `schema`, `migration`, `external`, or any other; not empty.
    pub kind: String,
    /// Where the item comes from; not empty.
    pub source_key: String,
    /// Version of the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_version: Option<String>,
    /// A string or an object.
    pub content: Value,
    /// The content as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_content: Option<String>,
    /// JSON about the item, hashed with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
    /// When the item was made; not hashed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
}

impl Item {
    /// Writes the item.
    pub(crate) fn write(&self, tape: &mut Tape) {
        tape.container(TUPLE, 8, |tape| {
            tape.string(&self.item_id);
            tape.string(&self.kind);
            tape.string(&self.source_key);
            tape.optional(self.source_version.as_deref());
            // F10-5
            tape.json(&self.content, 2);
            tape.optional(self.text_content.as_deref());
            tape.object(self.metadata.as_ref(), 2);
            tape.time(self.created_at);
        });
    }
}

/// Computes the leaf hash of an item.
///
/// ```
/// # use context_snapshot::*;
/// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
/// let digested = digest_item(&context.items[1])?;
/// assert_eq!(digested.json, r#"{"content":"Open from 9 to 17.","itemId":"hours","kind":"docblock","sourceKey":"docs.about"}"#);
/// assert_eq!(digested.digest, merkle::leaf(digested.json.as_bytes()));
/// # Ok::<(), Problem>(())
/// ```
///
/// # Errors
/// 422 if the item is not valid.
pub fn digest_item(item: &Item) -> Result<ItemDigest, Problem> {
    let mut tape = Tape::default();
    item.write(&mut tape);
    item::digest_item(&tape)
}
