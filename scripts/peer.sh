#!/usr/bin/env bash
# Builds the benchmark's peer in Rust (bench/peer) to target/peer, unless it is there.
#
# How: like the package itself, with the same compiler and the same bindgen; then `wasm-opt -O3`, as wasm-pack would do.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck disable=SC1091
. target/setup/wasm.env

out=target/peer
state=$(cat bench/peer/Cargo.toml bench/peer/Cargo.lock bench/peer/src/lib.rs scripts/peer.sh | cksum)
[ "$(cat "$out/state" 2>/dev/null || true)" != "$state" ] || exit 0
echo "bench: building the peer in Rust (about a minute, once)"
cargo build --quiet --release --locked --manifest-path bench/peer/Cargo.toml --target wasm32-unknown-unknown --target-dir "$out/build"
target/tools/quick/bindgen generate --target web --omit-default-module-path --no-typescript --out-name peer --out-dir "$out" \
  "$out/build/wasm32-unknown-unknown/release/context_snapshot_peer.wasm"
npx --no-install wasm-opt -O3 --enable-simd --enable-bulk-memory --enable-nontrapping-float-to-int --enable-sign-ext \
  --enable-mutable-globals --enable-reference-types --enable-multivalue "$out/peer_bg.wasm" -o "$out/peer.wasm"
printf '%s\n' "$state" >"$out/state"
