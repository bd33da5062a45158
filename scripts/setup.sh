#!/usr/bin/env bash
# Brings the tools that are missing; idempotent, and done in well under a second when nothing is.
#
#   scripts/setup.sh check   what `make check` needs
#   scripts/setup.sh build   what `make run` and `make build` need (default): also the libraries, compiled
#   scripts/setup.sh test    also what `make test` needs: a browser, PostgreSQL, hledger, a judge of webhooks
#   scripts/setup.sh bench   what `make bench` needs: also the load generator
#   scripts/setup.sh dev     what `make dev` needs: also cargo-leptos

source "$(dirname "$0")/say.sh"

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# install_packages: each argument is command=package or file=package; installs the packages of what is not there.
install_packages() {
  local pair missing=()
  for pair in "$@"; do
    [ -e "${pair%%=*}" ] || command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
  done
  [ ${#missing[@]} = 0 ] && return
  step "installing ${missing[*]} from the system's packages" install_with_apt "${missing[@]}"
}

install_with_apt() {
  as_root apt-get update -qq &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# The newest rustc that is there must know what Cargo.toml asks for; rustup brings a newer one.
need_rust() {
  command -v cargo >/dev/null || { echo "Rust is missing: install rustup, then run this again." >&2; exit 1; }
  local wanted have
  wanted=$(awk -F'"' '/^rust-version/ { print $2 }' Cargo.toml)
  have=$(rustc --version 2>/dev/null | awk '{ print $2 }' || true)
  if [ "$(printf '%s\n%s\n' "$wanted" "${have:-0}" | sort -V | head -1)" != "$wanted" ]; then
    step "fetching Rust $wanted or newer (about a minute)" fetch_rust
  fi
}

fetch_rust() {
  rustup toolchain install stable --profile minimal --component rustfmt --component clippy --target wasm32-unknown-unknown &&
    rustup override set stable
}

has_browser_library() {
  compgen -G "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib/libstd-*.rlib" >/dev/null
}

need_browser_target() {
  has_browser_library && return
  step "fetching the browser target of the Rust library" fetch_browser_target
}

fetch_browser_target() {
  rustup target add wasm32-unknown-unknown || {
    echo "   rustup cannot bring it: building it from Debian's Rust packages instead"
    scripts/wasm-library.sh
  }
}

need_wasm_bindgen() {
  local wanted
  wanted=$(locked_version wasm-bindgen)
  [ "$(wasm-bindgen --version 2>/dev/null | awk '{ print $2 }')" = "$wanted" ] && return
  step "building wasm-bindgen $wanted (about two minutes)" install_wasm_bindgen "$wanted"
}

# Fast to build rather than fast to run, and not by its own lock file, which names a withdrawn crate.
install_wasm_bindgen() {
  local folder=${CARGO_INSTALL_ROOT:-${CARGO_HOME:-$HOME/.cargo}}
  CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
    CARGO_PROFILE_RELEASE_DEBUG=0 cargo install -q --force wasm-bindgen-cli --version "$1" --bin wasm-bindgen --root "$folder"
}

need_npm() {
  command -v npm >/dev/null || { echo "Node is missing: install node 20 or newer, then run this again." >&2; exit 1; }
}

# need_node_packages folder: what its lock file names, exactly.
need_node_packages() {
  cmp -s "$1/package-lock.json" "$1/node_modules/.installed-lock" && return
  step "fetching the node packages of $1/" fetch_node_packages "$1"
}

fetch_node_packages() {
  npm ci --prefix "$1" --no-audit --no-fund --silent && cp "$1/package-lock.json" "$1/node_modules/.installed-lock"
}

need_linters() {
  cargo clippy --version >/dev/null 2>&1 && cargo fmt --version >/dev/null 2>&1 ||
    step "fetching rustfmt and clippy" rustup component add rustfmt clippy
}

# The library that judges webhooks in tests, in an environment of its own.
need_python_packages() {
  cmp -s end2end/requirements.txt target/python/.installed && return
  install_packages python3=python3
  python3 -c 'import ensurepip, venv' 2>/dev/null ||
    step "installing python3-venv from the system's packages" install_with_apt python3-venv
  step "fetching the python packages of end2end/" fetch_python_packages
}

fetch_python_packages() {
  python3 -m venv target/python && target/python/bin/pip install -q --disable-pip-version-check -r end2end/requirements.txt &&
    cp end2end/requirements.txt target/python/.installed
}

need_cargo_leptos() {
  command -v cargo-leptos >/dev/null && return
  step "building cargo-leptos (about ten minutes, once)" install_cargo_leptos
}

# Its own lock file asks for a newer compiler than its source needs, and `cargo install` alone takes the newest of
# everything: so its source is locked anew for the compiler that is here, and installed from there.
install_cargo_leptos() {
  local version=0.3.11 work folder=${CARGO_INSTALL_ROOT:-${CARGO_HOME:-$HOME/.cargo}}
  work=$(mktemp -d)
  mkdir -p "$work/fetch/src" && touch "$work/fetch/src/lib.rs"
  cat >"$work/fetch/Cargo.toml" <<END
[package]
name = "fetch"
version = "0.0.0"
edition = "2024"
[dependencies]
cargo-leptos = "=$version"
END
  # The compiler that is here counts, not the range that the authors promise: their dependencies do not keep to it.
  CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS=fallback cargo fetch -q --manifest-path "$work/fetch/Cargo.toml" &&
    cp -r "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/cargo-leptos-"$version" "$work/source" &&
    rm -f "$work/source/Cargo.lock" &&
    sed -i "s/^rust-version = .*/rust-version = \"$(rustc --version | awk '{ print $2 }')\"/" "$work/source/Cargo.toml" &&
    CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS=fallback cargo generate-lockfile -q --manifest-path "$work/source/Cargo.toml" &&
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_DEBUG=0 \
      CARGO_TARGET_DIR="$work/target" cargo install -q --locked --path "$work/source" --features no_downloads --root "$folder"
  local code=$?
  rm -rf "$work"
  return $code
}

need_compilers() {
  need_npm
  install_packages cc=build-essential curl=curl
  need_rust
  need_browser_target
  need_wasm_bindgen
}

need_tools() {
  need_compilers
  need_node_packages scripts
}

# What comes over the network is fetched while the libraries are compiled.
need_build() {
  need_compilers
  need_node_packages scripts &
  scripts/libraries.sh
  wait $!
}

need_test() {
  need_tools
  install_packages chromium=chromium hledger=hledger strace=strace openssl=openssl \
    /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf=fonts-dejavu-core
  compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || install_packages postgres=postgresql
  need_linters
  need_node_packages end2end
  need_python_packages
  scripts/libraries.sh
}

case ${1:-build} in
  check) need_tools; need_linters ;;
  build) need_build ;;
  test) need_test ;;
  bench) need_build; install_packages wrk=wrk ;;
  dev) need_tools; need_cargo_leptos ;;
  *) echo "usage: $0 [check|build|test|bench|dev]" >&2; exit 2 ;;
esac
