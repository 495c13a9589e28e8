#!/usr/bin/env bash
# The package in frameworks and in engines that take long to install, which `make test` leaves out: target/hosts-all, 2 GB.
set -euo pipefail
cd "$(dirname "$0")/.."

# Firefox and WebKitGTK are Debian's.
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

node tests/hosts/prepare.js
node tests/hosts-all/prepare.js
node --test --test-concurrency=1 tests/hosts-all/*.test.js
