//! The native tests of the crate, through its public functions; the first lines of each module say what it tests, and why.
//!
//! Why one program: separate ones would each compile the same generic code of the dependencies and be linked, which takes
//! longer than the tests. How: `cargo test --test rust merkle::` runs one module.

mod absence;
mod audit;
mod canonical;
mod dsse;
mod format;
mod json_text;
mod layers;
mod merkle;
mod mutations;
mod policy;
mod problem;
mod proof;
mod support;
mod time;
mod values;
mod vectors;
mod verify;
