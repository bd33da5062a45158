#!/usr/bin/env bash
# A throw-away PostgreSQL cluster from the system's binaries, in a temporary folder, on loopback and a socket.
#
#   folder=$(scripts/postgres.sh start)   starts one; "$folder/url" holds its URL
#   scripts/postgres.sh stop "$folder"    stops it and removes the folder
#   scripts/postgres.sh with command…     runs a command with HOLDFAST_TEST_POSTGRES_URL set, then removes the cluster

set -euo pipefail

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -n "$bin" ] || { echo "PostgreSQL is missing: run scripts/setup.sh test" >&2; exit 1; }

# PostgreSQL refuses to run as root.
as_owner() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'; }

start() {
  local folder port
  folder=$(as_owner mktemp -d "${TMPDIR:-/tmp}/holdfast-postgres.XXXXXX")
  port=$(free_port)
  as_owner "$bin/initdb" -D "$folder/data" -U holdfast -A trust -E UTF8 --no-locale >"/dev/null"
  as_owner "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w -s start \
    -o "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=$folder -c max_connections=200 -c fsync=${POSTGRES_FSYNC:-on}" >/dev/null ||
    { cat "$folder/log" >&2; exit 1; }
  as_owner "$bin/createdb" -h 127.0.0.1 -p "$port" -U holdfast holdfast
  as_owner tee "$folder/url" >/dev/null <<<"postgres://holdfast@127.0.0.1:$port/holdfast"
  echo "$folder"
}

stop() {
  as_owner "$bin/pg_ctl" -D "$1/data" -m immediate -w -s stop || true
  case $1 in */holdfast-postgres.*) rm -rf "$1" ;; esac
}

case ${1:-} in
  start) start ;;
  stop) stop "$2" ;;
  with)
    shift
    folder=$(start)
    trap 'stop "$folder"' EXIT
    HOLDFAST_TEST_POSTGRES_URL=$(cat "$folder/url") "$@"
    ;;
  *) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
