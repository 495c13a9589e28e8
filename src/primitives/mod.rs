//! Bytes, text, digests, trees and times. Nothing here knows the documents of the format.

pub(crate) mod buffer;
pub(crate) mod digest;
pub(crate) mod leaves;
pub mod merkle;
pub(crate) mod number;
pub(crate) mod object;
pub(crate) mod order;
pub(crate) mod sanitize;
pub(crate) mod string;
pub(crate) mod text;
pub(crate) mod time;
pub(crate) mod utf16;
