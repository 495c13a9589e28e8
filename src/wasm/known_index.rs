//! A manifest and the index that belongs to it, checked against each other; what is found is remembered (`js/known-indexes.js`).

use wasm_bindgen::JsValue;

use super::host::IndexEntries;
use super::imports::{KnownIndex, Walker};
use super::results::bytes;
use crate::format::index;
use crate::format::manifest::{self, Manifest};
use crate::primitives::digest::Digest;
use crate::value::check::Check;
use crate::value::problem::{Issues, Path};
use crate::value::tape::{At, Tape, Value};

/// A manifest, and an index that gives its root.
pub(crate) struct ManifestAndIndex {
    pub(crate) manifest: Manifest,
    pub(crate) index: KnownIndex,
}

/// Reads the tuple `[manifest, index]` that the walker has just written onto the tape, and checks that the two belong together.
/// Returns `None`, with issues, if they do not.
pub(crate) fn read_manifest_and_index(
    walker: &Walker,
    tape: &mut Tape,
    prefix: &[&str],
    issues: &mut Issues,
) -> Result<Option<ManifestAndIndex>, JsValue> {
    let (manifest, Some(array)) = read_manifest(walker, tape, prefix, issues) else { return Ok(None) };
    let index = KnownIndex::new(&array)?;
    let mut path = Path::of(prefix);
    path.enter("index");
    let fits = match (read_digest(walker, &index.root(), tape)?, &manifest) {
        (Some(root), Some(manifest)) => index::matches(index.length(), &|| root, manifest, &path, issues).is_some(),
        (Some(_), None) => false,
        (None, manifest) => check_index(walker, &index, manifest.as_ref(), &path, issues, false)?,
    };
    Ok(manifest.filter(|_| fits).map(|manifest| ManifestAndIndex { manifest, index }))
}

/// Reads the manifest of a tuple `[manifest, index]` on the tape. Returns it if it is valid, and the index if that is an array,
/// which is read later.
pub(crate) fn read_manifest(
    walker: &Walker,
    tape: &Tape,
    prefix: &[&str],
    issues: &mut Issues,
) -> (Option<Manifest>, Option<JsValue>) {
    let mut check = Check::new(tape, issues, Path::of(prefix));
    let Some(([manifest, index], _)) = check.object(At(0), ["manifest", "index"]) else { return (None, None) };
    let manifest = check.member("manifest", |check| {
        check.begin_document();
        manifest::read(check, manifest)
    });
    let is_index = matches!(tape.value(index), Value::Boolean(true));
    if !is_index {
        check.member("index", |check| check.wrong("array", index));
    }
    (manifest, is_index.then(|| walker.index_array()))
}

/// Reads an index entry by entry, and notes the root that it gives and, with `with_tree`, its tree. Returns `false`, with issues,
/// if that is not the manifest's root.
pub(crate) fn check_index(
    walker: &Walker,
    index: &KnownIndex,
    manifest: Option<&Manifest>,
    path: &Path,
    issues: &mut Issues,
    with_tree: bool,
) -> Result<bool, JsValue> {
    let leaves = index::read(&mut IndexEntries { walker, index }, path, issues)?;
    let (Some(manifest), Some(mut leaves)) = (manifest, leaves) else { return Ok(false) };
    if with_tree {
        leaves.grow(&[]);
    }
    let fits = index::matches(leaves.len(), &|| leaves.root(), manifest, path, issues).is_some();
    if fits {
        index.note_root(&manifest.items_root.text(), with_tree.then(|| bytes(&leaves.tree)));
    }
    Ok(fits)
}

/// Reads a value as a digest, if it is one. It crosses on the tape like everything else, because another way to receive text
/// would need code on both sides.
fn read_digest(walker: &Walker, value: &JsValue, tape: &mut Tape) -> Result<Option<Digest>, JsValue> {
    if !value.is_string() {
        return Ok(None);
    }
    walker.receive(walker.read_value(value)?, tape);
    Ok(match tape.value(At(0)) {
        Value::String(units) => Digest::from_units(&units).ok(),
        _ => None,
    })
}
