#!/usr/bin/env bash
# Runs the examples in C, looks into the file that one leaves with SQLite's own shell and with the kv
# command, and moves it to a Redis.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

files=$(mktemp -d)
server=
leave() {
    if [[ -n $server ]]; then kill "$server"; fi
    rm -rf "$files"
}
trap leave EXIT
PATH=${CARGO_TARGET_DIR:-$PWD/target}/release:$PATH
export NO_COLOR=1

# Prints a command as it would be typed, and runs it where the files are.
show() {
    printf '$ %s\n' "$*"
    (cd "$files" && eval "$*")
}

# Starts a server on a port that nobody listens on, and sets `port`.
start_redis() {
    for _ in {1..20}; do
        port=$((20000 + RANDOM % 10000))
        redis-server --port $port --bind 127.0.0.1 --save '' --dir "$files" >"$files/redis.log" &
        server=$!
        for _ in {1..50}; do
            if redis-cli -p $port ping >"$files/ping" 2>&1; then return; fi
            if ! kill -0 $server 2>/dev/null; then break; fi
            sleep 0.1
        done
    done
    echo "no server starts: $(tail -3 "$files/redis.log")" >&2
    return 1
}

examples/run.sh --show "$files"

echo '--- the file of quickstart, as any program that reads SQLite sees it'
show "sqlite3 -readonly -box quickstart.db 'select * from kv_entries limit 5'"

echo '--- and as the kv command does'
show 'kv --store quickstart.db groups'
show 'kv --store quickstart.db list --group codes --long'
show 'kv --store quickstart.db incr visits 41 && kv --store quickstart.db incr visits'
show "kv --store quickstart.db set app '{\"theme\": \"dark\", \"seen\": 9007199254740993}' --json"
show 'kv --store quickstart.db get app'
show 'kv --store quickstart.db set app taken --if-absent || echo "status $?"'
show 'kv --store quickstart.db export -'

echo '--- the same store in a Redis'
start_redis
export KV_STORE="redis://127.0.0.1:$port?prefix=demo"
show "kv copy quickstart.db '$KV_STORE'"
echo "\$ export KV_STORE='$KV_STORE'"
show 'kv list --long'
show 'kv incr visits'
show 'kv ttl ada --group codes'
show "redis-cli -p $port get demo:visits"
