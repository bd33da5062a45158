#!/usr/bin/env bash
# Builds the release: the browser's part, the finished site, the server. Each step leaves alone what has not changed.

source "$(dirname "$0")/say.sh"

build_browser_part() {
  cargo build --quiet --locked --lib --no-default-features --features hydrate \
    --target wasm32-unknown-unknown --profile wasm-release
}

build_server() { cargo build --quiet --locked --release --bin holdfast; }

step "compiling the browser's part" build_browser_part
step "finishing the site" node scripts/site.mjs
step "compiling the server" build_server
