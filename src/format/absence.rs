//! Checks absence proofs, which show that no item of a snapshot with a trusted hash has a given id (FORMAT 6.1).
//!
//! Why two neighbours: the leaves are sorted by id (F2.1-1), so an id between those of two adjacent leaves belongs to none. How:
//! each neighbour is an inclusion proof with the digest of its leaf, and is checked as such. The path covers that digest, and the
//! digest covers the id only if the item itself is there. Without it, the id is what the index said (F6.1-9).

use crate::format::item;
use crate::format::proof::{self, Claim, TrustedHash};
use crate::primitives::digest::Digest;
use crate::primitives::text::concat;
use crate::value::check::{Check, Need};
use crate::value::evidence::{Anchor, Count, Equal, Hash, Leaf, OptionalText, Ordered, Part, Root, Verdict};
use crate::value::problem::{Issues, Path};
use crate::value::tape::{At, Tape};

/// Evidence that no item has the id.
#[derive(Debug)]
#[expect(dead_code, reason = "evidence that the comparisons were made")]
struct Evidence {
    /// The proof is about the same id (F6.1-4).
    item_id: Equal<OptionalText>,
    /// No leaf is between the neighbours: the position of `after` is the number of leaves up to `before` (F6.1-7).
    gap: Equal<Count>,
    place: Place,
}

/// Evidence of where the id would be.
#[derive(Debug)]
#[expect(dead_code, reason = "evidence that the comparisons were made")]
enum Place {
    /// In a snapshot without items: its manifest has the trusted hash, and the root of no leaves.
    Empty(Equal<Hash>, Equal<Root>),
    First(Neighbour),
    Last(Neighbour),
    Between(Neighbour, Neighbour),
}

/// Evidence that a leaf is in the tree, on the right side of the id.
#[derive(Debug)]
#[expect(dead_code, reason = "evidence that the comparisons were made")]
struct Neighbour {
    hash: TrustedHash,
    /// The item, if it is there, has the id and the digest of the leaf (F6.1-6).
    item: Part<(Equal<OptionalText>, Equal<Leaf>)>,
    /// Digest and path give the root of the manifest (F6-6).
    root: Equal<Root>,
    order: Ordered,
}

/// What a neighbour shows about the tree.
#[derive(Default)]
struct Found {
    position: Option<u64>,
    item_count: Option<u64>,
    has_item: bool,
    evidence: Option<Neighbour>,
}

/// Checks that a proof shows that no item has the id, in the snapshot whose hash is trusted (FORMAT 6.1, E8.6-1).
///
/// `id` holds the id, `proof` a tuple `[itemId, before, after, manifest]`, of which `before` and `after` are absent or tuples
/// `[itemId, leafIndex, path, manifest, hash, digest, item]`; `trusted` holds the hash.
pub(crate) fn verify(id: &Tape, proof: &Tape, trusted: &Tape) -> Verdict {
    let mut issues = Issues::default();
    // E8.6-3, E8.6-4
    let trusted = proof::read_trusted(trusted, &mut issues);
    let id = Check::new(id, &mut issues, Path::default()).non_empty("itemId", At(0), Need::Required);
    let mut anchor = Anchor::None;
    let mut check = Check::new(proof, &mut issues, Path::of(&["proof"]));
    let evidence = check_proof(&mut check, id.as_deref(), trusted, &mut anchor);
    Verdict::of("the proof", evidence.as_ref(), issues, anchor)
}

