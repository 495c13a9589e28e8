#!/usr/bin/env bash
# Everything that the build and the tests need, once: says what it does and how long it took, asks nothing, and does
# nothing where nothing is missing. Leaves `target/setup/wasm.env`, which the wasm builds source.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p target/setup
done_before=$(cat target/setup/done 2>/dev/null || true)

missing() {
  printf '\nset-up: %s\n' "$1" >&2
  exit 1
}
command -v node >/dev/null || missing "Node.js is missing. Install version 20 or later (https://nodejs.org) and run this again."
node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' ||
  missing "Node.js $(node --version) is too old. Version 20 or later is needed."
command -v npm >/dev/null || missing "npm is missing. It comes with Node.js (https://nodejs.org)."
command -v cargo >/dev/null || missing "Rust is missing. Install it with rustup (https://rustup.rs) and run this again."
python3 -c 'import ensurepip, venv' 2>/dev/null || missing "Python 3 with venv is missing. On Debian: apt-get install python3-venv."
command -v cc >/dev/null || missing "A C compiler (cc) is missing. On Debian: apt-get install build-essential."

# What was set up is still right where none of this has changed.
state=$({ node --version; cargo --version; cat package-lock.json tests/hosts/package-lock.json Cargo.lock tools/bindgen/Cargo.toml tools/bindgen/src/main.rs tests/python/requirements.txt scripts/*.sh; } | cksum)
has_chromium() {
  for name in chromium chromium-browser google-chrome-stable google-chrome; do
    ! command -v "$name" >/dev/null || return 0
  done
  (cd tests/hosts && [ -x "$(node -p "require('playwright-core').chromium.executablePath()" 2>/dev/null)" ])
}
if [ "$done_before" = "$state" ] && [ -d node_modules ] && [ -d tests/hosts/node_modules ] && [ -x target/tools/release/bindgen ] && [ -x target/python/bin/python ] && has_chromium; then
  # shellcheck disable=SC1091
  compiler=$(. target/setup/wasm.env && printf '%s' "${RUSTC:-rustc}")
  if command -v "$compiler" >/dev/null; then
    echo "set-up: nothing to do"
    exit 0
  fi
fi

step() { # what, command …
  local started=$SECONDS
  printf 'set-up: %s\n' "$1"
  shift
  "$@"
  printf 'set-up:   done in %d s\n' $((SECONDS - started))
}
wasm_target() { scripts/wasm-toolchain.sh >target/setup/wasm.env; }
# Sweeps away the package that a build has installed there, so that has to be built again.
npm_packages() { rm -f target/package/built; npm_ci; }
# Nothing that is installed runs: the runtimes are started by the binaries in their packages.
npm_ci() { npm ci --no-audit --no-fund --no-update-notifier --loglevel=error --ignore-scripts </dev/null; }
hosts() { (cd tests/hosts && npm_ci); }
chromium() {
  ! has_chromium || return 0
  local as_root=
  [ "$(id -u)" = 0 ] || as_root="sudo -n"
  # Elsewhere the package of that name may be none (in Ubuntu it stands for a snap), or be another.
  if grep -qs '^ID=debian$' /etc/os-release; then
    $as_root apt-get update -qq </dev/null >&2 || true
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends chromium </dev/null >&2 || true
  else
    (cd tests/hosts && node node_modules/playwright-core/cli.js install chromium) </dev/null || true
  fi
  has_chromium || missing "Chromium is missing, and could not be installed. Install it, or Google Chrome, and run this again."
}
# Another implementation of what we sign, for the tests.
python_packages() {
  [ -x target/python/bin/python ] || python3 -m venv target/python
  target/python/bin/python -m pip install --quiet --disable-pip-version-check --no-input -r tests/python/requirements.txt
}
bindgen() { cargo build --quiet --release --locked -p bindgen --target-dir target/tools; }

step "npm packages (about 10 s)" npm_packages
step "runtimes and bundlers to try the package in (about 20 s)" hosts
step "Chromium (about 30 s where it is missing)" chromium
step "Python packages to hold signatures against (about 10 s)" python_packages
step "wasm-bindgen's generator and test runner (2 to 3 minutes the first time)" bindgen
step "the Rust target for WebAssembly (1 to 2 minutes where it has to be built, else seconds)" wasm_target
printf '%s\n' "$state" >target/setup/done
echo "set-up: done"
