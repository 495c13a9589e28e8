//! Items that cannot change, known from earlier operations.
//!
//! Why: a host keeps most items of a pack from one snapshot to the next. An item that is frozen through and through, found again by its
//! identity, has the digest that it had. So what an operation would find out by reading and hashing it again is kept here.
//! How: the boundary decides what cannot change, and has a number for each known item. Ids and tree of the last operation are kept,
//! too, because most of both are the same the next time.

use crate::format::item::ItemSource;
use crate::primitives::digest::Digest;
use crate::primitives::leaves::{Ids, Leaves};
use crate::primitives::time::Timestamp;

/// A valid item that cannot change.
#[derive(Debug)]
pub(crate) struct KnownItem {
    /// In the operation that read it: its number among all items that cannot change, valid or not; and the number of its leaf.
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "natively, an item has no identity"))]
    pub(crate) ordinal: usize,
    pub(crate) leaf: usize,
    pub(crate) item_id: String,
    pub(crate) source: ItemSource,
    /// `None` until that operation ends.
    pub(crate) digest: Option<Digest>,
    /// Number of canonical bytes.
    pub(crate) length: usize,
    /// The item's own time, if it has one.
    pub(crate) created_at: Option<Timestamp>,
}

/// What is kept between operations.
#[derive(Debug, Default)]
pub(crate) struct KnownItems {
    /// The known items, by number.
    pub(crate) items: Vec<KnownItem>,
    /// Number of bytes of their ids and sources.
    pub(crate) text_bytes: usize,
    /// Of the last operation with such items: its ids and its tree.
    ids: Ids,
    pub(crate) tree: Vec<Digest>,
}

impl KnownItems {
    /// Expects the ids of the last operation with items that cannot change.
    pub(crate) fn expect(&mut self, leaves: &mut Leaves) {
        leaves.ids = std::mem::take(&mut self.ids);
        leaves.ids.expect_again();
    }

    /// Adds the items that an operation found to be valid and unchangeable, with their digests.
    pub(crate) fn learn(&mut self, learnt: &mut Vec<KnownItem>, leaves: &Leaves) {
        for item in &mut *learnt {
            item.digest = leaves.digest(item.leaf);
            let ItemSource { kind, key, version } = &item.source;
            self.text_bytes += item.item_id.len() + kind.len() + key.len() + version.as_ref().map_or(0, String::len);
        }
        self.items.append(learnt);
    }

    /// Keeps the ids and the tree of an operation for the next one.
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "natively, an item has no identity"))]
    pub(crate) fn keep(&mut self, leaves: Leaves) {
        if !self.items.is_empty() {
            self.ids = leaves.ids;
            self.tree = leaves.tree;
        }
    }
}
