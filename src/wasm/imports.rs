//! What the module imports from the scripts in `js/`.
//!
//! Why scripts: values are read where they live (`js/readers.js`), and results are made where they will be used
//! (`js/results.js`). Nothing but the tape, text and numbers crosses.

use js_sys::{Float64Array, Uint8Array};
use wasm_bindgen::prelude::*;

/// Number of words that were read. Negative if the tape has no room for them, so that they must still be delivered.
pub(super) type WordCount = i32;
/// Returned in place of a number of words for an item that is JSON text. The next number, `TEXT + 1`, stands for a stored item.
pub(super) const TEXT: WordCount = i32::MIN;
/// The same for JSON text of any value.
pub(super) const VALUE_TEXT: WordCount = TEXT + 2;
/// In place of a number of words: this and the number of a known item.
pub(super) const KNOWN: WordCount = TEXT + 3;
/// The next number after those of known items.
pub(super) const AFTER_KNOWN: WordCount = KNOWN + (1 << 22);
/// Added to the number of words of an item that cannot change, away from zero.
pub(super) const FIXED: WordCount = 1 << 30;

#[wasm_bindgen(module = "/src/wasm/js/readers.js")]
extern "C" {
    pub(super) type Walker;
    #[wasm_bindgen(constructor)]
    pub(super) fn new(memory: &JsValue) -> Walker;
    /// Reads what an operation reads once or twice. One import for all of these is less code than an import for each.
    #[wasm_bindgen(method, catch, js_name = read_)]
    pub(super) fn read_by_number(this: &Walker, what: u32, of: &JsValue) -> Result<WordCount, JsValue>;
    #[wasm_bindgen(method, js_name = limitTo_)]
    pub(super) fn limit_to(this: &Walker, document_bytes: usize, levels: usize);
    #[wasm_bindgen(method, js_name = keepItems_)]
    pub(super) fn keep_items(this: &Walker, items: &Items);
    #[wasm_bindgen(method, catch, js_name = nextItem_)]
    pub(super) fn next_item(this: &Walker) -> Result<WordCount, JsValue>;
    #[wasm_bindgen(method, js_name = knowItems_)]
    pub(super) fn know_items(this: &Walker, anew: bool);
    #[wasm_bindgen(method, js_name = remember_)]
    pub(super) fn remember(this: &Walker, number: usize, ordinal: usize);
    #[wasm_bindgen(method, catch, js_name = closeItems_)]
    pub(super) fn close_items(this: &Walker) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = readStoredItem_)]
    pub(super) fn read_stored_item(this: &Walker, item: &JsValue) -> Result<WordCount, JsValue>;
    #[wasm_bindgen(method, getter, js_name = indexArray_)]
    pub(super) fn index_array(this: &Walker) -> JsValue;
    #[wasm_bindgen(method, catch, js_name = nextEntries_)]
    pub(super) fn next_entries(this: &Walker, index: &KnownIndex) -> Result<WordCount, JsValue>;
    #[wasm_bindgen(method, catch, js_name = readItem_)]
    pub(super) fn read_item(this: &Walker, item: &JsValue) -> Result<WordCount, JsValue>;
    #[wasm_bindgen(method, js_name = readText_)]
    pub(super) fn read_text(this: &Walker, text: &JsValue) -> WordCount;
    /// Returns true if the JSON text is a string, so that it is certainly UTF-8 when it is delivered.
    #[wasm_bindgen(method, js_name = isString_)]
    pub(super) fn is_string(this: &Walker) -> bool;
    #[wasm_bindgen(method, catch, js_name = deliverText_)]
    pub(super) fn deliver_text(this: &Walker, start: *mut u8, room: usize) -> Result<i32, JsValue>;
    /// Parses the JSON text. A string is parsed as it is, an array of bytes from the bytes that were delivered.
    #[wasm_bindgen(method, catch, js_name = parseText_)]
    pub(super) fn parse_text(
        this: &Walker,
        kind: WordCount,
        start: *const u8,
        length: usize,
        is_whole: bool,
    ) -> Result<WordCount, JsValue>;
    /// Returns true if there was a mistake in the text that was parsed last. The words then describe the mistake.
    #[wasm_bindgen(method, getter, js_name = isMistake_)]
    pub(super) fn is_mistake(this: &Walker) -> bool;
    #[wasm_bindgen(method, catch, js_name = readValue_)]
    pub(super) fn read_value(this: &Walker, value: &JsValue) -> Result<WordCount, JsValue>;
    #[wasm_bindgen(method, js_name = textLength_)]
    pub(super) fn text_length(this: &Walker) -> usize;
    #[wasm_bindgen(method, js_name = deliver_)]
    pub(super) fn deliver(
        this: &Walker,
        words: *mut u32,
        words_room: usize,
        text: *mut u16,
        text_room: usize,
        ascii: *mut u8,
    );
    #[wasm_bindgen(method, js_name = endOperation_)]
    pub(super) fn end_operation(this: &Walker) -> bool;
}

