//! The boundary to JavaScript: what is exported, and what is called there.
//!
//! Why scripts beside this file: values are read where they live (`walker.js`), and results are made where they will be
//! used (`result.js`, `items.js`, `index.js`); nothing but the tape, text and numbers crosses. How: each operation has a
//! walker and a tape to itself while it runs, so that host code in its middle may call us again. A host's exception comes
//! back as it was thrown.

pub mod audit;

use std::cell::Cell;

use js_sys::{Float64Array, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::format::{identifier, item};
use crate::operation::host::{Failure, Requester, Stream};
use crate::operation::intake::ValidItem;
use crate::operation::snapshot::{self, CompleteSnapshot};
use crate::platform;
use crate::primitives::digest::{self, Digest};
use crate::primitives::leaves::Leaves;
use crate::primitives::object::array;
use crate::primitives::string::quoted;
use crate::primitives::text::utf8;
use crate::value::canonical;
use crate::value::problem::Problem;
use crate::value::tape::Tape;
use crate::value::writer::Writer;

/// A third of the code of the standard library's allocator.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

#[wasm_bindgen(module = "/src/wasm/walker.js")]
extern "C" {
    type Walker;
    #[wasm_bindgen(constructor)]
    fn new(memory: &JsValue) -> Walker;
    /// All that is read but once or twice in an operation: an import for each would be code on both sides.
    #[wasm_bindgen(method, catch, js_name = read_)]
    fn read_by_number(this: &Walker, what: u32, of: &JsValue) -> Result<Words, JsValue>;
    #[wasm_bindgen(method, js_name = limitTo_)]
    fn limit_to(this: &Walker, document_bytes: usize, levels: usize);
    #[wasm_bindgen(method, js_name = noteIn_)]
    fn note_in(this: &Walker, items: &Items);
    #[wasm_bindgen(method, catch, js_name = nextItem_)]
    fn next_item(this: &Walker) -> Result<Words, JsValue>;
    #[wasm_bindgen(method, catch, js_name = closeItems_)]
    fn close_items(this: &Walker) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = aStoredItem_)]
    fn a_stored_item(this: &Walker, item: &JsValue) -> Result<Words, JsValue>;
    #[wasm_bindgen(method, getter, js_name = index_)]
    fn index(this: &Walker) -> JsValue;
    #[wasm_bindgen(method, catch, js_name = nextEntries_)]
    fn next_entries(this: &Walker, index: &Index) -> Result<Words, JsValue>;
    #[wasm_bindgen(method, catch, js_name = anItem_)]
    fn an_item(this: &Walker, item: &JsValue) -> Result<Words, JsValue>;
    #[wasm_bindgen(method, catch, js_name = aValue_)]
    fn a_value(this: &Walker, value: &JsValue) -> Result<Words, JsValue>;
    #[wasm_bindgen(method, js_name = textLength_)]
    fn text_length(this: &Walker) -> usize;
    #[wasm_bindgen(method, js_name = deliver_)]
    fn deliver(this: &Walker, words: *mut u32, most_words: usize, text: *mut u16, most_text: usize);
    #[wasm_bindgen(method, js_name = rest_)]
    fn rest(this: &Walker) -> bool;
}

#[wasm_bindgen(module = "/src/wasm/items.js")]
extern "C" {
    type Items;
    #[wasm_bindgen(constructor)]
    fn new(walker: &Walker) -> Items;
}

#[wasm_bindgen(module = "/src/wasm/index.js")]
extern "C" {
    type Index;
    #[wasm_bindgen(constructor, catch)]
    fn new(index: &JsValue) -> Result<Index, JsValue>;
    #[wasm_bindgen(method, js_name = length_)]
    fn length(this: &Index) -> usize;
    #[wasm_bindgen(method, js_name = root_)]
    fn root(this: &Index) -> JsValue;
    #[wasm_bindgen(method, js_name = learn_)]
    fn learn(this: &Index, root: &str, tree: Option<Uint8Array>);
    #[wasm_bindgen(catch)]
    fn find(index: &JsValue, item_id: &str, root: &str, count: f64) -> Result<f64, JsValue>;
    fn path(index: &JsValue, position: f64) -> JsValue;
}

// So that it is among the scripts of the module: `result.js` makes what is thrown.
#[wasm_bindgen(module = "/src/wasm/error.js")]
extern "C" {
    type SnapshotError;
}

