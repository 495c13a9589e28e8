#!/usr/bin/env bash
# From the crate to the installed npm package: compile, generate, optimize, bundle, pack, install for the tests.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck disable=SC1091
. target/setup/wasm.env

# No path of the machine that built it goes into the module: the same source gives the same bytes everywhere.
cargo fetch --quiet --locked
# For speed, but what makes code larger is left out if it gains nothing: functions are inlined up to a small bound (hot ones
# say so themselves), loops stay loops, with the counters that they are written with, and vectors are those that we write.
# With `--cfg small`, functions that run once or seldom are compiled for size (`optimize(size)`, which is not stable either).
flags="-Ctarget-feature=+simd128 -Cno-vectorize-loops -Cno-vectorize-slp"
flags+=" -Cllvm-args=-inline-threshold=15 -Cllvm-args=-unroll-threshold=0 -Cllvm-args=-disable-lsr"
for source in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
  flags+=" --remap-path-prefix=$source=crates"
done
# Where in the source a panic came from is told to nobody (pkg/build.js): a kilobyte of places. To leave them out is an
# option that is not stable, so that the compiler has to be told to take it, for this crate alone.
CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=$flags RUSTC_BOOTSTRAP=context_snapshot \
  cargo rustc --quiet --release --locked --lib --target wasm32-unknown-unknown --target-dir target/wasm -- \
  -Zlocation-detail=none --cfg small
node pkg/build.js target/wasm/wasm32-unknown-unknown/release/context_snapshot.wasm target/tools/release/bindgen

# Packed, and installed where the tests, the bench and the examples find it: they use what a user gets. The package has
# no dependencies, so that to unpack it is to install it.
mkdir -p target/package
rm -f target/package/*.tgz
npm pack --silent --pack-destination target/package ./pkg >/dev/null
installed=node_modules/@lssm-tech/lib.context-snapshot
rm -rf "$installed"
mkdir -p "$installed"
tar -xzf target/package/*.tgz -C "$installed" --strip-components=1
touch target/package/built
