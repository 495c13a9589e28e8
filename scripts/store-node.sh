#!/usr/bin/env bash
# Prints the Node.js that the tests of the stores run in: one that has node:sqlite. Its folder has the headers to build better-sqlite3 with.
set -euo pipefail
cd "$(dirname "$0")/.."
for node in "$PWD/tests/hosts/node_modules/node-24/bin/node" "$(node -p process.execPath)"; do
  if [ -x "$node" ] && "$node" -e "require('node:sqlite')" 2>/dev/null; then
    echo "$node"
    exit
  fi
done
echo "The stores need a Node.js with node:sqlite (22.5 or later)." >&2
exit 1
