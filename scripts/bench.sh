#!/usr/bin/env bash
# Measures the release build on loopback: pages and an action, each beside a bare handler or loop that asks and commits
# the same, and what a page weighs. Everything is bounded; nothing is asserted.
#
#   BENCH_SECONDS=5       how long each is measured
#   BENCH_ORDERS=1000000  makes that many orders up in a database of its own, instead of importing real ones

source "$(dirname "$0")/say.sh"

seconds=${BENCH_SECONDS:-5}
port=${BENCH_PORT:-3980}
orders=${BENCH_ORDERS:-}
folder=target/bench${orders:+-$orders}
database=$folder/holdfast.db
binary=target/release/holdfast
mkdir -p "$folder"

if [ ! -f "$database" ]; then
  olist=${OLIST:-../shared/data/olist}
  if [ -z "$orders" ] && [ -d "$olist" ]; then
    step "importing orders" "$binary" import olist "$olist" --database-url "sqlite://$database.new"
  else
    step "making orders up" "$binary" seed --orders "${orders:-20000}" --database-url "sqlite://$database.new" --secret-file "$folder/secret.key"
  fi
  mv "$database.new" "$database"
  for suffix in -wal -shm; do [ ! -f "$database.new$suffix" ] || mv "$database.new$suffix" "$database$suffix"; done
fi

HOLDFAST_API_CALLS_PER_MINUTE=0 "$binary" bench --database-url "sqlite://$database" --secret-file "$folder/secret.key" --listen "127.0.0.1:$port" \
  --references "$folder/references" >"$folder/said" 2>"$folder/log" &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
until grep -q '^ready' "$folder/said" 2>/dev/null; do # a large database that nobody has read yet takes minutes
  kill -0 $server 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
  sleep 0.2
done

cookie() { awk -v role="$1" '$1 == "cookie" && $2 == role { print $3 }' "$folder/said"; }
order=$(awk '$1 == "order" { print $2 }' "$folder/said")
product=http://127.0.0.1:$port
bare=http://127.0.0.1:$((port + 1))

# rate URL COOKIE: requests a second, p50, p99; a warm-up of a second comes first.
rate() {
  wrk -t2 -c8 -d1s -H "Cookie: $2" "$1" >/dev/null
  wrk -t2 -c8 -d"${seconds}s" --latency -H "Cookie: $2" "$1" |
    awk '/Requests\/sec/ { r = $2 } $1 == "50%" { p50 = $2 } $1 == "99%" { p99 = $2 } /Non-2xx/ { bad = " (errors!)" } END { print r, p50, p99 bad }'
}

line() { printf '%-28s %10s %9s %9s   %10s %7s\n' "$@"; }
line "" "requests/s" p50 p99 "bare/s" ratio
measure() {
  local name=$1 role=$2 path=$3 twin=$4
  read -r r p50 p99 <<<"$(rate "$product$path" "$(cookie "$role")")"
  read -r b _ _ <<<"$(rate "$bare$twin" "$(cookie "$role")")"
  line "$name" "$r" "$p50" "$p99" "$b" "$(awk -v a="$r" -v b="$b" 'BEGIN { printf "%.2f", a / b }')"
}
for role in operator seller buyer; do
  measure "list, 20 rows, $role" "$role" "/orders?tab=all&rows=20" "/$role/20"
  measure "list, 50 rows, $role" "$role" "/orders?tab=all&rows=50" "/$role/50"
done
measure "order page, buyer" buyer "/orders/$order?tab=all" /buyer/order

bare_actions=$(awk '$1 == "bare_actions" { print $2 }' "$folder/said")
read -r r p50 p99 <<<"$(wrk -t2 -c8 -d"${seconds}s" --latency -s scripts/bench.lua "$product" -- "$folder/references" "$(cookie seller)" |
  awk '/Requests\/sec/ { r = $2 } $1 == "50%" { p50 = $2 } $1 == "99%" { p99 = $2 } /Non-2xx/ { bad = " (errors!)" } END { print r, p50, p99 bad }')"
line "mark delivered, seller" "$r" "$p50" "$p99" "$bare_actions" "$(awk -v a="$r" -v b="$bare_actions" 'BEGIN { printf "%.2f", a / b }')"
key() { awk -v role="$1" '$1 == "key" && $2 == role { print $3 }' "$folder/said"; }
# rate_by_key URL KEY: like rate, for a program.
rate_by_key() {
  wrk -t2 -c8 -d1s -H "Authorization: Bearer $2" "$1" >/dev/null
  wrk -t2 -c8 -d"${seconds}s" --latency -H "Authorization: Bearer $2" "$1" |
    awk '/Requests\/sec/ { r = $2 } $1 == "50%" { p50 = $2 } $1 == "99%" { p99 = $2 } /Non-2xx/ { bad = " (errors!)" } END { print r, p50, p99 bad }'
}
measure_api() {
  local name=$1 role=$2 path=$3 twin=$4
  read -r r p50 p99 <<<"$(rate_by_key "$product$path" "$(key "$role")")"
  read -r b _ _ <<<"$(rate_by_key "$bare$twin" "$(key "$role")")"
  line "$name" "$r" "$p50" "$p99" "$b" "$(awk -v a="$r" -v b="$b" 'BEGIN { printf "%.2f", a / b }')"
}
for role in operator seller buyer; do
  measure_api "API list, 20 rows, $role" "$role" "/api/v1/orders?limit=20" "/$role/api/20"
  measure_api "API list, 50 rows, $role" "$role" "/api/v1/orders?limit=50" "/$role/api/50"
done
measure_api "API order, buyer" buyer "/api/v1/orders/$order" /buyer/api/order
read -r r p50 p99 <<<"$(wrk -t2 -c8 -d"${seconds}s" --latency -s scripts/bench.lua "$product" -- "$folder/references.api" "$(key seller)" api |
  awk '/Requests\/sec/ { r = $2 } $1 == "50%" { p50 = $2 } $1 == "99%" { p99 = $2 } /Non-2xx/ { bad = " (errors!)" } END { print r, p50, p99 bad }')"
line "API deliver, seller" "$r" "$p50" "$p99" "$bare_actions" "$(awk -v a="$r" -v b="$bare_actions" 'BEGIN { printf "%.2f", a / b }')"
printf '\nmemory: %s resident, %s at most\n' $(awk '/VmRSS/ { r = $2 / 1024 " MB" } /VmHWM/ { h = $2 / 1024 " MB" } END { gsub(" ", "", r); gsub(" ", "", h); print r, h }' /proc/$server/status)

printf '\nWeights as sent, bytes:\n'
weigh() { printf '  %-34s %8s of %6s\n' "$1" "$(curl -s -H "Accept-Encoding: gzip, br" -H "Cookie: $(cookie operator)" -o - "$product$2" | wc -c)" "$3"; }
page="/orders?tab=all&rows=50"
html=$(curl -s -H "Cookie: $(cookie operator)" "$product$page")
weigh "HTML, list of 50 rows" "$page" 25000
weigh "CSS" "$(grep -oE '/pkg/[^"]+\.css' <<<"$html" | head -1)" 12000
weigh "JS" "$(grep -oE '/pkg/[^"]+\.js' <<<"$html" | head -1)" 12000
weigh "wasm" "$(grep -oE '/pkg/[^"]+\.wasm' <<<"$html" | head -1)" 120000
