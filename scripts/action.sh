#!/usr/bin/env bash
# What the GitHub Action runs (action.yml): compares a folder with its lock, which annotates the files and writes the summary of the step.
# Takes FOLDER, EXPECT_HASH and VERSION from the environment. Fails if the folder differs or does not verify. EXPECT_HASH is `none` if it is
# not given: an empty one was given, and is no trusted value. FOLDER is an argument whatever it is called: the help of `--help` would pass.
#
# npx takes packages and settings of the folder in which it runs. Here, that is a stranger's: a package with this name and version in its node_modules,
# or from the registry that its .npmrc names, could say yes to anything. So npx runs in a folder of its own.
set -euo pipefail

here=$(pwd -W 2>/dev/null || pwd)
case $FOLDER in
'' | /* | [A-Za-z]:*) ;;
*) FOLDER=$here/$FOLDER ;;
esac
# From where annotations name files.
export GITHUB_WORKSPACE="${GITHUB_WORKSPACE:-$here}"
own=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/context-lock.XXXXXX")
trap 'rm -rf "$own"' EXIT
cd "$own"
# Here npm ends its search for the folder of the project.
echo '{}' >package.json

context() { npx --yes "@lssm-tech/lib.context-snapshot@$VERSION" "$@"; }

code=0
context status --format github -- "$FOLDER" || code=$?
# 1 means that it differs; everything above is a mistake, which has been reported. Both are run, so that annotations are there if it does not
# verify.
if [ "$code" -le 1 ] && [ "$EXPECT_HASH" != none ]; then
  context verify --expect-hash "$EXPECT_HASH" -- "$FOLDER" || code=$?
fi
exit "$code"
