#!/usr/bin/env bash
# Compiles the libraries that Holdfast stands on, once for all clones of this machine; done at once when they are there.

source "$(dirname "$0")/say.sh"
source scripts/compile.sh

# What decides how a library is compiled.
inputs="Cargo.toml src/browser/Cargo.toml src/domain/Cargo.toml Cargo.lock .cargo/config.toml scripts/compile.sh"
wanted=$({ rustc -vV; cat $inputs; } | sha256sum)
is_compiled() { [ "$(cat "$compiled/libraries" 2>/dev/null)" = "$wanted" ]; }

is_compiled && exit
exec 9>"$compiled/lock"
flock 9 # another clone may be at it
is_compiled && exit

# The same packages with nothing in them: what is left to compile are their libraries.
empty=$(mktemp -d)
trap 'rm -rf "$empty"' EXIT
mkdir -p "$empty/.cargo" "$empty/scripts" "$empty/src/browser" "$empty/src/domain" "$empty/src/tests"
cp Cargo.toml Cargo.lock "$empty/"
cp src/browser/Cargo.toml "$empty/src/browser/"
cp src/domain/Cargo.toml "$empty/src/domain/"
cp scripts/own.sh "$empty/scripts/"
cp .cargo/config.toml "$empty/.cargo/"
touch "$empty/src/lib.rs" "$empty/src/browser/lib.rs" "$empty/src/domain/lib.rs"
echo 'fn main() {}' | tee "$empty/build.rs" "$empty/src/tests/main.rs" >"$empty/src/main.rs"
cd "$empty"

# Somebody who watches sees how far it is.
quiet=--quiet
[ ! -t 2 ] || quiet=
# The macros and build scripts of both halves are the same.
share_macros() { mkdir -p "$compiled/server" && cp -a --no-clobber "$compiled/browser/release" "$compiled/server/"; }

step "compiling the libraries of the browser's part (a minute and a half, once on this machine)" compile_browser_part $quiet
share_macros
step "compiling the libraries of the server (four minutes, once on this machine)" compile_server $quiet
echo "$wanted" >"$compiled/libraries"
