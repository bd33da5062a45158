#!/bin/sh
# Runs the compiler for a package of this clone; see compile.sh.
# The server's functions are drawn into each other a little less eagerly: a tenth of the compiler's work, and hardly slower.
case " $* " in
*" --target wasm32"*) exec "$@" ;;
*" --crate-name holdfast "*) exec "$@" -Cllvm-args=-inline-threshold=100 ;;
*) exec "$@" ;;
esac
