#!/usr/bin/env bash
# Installs what is missing for the build; with `lint` only for the linters, with `large-pack` for that example too, with `tests` for all tests.
# Prints each step and how long it took, and never prompts. Writes `target/setup/wasm.env`, which builds for WebAssembly source.
#
# Steps run side by side in lanes, because some wait for downloads, some unpack, and some compile. What a step needs comes before it in its lane. Each
# takes longer than it says while others compile.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p target/setup
what=${1:-build}

missing() {
  printf '\nset-up: %s\n' "$1" >&2
  exit 1
}
command -v node >/dev/null || missing "Node.js is missing. Install version 20 or later (https://nodejs.org) and run this again."
node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' ||
  missing "Node.js $(node --version) is too old. Version 20 or later is needed."
command -v npm >/dev/null || missing "npm is missing. It comes with Node.js (https://nodejs.org)."
# Checked before anything is downloaded.
command -v cargo >/dev/null || missing "Rust is missing, and the core of the package is Rust that is compiled here. \
Install it with rustup (https://rustup.rs) and run this again. To use the package, you need Node.js alone."
command -v cc >/dev/null || missing "A C compiler (cc) is missing, which Rust links with. On Debian: apt-get install build-essential."
[ "$what" != tests ] || command -v c++ >/dev/null ||
  missing "A C++ compiler (c++) is missing, which the fuzzer needs. On Debian: apt-get install build-essential."