#[wasm_bindgen(module = "/src/wasm/result.js")]
extern "C" {
    #[wasm_bindgen(js_name = buildSnapshot)]
    fn build_snapshot(
        record: &str,
        event_id: &str,
        ids: &str,
        digests: &Uint8Array,
        items: Option<&Items>,
        places: &Float64Array,
    ) -> JsValue;
    #[wasm_bindgen(js_name = buildItemDigest)]
    fn build_item_digest(item_id: &str, digest: &str, json: &str, created_at: Option<&str>) -> JsValue;
    #[wasm_bindgen(js_name = buildVerification)]
    fn build_verification(valid: bool, issues: &str, anchor: &str, length: Option<usize>) -> JsValue;
    #[wasm_bindgen(js_name = buildProof)]
    fn build_proof(item_id: &str, leaf_index: f64, path: &JsValue, manifest: &str, hash: &str) -> JsValue;
    #[wasm_bindgen(js_name = buildDiff)]
    fn build_diff(before: &Index, after: &Index, pack: &str) -> JsValue;
    #[wasm_bindgen(js_name = buildPreview)]
    fn build_preview(
        problems: &str,
        ids: &str,
        digests: &Uint8Array,
        kinds: &str,
        manifest: Option<&str>,
        hash: Option<&str>,
        against: Option<&Index>,
        pack: &str,
    ) -> JsValue;
    #[wasm_bindgen(js_name = handOver)]
    fn hand_over(exception: JsValue) -> JsValue;
    fn refusal(problem: &str) -> JsValue;
    #[wasm_bindgen(js_name = frozen)]
    fn frozen(json: &str) -> JsValue;
    #[wasm_bindgen(js_name = nextCount)]
    fn next_count(seed: f64) -> f64;
}

/// What [`Walker::read`] reads: the places of its methods in a list, in `walker.js`.
#[derive(Clone, Copy)]
enum What {
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
    RecordOf,
    HasItems,
    Parts,
    Contents,
    Against,
    ChainOptions,
    Scalar,
}

/// How many words were read onto the tape; negative where there is no room for them and they have yet to be delivered.
type Words = i32;

impl Walker {
    /// Takes over what was read; `false` where that is nothing.
    fn take_over(&self, words: Words, tape: &mut Tape) -> bool {
        let count = words.unsigned_abs() as usize;
        if words < 0 {
            let (words, text) = tape.room(count, self.text_length());
            self.deliver(words.as_mut_ptr(), words.len(), text.as_mut_ptr(), text.len());
        }
        if count > 0 {
            tape.learn(count);
        }
        count > 0
    }

    fn read(&self, what: What, of: &JsValue) -> Result<Words, JsValue> {
        self.read_by_number(what as u32, of)
    }

    fn take(&self, what: What, of: &JsValue, tape: &mut Tape) -> Result<bool, JsValue> {
        Ok(self.take_over(self.read(what, of)?, tape))
    }
}

/// What one operation reads and writes with: a walker, and the tape that has learnt what it has.
struct Reader {
    walker: Walker,
    tape: Tape,
    writer: Writer,
}

thread_local! {
    /// The reader that is not in use: to learn names and shapes anew would be a fifth of what a small pack costs.
    static SPARE: Cell<Option<Box<Reader>>> = const { Cell::new(None) };
}

/// The first call finds out, too, whether the host has a SHA-256 of its own.
fn spare() -> Box<Reader> {
    SPARE.take().unwrap_or_else(|| {
        let memory = wasm_bindgen::memory();
        digest::use_native(platform::sha256(&memory));
        Box::new(Reader { walker: Walker::new(&memory), tape: Tape::default(), writer: Writer::default() })
    })
}

/// Keeps a reader, unless it has met much.
fn keep(reader: Box<Reader>) {
    if reader.walker.rest() && reader.tape.is_small() && reader.writer.is_small() {
        SPARE.set(Some(reader));
    }
}

/// Runs an operation with a reader of its own. All that it reads with members goes onto that tape, and the first thing
/// that it reads goes there, too: what was learnt in an operation that failed is told there.
fn reading<R>(operation: impl FnOnce(&Walker, &mut Tape, &mut Writer) -> R) -> R {
    let mut reader = spare();
    let result = operation(&reader.walker, &mut reader.tape, &mut reader.writer);
    keep(reader);
    result
}

/// The same for an operation that reads a single value.
fn with_value<R>(
    read: impl FnOnce(&Walker) -> Result<Words, JsValue>,
    operation: impl FnOnce(&Tape) -> Result<R, Problem>,
) -> Result<R, JsValue> {
    reading(|walker, tape, _| {
        walker.take_over(read(walker).map_err(hand_over)?, tape);
        operation(tape).map_err(|problem| thrown(&problem))
    })
}

/// `snapshotPack(input, ctx)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or what the host's own code threw.
#[wasm_bindgen(js_name = snapshotPack, skip_typescript)]
#[cfg_attr(small, optimize(size))]
pub fn snapshot_pack(input: &JsValue, ctx: &JsValue) -> Result<JsValue, JsValue> {
    reading(|walker, tape, writer| {
        let items = Items::new(walker);
        walker.note_in(&items);
        let mut host = JavaScript::new(walker, input, ctx, false);
        let CompleteSnapshot { sealed, leaves, items: valid, .. } =
            snapshot::snapshot(&mut host, tape, writer, |_, _| {}).map_err(failed)?;
        let mut places = Vec::new();
        for number in leaves.in_order() {
            places.extend_from_slice(&place(number, &valid[number]));
        }
        Ok(build_snapshot(
            utf8(&sealed.record),
            &sealed.event_id,
            &ids(&leaves),
            &digests(&leaves),
            Some(&items),
            &Float64Array::from(&*places),
        ))
    })
}

