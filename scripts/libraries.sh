#!/usr/bin/env bash
# Compiles the libraries that the server stands on, once for all clones of this machine; done at once when they are there. Those of the
# browser's part are left to build.sh: they are compiled while the compiler looks at the server, which leaves a core idle.

source "$(dirname "$0")/say.sh"
source scripts/compile.sh

# What decides how a library is compiled.
inputs="Cargo.toml src/browser/Cargo.toml src/domain/Cargo.toml src/macros/Cargo.toml Cargo.lock .cargo/config.toml scripts/compile.sh"
wanted=$({ rustc -vV; cat $inputs; } | sha256sum)
is_compiled() { [ "$(cat "$compiled/libraries" 2>/dev/null)" = "$wanted" ]; }

is_compiled && exit
exec 9>"$compiled/lock"
flock 9 # another clone may be at it
is_compiled && exit

# The same packages with nothing in them: what is left to compile are their libraries.
empty=$(mktemp -d)
trap 'rm -rf "$empty"' EXIT
mkdir -p "$empty/.cargo" "$empty/scripts" "$empty/src/browser" "$empty/src/domain" "$empty/src/macros" "$empty/src/tests"
cp Cargo.toml Cargo.lock "$empty/"
cp src/browser/Cargo.toml "$empty/src/browser/"
cp src/domain/Cargo.toml "$empty/src/domain/"
cp src/macros/Cargo.toml "$empty/src/macros/"
cp scripts/own.sh "$empty/scripts/"
cp .cargo/config.toml "$empty/.cargo/"
touch "$empty/src/lib.rs" "$empty/src/browser/lib.rs" "$empty/src/domain/lib.rs" "$empty/src/macros/lib.rs"
echo 'fn main() {}' | tee "$empty/build.rs" "$empty/src/tests/main.rs" >"$empty/src/main.rs"
cd "$empty"

# Somebody who watches sees how far it is.
quiet=--quiet
[ ! -t 2 ] || quiet=
# The macros and build scripts of the browser's part are the same: they are shared, what says how old they are is copied.
share_macros() {
  mkdir -p "$compiled/browser/release" &&
    cp -al --no-clobber "$compiled/server/release/deps" "$compiled/browser/release/" &&
    cp -a --no-clobber "$compiled/server/release/build" "$compiled/server/release/.fingerprint" "$compiled/browser/release/"
}

step "compiling the libraries of the server (three minutes, once on this machine)" compile_server $quiet
share_macros
echo "$wanted" >"$compiled/libraries"
