//! What the module imports from the scripts in `js/`.
//!
//! Why scripts: values are read where they live (`js/readers.js`), and results are made where they will be used
//! (`js/results.js`). Nothing but the tape, text and numbers crosses.

use js_sys::{Float64Array, Uint8Array};
use wasm_bindgen::prelude::*;

use super::host::WordCount;

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
    #[wasm_bindgen(method, js_name = noteIn_)]
    pub(super) fn note_in(this: &Walker, items: &Items);
    #[wasm_bindgen(method, catch, js_name = nextItem_)]
    pub(super) fn next_item(this: &Walker) -> Result<WordCount, JsValue>;
    #[wasm_bindgen(method, catch, js_name = closeItems_)]
    pub(super) fn close_items(this: &Walker) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = aStoredItem_)]
    pub(super) fn a_stored_item(this: &Walker, item: &JsValue) -> Result<WordCount, JsValue>;
    #[wasm_bindgen(method, getter, js_name = index_)]
    pub(super) fn index(this: &Walker) -> JsValue;
    #[wasm_bindgen(method, catch, js_name = nextEntries_)]
    pub(super) fn next_entries(this: &Walker, index: &Index) -> Result<WordCount, JsValue>;
    #[wasm_bindgen(method, catch, js_name = anItem_)]
    pub(super) fn an_item(this: &Walker, item: &JsValue) -> Result<WordCount, JsValue>;
    #[wasm_bindgen(method, catch, js_name = aValue_)]
    pub(super) fn a_value(this: &Walker, value: &JsValue) -> Result<WordCount, JsValue>;
    #[wasm_bindgen(method, js_name = textLength_)]
    pub(super) fn text_length(this: &Walker) -> usize;
    #[wasm_bindgen(method, js_name = deliver_)]
    pub(super) fn deliver(this: &Walker, words: *mut u32, most_words: usize, text: *mut u16, most_text: usize);
    #[wasm_bindgen(method, js_name = rest_)]
    pub(super) fn rest(this: &Walker) -> bool;
}

#[wasm_bindgen(module = "/src/wasm/js/items.js")]
extern "C" {
    pub(super) type Items;
    #[wasm_bindgen(constructor)]
    pub(super) fn new(walker: &Walker) -> Items;
}

#[wasm_bindgen(module = "/src/wasm/js/known-indexes.js")]
extern "C" {
    pub(super) type Index;
    #[wasm_bindgen(constructor, catch)]
    pub(super) fn new(index: &JsValue) -> Result<Index, JsValue>;
    #[wasm_bindgen(method, js_name = length_)]
    pub(super) fn length(this: &Index) -> usize;
    #[wasm_bindgen(method, js_name = root_)]
    pub(super) fn root(this: &Index) -> JsValue;
    #[wasm_bindgen(method, js_name = learn_)]
    pub(super) fn learn(this: &Index, root: &str, tree: Option<Uint8Array>);
    #[wasm_bindgen(catch)]
    pub(super) fn find(index: &JsValue, item_id: &str, root: &str, count: f64) -> Result<f64, JsValue>;
    pub(super) fn path(index: &JsValue, position: f64) -> JsValue;
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
    pub(super) fn build_proof(item_id: &str, leaf_index: f64, path: &JsValue, manifest: &str, hash: &str) -> JsValue;
    #[wasm_bindgen(js_name = buildDiff)]
    pub(super) fn build_diff(before: &Index, after: &Index, pack: &str) -> JsValue;
    #[wasm_bindgen(js_name = buildPreview)]
    pub(super) fn build_preview(
        problems: &str,
        ids: &str,
        digests: &Uint8Array,
        kinds: &str,
        manifest: Option<&str>,
        hash: Option<&str>,
        against: Option<&Index>,
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
    Language "/src/wasm/js/language.js"
    LimitsOfTheFormat "/src/wasm/js/limits.js"
    Memory "/src/wasm/js/memory.js"
    SnapshotError "/src/wasm/js/snapshot-error.js"
    TapeFormat "/src/wasm/js/tape-format.js"
    TapeWriter "/src/wasm/js/tape-writer.js"
    Values "/src/wasm/js/values.js"
}

/// What [`Walker::read_by_number`] reads: positions in the list `READ` of `js/readers.js`.
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
    SnapshotRecord,
    HasItems,
    Parts,
    ManifestAndIndex,
    Against,
    ChainOptions,
    Scalar,
}
