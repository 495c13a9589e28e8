//! Digests an item by itself, for example on another machine than the one that builds the snapshot.

use crate::format::item::{self, ItemDigest};
use crate::native::types::Item;
use crate::value::problem::Problem;
use crate::value::tape::Tape;

/// Computes the leaf hash of an item.
///
/// # Errors
/// 422 if the item is not valid.
pub fn digest_item(item: &Item) -> Result<ItemDigest, Problem> {
    let mut tape = Tape::default();
    item.write(&mut tape);
    item::digest_item(&tape)
}
