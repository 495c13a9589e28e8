//! Inclusion proofs: that one item is in a snapshot whose hash is trusted (`docs/FORMAT.md` section 6).

use crate::canonical::Writer;
use crate::check::{self, Check};
use crate::digest::Digest;
use crate::item;
use crate::manifest;
use crate::merkle::{self, LeafIndex, TreeSize};
use crate::problem::{Issues, Path};
use crate::tape::{At, Tape, Value};

/// No tree of 2^53 leaves has a longer one.
const LONGEST_PATH: usize = 53;

/// Whether the record `[itemId, leafIndex, path, manifest, hash]` proves the item on the other tape to be in the snapshot
/// with the trusted hash. False for anything that is no proof.
pub(crate) fn verify(item: &Tape, proof: &Tape, trusted: Digest) -> bool {
    holds(item, proof, trusted).is_some()
}

fn holds(item: &Tape, proof: &Tape, trusted: Digest) -> Option<()> {
    let Value::Record(first) = proof.value(At(0)) else { return None };
    let [item_id, leaf_index, path, manifest, hash] = proof.slots(first);
    let position = LeafIndex(check::integer(proof.value(leaf_index))?);
    let Value::String(item_id) = proof.value(item_id) else { return None };
    let siblings = digests(proof, path)?;

    let mut issues = Issues::default();
    let manifest = manifest::read(&mut Check::new(proof, &mut issues, Path::default()), manifest)?;
    (digest_at(proof, hash)? == trusted && manifest.hash() == trusted).then_some(())?;

    let mut writer = Writer::default();
    item::write(item, &mut writer).ok()?;
    let own_id = item::item_id(item)?;
    own_id.encode_utf16().eq(item_id.iter().copied()).then_some(())?;

    let leaf = Digest::of(writer.out.written());
    let root = merkle::root_from_proof(leaf, position, TreeSize(manifest.item_count), &siblings)?;
    (root == manifest.items_root).then_some(())
}

fn digests(tape: &Tape, at: At) -> Option<Vec<Digest>> {
    let Value::Array(count, mut at) = tape.value(at) else { return None };
    if count > LONGEST_PATH {
        return None;
    }
    let mut digests = Vec::with_capacity(count);
    for _ in 0..count {
        digests.push(digest_at(tape, at)?);
        at = tape.after(at);
    }
    Some(digests)
}

pub(crate) fn digest_at(tape: &Tape, at: At) -> Option<Digest> {
    match tape.value(at) {
        Value::String(units) => Digest::from_units(&units).ok(),
        _ => None,
    }
}
