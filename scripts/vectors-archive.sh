#!/usr/bin/env bash
# Packs tests/vectors into an archive for implementers who do not need the repository: target/vectors/*.tar.gz.
# The same files give the same bytes, so anybody can check the archive of a release. Needs GNU tar.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml)
name=context-snapshot-vectors-$version
out=target/vectors
rm -rf "$out"
mkdir -p "$out/$name"
cp -r LICENSE tests/vectors/* docs/FORMAT.md docs/ERRORS.md docs/FOLDER.md "$out/$name"
# In the archive, the documents are in the same folder as the README.
sed -i 's,(\.\./\.\./docs/,(,g' "$out/$name/README.md"
tar --sort=name --mtime=@0 --mode=u=rwX,go=rX --owner=0 --group=0 --numeric-owner -C "$out" -cf - "$name" | gzip -9n >"$out/$name.tar.gz"
rm -r "${out:?}/$name"
echo "$out/$name.tar.gz"
