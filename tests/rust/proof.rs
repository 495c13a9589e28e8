//! `prove_item` and `verify_item` against `ct-merkle`, and proofs that prove nothing.
//!
//! Why: whoever holds a proof trusts a hash and nothing else, so a proof that is changed in any way must be worthless. How:
//! every item of every snapshot of up to 130 items, and some items of large ones, are proven, and the path has to be that of
//! another implementation. Then each part of a proof is replaced by what an attacker or a careless store may put there.

use crate::support;
use context_snapshot::{
    Anchor, Code, Contents, Digest, IndexEntry, Item, ItemProof, Manifest, digest_item, explain_item, from_json,
    merkle, prove_item, verify_item,
};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::Sha256;

/// Returns the item with this number, as it is stored.
fn item(number: usize) -> Value {
    json!({ "itemId": format!("i{number:06}"), "kind": "k", "sourceKey": "s", "content": number.to_string() })
}

/// A manifest and an index, and another implementation's tree of the same items.
struct Tree {
    manifest: Manifest,
    index: Vec<IndexEntry>,
    theirs: MemoryBackedTree<Sha256, Vec<u8>>,
}

impl Tree {
    fn of(count: usize) -> Self {
        let mut theirs = MemoryBackedTree::new();
        let mut index = Vec::new();
        for number in 0..count {
            let digested =
                digest_item(&serde_json::from_value::<Item>(item(number)).expect("an item")).expect("an item");
            theirs.push(digested.json.into_bytes());
            index.push(IndexEntry { item_id: digested.item_id, digest: digested.digest });
        }
        let mut manifest = support::snapshot().manifest;
        manifest.item_count = count as u64;
        manifest.items_root = Digest(theirs.root().as_bytes()[..].try_into().expect("32 bytes"));
        Self { manifest, index, theirs }
    }

    fn contents(&self) -> Contents<'_> {
        Contents { manifest: &self.manifest, index: &self.index }
    }

    fn prove(&self, number: usize) -> ItemProof {
        prove_item(self.contents(), &self.index[number].item_id).expect("it is there")
    }

    /// Proves an item, compares the path and verifies it.
    fn check(&self, number: usize) {
        let proof = self.prove(number);
        let path: Vec<u8> = proof.path.iter().flat_map(|digest| digest.0).collect();
        assert_eq!(path, self.theirs.prove_inclusion(number).as_bytes(), "item {number} of {}", self.index.len());
        assert_eq!((&proof.item_id, proof.leaf_index), (&self.index[number].item_id, number as u64));
        assert_eq!((&proof.manifest, proof.hash), (&self.manifest, self.manifest.hash()));
        let (hash, proof) = (proof.hash, json!(proof));
        assert!(verify_item(&item(number), &proof, hash), "item {number} of {}", self.index.len());
        // It proves nothing about another item or for another hash.
        assert!(!verify_item(&item(number + 1), &proof, hash));
        assert!(!verify_item(&item(number), &proof, Digest::of(b"other")));
    }
}

// E8.3-2
#[test]
fn a_trusted_hash_is_an_anchor_only_if_the_proof_and_its_manifest_have_it() {
    let tree = Tree::of(3);
    let proof = tree.prove(1);
    let hash = proof.hash;
    let (mut other_manifest, mut other_hash) = (proof.clone(), proof.clone());
    other_manifest.manifest.item_count = 4;
    other_hash.hash = Digest::of(b"other");
    for (proof, anchor) in [(proof, Anchor::Hash), (other_manifest, Anchor::None), (other_hash, Anchor::None)] {
        let verification = explain_item(&item(1), &json!(proof), hash);
        assert_eq!((verification.is_valid(), verification.anchor), (anchor == Anchor::Hash, anchor));
    }
}

// F6-1, F6-2, F6-6
#[test]
fn every_item_of_every_small_snapshot_can_be_proven() {
    let mut proofs = 0;
    for count in 1..=130 {
        let tree = Tree::of(count);
        (0..count).for_each(|number| tree.check(number));
        proofs += count;
    }
    assert_eq!(proofs, 8_515);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn items_of_large_snapshots_can_be_proven(count in 131_usize..=100_000, chosen in proptest::collection::vec(any::<proptest::sample::Index>(), 3)) {
        let tree = Tree::of(count);
        for number in chosen.iter().map(|index| index.index(count)).chain([0, count - 1]) {
            tree.check(number);
        }
    }
}