has_chromium() {
  for name in chromium chromium-browser google-chrome-stable google-chrome; do
    [ -z "$(type -P "$name")" ] || return 0
  done
  (cd tests/hosts && [ -x "$(node -p "require('playwright-core').chromium.executablePath()" 2>/dev/null)" ])
}
has_python() { python3 -c 'import ensurepip, venv' 2>/dev/null; }
is_debian() { grep -qs '^ID=debian$' /etc/os-release; }
debian_packages() {
  local as_root=
  [ "$(id -u)" = 0 ] || as_root="sudo -n"
  $as_root apt-get update -qq </dev/null >&2 || true
  DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends "$@" </dev/null >&2 || true
}
has_compiler() (
  # shellcheck disable=SC1091
  . target/setup/wasm.env && command -v "${RUSTC:-rustc}" >/dev/null
)
has_linters() { [ -d node_modules ] && [ -e target/setup/wasm.env ] && has_compiler; }
has_build() { [ -x target/tools/quick/bindgen ]; }
has_postgres() { [ -n "$(type -P initdb)" ] || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
has_redis() { [ -n "$(type -P redis-server)" ] && [ -n "$(type -P redis-cli)" ]; }
has_large_pack() { [ -d examples/large-pack/node_modules ] && has_postgres && has_redis; }
has_studio_page() { [ -d examples/studio/node_modules ]; }
better_sqlite3=tests/store/node_modules/better-sqlite3
has_stores() { [ -e $better_sqlite3/build/Release/better_sqlite3.node ] && has_postgres; }
has_tests() {
  [ -d tests/hosts/node_modules ] && [ -x target/python/bin/python ] && has_chromium && has_stores && [ -d examples/agents/node_modules ] &&
    [ -d tests/studio/node_modules ]
}

step() { # what, how long about, command …
  local what=$1 about=$2 started=$SECONDS
  printf 'set-up: %s (%s)\n' "$what" "$about"
  shift 2
  "$@"
  printf 'set-up:   %s: done in %d s\n' "$what" $((SECONDS - started))
}
lanes=()
lane() { # command: runs it beside the others
  "$@" &
  lanes+=($!)
}
# Else what runs in the background would go on, as it ignores Ctrl-C.
trap 'trap - TERM; kill 0' INT TERM
wasm_target() { scripts/wasm-toolchain.sh >target/setup/wasm.env; }
# No install script runs. Tests start the runtimes by the binaries in their packages.
npm_ci() { npm ci --no-audit --no-fund --no-update-notifier --loglevel=error --ignore-scripts </dev/null; }
# `npm ci` removes the package that a build installed, so it must be built again.
npm_packages() { rm -f target/package/built; npm_ci; }
bindgen() { cargo build --quiet --profile quick --locked -p bindgen --target-dir target/tools; }
hosts() { (cd tests/hosts && npm_ci); }
agents() { (cd examples/agents && npm_ci); }
studio() { (cd tests/studio && npm_ci); }
install_chromium() {
  ! has_chromium || return 0
  # On other systems, a package of that name may not exist or be a different one (on Ubuntu, a snap).
  if is_debian; then
    debian_packages chromium
  else
    (cd tests/hosts && node node_modules/playwright-core/cli.js install chromium) </dev/null || true
  fi
  has_chromium || missing "Chromium is missing, and could not be installed. Install it, or Google Chrome, and run this again."
}
# The tests start servers of their own. The one that Debian starts is not used.
install_postgres() {
  has_postgres || ! is_debian || debian_packages postgresql
  has_postgres || missing "PostgreSQL is missing, and could not be installed. Install its server and run this again."
}
install_redis() {
  has_redis || ! is_debian || debian_packages redis-server
  has_redis || missing "Redis is missing, and could not be installed. Install its server and redis-cli, and run this again."
}
studio_page() { (cd examples/studio && npm_ci); }
large_pack() { (cd examples/large-pack && npm_ci); }
# better-sqlite3 offers compiled files on a host of its own only, so it is compiled.
stores() {
  local node log=target/setup/better-sqlite3.log
  node=$(scripts/store-node.sh)
  (cd tests/store && npm_ci)
  # Compiled with -O1, because it takes half as long and the tests do not measure it.
  CFLAGS=-O1 CXXFLAGS=-O1 "$node" tests/store/node_modules/node-gyp/bin/node-gyp.js rebuild --release -C $better_sqlite3 \
    --nodedir="$(dirname "$(dirname "$node")")" >$log 2>&1 || {
    tail -n 20 $log >&2
    missing "better-sqlite3 could not be compiled. $log says why."
  }
}
# The tests compare signatures with another implementation.
python_packages() {
  has_python || ! is_debian || debian_packages python3 python3-venv
  has_python || missing "Python 3 with venv is missing, and could not be installed. Install it and run this again."
  [ -x target/python/bin/python ] || python3 -m venv target/python
  target/python/bin/python -m pip install --quiet --disable-pip-version-check --no-input -r tests/python/requirements.txt
}

# The test of the man page uses what is there.
install_mandoc() { [ -n "$(type -P mandoc)" ] || ! is_debian || debian_packages mandoc; }

# A step is repeated if its inputs changed.
state_of() { { node --version; cargo --version; cat "$@"; } | cksum; }
is_done() { [ "$(cat "target/setup/$1" 2>/dev/null || true)" = "$2" ]; }

lint_state=$(state_of package-lock.json scripts/setup.sh scripts/wasm-toolchain.sh)
build_state=$(state_of Cargo.lock tools/bindgen/Cargo.toml tools/bindgen/src/main.rs scripts/*.sh)
large_pack_state=$(state_of examples/large-pack/package-lock.json scripts/setup.sh)
studio_page_state=$(state_of examples/studio/package-lock.json scripts/setup.sh)
tests_state=$(state_of tests/hosts/package-lock.json tests/store/package-lock.json tests/studio/package-lock.json examples/agents/package-lock.json \
  tests/python/requirements.txt scripts/setup.sh)
needs=" "
if ! is_done lint "$lint_state" || ! has_linters; then needs+="lint "; fi
if [ "$what" != lint ]; then
  if ! is_done build "$build_state" || ! has_build; then needs+="build "; fi
  if ! is_done studio-page "$studio_page_state" || ! has_studio_page; then needs+="studio-page "; fi
fi
if [ "$what" = large-pack ] || [ "$what" = tests ]; then
  if ! is_done large-pack "$large_pack_state" || ! has_large_pack; then needs+="large-pack "; fi
fi
if [ "$what" = tests ]; then
  if ! is_done tests "$tests_state" || ! has_tests; then needs+="tests "; fi
fi
if [ "$needs" = " " ]; then
  echo "set-up: nothing to do"
  exit
fi
needs() { case $needs in *" $1 "*) ;; *) return 1 ;; esac }

# Debian's packages in one lane, because only one process may install them.
system() {
  ! needs lint || step "the Rust target for WebAssembly" "1 to 2 minutes if it has to be built, otherwise seconds" wasm_target
  if needs large-pack; then
    step "PostgreSQL" "about 30 s if it is missing" install_postgres
    step "Redis" "about 10 s if it is missing" install_redis
  fi
  needs tests || return 0
  step "mandoc" "about 5 s if it is missing" install_mandoc
  step "Python packages to compare signatures with" "about 10 s" python_packages
  ! is_debian || step "Chromium" "about 30 s if it is missing" install_chromium
}
tools() {
  ! needs build || step "wasm-bindgen's generator and test runner" "1 to 3 minutes the first time" bindgen
}
packages() {
  ! needs lint || step "npm packages" "about 10 s" npm_packages
  ! needs studio-page || step "React and Vite for the Studio page" "about 5 s" studio_page
  ! needs large-pack || step "BullMQ and bull-board" "about 5 s" large_pack
  needs tests || return 0
  step "React 18 and 19, and axe-core" "about 5 s" studio
  step "SDKs for the examples for agents" "about 10 s" agents
}
hosts_and_stores() {
  needs tests || return 0
  step "runtimes and bundlers to try the package in" "about 30 s" hosts
  is_debian || step "Chromium" "about 30 s if it is missing" install_chromium
  step "drivers of databases to try the stores with" "1 to 2 minutes, because one is compiled" stores
}
for each in system tools packages hosts_and_stores; do lane "$each"; done
failed=false
for each in "${lanes[@]}"; do wait "$each" || failed=true; done
! $failed || {
  printf '\nset-up: failed. A message above says what is missing.\n' >&2
  exit 1
}

! needs lint || printf '%s\n' "$lint_state" >target/setup/lint
! needs build || printf '%s\n' "$build_state" >target/setup/build
! needs large-pack || printf '%s\n' "$large_pack_state" >target/setup/large-pack
! needs studio-page || printf '%s\n' "$studio_page_state" >target/setup/studio-page
! needs tests || printf '%s\n' "$tests_state" >target/setup/tests
echo "set-up: done in $SECONDS s"
