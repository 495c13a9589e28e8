//! Numbers in canonical JSON, as ECMAScript writes them (RFC 8785 section 3.2.2.3, FORMAT 9.3).

use super::buffer::Buffer;
use crate::platform;

/// Writes a finite number as ECMAScript writes it.
///
/// Most numbers have few digits and need no search for the shortest form. If `m / 10^places` equals the number, with `m`
/// below 10^15 and the smallest such `places`, then `m` has the shortest digits, because no two decimals of up to 15 digits
/// have the same nearest binary64 (F9.3-2).
#[expect(clippy::float_cmp, reason = "exact equality is meant")]
pub(crate) fn number(out: &mut Buffer, value: f64) {
    let magnitude = value.abs();
    if magnitude < 1e11 && (magnitude >= 1e-3 || magnitude == 0.0) {
        for (places, power) in [1.0, 1e1, 1e2, 1e3, 1e4].into_iter().enumerate() {
            let digits = (magnitude * power).round();
            if digits / power == magnitude {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an integer below 10^15")]
                return decimal(out, value < 0.0, digits as u64, places); // F9.3-1
            }
        }
    }
    // Otherwise search for the shortest digits. Only here can there be an exponent (F9.3-6, F9.3-7).
    out.reserve(platform::LONGEST);
    out.end += platform::shortest(value, &mut out.bytes[out.end..][..platform::LONGEST]);
}

/// Writes a decimal number: `digits`, the last `places` of them after a point.
///
/// If `places` is 0, writes an integer (F9.3-3). Otherwise writes a point: after a digit of the number (F9.3-4), or after an
/// added `0`, followed by as many added zeros as are needed (F9.3-5).
pub(crate) fn decimal(out: &mut Buffer, negative: bool, digits: u64, places: usize) {
    // Filled from END towards the start. The bytes after END are padding, so that a block of constant size can be copied.
    const END: usize = 24;
    let mut text = [0; 2 * END];
    let mut start = END;
    let mut rest = digits;
    let mut written = 0;
    while rest > 0 || written <= places {
        if written == places && places > 0 {
            start -= 1;
            text[start] = b'.';
        }
        start -= 1;
        // A 32-bit division is several times faster than a 64-bit one.
        let digit;
        (rest, digit) = match u32::try_from(rest) {
            Ok(rest) => (u64::from(rest / 10), (rest % 10) as u8),
            Err(_) => (rest / 10, (rest % 10) as u8),
        };
        text[start] = b'0' + digit;
        written += 1;
    }
    if negative {
        start -= 1;
        text[start] = b'-';
    }
    let block: &[u8; END] = text[start..].first_chunk().expect("a start before the end");
    out.push_prefix(block, END - start);
}
