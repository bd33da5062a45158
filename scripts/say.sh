# Sourced by the other scripts: steps that say what they do and how long it took.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-auto}

# step "what it does" command…: says what it does before, and how long it took after when that was worth saying.
step() {
  local what=$1 began ended
  shift
  began=$(date +%s%N)
  printf '── %s\n' "$what"
  if "$@"; then :; else
    local code=$?
    printf '── FAILED: %s\n' "$what" >&2
    exit "$code"
  fi
  ended=$(date +%s%N)
  printf '   %s.%s s  %s\n' $(((ended - began) / 1000000000)) $(((ended - began) / 100000000 % 10)) "$what" | tee -a "${STEP_LOG:-/dev/null}"
}

# The version of a package in Cargo.lock.
locked_version() {
  awk -v name="$1" '$1 == "name" && $3 == "\"" name "\"" { getline; gsub(/"/, "", $3); print $3; exit }' Cargo.lock
}
