//! Runs wasm-bindgen's command-line tools as a binary of this workspace.
//!
//! Why: the generator must have exactly the version that the crate was compiled with, or it refuses to run. As a library dependency, it
//! is pinned by the same `Cargo.lock` as the crate, and needs no second installer.
//!
//! How: `bindgen generate …` takes the arguments of `wasm-bindgen`; `bindgen test …` takes those of `wasm-bindgen-test-runner`, in the
//! form in which cargo calls a runner.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments: Vec<_> = std::env::args_os().collect();
    if arguments.len() < 2 {
        return usage();
    }
    let command = arguments.remove(1);
    let result = match command.to_str() {
        Some("generate") => wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(arguments),
        Some("test") => wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(arguments),
        _ => return usage(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bindgen: {error:?}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: bindgen generate|test …");
    ExitCode::FAILURE
}
