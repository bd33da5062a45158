#!/usr/bin/env bash
# The checks that need no running program: format, lints, documentation, the browser's half.

source "$(dirname "$0")/say.sh"

step "format" cargo fmt --all --check
step "planted bugs still find their places" node scripts/planted.mjs places
step "lints" cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
step "documentation" env RUSTDOCFLAGS='-D warnings' cargo doc --quiet --locked --workspace --no-deps --document-private-items --lib
if [ "${1:-}" != --no-browser ]; then
  step "lints of the browser's half" cargo clippy --quiet --locked --package holdfast-browser \
    --target wasm32-unknown-unknown -- -D warnings
fi
