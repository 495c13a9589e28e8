//! Functions that the platform provides: digits of a number, Unicode normalization, randomness and, in WebAssembly, SHA-256.
//!
//! Why: the rest of the core is the same code natively and in WebAssembly. This file has everything that differs, because
//! only the host can do it, or because the host does it faster or without adding to the size of the module.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen::prelude::*;

#[cfg(target_arch = "wasm32")]
#[wasm_bindgen(module = "/src/wasm/js/platform.js")]
extern "C" {
    #[wasm_bindgen(js_name = hasNativeDigest)]
    fn has_native_digest(memory: &JsValue) -> bool;
    #[wasm_bindgen(js_name = writeNumber)]
    fn number_to_string(value: f64, out: *mut u8) -> usize;
    #[wasm_bindgen(js_name = isShortest)]
    fn is_number_shortest(start: *const u8, length: usize) -> bool;
    #[wasm_bindgen(js_name = normalNumber)]
    fn normal_number(text: &str) -> f64;
    #[wasm_bindgen(js_name = nativeDigest)]
    fn native_digest(start: *const u8, length: usize, out: *mut u8);
}

/// A function that writes the SHA-256 of a message into an array.
pub(crate) type Sha256 = fn(&[u8], &mut [u8; 32]);

/// Bytes of the longest text of a finite number.
pub(crate) const LONGEST: usize = "-0.0000012345678901234567".len();

/// Writes a finite number as ECMAScript's `Number::toString` does (RFC 8785 section 3.2.2.3), with all steps and rows of
/// FORMAT 9.3; returns the length.
// F9.3-1, F9.3-2, F9.3-3, F9.3-4, F9.3-5, F9.3-6, F9.3-7
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn shortest(value: f64, out: &mut [u8]) -> usize {
    let mut buffer = ryu_js::Buffer::new();
    let text = buffer.format_finite(value).as_bytes();
    out[..text.len()].copy_from_slice(text);
    text.len()
}

/// The same, written by the JavaScript host itself: RFC 8785 defines numbers by what ECMAScript writes.
#[cfg(target_arch = "wasm32")]
pub(crate) fn shortest(value: f64, out: &mut [u8]) -> usize {
    number_to_string(value, out.as_mut_ptr())
}

/// Returns true if a number is written as [`shortest`] writes it. The text may be anything.
#[cfg(not(target_arch = "wasm32"))]
#[allow(dead_code, reason = "natively, only tests recognize canonical text")]
pub(crate) fn is_shortest(text: &[u8]) -> bool {
    let value =
        std::str::from_utf8(text).ok().and_then(|text| text.parse::<f64>().ok()).filter(|value| value.is_finite());
    value.is_some_and(|value| {
        let mut out = [0; LONGEST];
        let length = shortest(value, &mut out);
        &out[..length] == text
    })
}

/// The same, compared by the host.
#[cfg(target_arch = "wasm32")]
pub(crate) fn is_shortest(text: &[u8]) -> bool {
    is_number_shortest(text.as_ptr(), text.len())
}

/// UTF-16 units from which a text is not normalized: 124 of a kind and a key (E4-15), and the 4 zeros that follow them. `js/platform.js` has
/// the same number.
#[cfg(not(target_arch = "wasm32"))]
const LONG: usize = 128;

/// Hashes the Unicode normalization form C of a text; that of a long one as it is, because JavaScript engines take time quadratic in the number of
/// combining characters that follow each other (E4-15). Different texts rarely have the same hash.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn nfc_hash(text: &str) -> u64 {
    use unicode_normalization::UnicodeNormalization as _;
    let add = |sum: u64, character| sum.wrapping_mul(0x100_0000_01b3) ^ u64::from(character);
    if text.encode_utf16().count() < LONG { text.nfc().fold(0, add) } else { text.chars().fold(0, add) }
}

/// The same, computed by the host, because the Unicode tables would be most of the module.
#[cfg(target_arch = "wasm32")]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an integer below 2^53")]
pub(crate) fn nfc_hash(text: &str) -> u64 {
    if text.bytes().any(|byte| byte >= 0x80) {
        return normal_number(text) as u64;
    }
    // ASCII is not changed by normalization, so it is hashed here, as the host would do it.
    text.bytes().fold(0, |sum, byte| (sum * 257 + u64::from(byte)) % 8_796_093_022_151)
}

/// Returns ten bytes from the host's secure random source, or `None` if it has none.
pub(crate) fn secure_random() -> Option<[u8; 10]> {
    let mut bytes = [0; 10];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes)
}

/// Returns the host's SHA-256, if it has a synchronous one.
#[cfg(target_arch = "wasm32")]
pub(crate) fn sha256(memory: &JsValue) -> Option<Sha256> {
    has_native_digest(memory)
        .then_some(|message, digest| native_digest(message.as_ptr(), message.len(), digest.as_mut_ptr()))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    // E4-15
    #[test]
    fn normalizes_no_long_text() {
        for (count, is_normalized) in [(120, true), (121, false)] {
            let below = "\u{323}".repeat(count);
            let equal = nfc_hash(&format!("k\0\0\u{e9}{below}\0\0")) == nfc_hash(&format!("k\0\0e{below}\u{301}\0\0"));
            assert_eq!(equal, is_normalized, "{count}");
        }
    }
}