#[test]
fn an_item_is_verified_as_stores_return_it() {
    let tree = Tree::of(7);
    let (proof, hash) = (json!(tree.prove(4)), tree.manifest.hash());
    let mut stored = item(4);
    stored["createdAt"] = json!("whenever");
    stored["snapshotId"] = json!(1);
    stored["row"] = json!([1]);
    for name in ["sourceVersion", "textContent", "metadata"] {
        stored[name] = Value::Null;
    }
    assert!(verify_item(&stored, &proof, hash));
    for (name, value) in [
        ("itemId", json!("i000003")),
        ("itemId", json!("s-1:i000004")),
        ("itemId", Value::Null),
        ("kind", json!("K")),
        ("kind", json!("")),
        ("sourceKey", Value::Null),
        ("sourceVersion", json!("")),
        ("content", json!("5")),
        ("content", json!(4)),
        ("textContent", json!("4")),
        ("metadata", json!({})),
        ("metadata", json!([])),
    ] {
        let mut other = stored.clone();
        other[name] = value;
        assert!(!verify_item(&other, &proof, hash), "{other}");
    }
    for other in [Value::Null, json!([]), json!("x"), json!(1), json!({}), json!([stored])] {
        assert!(!verify_item(&other, &proof, hash), "{other}");
    }
}

/// The longest path belongs to the first leaf of the largest tree that the format allows.
// E8.3-4
#[test]
fn a_path_of_53_digests_proves_and_a_longer_one_does_not() {
    let digested = digest_item(&serde_json::from_value::<Item>(item(0)).expect("an item")).expect("an item");
    let path: Vec<Digest> = (0..53_u8).map(|number| Digest::of(&[number])).collect();
    let node = |left: Digest, right: &Digest| Digest::of(&[&[1], &left.0[..], &right.0[..]].concat());
    for count in [(1 << 53) - 1, (1 << 52) + 1] {
        let mut manifest = Tree::of(1).manifest;
        manifest.item_count = count;
        manifest.items_root = path.iter().fold(digested.digest, node);
        let hash = manifest.hash();
        let item_id = digested.item_id.clone();
        let proof = json!(ItemProof { item_id, leaf_index: 0, path: path.clone(), manifest, hash });
        assert!(verify_item(&item(0), &proof, hash), "{count}");
        for length in [0, 52, 54, 55, 106] {
            let mut other = proof.clone();
            other["path"] = json!((0..length).map(|at| path[at % 53]).collect::<Vec<_>>());
            assert!(!verify_item(&item(0), &other, hash), "{count}, {length} digests");
            let found = explain_item(&item(0), &other, hash);
            let issues: Vec<_> = found.issues.iter().map(|issue| (&*issue.path, &*issue.message)).collect();
            let is_too_long = issues == [("proof.path", "Too big: expected at most 53 digests")];
            assert_eq!(is_too_long, length > 53, "{issues:?}");
        }
    }
}

/// Runs proofs that differ from a good one in one part.
#[test]
fn every_proof_vector_has_its_answer() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/proofs.json");
    let cases: Vec<Value> = from_json(&std::fs::read_to_string(path).expect("the file")).expect("a list");
    let mut verified = 0;
    for case in &cases {
        // The types of Rust rule out a hash that is not a digest; src/native/proof/tests.rs runs those cases.
        let Ok(hash) = case["hash"].as_str().expect("a text").parse() else { continue };
        assert_eq!(json!(verify_item(&case["item"], &case["proof"], hash)), case["expected"], "{}", case["name"]);
        verified += 1;
    }
    assert!(verified >= 165, "only {verified} of {}", cases.len());
}

