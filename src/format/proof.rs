//! Inclusion proofs: the check that one item is in a snapshot whose hash is trusted (FORMAT 6).

use crate::format::item::{self, IdStatus};
use crate::format::manifest::{self, Manifest};
use crate::primitives::digest::Digest;
use crate::primitives::merkle::{self, LeafIndex, TreeSize};
use crate::primitives::text::{concat, decimal};
use crate::value::check::{Check, Need};
use crate::value::evidence::{Anchor, Equal, Hash, OptionalText, Root, Verdict};
use crate::value::problem::{Issues, Path};
use crate::value::tape::{At, Tape, Value};
use crate::value::writer::Writer;

/// Longest path in a tree of at most 2^53 - 1 leaves (F10-3, E8.3-4).
const LONGEST_PATH: usize = 53;

/// Evidence that a proof shows the item to be in the snapshot.
#[derive(Debug)]
#[expect(dead_code, reason = "evidence that the comparisons were made")]
struct Evidence {
    hash: TrustedHash,
    /// The proof is about the same item (F6-5).
    item_id: Equal<OptionalText>,
    /// Item and path give the root of the manifest (F6-6).
    root: Equal<Root>,
}

/// Evidence that a proof is about the snapshot whose hash is trusted.
#[derive(Debug)]
#[expect(dead_code, reason = "evidence that the comparisons were made")]
pub(crate) struct TrustedHash {
    /// The hash in the proof equals the trusted hash (F6-4).
    claimed: Equal<Hash>,
    /// The hash of the manifest equals the trusted hash (F6-4).
    computed: Equal<Hash>,
}

/// Checks that a proof shows the item to be in the snapshot whose hash is trusted (FORMAT 6, E8.3-1, E8.3-2).
///
/// `proof` holds a tuple `[itemId, leafIndex, path, manifest, hash]`, `trusted` the hash. Besides the digests of item and
/// manifest, this computes at most 53 digests.
pub(crate) fn verify(item: &Tape, proof: &Tape, trusted: &Tape) -> Verdict {
    let mut issues = Issues::default();
    let trusted = read_trusted(trusted, &mut issues);
    let mut anchor = Anchor::None;
    let mut evidence = None;
    let mut check = Check::new(proof, &mut issues, Path::of(&["proof"]));
    if matches!(proof.value(At(0)), Value::Tuple(_)) {
        evidence = check_proof(&mut check, item, trusted, &mut anchor);
    } else {
        check.wrong("object", At(0));
        _ = leaf_hash(item, At(0), &Path::of(&["item"]), &mut issues);
    }
    Verdict::of("the proof", evidence.as_ref(), issues, anchor)
}

/// Reads the hash that the verifier trusts (E8.3-3).
pub(crate) fn read_trusted(tape: &Tape, issues: &mut Issues) -> Option<Hash> {
    Check::new(tape, issues, Path::default()).digest("hash", At(0), Need::Required).map(Hash)
}

/// Computes the digest of the item at `at`; returns `None`, with issues below `path`, if the item is wrong (E8.3-5).
pub(crate) fn leaf_hash(tape: &Tape, at: At, path: &Path, issues: &mut Issues) -> Option<Digest> {
    let mut writer = Writer::default();
    match item::write(tape, at, &mut writer) {
        Ok(_) => Some(Digest::of(writer.out.written())),
        Err(refusal) => {
            item::check(tape, at, Some(refusal), path, IdStatus::Unique, issues);
            None
        }
    }
}

/// Checks the proof on the tape of `check`. Sets `anchor` if the hash in the proof and that of its manifest equal the
/// trusted hash (E8.3-2).
fn check_proof(check: &mut Check, item: &Tape, trusted: Option<Hash>, anchor: &mut Anchor) -> Option<Evidence> {
    let (members, _) = check.object(At(0), ["itemId", "leafIndex", "path", "manifest", "hash"])?;
    let claim = Claim::read(check, members);
    let leaf = leaf_hash(item, At(0), &Path::of(&["item"]), check.issues);
    let hash = claim.compare_hash(check, trusted);
    if hash.is_some() {
        *anchor = Anchor::Hash;
    }
    let leaf = leaf?;
    let own_id = item::item_id(item, At(0));
    // F6-5, E8.3-7
    let item_id = check.compare_text("itemId", own_id.as_deref(), claim.item_id.as_deref().map(Some));
    let root = claim.compare_root(check, leaf);
    Some(Evidence { hash: hash?, item_id: item_id?, root: root? })
}

/// What a proof claims of a leaf: its members, as far as they have the right shape.
pub(crate) struct Claim {
    pub(crate) item_id: Option<String>,
    pub(crate) position: Option<u64>,
    siblings: Option<Vec<Digest>>,
    pub(crate) manifest: Option<Manifest>,
    hash: Option<Hash>,
}

impl Claim {
    /// Reads the members of a proof, and reports those that have a wrong shape (F6-1, F6-3, E8.3-4).
    pub(crate) fn read(check: &mut Check, [item_id, leaf_index, path, manifest, hash]: [At; 5]) -> Self {
        Self {
            item_id: check.non_empty("itemId", item_id, Need::Required),
            position: check.count("leafIndex", leaf_index),
            siblings: check.member("path", |check| siblings(check, path)),
            manifest: read_manifest(check, manifest),
            hash: check.digest("hash", hash, Need::Required).map(Hash),
        }
    }

    /// Compares both hashes with the trusted one (F6-4, E8.3-6).
    pub(crate) fn compare_hash(&self, check: &mut Check, trusted: Option<Hash>) -> Option<TrustedHash> {
        let computed = self.manifest.as_ref().map(|manifest| Hash(manifest.hash()));
        let claimed = check.compare("hash", trusted?, self.hash);
        let computed = check.compare("manifest", trusted?, computed);
        Some(TrustedHash { claimed: claimed?, computed: computed? })
    }

    /// Compares the root that the path leads to with that of the manifest.
    pub(crate) fn compare_root(&self, check: &mut Check, leaf: Digest) -> Option<Equal<Root>> {
        let (manifest, position, siblings) = (self.manifest.as_ref()?, self.position?, self.siblings.as_ref()?);
        // F6-3, E8.3-8
        if position >= manifest.item_count {
            check.mismatch("leafIndex", &concat(&["less than ", &decimal(manifest.item_count)]), &decimal(position));
            return None;
        }
        // F6-6, E8.3-9
        let root = merkle::root_from_proof(leaf, LeafIndex(position), TreeSize(manifest.item_count), siblings);
        let Some(root) = root else {
            let expected = "as many digests as there are levels above the item";
            check.mismatch("path", expected, &decimal(siblings.len() as u64));
            return None;
        };
        check.compare("path", Root(manifest.items_root), Some(Root(root)))
    }
}

/// Reads the manifest of a proof; returns `None`, with issues, if it is wrong. It is read as JSON (F11-18), and is a document
/// of its own.
pub(crate) fn read_manifest(check: &mut Check, at: At) -> Option<Manifest> {
    check.member("manifest", |check| {
        check.begin_document();
        let before = check.issues.mark();
        manifest::read(check, at).filter(|_| check.issues.unchanged_since(before))
    })
}

/// Reads the digests of a path; returns `None`, with issues, if one is wrong or there are too many (E8.3-4).
fn siblings(check: &mut Check, at: At) -> Option<Vec<Digest>> {
    let Value::Array(count, mut at) = check.tape.value(at) else {
        check.wrong("array", at);
        return None;
    };
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
