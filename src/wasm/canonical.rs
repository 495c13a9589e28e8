//! `canonicalize`, `digest` and `digestItem`.

use wasm_bindgen::prelude::*;

use super::imports::build_item_digest;
use super::workspace::with_value;
use crate::format::item;
use crate::primitives::digest::Digest;
use crate::primitives::text::utf8;
use crate::value::canonical;

/// `canonicalize(value)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or an exception of the host's own code.
#[wasm_bindgen(skip_typescript)]
pub fn canonicalize(value: &JsValue) -> Result<JsValue, JsValue> {
    let json = with_value(|walker| walker.read_value(value), canonical::canonicalize)?;
    Ok(utf8(json.written()).into())
}

/// `digest(value)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or an exception of the host's own code.
#[wasm_bindgen(skip_typescript)]
pub fn digest(value: &JsValue) -> Result<JsValue, JsValue> {
    let json = with_value(|walker| walker.read_value(value), canonical::canonicalize)?;
    Ok(Digest::of(json.written()).text().into())
}

/// `digestItem(item)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or an exception of the host's own code.
#[wasm_bindgen(js_name = digestItem, skip_typescript)]
pub fn digest_item(item: &JsValue) -> Result<JsValue, JsValue> {
    let digested = with_value(|walker| walker.read_item(item), item::digest_item)?;
    Ok(build_item_digest(&digested.item_id, &digested.digest.text(), &digested.json, None))
}

/// `canonicalizeJson(text)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`.
#[wasm_bindgen(js_name = canonicalizeJson, skip_typescript)]
pub fn canonicalize_json(text: &JsValue) -> Result<JsValue, JsValue> {
    let json = with_value(|walker| Ok(walker.read_text(text)), canonical::canonicalize_text)?;
    Ok(utf8(json.written()).into())
}