// F6-3, F6-4, F6-5, F6-6
#[test]
fn forged_proofs_prove_nothing() {
    let tree = Tree::of(11);
    let hash = tree.manifest.hash();
    let mut forged = 0;
    for number in [0, 4, 7, 8, 10] {
        let good = json!(tree.prove(number));
        assert!(verify_item(&item(number), &good, hash));
        let mut refuse = |what: &str, proof: &Value| {
            assert!(!verify_item(&item(number), proof, hash), "{what}: {proof:.500}");
            forged += 1;
        };
        let with = |name: &str, value: Value| {
            let mut proof = good.clone();
            proof[name] = value;
            proof
        };
        for name in ["itemId", "leafIndex", "path", "manifest", "hash"] {
            for value in [
                Value::Null,
                json!(true),
                json!(""),
                json!("x"),
                json!(-1),
                json!(1.5),
                json!([]),
                json!({}),
                json!([null]),
            ] {
                let is_good = name == "path" && value == good["path"];
                if !is_good {
                    refuse(name, &with(name, value));
                }
            }
            let mut proof = good.clone();
            support::remove(&mut proof, name);
            refuse(name, &proof);
        }
        for value in [Value::Null, json!([good]), json!("x"), json!(7), json!(true)] {
            refuse("not an object", &value);
        }

        // Another id, or another leaf: every other place, and places beyond the tree.
        refuse("id", &with("itemId", json!(format!("i{:06}", number + 1))));
        for other in (0..14_u64).filter(|&other| other != number as u64) {
            refuse("leaf", &with("leafIndex", json!(other)));
        }
        for beyond in [
            json!(u32::MAX),
            json!(1_u64 << 32),
            json!((1_u64 << 32) + number as u64),
            json!((1_u64 << 53) - 1),
            json!(1_u64 << 53),
            json!(u64::MAX),
            json!(1e300),
            json!(i64::MIN),
            json!(f64::from(u8::try_from(number).expect("a small one")) + 0.5),
            json!(-0.5),
            json!(number.to_string()),
            json!([number]),
        ] {
            refuse("leaf", &with("leafIndex", beyond));
        }

        // Digests that are different, missing, repeated, in another order, or written in another way.
        let path = good["path"].as_array().expect("a path").clone();
        for at in 0..path.len() {
            let changed = |value: Value| {
                let mut path = path.clone();
                path[at] = value;
                with("path", json!(path))
            };
            let text = path[at].as_str().expect("a text");
            refuse("digest", &changed(json!(Digest::of(b"other"))));
            refuse("upper case", &changed(json!(text.to_uppercase())));
            refuse("upper-case digits", &changed(json!(format!("sha256:{}", text[7..].to_uppercase()))));
            refuse("no prefix", &changed(json!(&text[7..])));
            refuse("short", &changed(json!(&text[..70])));
            refuse("long", &changed(json!(format!("{text}0"))));
            refuse("a blank", &changed(json!(format!("{text} "))));
            refuse("not a text", &changed(json!([text])));
            refuse("null", &changed(Value::Null));
            let mut fewer = path.clone();
            fewer.remove(at);
            refuse("fewer", &with("path", json!(fewer)));
            let mut twice = path.clone();
            twice.insert(at, path[at].clone());
            refuse("twice", &with("path", json!(twice)));
            let mut swapped = path.clone();
            swapped.swap(0, at);
            if swapped != path {
                refuse("swapped", &with("path", json!(swapped)));
            }
        }
        refuse("one more", &with("path", json!([&path[..], &[json!(hash)]].concat())));
        for length in [53, 54, 64, 10_000] {
            refuse("a long path", &with("path", json!(vec![&path[0]; length])));
        }
        refuse("a path with names", &with("path", json!({ "0": path[0], "length": path.len() })));

        // Another hash, or the right one written in another way.
        refuse("hash", &with("hash", json!(Digest::of(b"other"))));
        refuse("hash", &with("hash", json!(hash.to_string().to_uppercase())));
        refuse("hash", &with("hash", json!(hash.hex())));
    }
    println!("{forged} forged proofs");
    assert!(forged >= 500, "only {forged}");
}

