#!/usr/bin/env bash
# Builds the release: the browser's part with the finished site, and the server. What has not changed is left alone.

source "$(dirname "$0")/say.sh"
source scripts/compile.sh

find "$compiled" -name '*holdfast*' -type f -mtime +30 -delete 2>/dev/null || true

# While the compiler looks at the whole server it uses one core, so the browser's part, and the first time its libraries, gets the others.
cores=$(nproc)
build_site() {
  # The server has more to do: where both want a core it comes first, so that neither is left over, alone on one.
  renice -n 2 -p "$BASHPID" >/dev/null || true
  local about=
  [ -d "$compiled/browser/wasm32-unknown-unknown" ] || about=" and its libraries (three minutes, once on this machine)"
  step "compiling the browser's part$about" compile_browser_part --quiet --jobs $((cores > 2 ? cores - 1 : 1))
  step "finishing the site" node scripts/site.mjs
}

# A shell lets what it has in the background go on.
trap 'kill 0' INT
build_site &
(step "compiling the server" compile_server --quiet) && code=0 || code=$?
wait $! || code=$?
exit "$code"