/// Checks the proof on the tape of `check`. Sets `anchor` if the trusted hash covers everything that the proof says (E8.6-2).
fn check_proof(check: &mut Check, id: Option<&str>, trusted: Option<Hash>, anchor: &mut Anchor) -> Option<Evidence> {
    // F6.1-1
    let (members, _) = check.object(At(0), ["itemId", "before", "after", "manifest"])?;
    let [item_id, before, after, manifest] = members;
    let item_id = check.non_empty("itemId", item_id, Need::Required);
    // F6.1-4, E8.6-5
    let item_id = check.compare_text("itemId", Some(id?), item_id.as_deref().map(Some));
    let before = check_neighbour(check, before, "before", id?, trusted);
    let after = check_neighbour(check, after, "after", id?, trusted);
    let mut preceding = Some(0);
    let mut position = None;
    if let Some(before) = &before {
        preceding = before.position.map(|position| position + 1);
        position = before.item_count;
    }
    if let Some(after) = &after {
        position = after.position;
    }
    let is_covered = [&before, &after].iter().all(|side| side.as_ref().is_none_or(|side| side.has_item));
    let place = match (before, after) {
        (None, None) => {
            let manifest = proof::read_manifest(check, manifest)?;
            position = Some(manifest.item_count);
            // F6.1-8, E8.6-10
            let hash = check.compare("manifest", trusted?, Some(Hash(manifest.hash())));
            let root = check.compare("manifest", Root(Digest::of(b"")), Some(Root(manifest.items_root)));
            hash.zip(root).map(|(hash, root)| Place::Empty(hash, root))
        }
        (None, Some(after)) => after.evidence.map(Place::First),
        (Some(before), None) => before.evidence.map(Place::Last),
        (Some(before), Some(after)) => {
            before.evidence.zip(after.evidence).map(|(before, after)| Place::Between(before, after))
        }
    };
    // F6.1-7, E8.6-9
    let gap = check.compare("after", Count(preceding?), position.map(Count));
    let place = place?;
    if is_covered {
        *anchor = Anchor::Hash;
    }
    Some(Evidence { item_id: item_id?, gap: gap?, place })
}

/// Reports that an id cannot be proven to be absent, because the index has it (E8.5-6).
pub(crate) fn report_present(id: &str, issues: &mut Issues) {
    issues.mismatch(&Path::of(&["itemId"]), "an id that is not in the index", id);
}

/// Checks the neighbour at `at`; `name` is its side of the id, `before` or `after`. Returns `None` if the proof has no such neighbour.
fn check_neighbour(check: &mut Check, at: At, name: &str, id: &str, trusted: Option<Hash>) -> Option<Found> {
    // F6.1-2, F6.1-5, E8.6-6
    const MEMBERS: [&str; 7] = ["itemId", "leafIndex", "path", "manifest", "hash", "digest", "item"];
    if !check.tape.value(at).is_present() {
        return None;
    }
    let found = check.member(name, |check| {
        let ([item_id, leaf_index, path, manifest, hash, digest, item], _) = check.object(at, MEMBERS)?;
        let claim = Claim::read(check, [item_id, leaf_index, path, manifest, hash]);
        let digest = check.digest("digest", digest, Need::Required);
        let no_item = Part::not_given(check.tape, item);
        let has_item = no_item.is_none();
        let mut leaf = None;
        if has_item {
            leaf = check.member("item", |check| proof::leaf_hash(check.tape, item, &check.path, check.issues));
        }
        let hash = claim.compare_hash(check, trusted);
        // F6.1-6, E8.6-7
        let item = no_item.or_else(|| {
            let own_id = item::item_id(check.tape, item);
            let own_id = check.compare_text("itemId", own_id.as_deref(), claim.item_id.as_deref().map(Some));
            let leaf = check.compare("digest", Leaf(leaf?), digest.map(Leaf));
            own_id.zip(leaf).map(Part::Compared)
        });
        let root = digest.and_then(|digest| claim.compare_root(check, digest));
        let order = claim.item_id.as_deref().and_then(|own| {
            // F6.1-7, E8.6-8
            let order = if name == "before" { Ordered::of(own, id) } else { Ordered::of(id, own) };
            if order.is_none() {
                check.mismatch("itemId", &concat(&["an id ", name, " ", id]), own);
            }
            order
        });
        let evidence = || Some(Neighbour { hash: hash?, item: item?, root: root?, order: order? });
        let item_count = claim.manifest.as_ref().map(|manifest| manifest.item_count);
        Some(Found { position: claim.position, item_count, has_item, evidence: evidence() })
    });
    Some(found.unwrap_or_default())
}
