//! Manifests: the documents that describe the content of a snapshot, and whose digest is its hash (FORMAT 3).

use serde::{Deserialize, Serialize};

use crate::format::pack::{self, Pack};
use crate::format::version::Format;
use crate::primitives::digest::Digest;
use crate::primitives::object::Object;
use crate::value::check::{Check, Need};
use crate::value::tape::At;

/// The hashed content of a snapshot: the pack, and the root of the Merkle tree over its items (FORMAT 3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Version of the format.
    pub format: Format,
    /// Number of items, at most 2^53 - 1.
    pub item_count: u64,
    /// Merkle Tree Hash of the items (RFC 9162 section 2.1.1, FORMAT 2.2).
    pub items_root: Digest,
    /// The pack without its times.
    pub pack: Pack,
}

impl Manifest {
    /// Writes JCS of the manifest.
    pub(crate) fn to_canonical(&self) -> Vec<u8> {
        to_canonical(self.format, self.item_count, self.items_root, &self.pack)
    }

    /// Computes the hash of the snapshot (F3-4).
    ///
    /// ```
    /// # use context_snapshot::*;
    /// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
    /// # let snapshot = snapshot_pack(&input, &context)?;
    /// assert_eq!(snapshot.manifest.hash(), snapshot.output.hash);
    /// # Ok::<(), Problem>(())
    /// ```
    #[must_use]
    pub fn hash(&self) -> Digest {
        Digest::of(&self.to_canonical())
    }
}

/// Writes JCS of a manifest with these members (F3-1).
pub(crate) fn to_canonical(format: Format, item_count: u64, items_root: Digest, pack: &Pack) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    let mut object = Object::begin(&mut out);
    match format {
        Format::V1 => {
            object.string("format", format.as_str());
            object.number("itemCount", item_count);
            object.digest("itemsRoot", items_root);
            pack.write(object.member("pack"));
        }
    }
    object.end();
    out
}

/// Reads a manifest from an untrusted source; returns `None`, with issues, if its shape is wrong (F11-2, E8.1-2).
pub(crate) fn read(check: &mut Check, at: At) -> Option<Manifest> {
    let before = check.issues.mark();
    let (members, others) = check.object(at, ["format", "itemCount", "itemsRoot", "pack"])?;
    let [format, item_count, items_root, pack] = members;
    // E8.1-17
    let format = check.one_of("format", format, [Format::V1.as_str(); 2]).and_then(Format::named);
    let item_count = check.count("itemCount", item_count);
    let items_root = check.digest("itemsRoot", items_root, Need::Required);
    let pack = check.member("pack", |check| pack::read(check, pack));
    check.unknown(others);
    if !check.issues.unchanged_since(before) {
        return None;
    }
    match format? {
        format @ Format::V1 => Some(Manifest { format, item_count: item_count?, items_root: items_root?, pack: pack? }),
    }
}
