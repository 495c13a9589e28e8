//! Formatting without `std::fmt`, whose code would be kilobytes of the WebAssembly module.

/// Joins texts, instead of `format!`. O(n).
#[inline(never)]
pub(crate) fn concat(parts: &[&str]) -> String {
    let mut whole = String::new();
    for part in parts {
        whole.push_str(part);
    }
    whole
}

/// Formats a number in decimal, instead of `to_string`.
#[inline(never)]
pub(crate) fn decimal(number: u64) -> String {
    let mut digits = [0; 20];
    let mut start = digits.len();
    let mut rest = number;
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            return utf8(&digits[start..]).to_owned();
        }
    }
}

/// Converts bytes that we wrote ourselves, such as canonical JSON, to text. O(n).
///
/// # Panics
/// If the bytes are not UTF-8, which would be a bug of ours.
pub(crate) fn utf8(json: &[u8]) -> &str {
    let Ok(text) = std::str::from_utf8(json) else { unreachable!("canonical JSON is UTF-8") };
    text
}
