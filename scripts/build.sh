#!/usr/bin/env bash
# Builds the release: the browser's part, the finished site, the server. Each step leaves alone what has not changed.

source "$(dirname "$0")/say.sh"

# Small rather than fast, and without checks: the browser only previews, the server decides. It says so here and not in a profile
# of its own, for with one profile the macros and build scripts of both halves are the same and are compiled once.
build_browser_part() {
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="-Copt-level=z -Cpanic=abort -Coverflow-checks=off -Cembed-bitcode=yes" \
    cargo rustc --quiet --locked --release --lib --crate-type cdylib --no-default-features --features hydrate \
    --target wasm32-unknown-unknown -- -Clto=fat -Ccodegen-units=1
}

build_server() { cargo build --quiet --locked --release --bin holdfast; }

step "compiling the browser's part" build_browser_part
step "finishing the site" node scripts/site.mjs
step "compiling the server" build_server
