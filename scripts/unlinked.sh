#!/bin/sh
# Runs the compiler for what the browser's part stands on; see compile.sh.
# The framework brings these along for the server and for macros. Hardly anything of them reaches the browser (under a kilobyte): making
# them small is lost work.
unlinked=" aho_corasick config leptos_hot_reload proc_macro2 quote regex regex_automata regex_syntax rstml syn toml toml_parser winnow "
if [ "${2:-}" = --crate-name ]; then
  case " $* " in
  *" --target wasm32"*) case $unlinked in *" $3 "*) exec "$@" -Copt-level=0 ;; esac ;;
  esac
fi
exec "$@"
