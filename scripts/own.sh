#!/bin/sh
# Runs the compiler for a package of this clone; see compile.sh.
exec "$@"
