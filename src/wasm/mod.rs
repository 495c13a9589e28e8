//! The boundary to JavaScript: what is exported, and what is called there.
//!
//! Why two scripts beside this file: values are read where they live (`walker.js`), and results are made where they will
//! be used (`result.js`); nothing but the tape, text and numbers crosses. How: each operation has a walker and a tape of
//! its own, so that host code that runs in its middle may call us again. A host's exception comes back as it was thrown.

use js_sys::{Array, Float64Array, Uint8Array, Uint32Array};
use wasm_bindgen::prelude::*;

use crate::canonical::{self, utf8};
use crate::digest::Digest;
use crate::native::secure_random;
use crate::problem::Problem;
use crate::snapshot::{self, Failure, Host, Leaf};
use crate::tape::Tape;

#[wasm_bindgen(module = "/src/wasm/walker.js")]
extern "C" {
    type Walker;
    #[wasm_bindgen(constructor)]
    fn new(memory: &JsValue) -> Walker;
    #[wasm_bindgen(method, catch)]
    fn caller(this: &Walker, ctx: &JsValue) -> Result<usize, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn request(this: &Walker, input: &JsValue) -> Result<usize, JsValue>;
    #[wasm_bindgen(method, catch, js_name = packName)]
    fn pack_name(this: &Walker) -> Result<usize, JsValue>;
    #[wasm_bindgen(method, catch, js_name = packRest)]
    fn pack_rest(this: &Walker) -> Result<usize, JsValue>;
    #[wasm_bindgen(method, catch, js_name = openItems)]
    fn open_items(this: &Walker) -> Result<usize, JsValue>;
    #[wasm_bindgen(method, catch, js_name = nextItem)]
    fn next_item(this: &Walker) -> Result<usize, JsValue>;
    #[wasm_bindgen(method, catch, js_name = closeItems)]
    fn close_items(this: &Walker) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = anItem)]
    fn an_item(this: &Walker, item: &JsValue) -> Result<usize, JsValue>;
    #[wasm_bindgen(method, catch, js_name = aValue)]
    fn a_value(this: &Walker, value: &JsValue) -> Result<usize, JsValue>;
    #[wasm_bindgen(method, catch, js_name = anIdempotencyKey)]
    fn an_idempotency_key(this: &Walker, key: &JsValue) -> Result<usize, JsValue>;
    #[wasm_bindgen(method, js_name = textLength)]
    fn text_length(this: &Walker) -> usize;
    #[wasm_bindgen(method)]
    fn deliver(this: &Walker, words: *mut u32, text: *mut u16);
}

#[wasm_bindgen(module = "/src/wasm/result.js")]
extern "C" {
    #[wasm_bindgen(js_name = SnapshotError)]
    type SnapshotError;
    #[wasm_bindgen(constructor, js_class = "SnapshotError")]
    fn new(problem: &JsValue) -> SnapshotError;
    #[wasm_bindgen(js_name = buildSnapshot)]
    fn build_snapshot(
        record: &str,
        event_id: &str,
        ids: &str,
        digests: &Uint8Array,
        batches: &Array,
        places: &Uint32Array,
        times: &Float64Array,
    ) -> JsValue;
    #[wasm_bindgen(js_name = buildItemDigest)]
    fn build_item_digest(item_id: &str, digest: &str, json: &str) -> JsValue;
    #[wasm_bindgen(js_name = handOver)]
    fn hand_over(exception: JsValue) -> JsValue;
    #[wasm_bindgen(js_name = frozen)]
    fn frozen(json: &str) -> JsValue;
    #[wasm_bindgen(js_name = hasNativeDigest)]
    fn has_native_digest() -> bool;
    #[wasm_bindgen(js_name = nativeDigest)]
    fn native_digest(memory: &JsValue, start: *const u8, length: usize, out: *mut u8);
    #[wasm_bindgen(js_name = copyOut)]
    fn copy_out(memory: &JsValue, start: *const u8, length: usize) -> JsValue;
}

/// Below this many bytes a call to the host's SHA-256 costs more than it saves.
const NATIVE_DIGEST_FROM: usize = 400;

impl Walker {
    /// Takes over what was read: so many words, and the text.
    fn take_over(&self, words: usize, tape: &mut Tape) {
        let text = self.text_length();
        let (to_words, to_text) = tape.room(words, text);
        self.deliver(to_words, to_text);
        tape.learn(words, text);
    }
}

/// A value of JavaScript's, read for a function that is not the operation.
fn read(with: impl FnOnce(&Walker) -> Result<usize, JsValue>) -> Result<Tape, JsValue> {
    let walker = Walker::new(&wasm_bindgen::memory());
    let mut tape = Tape::default();
    walker.take_over(with(&walker).map_err(hand_over)?, &mut tape);
    Ok(tape)
}

