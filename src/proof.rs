//! Inclusion proofs: that one item is in a snapshot whose hash is trusted (`docs/FORMAT.md` section 6).

use crate::canonical::Writer;
use crate::check::{self, Check};
use crate::digest::Digest;
use crate::evidence::{Equal, Hash, Root, Words};
use crate::item;
use crate::manifest;
use crate::merkle::{self, LeafIndex, TreeSize};
use crate::problem::{Issues, Path};
use crate::tape::{self, At, Tape, Value};

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
    item_id: Equal<Words>,
    /// Item and path lead to the root of the manifest.
    root: Equal<Root>,
}

/// Returns true if the record `[itemId, leafIndex, path, manifest, hash]` proves the item on the other tape to be in the
/// snapshot with the trusted hash; false for anything that is no proof. Costs at most 53 digests beside those of item and
/// manifest.
#[cfg_attr(small, optimize(size))]
pub(crate) fn verify(item: &Tape, proof: &Tape, trusted: Digest) -> bool {
    let evidence: Option<Evidence> = holds(item, proof, Hash(trusted));
    evidence.is_some()
}

#[cfg_attr(small, optimize(size))]
fn holds(item: &Tape, proof: &Tape, trusted: Hash) -> Option<Evidence> {
    let Value::Record(first) = proof.value(At(0)) else { return None };
    let [item_id, leaf_index, path, manifest, hash] = proof.slots(first);
    let position = LeafIndex(check::integer(proof.value(leaf_index))?);
    let Value::String(item_id) = proof.value(item_id) else { return None };
    let siblings = digests(proof, path)?;

    let mut issues = Issues::default();
    let manifest = manifest::read(&mut Check::new(proof, &mut issues, Path::default()), manifest)?;
    if !issues.is_empty() {
        return None;
    }

    let named = Equal::of(trusted, Hash(digest_at(proof, hash)?))?;
    let hash = Equal::of(trusted, Hash(manifest.hash()))?;

    let mut writer = Writer::default();
    item::write(item, &mut writer).ok()?;
    let claimed_id = tape::utf8(&item_id)?;

    let leaf = Digest::of(writer.out.written());
    let root = merkle::root_from_proof(leaf, position, TreeSize(manifest.item_count), &siblings)?;
    Some(Evidence {
        named,
        hash,
        item_id: Equal::of(item::item_id(item).as_deref(), Some(&*claimed_id))?,
        root: Equal::of(Root(manifest.items_root), Root(root))?,
    })
}

#[cfg_attr(small, optimize(size))]
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
