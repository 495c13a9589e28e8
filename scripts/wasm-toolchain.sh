#!/usr/bin/env bash
# Finds or builds a Rust compiler for wasm32-unknown-unknown, and prints the variables that a caller exports to use it.
#
#   eval "$(scripts/wasm-toolchain.sh)"
#
# stdout: shell assignments, none if the default `rustc` has the target; stderr: progress.
#
# Why not only `rustup target add`: some machines forbid rustup to install anything (RUSTUP_AUTO_INSTALL=0). On these, the compiler is
# Debian's `rustc-web`, which has no standard library for WebAssembly. This script builds that library once, from `rust-web-src`, into
# the user's cache. That build needs RUSTC_BOOTSTRAP, because `-Zbuild-std` is unstable.
set -euo pipefail

readonly target=wasm32-unknown-unknown
readonly oldest=1.88 # the dependencies need it
say() { printf '  wasm target: %s\n' "$*" >&2; }

knows_target() { # checks that the compiler has the standard library for WebAssembly
  local root
  root=$("$1" --print sysroot 2>/dev/null) || return 1
  compgen -G "$root/lib/rustlib/$target/lib/libstd-*.rlib" >/dev/null
}

if knows_target "${RUSTC:-rustc}"; then
  exit 0
fi

if [ "${RUSTUP_AUTO_INSTALL:-1}" != 0 ] && command -v rustup >/dev/null; then
  say "rustup target add $target"
  if rustup target add "$target" >&2 && knows_target rustc; then
    exit 0
  fi
  say "rustup could not add it; trying Debian's packages"
fi

if ! command -v apt-get >/dev/null; then
  say "not available: rustup must not or could not install it, and this is not Debian."
  say "Install it yourself (rustup target add $target) and run this again."
  exit 1
fi

as_root=
[ "$(id -u)" = 0 ] || as_root=sudo
version_of() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null || true; }
install() { DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends "$@" >&2 </dev/null; }

web=$(version_of rustc-web)
for package in cargo-web rust-web-src rust-web-clippy; do
  if [ -z "$web" ] || [ "$(version_of $package)" != "$web" ]; then
    say "installing Debian's rustc-web, its standard library's source and clippy (about 40 s)"
    $as_root apt-get update -qq >&2 </dev/null
    install rustc-web cargo-web rust-web-src rust-web-clippy
    break
  fi
done
have=$(/usr/bin/rustc --version | cut -d' ' -f2)
if [ "$(printf '%s\n%s\n' "$oldest" "$have" | sort -V | head -n 1)" != "$oldest" ]; then
  say "Debian's rustc-web is $have; at least $oldest is needed"
  exit 1
fi
llvm=$(/usr/bin/rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
[ -x "/usr/lib/llvm-$llvm/bin/lld" ] || install "lld-$llvm"

# The library depends on the version of the package and on this recipe, so both are in the cache key.
readonly cache=${XDG_CACHE_HOME:-$HOME/.cache}/context-snapshot-wasm
root=$cache/$(version_of rustc-web)-recipe3
if [ ! -e "$root/done" ]; then
  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock 9 # if two set-ups run at once, one builds and the other waits
fi
if [ ! -e "$root/done" ]; then
  say "building its standard library (about a minute, once)"
  rm -rf "$root"
  work=$(mktemp -d "$cache/build.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  mkdir "$work/src"
  touch "$work/src/lib.rs"
  cat >"$work/Cargo.toml" <<'TOML'
[package]
name = "empty"
version = "0.0.0"
edition = "2021"
[workspace]
[profile.release]
opt-level = 3
TOML
  host=$(/usr/bin/rustc -vV | sed -n 's/^host: //p')
  sources=$(readlink -f /usr/lib/rustlib/src/rust)
  # Embeds bitcode, so link-time optimization works as with the official library. Remaps paths, so panic messages do not name
  # folders of this machine.
  (
    cd "$work"
    unset RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER RUSTUP_TOOLCHAIN CARGO_BUILD_TARGET RUSTFLAGS
    flags=(-Cembed-bitcode=yes -Zforce-unstable-if-unmarked
      "--remap-path-prefix=$sources=/rust" --remap-path-prefix=/usr/lib/rustlib/src/rust=/rust)
    for crates in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
      flags+=("--remap-path-prefix=$crates=/crates")
    done
    RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$work/target \
      CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f'; printf '%s' "${flags[*]}") \
      /usr/bin/cargo build --quiet --release --target "$target" \
      -Zbuild-std=std,panic_abort,panic_unwind,proc_macro,test >&2
  )
  lib=$root/lib/rustlib
  mkdir -p "$root/bin" "$lib/$target/lib" "$lib/$host/bin"
  find "$work/target/$target/release/deps" -name '*.rlib' ! -name 'libempty-*' -exec cp -t "$lib/$target/lib" {} +
  ln -s "/usr/lib/rustlib/$host/lib" "$lib/$host/lib"
  ln -s "/usr/lib/llvm-$llvm/bin/lld" "$lib/$host/bin/rust-lld"
  for tool in rustc rustdoc; do
    printf '#!/bin/sh\nexec /usr/bin/%s --sysroot "%s" "$@"\n' "$tool" "$root" >"$root/bin/$tool"
  done
  # `cargo clippy` runs the driver next to it, which reads its sysroot from the environment.
  printf '#!/bin/sh\nSYSROOT="%s" exec /usr/bin/cargo-clippy "$@"\n' "$root" >"$root/bin/cargo-clippy"
  ln -s /usr/bin/cargo "$root/bin/cargo"
  chmod +x "$root"/bin/rustc "$root"/bin/rustdoc "$root"/bin/cargo-clippy
  touch "$root/done"
fi
printf 'export RUSTC=%q RUSTDOC=%q\n' "$root/bin/rustc" "$root/bin/rustdoc"