/// JSON text of the ids, in the order of the tree.
fn ids(leaves: &Leaves) -> String {
    let mut json = Vec::new();
    array(&mut json, &leaves.in_order(), |out, &number| quoted(out, leaves.id(number)));
    utf8(&json).to_owned()
}

/// The digests, in the order of the tree.
fn digests(leaves: &Leaves) -> Uint8Array {
    bytes(&leaves.digests_in_order())
}

fn bytes(digests: &[Digest]) -> Uint8Array {
    let bytes: Vec<u8> = digests.iter().flat_map(|digest| digest.0).collect();
    Uint8Array::from(&*bytes)
}

/// `snapshotIdFor(key)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or what the host's own code threw.
#[wasm_bindgen(js_name = snapshotIdFor, skip_typescript)]
pub fn snapshot_id_for(key: &JsValue) -> Result<JsValue, JsValue> {
    Ok(with_value(|walker| walker.read(What::IdempotencyKey, key), identifier::id_for)?.into())
}

/// `canonicalize(value)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or what the host's own code threw.
#[wasm_bindgen(skip_typescript)]
pub fn canonicalize(value: &JsValue) -> Result<JsValue, JsValue> {
    let json = with_value(|walker| walker.a_value(value), canonical::canonicalize)?;
    Ok(utf8(json.written()).into())
}

/// `digest(value)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or what the host's own code threw.
#[wasm_bindgen(skip_typescript)]
pub fn digest(value: &JsValue) -> Result<JsValue, JsValue> {
    let json = with_value(|walker| walker.a_value(value), canonical::canonicalize)?;
    Ok(Digest::of(json.written()).text().into())
}

/// `digestItem(item)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or what the host's own code threw.
#[wasm_bindgen(js_name = digestItem, skip_typescript)]
pub fn digest_item(item: &JsValue) -> Result<JsValue, JsValue> {
    let digested = with_value(|walker| walker.an_item(item), item::digest_item)?;
    Ok(build_item_digest(&digested.item_id, &digested.digest.text(), &digested.json, None))
}

#[cfg_attr(small, optimize(size))]
fn failed(failure: Failure<JsValue>) -> JsValue {
    match failure {
        Failure::Problem(problem) => thrown(&problem),
        Failure::Host(exception) => hand_over(exception),
    }
}

#[cfg_attr(small, optimize(size))]
fn thrown(problem: &Problem) -> JsValue {
    refusal(&problem.to_json())
}

/// The number of an item, and its own time.
#[expect(clippy::cast_precision_loss, reason = "numbers have 32 bits here, and a time value is a binary64")]
fn place(number: usize, item: &ValidItem) -> [f64; 2] {
    [number as f64, item.created_at.map_or(f64::NAN, |time| time.millis() as f64)]
}

/// What one operation reads, and where it keeps what it has read.
struct JavaScript<'a> {
    walker: &'a Walker,
    /// Where there is a request.
    input: Option<&'a JsValue>,
    /// What all else is read from.
    ctx: &'a JsValue,
    is_preview: bool,
    /// Opens what is read one at a time.
    open: What,
    index: Option<Index>,
}

impl<'a> JavaScript<'a> {
    fn new(walker: &'a Walker, input: &'a JsValue, ctx: &'a JsValue, is_preview: bool) -> Self {
        Self { input: Some(input), is_preview, ..Self::reading(walker, ctx, What::OpenItems) }
    }

    /// What is no request.
    fn reading(walker: &'a Walker, ctx: &'a JsValue, open: What) -> Self {
        Self { walker, input: None, ctx, is_preview: false, open, index: None }
    }
}

impl Requester for JavaScript<'_> {
    type Error = JsValue;

    fn caller(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        self.walker.take(What::Caller, self.ctx, tape).map(|_| ())
    }

    fn request(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        let input = self.input.expect("there is a request");
        let what = if self.is_preview { What::PreviewRequest } else { What::Request };
        self.walker.take(what, input, tape).map(|_| ())
    }

    fn clock(&mut self) -> f64 {
        js_sys::Date::now()
    }

    fn pack_name(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        self.walker.take(What::PackName, self.ctx, tape).map(|_| ())
    }

    fn pack_rest(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        self.walker.take(What::PackRest, self.ctx, tape).map(|_| ())
    }

    // The instance may be another one for the next identifier.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "42 bits")]
    fn count(&mut self, seed: u64) -> u64 {
        next_count(seed as f64) as u64
    }
}

impl Stream for JavaScript<'_> {
    type Error = JsValue;

    fn open(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        self.walker.take(self.open, self.ctx, tape).map(|_| ())
    }

    fn next(&mut self, tape: &mut Tape) -> Result<bool, JsValue> {
        Ok(self.walker.take_over(self.walker.next_item()?, tape))
    }

    fn close(&mut self) -> Result<(), JsValue> {
        self.walker.close_items()
    }
}
