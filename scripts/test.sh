#!/usr/bin/env bash
# Runs the groups of tests that are given (lint types rust fuzz wasm node cli runtime store agents large-pack studio hosts), or all, and stops at the first failure.
# `lint` does not need a built package.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- lint types rust fuzz wasm node cli runtime store agents large-pack studio hosts

group() { printf '\n=== %s (after %d s)\n' "$1" "$SECONDS"; }
in_wasm() { # runs a command with the compiler for WebAssembly
  # shellcheck disable=SC1091
  (. target/setup/wasm.env && PATH="$(dirname "$(command -v "${RUSTC:-rustc}")"):$PATH" CARGO_TARGET_DIR=target/wasm-test "$@")
}

test_lint() {
  group "Rust: format and lints"
  cargo fmt --check
  # Without tools/bindgen, a page of code with 120 dependencies more. CI lints it in a job of its own.
  cargo clippy --quiet --locked --all-targets -- -D warnings
  in_wasm cargo clippy --quiet --locked --lib --target wasm32-unknown-unknown -- -D warnings
  group "JavaScript: format and lints"
  npx biome check --error-on-warnings
  group "Rules of FORMAT, ERRORS and FOLDER: each has code and a test"
  node scripts/rules.js --check
}

test_types() {
  group "TypeScript, this and an older one: the declarations, as Node and as bundlers resolve them"
  for compiler in node_modules/typescript tests/hosts/node_modules/typescript5; do
    node "$compiler/bin/tsc" --version
    printf 'tests/types/%s.json\n' tsconfig tsconfig.{bundler,workerd,dom,node,orm,studio} |
      xargs -P "$(nproc)" -n 1 node "$compiler/bin/tsc" --project
  done
}

test_rust() {
  group "Rust: native tests, and the examples of the documentation"
  cargo test --locked
}

test_fuzz() {
  group "Fuzzing and mutants of stored snapshots: two minutes at most, without the time to build the targets"
  scripts/fuzz.sh 15 1
  # `make soak` compares a million.
  scripts/soak.sh --tiny 5000 --real 1000 --seed 1
}

test_wasm() {
  group "Rust: tests in WebAssembly, in Node"
  in_wasm env CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER="$PWD/target/tools/quick/bindgen test" \
    cargo test --locked --target wasm32-unknown-unknown --lib --test wasm
}

test_node() {
  group "Node: the npm package as it is published"
  node --test --test-concurrency=2 tests/node/*.test.js
}

test_cli() {
  group "Command line: the command as a process"
  node --test --test-concurrency=2 tests/cli/*.test.js
}

test_runtime() {
  group "Runtime: the handlers that bind the package to a host"
  node --test --test-concurrency=2 tests/runtime/*.test.js
}

test_store() {
  group "Stores: PostgreSQL and SQLite, with each driver"
  "$(scripts/store-node.sh)" --test --test-concurrency=2 tests/store/*.test.js
}

test_agents() {
  group "Agents: the examples, with the SDKs of MCP, Vercel, LangChain and OpenTelemetry"
  "$(scripts/store-node.sh)" --disable-warning=ExperimentalWarning --test --test-concurrency=2 tests/agents/*.test.js
}

test_large_pack() {
  group "Large packs: a BullMQ flow on Redis and PostgreSQL, with worker processes that are killed"
  node --test tests/large-pack/*.test.js
}

test_studio() {
  group "Studio: the worker in Chromium, the components in React 18 and 19"
  node node_modules/typescript/bin/tsc --project examples/studio
  (cd examples/studio && npm run --silent build -- --logLevel warn)
  node --test --test-concurrency=2 tests/studio/*.test.js
}

test_hosts() {
  group "Hosts: the tarball, installed, in every runtime and by every bundler"
  node tests/hosts/prepare.js
  node --test --test-concurrency=2 tests/hosts/*.test.js
}

for part in "$@"; do "test_${part//-/_}"; done
