#!/usr/bin/env bash
# Tests the package in frameworks and engines that take long to install (2 GB in target/hosts-all), so `make test` does not.
set -euo pipefail
cd "$(dirname "$0")/.."

# Installs Firefox and WebKitGTK from Debian.
missing=()
for pair in firefox-esr:firefox-esr WebKitWebDriver:webkit2gtk-driver Xvfb:xvfb xauth:xauth; do
  [ -n "$(type -P "${pair%%:*}")" ] || missing+=("${pair##*:}")
done
if [ ${#missing[@]} -gt 0 ]; then
  as_root=
  [ "$(id -u)" = 0 ] || as_root="sudo -n"
  $as_root apt-get update -qq </dev/null
  DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null
fi

(cd examples/studio && npm run --silent build -- --logLevel warn)
node tests/hosts/prepare.js
node tests/hosts-all/prepare.js
node --test --test-concurrency=1 tests/hosts-all/*.test.js
