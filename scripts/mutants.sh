#!/usr/bin/env bash
# Mutates the files that decide what is valid, and runs the native tests for each mutant: `scripts/mutants.sh [file …]`.
#
# Takes hours for all of them. tests/mutants.md lists the mutants that no test can notice; any other that survives fails this.
set -euo pipefail
cd "$(dirname "$0")/.."

files=(src/verify.rs src/record.rs src/manifest.rs src/proof.rs src/policy.rs src/merkle.rs src/dsse.rs)
[ ! -e src/evidence.rs ] || files+=(src/evidence.rs)
[ $# = 0 ] || files=("$@")

tool=target/tools/bin/cargo-mutants
if [ ! -x "$tool" ]; then
  echo "mutants: installing cargo-mutants (2 to 3 minutes, once)"
  cargo install --quiet --locked --root target/tools --version 27.1.0 cargo-mutants
fi
arguments=()
for file in "${files[@]}"; do arguments+=(--file "$file"); done
# 2: a mutant survived, 3: one took too long, which a test noticed.
code=0
"$tool" mutants "${arguments[@]}" --output target/mutants --colors never || code=$?
case $code in 0 | 2 | 3) ;; *) exit "$code" ;; esac
# Survivors by file and change, without the line, which changes with everything above it.
unexplained=0
while IFS= read -r survivor; do
  name=$(sed -E 's/^([^:]+):[0-9]+:[0-9]+: /\1: /' <<<"$survivor")
  grep -qF "\`$name\`" tests/mutants.md && continue
  unexplained=$((unexplained + 1))
  echo "mutants: survived, not explained in tests/mutants.md: $survivor"
done <target/mutants/mutants.out/missed.txt
[ "$unexplained" = 0 ]
