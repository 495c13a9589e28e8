#!/usr/bin/env bash
# From the crate to the installed npm package: compile, generate, optimize, bundle, pack, install for the tests.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck disable=SC1091
. target/setup/wasm.env

# No path of this machine goes into the module, so the same source gives the same bytes everywhere.
cargo fetch --quiet --locked
# The module is compiled for speed, without optimizations that only make it larger: functions are inlined up to small bounds (hot ones are
# marked), and the compiler neither unrolls nor vectorizes loops. pkg/build/module.js finds functions by their v0 names.
flags="-Csymbol-mangling-version=v0 -Ctarget-feature=+simd128 -Cno-vectorize-loops -Cno-vectorize-slp"
flags+=" -Cllvm-args=-inline-threshold=15 -Cllvm-args=-inlinehint-threshold=40"
flags+=" -Cllvm-args=-unroll-threshold=0 -Cllvm-args=-disable-lsr"
for source in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
  flags+=" --remap-path-prefix=$source=crates"
done
CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=$flags \
  cargo build --quiet --release --locked --lib --target wasm32-unknown-unknown --target-dir target/wasm
node pkg/build/index.js target/wasm/wasm32-unknown-unknown/release/context_snapshot.wasm target/tools/quick/bindgen

# The package is packed and installed where tests, benchmarks and examples find it, so they use what a user gets. It has no
# dependencies, so unpacking installs it.
mkdir -p target/package
installed=node_modules/@lssm-tech/lib.context-snapshot
pack() {
  rm -f target/package/*.tgz
  npm pack --silent --pack-destination target/package ./pkg >/dev/null
  rm -rf "$installed"
  mkdir -p "$installed"
  tar -xzf target/package/*.tgz -C "$installed" --strip-components=1
}
pack
# The Studio page uses the package, and is a part of it.
node pkg/build/studio.js
pack
touch target/package/built
