//! Inclusion proofs: that one item is in a snapshot whose hash is trusted (`docs/FORMAT.md` section 6).

use crate::format::item::{self, IdStatus};
use crate::format::manifest;
use crate::primitives::digest::Digest;
use crate::primitives::merkle::{self, LeafIndex, TreeSize};
use crate::primitives::text::{concat, decimal};
use crate::value::check::{Check, Need};
use crate::value::evidence::{Anchor, Equal, Hash, OptionalText, Root, Verdict};
use crate::value::problem::{Issues, Path};
use crate::value::tape::{At, Tape, Value};
use crate::value::writer::Writer;

/// No tree of 2^53 leaves has a longer one.
const LONGEST_PATH: usize = 53;

/// What makes a proof one of that item.
#[derive(Debug)]
#[expect(dead_code, reason = "evidence is there to have been made")]
struct Evidence {
    /// The hash that the proof names is the trusted one.
    named: Equal<Hash>,
    /// So is the hash of the manifest.
    hash: Equal<Hash>,
    item_id: Equal<OptionalText>,
    /// Item and path lead to the root of the manifest.
    root: Equal<Root>,
}

/// Checks that the record `[itemId, leafIndex, path, manifest, hash]` proves the item on the other tape to be in the snapshot
/// whose hash, on the third, is trusted. Costs at most 53 digests beside those of item and manifest.
// E8.3-1, E8.3-2, E8.3-3
#[cfg_attr(small, optimize(size))]
pub(crate) fn verify(item: &Tape, proof: &Tape, trusted: &Tape) -> Verdict {
    let mut issues = Issues::default();
    let trusted = Check::new(trusted, &mut issues, Path::default()).digest("hash", At(0), Need::Required).map(Hash);
    let mut anchor = Anchor::None;
    let mut evidence = None;
    let mut check = Check::new(proof, &mut issues, Path::of(&["proof"]));
    if matches!(proof.value(At(0)), Value::Tuple(_)) {
        evidence = check_proof(&mut check, item, trusted, &mut anchor);
    } else {
        check.wrong("object", At(0));
        _ = leaf(item, &mut issues);
    }
    Verdict::of("the proof", evidence.as_ref(), issues, anchor)
}

/// The digest of the item.
#[cfg_attr(small, optimize(size))]
fn leaf(tape: &Tape, issues: &mut Issues) -> Option<Digest> {
    let mut writer = Writer::default();
    match item::write(tape, &mut writer) {
        Ok(_) => Some(Digest::of(writer.out.written())),
        Err(refusal) => {
            item::check(tape, Some(refusal), &Path::of(&["item"]), IdStatus::Unique, issues);
            None
        }
    }
}

#[cfg_attr(small, optimize(size))]
fn check_proof(check: &mut Check, item: &Tape, trusted: Option<Hash>, anchor: &mut Anchor) -> Option<Evidence> {
    // F6-1, F6-3
    let ([item_id, leaf_index, path, manifest, hash], _) =
        check.object(At(0), ["itemId", "leafIndex", "path", "manifest", "hash"])?;
    let claimed_id = check.non_empty("itemId", item_id, Need::Required);
    let position = check.count("leafIndex", leaf_index);
    let siblings = check.member("path", |check| siblings(check, path));
    let manifest = check.member("manifest", |check| {
        check.begin_document();
        let before = check.issues.mark();
        manifest::read(check, manifest).filter(|_| check.issues.unchanged_since(before))
    });
    let claimed_hash = check.digest("hash", hash, Need::Required).map(Hash);
    let leaf = leaf(item, check.issues);

    let computed = manifest.as_ref().map(|manifest| Hash(manifest.hash()));
    // F6-4, E8.3-6
    let named = trusted.and_then(|trusted| check.compare("hash", trusted, claimed_hash));
    let hash = trusted.and_then(|trusted| check.compare("manifest", trusted, computed));
    if named.is_some() && hash.is_some() {
        *anchor = Anchor::Hash;
    }
    // F6-5, E8.3-5, E8.3-7
    let leaf = leaf?;
    let own_id = item::item_id(item);
    let item_id = check.compare_text("itemId", own_id.as_deref(), claimed_id.as_deref().map(Some));
    let (manifest, position, siblings) = (manifest?, position?, siblings?);
    // E8.3-8
    if position >= manifest.item_count {
        check.mismatch("leafIndex", &concat(&["less than ", &decimal(manifest.item_count)]), &decimal(position));
        return None;
    }
    // F6-6, E8.3-9
    let root = merkle::root_from_proof(leaf, LeafIndex(position), TreeSize(manifest.item_count), &siblings);
    let Some(root) = root else {
        check.mismatch("path", "as many digests as there are levels above the item", &decimal(siblings.len() as u64));
        return None;
    };
    let root = check.compare("path", Root(manifest.items_root), Some(Root(root)));
    Some(Evidence { named: named?, hash: hash?, item_id: item_id?, root: root? })
}

/// The digests of a path, if it is one of them.
#[cfg_attr(small, optimize(size))]
fn siblings(check: &mut Check, at: At) -> Option<Vec<Digest>> {
    let Value::Array(count, mut at) = check.tape.value(at) else {
        check.wrong("array", at);
        return None;
    };
    // E8.3-4
    if count > LONGEST_PATH {
        check.issues.too_big(&check.path, LONGEST_PATH as u64, " digests");
        return None;
    }
    let mut digests = Vec::with_capacity(count);
    for position in 0..count {
        digests.extend(check.digest(&decimal(position as u64), at, Need::Required));
        at = check.tape.after(at);
    }
    (digests.len() == count).then_some(digests)
}