/// `snapshotPack(input, ctx)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or what the host's own code threw.
#[wasm_bindgen(js_name = snapshotPack, skip_typescript)]
pub fn snapshot_pack(input: &JsValue, ctx: &JsValue) -> Result<JsValue, JsValue> {
    let memory = wasm_bindgen::memory();
    let mut host = JavaScript {
        walker: Walker::new(&memory),
        memory,
        input,
        ctx,
        native_digest: has_native_digest(),
        batches: Array::new(),
    };
    let sealed = snapshot::snapshot(&mut host).map_err(|failure| match failure {
        Failure::Problem(problem) => thrown(&problem),
        Failure::Host(exception) => hand_over(exception),
    })?;
    let places: Vec<u32> = sealed.leaves.iter().flat_map(place).collect();
    let times: Vec<f64> = sealed.leaves.iter().map(own_time).collect();
    let digests: Vec<u8> = sealed.leaves.iter().flat_map(|leaf| leaf.digest.0).collect();
    let mut ids = Vec::new();
    canonical::array(&mut ids, &sealed.leaves, |out, leaf| canonical::text(out, &leaf.item_id));
    Ok(build_snapshot(
        utf8(&sealed.record),
        &sealed.event_id,
        utf8(&ids),
        &Uint8Array::from(&*digests),
        &host.batches,
        &Uint32Array::from(&*places),
        &Float64Array::from(&*times),
    ))
}

/// `snapshotIdFor(key)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or what the host's own code threw.
#[wasm_bindgen(js_name = snapshotIdFor, skip_typescript)]
pub fn snapshot_id_for(key: &JsValue) -> Result<String, JsValue> {
    let tape = read(|walker| walker.an_idempotency_key(key))?;
    snapshot::id_for(&tape).map_err(|problem| thrown(&problem))
}

/// `canonicalize(value)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or what the host's own code threw.
#[wasm_bindgen(skip_typescript)]
pub fn canonicalize(value: &JsValue) -> Result<String, JsValue> {
    let tape = read(|walker| walker.a_value(value))?;
    let json = snapshot::canonicalize(&tape).map_err(|problem| thrown(&problem))?;
    Ok(utf8(json.written()).to_owned())
}

/// `digest(value)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or what the host's own code threw.
#[wasm_bindgen(skip_typescript)]
pub fn digest(value: &JsValue) -> Result<String, JsValue> {
    let tape = read(|walker| walker.a_value(value))?;
    let json = snapshot::canonicalize(&tape).map_err(|problem| thrown(&problem))?;
    Ok(Digest::of(json.written()).to_string())
}

/// `digestItem(item)`: see `pkg/src/index.d.ts`.
///
/// # Errors
/// A `SnapshotError`, or what the host's own code threw.
#[wasm_bindgen(js_name = digestItem, skip_typescript)]
pub fn digest_item(item: &JsValue) -> Result<JsValue, JsValue> {
    let tape = read(|walker| walker.an_item(item))?;
    let digested = snapshot::digest_item(&tape).map_err(|problem| thrown(&problem))?;
    Ok(build_item_digest(&digested.item_id, &digested.digest.to_string(), &digested.json))
}

fn thrown(problem: &Problem) -> JsValue {
    hand_over(SnapshotError::new(&frozen(&problem.to_json())).into())
}

#[expect(clippy::cast_possible_truncation, reason = "addresses have 32 bits here")]
fn place(leaf: &Leaf) -> [u32; 3] {
    [leaf.place.batch as u32, leaf.place.start as u32, leaf.place.length as u32]
}

#[expect(clippy::cast_precision_loss, reason = "a time value is a binary64")]
fn own_time(leaf: &Leaf) -> f64 {
    leaf.created_at.map_or(f64::NAN, |time| time.millis() as f64)
}

struct JavaScript<'a> {
    walker: Walker,
    memory: JsValue,
    input: &'a JsValue,
    ctx: &'a JsValue,
    native_digest: bool,
    batches: Array,
}

impl Host for JavaScript<'_> {
    type Error = JsValue;

    fn caller(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        self.walker.take_over(self.walker.caller(self.ctx)?, tape);
        Ok(())
    }

    fn request(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        self.walker.take_over(self.walker.request(self.input)?, tape);
        Ok(())
    }

    fn clock(&mut self) -> f64 {
        js_sys::Date::now()
    }

    fn pack_name(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        self.walker.take_over(self.walker.pack_name()?, tape);
        Ok(())
    }

    fn pack_rest(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        self.walker.take_over(self.walker.pack_rest()?, tape);
        Ok(())
    }

    fn open_items(&mut self, tape: &mut Tape) -> Result<(), JsValue> {
        self.walker.take_over(self.walker.open_items()?, tape);
        Ok(())
    }

    fn next_item(&mut self, tape: &mut Tape) -> Result<bool, JsValue> {
        let words = self.walker.next_item()?;
        if words > 0 {
            self.walker.take_over(words, tape);
        }
        Ok(words > 0)
    }

    fn close_items(&mut self) -> Result<(), JsValue> {
        self.walker.close_items()
    }

    fn digest(&mut self, message: &[u8]) -> Digest {
        if !self.native_digest || message.len() < NATIVE_DIGEST_FROM {
            return Digest::of(message);
        }
        let mut digest = [0; 32];
        native_digest(&self.memory, message.as_ptr(), message.len(), digest.as_mut_ptr());
        Digest(digest)
    }

    fn keep(&mut self, batch: &[u8]) {
        self.batches.push(&copy_out(&self.memory, batch.as_ptr(), batch.len()));
    }

    fn random(&mut self) -> Result<[u8; 10], Problem> {
        secure_random()
    }
}
