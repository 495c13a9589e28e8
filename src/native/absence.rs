//! Proves that no item of a snapshot has an id, and verifies such proofs (`docs/FORMAT.md` section 6.1).
//!
//! Why: that something was not in the context of a run is asked as often as that it was. How: a proof is made of manifest and index
//! alone: those of the two items between which the id would be. It is verified as JSON of any shape, because it comes from a stranger.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::format::absence;
use crate::format::manifest::Manifest;
use crate::native::contents::Contents;
use crate::native::proof::{ItemProof, prove_leaf};
use crate::native::verify::Verification;
use crate::primitives::digest::Digest;
use crate::value::check::{Check, Need};
use crate::value::evidence::Verdict;
use crate::value::problem::{Issues, Path, Problem};
use crate::value::tape::{ABSENT, At, TUPLE, Tape};

/// A proof that no item of a snapshot has an id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AbsenceProof {
    /// The id that no item has.
    pub item_id: String,
    /// The last item with a smaller id; `None` if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Neighbour>,
    /// The first item with a greater id; `None` if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Neighbour>,
    /// The document whose digest is the hash, if the snapshot has no items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<Manifest>,
}

/// The item before or after the place where an item with the id would be, with its proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbour {
    /// The proof of this item.
    #[serde(flatten)]
    pub proof: ItemProof,
    /// Digest of the item.
    pub digest: Digest,
    /// The item, which only the prover can add. Without it, the proof relies on the id that the index gave to the digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<Value>,
}

/// Proves that no item of a snapshot has an id, from its manifest and index.
///
/// The proof names the two neighbours of the place where the item would be. It is only as good as the ids in the index, until the
/// items of both neighbours are added to it.
///
/// ```
/// # use context_snapshot::*;
/// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
/// let snapshot = snapshot_pack(&input, &context)?;
/// let mut proof = prove_absence(Contents::from(&snapshot), "faq")?;
/// for neighbour in [&mut proof.before, &mut proof.after].into_iter().flatten() {
///     let item = &snapshot.items[neighbour.proof.leaf_index as usize];
///     neighbour.item = Some(from_json(&item.json).unwrap());
/// }
/// let found = explain_absence("faq", &serde_json::to_value(proof).unwrap(), snapshot.output.hash);
/// assert!(found.is_valid());
/// assert_eq!(found.anchor, Anchor::Hash);
/// # Ok::<(), Problem>(())
/// ```
///
/// # Errors
/// 422 if index and manifest do not belong together, if the id is empty, or if the index has it.
///
/// # Panics
/// Never, unless this crate has a bug.
// F6.1-3, E8.5-6
pub fn prove_absence(contents: Contents, item_id: &str) -> Result<AbsenceProof, Problem> {
    let mut issues = Issues::default();
    let leaves = contents.leaves(&[], &mut issues);
    let mut tape = Tape::default();
    tape.string(item_id);
    Check::new(&tape, &mut issues, Path::default()).non_empty("itemId", At(0), Need::Required);
    let place = contents.index.partition_point(|entry| entry.item_id.encode_utf16().lt(item_id.encode_utf16()));
    if leaves.as_ref().is_some_and(|leaves| leaves.number(item_id).is_some()) {
        absence::report_present(item_id, &mut issues);
    }
    let Some(leaves) = leaves.filter(|_| issues.is_empty()) else { return Err(Verdict::refusal("the index", issues)) };
    let neighbour = |position: usize| {
        let entry = contents.index.get(position)?;
        let proof = prove_leaf(contents.manifest, &leaves, &entry.item_id, position);
        Some(Neighbour { proof, digest: entry.digest, item: None })
    };
    let before = place.checked_sub(1).and_then(neighbour);
    let manifest = contents.index.is_empty().then(|| contents.manifest.clone());
    Ok(AbsenceProof { item_id: item_id.to_owned(), before, after: neighbour(place), manifest })
}

/// Returns true if `proof`, an [`AbsenceProof`] in JSON, proves that no item has the id, in the snapshot with this hash, which
/// the verifier trusts. Returns false for anything that is not such a proof.
///
/// Without the items of the neighbours, their ids are what the index said: see [`explain_absence`].
///
/// ```
/// # use context_snapshot::*;
/// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
/// # let snapshot = snapshot_pack(&input, &context)?;
/// let proof = serde_json::to_value(prove_absence(Contents::from(&snapshot), "faq")?).unwrap();
/// let hash = snapshot.output.hash; // Kept elsewhere.
/// assert!(verify_absence("faq", &proof, hash));
/// assert!(!verify_absence("hours", &proof, hash));
/// # Ok::<(), Problem>(())
/// ```
#[must_use]
pub fn verify_absence(item_id: &str, proof: &Value, hash: Digest) -> bool {
    explain_absence(item_id, proof, hash).is_valid()
}

/// Verifies a proof as [`verify_absence`] does, and returns what is wrong, at paths that begin with `itemId`, `proof` or `hash`.
/// The anchor is [`Anchor::Hash`](crate::Anchor::Hash) only if the hash covers the ids of the neighbours, too, because the proof has
/// their items.
///
/// ```
/// # use context_snapshot::*;
/// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
/// # let snapshot = snapshot_pack(&input, &context)?;
/// let proof = serde_json::to_value(prove_absence(Contents::from(&snapshot), "faq")?).unwrap();
/// let found = explain_absence("a", &proof, snapshot.output.hash);
/// assert!(!found.is_valid());
/// assert_eq!(found.anchor, Anchor::None);
/// assert_eq!(found.issues[0].message, r#"Mismatch: expected "a", found "faq""#);
/// # Ok::<(), Problem>(())
/// ```
pub fn explain_absence(item_id: &str, proof: &Value, hash: Digest) -> Verification {
    let (mut id, mut trusted) = (Tape::default(), Tape::default());
    id.string(item_id);
    trusted.digest(Some(hash));
    explain(&id, proof, &trusted)
}

/// Verifies a proof with an id and a hash on tapes, which may be any values.
fn explain(id: &Tape, proof: &Value, trusted: &Tape) -> Verification {
    let mut tape = Tape::default();
    if proof.is_object() {
        tape.container(TUPLE, 4, |tape| {
            tape.member(proof, "itemId", 1);
            for name in ["before", "after"] {
                tape.begin_document();
                match proof.get(name) {
                    None => tape.mark(ABSENT),
                    Some(neighbour) => write_neighbour(tape, neighbour),
                }
            }
            tape.begin_document();
            tape.member(proof, "manifest", 1);
        });
    } else {
        tape.kind(proof);
    }
    absence::verify(id, &tape, trusted).into()
}

/// Writes a neighbour of any shape.
fn write_neighbour(tape: &mut Tape, neighbour: &Value) {
    if !neighbour.is_object() {
        return tape.kind(neighbour);
    }
    tape.container(TUPLE, 7, |tape| {
        for name in ["itemId", "leafIndex", "path", "manifest", "hash", "digest"] {
            tape.member(neighbour, name, 1);
        }
        tape.begin_document();
        match neighbour.get("item") {
            None => tape.mark(ABSENT),
            Some(item) => tape.stored_item(item),
        }
    });
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
