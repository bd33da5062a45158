#!/usr/bin/env bash
# Builds the browser target's standard library from Debian's Rust packages, where rustup cannot reach its server.
# Afterwards the toolchain `debian` is the one for this folder, for the server and the browser alike.

source "$(dirname "$0")/say.sh"

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

target=wasm32-unknown-unknown
library=/usr/lib/rustlib/$target/lib
if ! compgen -G "$library/libstd-*.rlib" >/dev/null; then
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    rustc-web cargo-web rust-web-src rust-web-llvm rustfmt-web rust-web-clippy lld-22 >/dev/null
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir "$work/src"
  printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2024"\n' >"$work/Cargo.toml"
  touch "$work/src/lib.rs"
  (cd "$work" && PATH=/usr/bin:$PATH RUSTC_BOOTSTRAP=1 /usr/bin/cargo build --release -Z build-std=std,panic_abort --target $target)
  as_root mkdir -p "$library"
  for part in "$work/target/$target/release/deps/"*.rlib; do
    case $part in */libempty-*) ;; *) as_root cp "$part" "$library/" ;; esac
  done
fi
rustup toolchain link debian /usr
rustup override set debian
