# Sourced after say.sh: how the release is compiled, the same for the libraries that Holdfast stands on and for itself.

# The libraries are compiled once for all clones on this machine, and kept where its other caches are; so are our own parts, for a
# month after the clone's last build. Without such a place everything stays in target/. Each half has folders of its own, for cargo lets
# nobody else into a folder while it compiles. Where a clone lies is no part of what cargo calls a package, so that a clone would be
# given what another has compiled of other sources; what compiles our own packages is, and own.sh lies in each clone.
compiled=${XDG_CACHE_HOME:-${HOME:-/nowhere}/.cache}/holdfast/compiled
mkdir -p "$compiled" 2>/dev/null && [ -w "$compiled" ] || compiled=$PWD/target/compiled
mkdir -p "$compiled"

# The compiler ends soon and gives everything back then: what it lets go of until then is kept, in one place for all its threads.
export MALLOC_CONF=${MALLOC_CONF:-narenas:1,dirty_decay_ms:-1,muzzy_decay_ms:-1}

# Small rather than fast, and without checks: the browser only previews, the server decides. It says so here and not in a profile
# of its own, for with one profile the macros and build scripts of both halves are the same and are compiled once.
compile_browser_part() {
  RUSTC_WRAPPER=$PWD/scripts/unlinked.sh RUSTC_WORKSPACE_WRAPPER=$PWD/scripts/own.sh \
    CARGO_BUILD_BUILD_DIR=$compiled/browser CARGO_TARGET_DIR=target/browser \
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="-Copt-level=z -Cpanic=abort -Coverflow-checks=off -Clinker-plugin-lto" \
    cargo rustc "$@" --locked --release --package holdfast-browser --target wasm32-unknown-unknown \
    -- -Clinker-plugin-lto=no -Cembed-bitcode=yes -Clto=fat -Ccodegen-units=1
}

compile_server() {
  RUSTC_WORKSPACE_WRAPPER=$PWD/scripts/own.sh CARGO_BUILD_BUILD_DIR=$compiled/server \
    cargo build "$@" --locked --release --bin holdfast
}
