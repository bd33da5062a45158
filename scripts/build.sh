#!/usr/bin/env bash
# Builds the release: the browser's part, the finished site, the server. Each step leaves alone what has not changed.

source "$(dirname "$0")/say.sh"

# The libraries are compiled once for all clones on this machine, and kept where its other caches are; so are our own parts, for a
# month after the clone's last build. Without such a place everything stays in target/.
libraries=${XDG_CACHE_HOME:-${HOME:-/nowhere}/.cache}/holdfast/build
if mkdir -p "$libraries" 2>/dev/null && [ -w "$libraries" ]; then
  export CARGO_BUILD_BUILD_DIR=$libraries
  find "$libraries" -name '*holdfast*' -type f -mtime +30 -delete 2>/dev/null || true
fi

# Small rather than fast, and without checks: the browser only previews, the server decides. It says so here and not in a profile
# of its own, for with one profile the macros and build scripts of both halves are the same and are compiled once.
build_browser_part() {
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="-Copt-level=z -Cpanic=abort -Coverflow-checks=off -Clinker-plugin-lto" \
    cargo rustc --quiet --locked --release --lib --crate-type cdylib --no-default-features --features hydrate \
    --target wasm32-unknown-unknown -- -Clinker-plugin-lto=no -Cembed-bitcode=yes -Clto=fat -Ccodegen-units=1
}

build_server() { cargo build --quiet --locked --release --bin holdfast; }

step "compiling the browser's part" build_browser_part
step "finishing the site" node scripts/site.mjs
step "compiling the server" build_server
