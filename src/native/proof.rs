//! Proves that one item is in a snapshot, and verifies such proofs (RFC 9162 section 2.1.3, `docs/FORMAT.md` section 6).
//!
//! Why: whoever trusts a hash can check one item without the others. How: a proof is made of manifest and index alone, and is
//! verified as JSON of any shape, because it comes from a stranger.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::format::manifest::Manifest;
use crate::format::proof;
use crate::native::contents::Contents;
use crate::native::verify::Verification;
use crate::primitives::digest::Digest;
use crate::primitives::leaves::Leaves;
use crate::primitives::merkle::{self, LeafIndex};
use crate::primitives::sanitize::sanitize;
use crate::value::problem::{Code, Issues, Problem};
use crate::value::tape::{TUPLE, Tape};

/// A proof that one item is in a snapshot (RFC 9162 section 2.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemProof {
    /// Identifier of the item.
    pub item_id: String,
    /// Position of the item in the order of the tree.
    pub leaf_index: u64,
    /// Digests of the siblings, from the leaf upwards; at most 53.
    pub path: Vec<Digest>,
    /// The document whose digest is the hash.
    pub manifest: Manifest,
    /// Hash of the snapshot.
    pub hash: Digest,
}

/// Proves that an item is in a snapshot, from its manifest and index.
///
/// ```
/// # use context_snapshot::*;
/// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
/// let snapshot = snapshot_pack(&input, &context)?;
/// let proof = prove_item(Contents::from(&snapshot), "hours")?;
/// assert_eq!((proof.leaf_index, proof.path.len()), (1, 1));
/// assert_eq!(prove_item(Contents::from(&snapshot), "prices").unwrap_err().code(), Code::NotFound);
/// # Ok::<(), Problem>(())
/// ```
///
/// # Errors
/// 422 if index and manifest do not belong together; 404 if the index does not have the item.
///
/// # Panics
/// Never, unless this crate has a bug.
// E8.5-1
pub fn prove_item(contents: Contents, item_id: &str) -> Result<ItemProof, Problem> {
    let mut issues = Issues::default();
    let leaves = contents.leaves(&[], &mut issues);
    issues.into_result(Code::ValidationFailed)?;
    let position = leaves.as_ref().and_then(|leaves| leaves.number(item_id));
    let (Some(leaves), Some(position)) = (leaves, position) else {
        return Err(Problem::new(Code::NotFound, format!("No item {} in the index", sanitize(item_id))));
    };
    Ok(prove_leaf(contents.manifest, &leaves, item_id, position))
}

/// Proves the leaf at `position`, which must be there.
pub(crate) fn prove_leaf(manifest: &Manifest, leaves: &Leaves, item_id: &str, position: usize) -> ItemProof {
    let leaf_index = position as u64;
    let path = merkle::inclusion_proof(leaves.digests_in_order(), LeafIndex(leaf_index)).expect("it is a leaf");
    let manifest = manifest.clone();
    ItemProof { item_id: item_id.to_owned(), leaf_index, path, hash: manifest.hash(), manifest }
}

/// Returns true if `proof`, an [`ItemProof`] in JSON, proves that the item is in the snapshot with this hash, which the
/// verifier trusts. Returns false for anything that is not a proof of this item.
///
/// ```
/// # use context_snapshot::*;
/// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
/// # let snapshot = snapshot_pack(&input, &context)?;
/// let mut item: serde_json::Value = from_json(&snapshot.items[1].json).unwrap();
/// let proof = serde_json::to_value(prove_item(Contents::from(&snapshot), "hours")?).unwrap();
/// let hash = snapshot.output.hash; // Kept elsewhere.
/// assert!(verify_item(&item, &proof, hash));
///
/// item["content"] = "Open all night.".into();
/// assert!(!verify_item(&item, &proof, hash));
/// # Ok::<(), Problem>(())
/// ```
#[must_use]
pub fn verify_item(item: &Value, proof: &Value, hash: Digest) -> bool {
    explain_item(item, proof, hash).is_valid()
}

/// Verifies a proof as [`verify_item`] does, and returns what is wrong, at paths that begin with `item`, `proof` or `hash`.
///
/// ```
/// # use context_snapshot::*;
/// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
/// # let snapshot = snapshot_pack(&input, &context)?;
/// let item: serde_json::Value = from_json(&snapshot.items[0].json).unwrap();
/// let proof = serde_json::to_value(prove_item(Contents::from(&snapshot), "hours")?).unwrap();
/// let found = explain_item(&item, &proof, snapshot.output.hash);
/// assert!(!found.is_valid());
/// assert_eq!(found.issues[0].message, r#"Mismatch: expected "api", found "hours""#);
/// # Ok::<(), Problem>(())
/// ```
pub fn explain_item(item: &Value, proof: &Value, hash: Digest) -> Verification {
    let mut trusted = Tape::default();
    trusted.digest(Some(hash));
    explain(item, proof, &trusted)
}

/// Verifies a proof with the hash on a tape, which may be any value.
fn explain(item: &Value, proof: &Value, trusted: &Tape) -> Verification {
    let (mut item_tape, mut proof_tape) = (Tape::default(), Tape::default());
    item_tape.stored_item(item);
    if proof.is_object() {
        proof_tape.container(TUPLE, 5, |tape| {
            for name in ["itemId", "leafIndex", "path", "manifest", "hash"] {
                tape.member(proof, name, 1);
            }
        });
    } else {
        proof_tape.kind(proof);
    }
    proof::verify(&item_tape, &proof_tape, trusted).into()
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