#[wasm_bindgen(module = "/src/wasm/js/items.js")]
extern "C" {
    pub(super) type Items;
    #[wasm_bindgen(constructor)]
    pub(super) fn new(walker: &Walker) -> Items;
    #[wasm_bindgen(method, js_name = keepBatch_)]
    pub(super) fn keep_batch(this: &Items, start: *const u8, length: usize);
}

#[wasm_bindgen(module = "/src/wasm/js/known-indexes.js")]
extern "C" {
    pub(super) type KnownIndex;
    #[wasm_bindgen(constructor, catch)]
    pub(super) fn new(index: &JsValue) -> Result<KnownIndex, JsValue>;
    #[wasm_bindgen(method, js_name = length_)]
    pub(super) fn length(this: &KnownIndex) -> usize;
    #[wasm_bindgen(method, js_name = root_)]
    pub(super) fn root(this: &KnownIndex) -> JsValue;
    #[wasm_bindgen(method, js_name = noteRoot_)]
    pub(super) fn note_root(this: &KnownIndex, root: &str, tree: Option<Uint8Array>);
    #[wasm_bindgen(catch, js_name = positionOf)]
    pub(super) fn position_of(index: &JsValue, item_id: &str, root: &str, count: f64) -> Result<f64, JsValue>;
}

#[wasm_bindgen(module = "/src/wasm/js/results.js")]
extern "C" {
    #[wasm_bindgen(js_name = buildSnapshot)]
    pub(super) fn build_snapshot(
        record: &str,
        event_id: &str,
        ids: &str,
        digests: &Uint8Array,
        items: Option<&Items>,
        places: &Float64Array,
    ) -> JsValue;
    #[wasm_bindgen(js_name = buildItemDigest)]
    pub(super) fn build_item_digest(item_id: &str, digest: &str, json: &str, created_at: Option<&str>) -> JsValue;
    #[wasm_bindgen(js_name = buildVerification)]
    pub(super) fn build_verification(valid: bool, issues: &str, anchor: &str, length: Option<usize>) -> JsValue;
    #[wasm_bindgen(js_name = buildProof)]
    pub(super) fn build_proof(index: &JsValue, item_id: &str, position: f64, manifest: &str, hash: &str) -> JsValue;
    #[wasm_bindgen(js_name = buildDiff)]
    pub(super) fn build_diff(before: &KnownIndex, after: &KnownIndex, pack: &str) -> JsValue;
    #[wasm_bindgen(js_name = buildPreview)]
    pub(super) fn build_preview(
        problems: &str,
        ids: &str,
        digests: &Uint8Array,
        kinds: &str,
        manifest: Option<&str>,
        hash: Option<&str>,
        against: Option<&KnownIndex>,
        pack: &str,
    ) -> JsValue;
}

#[wasm_bindgen(module = "/src/wasm/js/thrown.js")]
extern "C" {
    #[wasm_bindgen(js_name = handOver)]
    pub(super) fn hand_over(exception: JsValue) -> JsValue;
    pub(super) fn refusal(problem: &str) -> JsValue;
}

#[wasm_bindgen(module = "/src/wasm/js/freeze.js")]
extern "C" {
    pub(super) fn frozen(json: &str) -> JsValue;
}

#[wasm_bindgen(module = "/src/wasm/js/platform.js")]
extern "C" {
    #[wasm_bindgen(js_name = nextCount)]
    pub(super) fn next_count(seed: f64) -> f64;
}

/// Names the scripts that only other scripts import, because wasm-bindgen copies only scripts that it knows.
macro_rules! scripts {
    ($($name:ident $path:literal)*) => {$(
        #[wasm_bindgen(module = $path)]
        extern "C" {
            type $name;
        }
    )*};
}

scripts! {
    Instance "/src/wasm/js/instance.js"
    Json "/src/wasm/js/json.js"
    KnownItems "/src/wasm/js/known-items.js"
    JsonText "/src/wasm/js/json-text.js"
    Language "/src/wasm/js/language.js"
    LimitsOfTheFormat "/src/wasm/js/limits.js"
    Memory "/src/wasm/js/memory.js"
    SnapshotError "/src/wasm/js/snapshot-error.js"
    TapeBuffer "/src/wasm/js/tape-buffer.js"
    TapeFormat "/src/wasm/js/tape-format.js"
    TapeWriter "/src/wasm/js/tape-writer.js"
    Values "/src/wasm/js/values.js"
}

/// What [`Walker::read_by_number`] reads: positions in the list `READERS` of `js/readers.js`.
#[derive(Clone, Copy)]
pub(super) enum ReadTask {
    Caller,
    Request,
    PreviewRequest,
    PackName,
    PackRest,
    OpenItems,
    OpenRecords,
    IdempotencyKey,
    DigestedItem,
    Proof,
    Absence,
    SnapshotRecord,
    HasItems,
    Parts,
    ManifestAndIndex,
    Against,
    ChainOptions,
    Scalar,
}
