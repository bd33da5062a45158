#!/bin/sh
# Runs the compiler for a package of this clone; see compile.sh.
# For the server it takes gigabytes: in large pages they cost less, which for small libraries cost more.
# The server's functions are drawn into each other a little less eagerly: a tenth of the compiler's work, and hardly slower.
# Its pieces are not optimised once more together.
case " $* " in
*" --target wasm32"*) exec "$@" ;;
*" --crate-name holdfast "*)
  export MALLOC_CONF="${MALLOC_CONF:+$MALLOC_CONF,}thp:always,metadata_thp:always"
  exec "$@" -Clto=off -Cllvm-args=-inline-threshold=100
  ;;
*) exec "$@" ;;
esac
