#!/usr/bin/env bash
# Everything that must hold: checks, tests on both databases, and the release build in a real browser.

source "$(dirname "$0")/say.sh"

STEP_LOG=$(mktemp)
export STEP_LOG
started=$SECONDS
trap 'printf "\nIn all %s s:\n" $((SECONDS - started)); cat "$STEP_LOG"; rm -f "$STEP_LOG"' EXIT

# The release build of the browser's half follows below; checking that half as well would compile it twice.
scripts/check.sh --no-browser
step "tests on SQLite and PostgreSQL" scripts/postgres.sh with cargo test --quiet --locked --workspace
scripts/build.sh
step "browser tests" npm test --prefix end2end --silent
