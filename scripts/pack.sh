#!/usr/bin/env bash
# Packs the npm package and installs the tarball where the tests, the bench and the examples of this repository find it,
# so that all of them use what a user gets. The package has no dependencies: to unpack it is to install it.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p target/package
rm -f target/package/*.tgz
npm pack --silent --pack-destination target/package ./pkg >/dev/null
installed=node_modules/@lssm-tech/lib.context-snapshot
rm -rf "$installed"
mkdir -p "$installed"
tar -xzf target/package/*.tgz -C "$installed" --strip-components=1
