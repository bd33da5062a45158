#!/usr/bin/env bash
# Builds the release: the browser's part with the finished site, and the server. What has not changed is left alone.

source "$(dirname "$0")/say.sh"
source scripts/compile.sh

find "$compiled" -name '*holdfast*' -type f -mtime +30 -delete 2>/dev/null || true

build_site() {
  renice -n 10 $BASHPID >/dev/null # the server takes longer, so it goes first
  step "compiling the browser's part" compile_browser_part --quiet
  step "finishing the site" node scripts/site.mjs
}

# Both at once: the compiler looks at the whole server on one core for a minute before it needs the second.
trap 'kill 0' INT # a shell lets what it has in the background go on
build_site &
(step "compiling the server" compile_server --quiet) && code=0 || code=$?
wait $! || code=$?
exit "$code"
