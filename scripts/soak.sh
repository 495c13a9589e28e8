#!/usr/bin/env bash
# Compares the verdicts of three verifiers on mutants of stored snapshots: `scripts/soak.sh --tiny 1000000 --real 100000 --seed 1`.
set -euo pipefail
cd "$(dirname "$0")/.."

started=$SECONDS
echo "soak: building the native verifier (about half a minute the first time)"
cargo build --quiet --release --locked --manifest-path fuzz/Cargo.toml -p context-snapshot-native --target-dir target/fuzz \
  --config profile.release.debug-assertions=true --config profile.release.debug=0
echo "soak:   done in $((SECONDS - started)) s"
exec node tests/soak/run.js "$@"
