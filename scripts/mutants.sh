#!/usr/bin/env bash
# Runs the native tests on every mutant of the files that decide what is valid: `scripts/mutants.sh [file …]`.
#
# All files take about half an hour (scripts/mutants.py explains how). Fails if no test notices a mutant and tests/mutants.md does not
# explain it.
set -euo pipefail
cd "$(dirname "$0")/.."

files=()
for name in audit/verify format/record format/manifest native/dsse value/evidence audit/trust audit/chain format/event \
  value/canonical_size value/limits value/host_limits format/proof format/absence value/check format/statement policy primitives/merkle \
  primitives/number native/json; do
  files+=("src/$name.rs")
done
[ $# = 0 ] || files=("$@")

tool=target/tools/bin/cargo-mutants
if [ ! -x "$tool" ]; then
  echo "mutants: installing cargo-mutants (2 to 3 minutes, once)"
  cargo install --quiet --locked --root target/tools --version 27.1.0 cargo-mutants
fi
exec python3 -u scripts/mutants.py --tool "$tool" "${files[@]}"
