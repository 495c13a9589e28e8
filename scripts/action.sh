#!/usr/bin/env bash
# What the GitHub Action runs (action.yml): compares a folder with its lock, which annotates the files and writes the summary of the step.
# Takes FOLDER, EXPECT_HASH and VERSION from the environment. Fails if the folder differs or does not verify. EXPECT_HASH is `none` if it is
# not given: an empty one was given, and is no trusted value. FOLDER is an argument whatever it is called: the help of `--help` would pass.
set -euo pipefail

context() { npx --yes "@lssm-tech/lib.context-snapshot@$VERSION" "$@"; }

code=0
context status --format github -- "$FOLDER" || code=$?
# 1 means that it differs; everything above is a mistake, which has been reported. Both are run, so that annotations are there if it does not
# verify.
if [ "$code" -le 1 ] && [ "$EXPECT_HASH" != none ]; then
  context verify --expect-hash "$EXPECT_HASH" -- "$FOLDER" || code=$?
fi
exit "$code"
