#!/usr/bin/env bash
# Fuzzes for a given time: the Rust targets with libFuzzer, then both JavaScript verifiers against each other.
#
#   scripts/fuzz.sh [seconds for each of the five, 60 if not given] [seed, 1 if not given]
#
# Needs no nightly compiler and no cargo-fuzz: the coverage that libFuzzer reads is a pass of LLVM that stable Rust can run.
# What fails is written to target/fuzz/artifacts; `target/fuzz/run/<target> <file>` runs it again. New inputs go to
# target/fuzz/corpus; `scripts/fuzz.sh keep` merges the best of them into fuzz/corpus, which is kept in the repository.
set -euo pipefail
cd "$(dirname "$0")/.."

targets=(canonicalize json proof verify)
host=$(rustc -vV | sed -n 's/^host: //p')
flags="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters"
flags+=" -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"
flags+=" -Cdebug-assertions -Ccodegen-units=8 --cfg fuzzing"

started=$SECONDS
echo "fuzz: building the targets (about a minute the first time)"
# With --target, build scripts are compiled without these flags.
RUSTFLAGS=$flags cargo build --quiet --release --locked --manifest-path fuzz/Cargo.toml --bins \
  --target "$host" --target-dir target/fuzz
echo "fuzz:   done in $((SECONDS - started)) s"
mkdir -p target/fuzz/artifacts
ln -sfn "$host/release" target/fuzz/run

# Bytes of an input. Edits are choices of a byte or two each.
length() { case $1 in canonicalize | json) echo 4096 ;; *) echo 128 ;; esac }

if [ "${1:-}" = keep ]; then
  for target in "${targets[@]}"; do
    rm -rf target/fuzz/kept
    mkdir -p target/fuzz/kept "fuzz/corpus/$target" "target/fuzz/corpus/$target"
    "target/fuzz/run/$target" -merge=1 -max_len=256 target/fuzz/kept "fuzz/corpus/$target" "target/fuzz/corpus/$target" \
      >"target/fuzz/$target.log" 2>&1
    rm -rf "fuzz/corpus/$target"
    mv target/fuzz/kept "fuzz/corpus/$target"
    echo "fuzz: $target: $(find "fuzz/corpus/$target" -type f | wc -l) inputs," \
      "$(cat "fuzz/corpus/$target"/* | wc -c) bytes"
  done
  exit 0
fi

seconds=${1:-60}
seed=${2:-1}
for target in "${targets[@]}"; do
  mkdir -p "target/fuzz/corpus/$target" "fuzz/corpus/$target"
  log=target/fuzz/$target.log
  if ! "target/fuzz/run/$target" "target/fuzz/corpus/$target" "fuzz/corpus/$target" -max_total_time="$seconds" -seed="$seed" \
    -max_len="$(length "$target")" -len_control=20 -artifact_prefix="target/fuzz/artifacts/$target-" >"$log" 2>&1; then
    tail -n 40 "$log"
    echo "fuzz: $target failed; all of it is in $log"
    exit 1
  fi
  echo "fuzz: $target: $(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$log") inputs in $seconds s"
done
node tests/soak/differential.js --seconds "$seconds" --seed "$seed"
