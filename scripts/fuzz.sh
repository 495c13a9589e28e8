#!/usr/bin/env bash
# Fuzzes for a given time: first the Rust targets with libFuzzer, as many at once as there are processors, then both JavaScript verifiers against
# each other.
#
#   scripts/fuzz.sh [seconds for each of the six, default 60] [seed, default 1]
#
# Needs neither a nightly compiler nor cargo-fuzz, because stable Rust can run the LLVM pass that writes coverage for libFuzzer.
# Failing inputs are written to target/fuzz/artifacts; `target/fuzz/run/<target> <file>` runs one again. New inputs go to
# target/fuzz/corpus; `scripts/fuzz.sh keep` merges those that add coverage into fuzz/corpus, which is committed.
set -euo pipefail
cd "$(dirname "$0")/.."

targets=(canonicalize json proof absence verify)
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

# Longest input in bytes. In inputs of `proof`, `absence` and `verify`, one or two bytes choose an edit.
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

export seconds=${1:-60} seed=${2:-1}
fuzz() {
  local target=$1 longest=$2 log=target/fuzz/$1.log
  mkdir -p "target/fuzz/corpus/$target" "fuzz/corpus/$target"
  if ! "target/fuzz/run/$target" "target/fuzz/corpus/$target" "fuzz/corpus/$target" -max_total_time="$seconds" -seed="$seed" \
    -max_len="$longest" -len_control=20 -artifact_prefix="target/fuzz/artifacts/$target-" >"$log" 2>&1; then
    tail -n 40 "$log"
    echo "fuzz: $target failed; the whole output is in $log"
    return 1
  fi
  echo "fuzz: $target: $(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$log") inputs in $seconds s"
}
export -f fuzz
# Each takes one processor.
for target in "${targets[@]}"; do echo "$target $(length "$target")"; done | xargs -P "$(nproc)" -L 1 bash -c 'set -euo pipefail; fuzz "$@"' fuzz
node tests/soak/differential.js --seconds "$seconds" --seed "$seed"
