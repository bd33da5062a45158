#!/usr/bin/env bash
# The proofs at their full counts, then the planted bugs: about two hours on two cores. Each says how long it took.
#
#   scripts/proof.sh                all of it
#   scripts/proof.sh races kill     only these: model stores races load hangup matrix kill outbox sync disk deadlines api planted
#
# The same tests run in `make test` with smaller counts; HOLDFAST_PROOF=1 is what makes them larger.

source "$(dirname "$0")/say.sh"

export HOLDFAST_PROOF=1 HOLDFAST_PROOF_SEQUENCES=${HOLDFAST_PROOF_SEQUENCES:-100000}
STEP_LOG=$(mktemp)
export STEP_LOG
started=$SECONDS
known="model stores races load hangup matrix kill outbox sync disk deadlines api planted"
wanted=" ${*:-$known} "
for name in $wanted; do
  case " $known " in *" $name "*) ;; *) echo "There is no proof called $name; there are: $known" >&2; exit 2 ;; esac
done
trap 'printf "\nIn all %s s, proved:\n" $((SECONDS - started)); cat "$STEP_LOG"; rm -f "$STEP_LOG"' EXIT

# tests filter…: each filter must find tests, else a proof whose tests were renamed would pass.
tests() {
  local filter
  for filter in "$@"; do
    cargo test --quiet --locked --test tests -- --list "$filter" | grep -q ': test$' || { echo "no test is called $filter" >&2; return 1; }
  done
  scripts/postgres.sh with cargo test --quiet --locked --test tests -- --nocapture "$@"
}

# proof name "what it proves" test…: the tests by their names, when this proof is wanted.
proof() {
  local name=$1 what=$2
  shift 2
  case $wanted in *" $name "*) step "$name: $what" tests "$@" ;; esac
}

case $wanted in
  *" model "*) step "model: the rules go as the simpler model says, every state was searched" \
    cargo test --quiet --locked --package holdfast-domain domain::order::tests ;;
esac
proof stores "random sequences on both stores go as the rules and the simpler model say" domain::order::tests::stores
proof races "who acts at once has acted one after the other, one author a version" races
proof load "under mixed load the books stay true" load::under_mixed_load
proof hangup "who hangs up is told the truth under the same key" load::whoever_hangs_up load::browsers_that_hang_up
proof matrix "each role passes the doors of its row, and no others" doors_matrix
proof kill "killed under load it loses and doubles nothing that it acknowledged" crash::killed_under_load
proof outbox "killed while it sends, mails and webhooks all arrive" messages_killed webhooks::killed
proof sync "it syncs before it answers" crash::it_syncs
proof disk "when the disk fails nothing is acknowledged that is not there" crash::when_the_disk_fails
proof api "a generator of requests finds every answer of the API as its document says" api::judges
proof deadlines "the clock acts at its time and once" deadlines
case $wanted in *" planted "*) step "planted: each planted bug is caught by the test named for it" \
  scripts/postgres.sh with node scripts/planted.mjs ;; esac
