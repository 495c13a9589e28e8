//! Digests an item by itself, for example on another machine than the one that builds the snapshot.

use crate::format::item::{self, ItemDigest};
use crate::native::types::Item;
use crate::value::problem::Problem;
use crate::value::tape::Tape;

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