/// A change of a manifest, and its name.
type Change = (&'static str, fn(&mut Value));

/// A manifest that is not the one that was hashed, or not a manifest, proves nothing, even if its hash is trusted.
#[test]
fn forged_manifests_prove_nothing() {
    let tree = Tree::of(6);
    let good = json!(tree.prove(3));
    let item = item(3);
    let bend = |change: &fn(&mut Value)| {
        let mut proof = good.clone();
        change(&mut proof["manifest"]);
        proof
    };
    let changes: [Change; 32] = [
        ("format", |m| m["format"] = json!("context.pack.snapshot/v2")),
        ("format", |m| m["format"] = json!(1)),
        ("no format", |m| support::remove(m, "format")),
        ("count", |m| m["itemCount"] = json!("6")),
        ("count", |m| m["itemCount"] = json!(6.5)),
        ("count", |m| m["itemCount"] = json!(-6)),
        ("count", |m| m["itemCount"] = json!(1_u64 << 53)),
        ("count", |m| m["itemCount"] = Value::Null),
        ("count", |m| m["itemCount"] = json!(0)),
        ("count", |m| m["itemCount"] = json!(3)),
        ("root", |m| m["itemsRoot"] = json!(m["itemsRoot"].as_str().expect("a text").to_uppercase())),
        ("root", |m| m["itemsRoot"] = json!(Digest::of(b"other"))),
        ("root", |m| m["itemsRoot"] = Value::Null),
        ("pack", |m| m["pack"] = Value::Null),
        ("pack", |m| m["pack"] = json!([])),
        ("pack", |m| m["pack"]["packKey"] = json!("")),
        ("pack", |m| m["pack"]["version"] = json!(1)),
        ("pack", |m| m["pack"]["description"] = Value::Null),
        ("pack", |m| m["pack"]["owners"] = json!("x")),
        ("pack", |m| m["pack"]["tags"] = json!([1])),
        ("pack", |m| m["pack"]["sources"][0]["required"] = json!("true")),
        ("pack", |m| m["pack"]["sources"][0]["key"] = json!("")),
        ("more", |m| m["colour"] = json!(1)),
        ("more", |m| m[""] = Value::Null),
        ("more", |m| m["__proto__"] = json!({})),
        ("more", |m| m["__proto__"] = json!({ "itemCount": 6 })),
        ("more", |m| m["pack"]["__proto__"] = json!({ "title": "x" })),
        ("more", |m| m["pack"]["createdAt"] = json!("2026-01-01T00:00:00Z")),
        ("more", |m| m["pack"]["sources"][0]["__proto__"] = Value::Null),
        ("more", |m| m["pack"]["sources"][0]["id"] = json!(1)),
        ("none", |m| *m = json!([m])),
        ("none", |m| *m = json!(m.to_string())),
    ];
    for (what, change) in &changes {
        let proof = bend(change);
        assert!(!verify_item(&item, &proof, tree.manifest.hash()), "{what}: {proof}");
        // Nor if the verifier trusts the hash of the forgery: it is not a manifest, or not the one of this proof.
        let own = support::digest_of(&proof["manifest"]);
        let mut own_hash = proof.clone();
        own_hash["hash"] = json!(own);
        assert!(!verify_item(&item, &own_hash, own), "{what}: {own_hash}");
    }
    // Numbers may be written in another way.
    let mut proof = good.clone();
    proof["leafIndex"] = json!(3.0);
    proof["manifest"]["itemCount"] = json!(6.0);
    assert!(verify_item(&item, &proof, tree.manifest.hash()));
    // A proof may have unknown members.
    proof["more"] = json!(1);
    assert!(verify_item(&item, &proof, tree.manifest.hash()));
}

// F1.2-1
#[test]
fn an_inner_node_does_not_prove_an_item() {
    // The bytes that are hashed for an inner node and for an item begin differently.
    let tree = Tree::of(2);
    let (left, right) = (tree.index[0].digest, tree.index[1].digest);
    let node = merkle::root(vec![left, right]);
    assert_eq!(node, tree.manifest.items_root);
    let mut manifest = tree.manifest.clone();
    manifest.item_count = 1;
    let proof = ItemProof { item_id: "i000000".into(), leaf_index: 0, path: vec![], hash: manifest.hash(), manifest };
    assert!(!verify_item(&item(0), &json!(proof), proof.hash));
}

// E8.5-1
#[test]
fn an_absent_item_and_a_wrong_index_cannot_be_proven() {
    let tree = Tree::of(5);
    let missing = prove_item(tree.contents(), "i000005").unwrap_err();
    assert_eq!((missing.code(), missing.issues()), (Code::NotFound, &[][..]));
    assert!(prove_item(tree.contents(), "").is_err());
    let nothing = Tree::of(0);
    assert_eq!(prove_item(nothing.contents(), "i000000").unwrap_err().code(), Code::NotFound);

    let refused = |manifest: &Manifest, index: &[IndexEntry]| {
        let problem = prove_item(Contents { manifest, index }, "i000003").unwrap_err();
        assert_eq!(problem.code(), Code::ValidationFailed);
        let messages = problem.issues().iter().map(|issue| format!("{} {} {}", issue.path, issue.code, issue.message));
        messages.collect::<Vec<String>>()
    };
    let Tree { manifest, index, .. } = &tree;
    let mut unsorted = index.clone();
    unsorted.swap(1, 2);
    assert_eq!(
        refused(manifest, &unsorted),
        ["index mismatch Unsorted index: expected itemIds in ascending order of UTF-16 code units, \
          found i000002 (index.1) before i000001 (index.2)"]
    );
    assert_eq!(refused(manifest, &index[..4]), ["index mismatch Mismatch: expected 5, found 4"]);
    let mut changed = index.clone();
    changed[0].digest = changed[1].digest;
    let root = merkle::root(changed.iter().map(|entry| entry.digest).collect());
    assert_eq!(
        refused(manifest, &changed),
        [format!("index mismatch Mismatch: expected {}, found {root}", manifest.items_root)]
    );
    let mut empty = index.clone();
    empty[0].item_id.clear();
    assert_eq!(
        refused(manifest, &empty),
        ["index.0.itemId too_small Too small: expected string to have >=1 characters"]
    );
    let mut other = manifest.clone();
    other.pack.pack_key.clear();
    assert_eq!(
        refused(&other, &unsorted),
        [
            "manifest.pack.packKey too_small Too small: expected string to have >=1 characters",
            "index mismatch Unsorted index: expected itemIds in ascending order of UTF-16 code units, \
             found i000002 (index.1) before i000001 (index.2)",
        ]
    );
    other = manifest.clone();
    other.item_count = 1 << 53;
    assert_eq!(
        refused(&other, index),
        ["manifest.itemCount invalid_type Invalid input: expected integer from 0 to 9007199254740991, received number"]
    );
}
