//! Items that cannot change, between operations: what is known about them is here, their identity in a script
//! (`js/known-items.js`).

use std::cell::Cell;

use super::imports::Walker;
use crate::operation::known_items::KnownItems;

/// Highest number of known items, and of bytes of their ids and sources, which may be long. With more, all are forgotten.
const MOST: usize = 1 << 20;
const MOST_TEXT_BYTES: usize = 1 << 27;

thread_local! {
    /// What is known between operations, and whether an operation is using it. If nothing is, the scripts forget all numbers first. So none is
    /// left of an instance that was dropped, or of a call that was stopped anywhere (by a full stack, or by `timeout` of `node:vm`).
    static KNOWN: Cell<Option<Box<KnownItems>>> = const { Cell::new(None) };
    static IS_IN_USE: Cell<bool> = const { Cell::new(false) };
}

/// Runs an operation that may find known items. An operation inside of another one finds none, because their numbers are in use.
pub(crate) fn with_known<R>(walker: &Walker, operation: impl FnOnce(Option<&mut KnownItems>) -> R) -> R {
    let mut known = take(walker);
    let first = known.as_ref().map_or(0, |known| known.items.len());
    let result = operation(known.as_deref_mut());
    if let Some(known) = known {
        put_back(walker, first, known);
    }
    result
}

fn take(walker: &Walker) -> Option<Box<KnownItems>> {
    if IS_IN_USE.replace(true) {
        return None;
    }
    let known = KNOWN.take();
    walker.know_items(known.is_none());
    Some(known.unwrap_or_default())
}

/// Puts back what is known, with the items from `first` on, whose identity the walker has, unless it is too much.
fn put_back(walker: &Walker, first: usize, known: Box<KnownItems>) {
    IS_IN_USE.set(false);
    if known.items.len() > MOST || known.text_bytes > MOST_TEXT_BYTES {
        return;
    }
    for (number, item) in known.items.iter().enumerate().skip(first) {
        walker.remember(number, item.ordinal);
    }
    KNOWN.set(Some(known));
}
