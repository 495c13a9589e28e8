//! Text of ours: what the standard library's formatting does, in a fraction of the code.

/// Texts, one behind the other: what `format!` does, in a fraction of the code.
#[inline(never)]
#[cfg_attr(small, optimize(size))]
pub(crate) fn concat(parts: &[&str]) -> String {
    let mut whole = String::new();
    for part in parts {
        whole.push_str(part);
    }
    whole
}

/// A number in digits: what `to_string` does, for every width in one place.
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

/// What was written as canonical JSON, as text.
///
/// # Panics
/// Never, or we have a bug.
pub(crate) fn utf8(json: &[u8]) -> &str {
    let Ok(text) = std::str::from_utf8(json) else { unreachable!("canonical JSON is UTF-8") };
    text
}
