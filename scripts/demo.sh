#!/usr/bin/env bash
# Runs the examples in C, looks into the file that one leaves with SQLite's own shell and with the kv
# command, and moves it to a Redis.
. "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
. "$root/scripts/redis.sh"

files=$scratch/files
mkdir "$files"
# The build that `make build` makes too.
build_release
PATH=$target/release:$PATH
export NO_COLOR=1 KV_LIBRARY=$target/release/libkv.so

# Prints a command as it would be typed, and runs it where the files are.
show() {
    printf '$ %s\n' "$*"
    (cd "$files" && eval "$*")
}

"$root/examples/run.sh" --show "$files"

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
start_redis "$files"
export KV_STORE="redis://127.0.0.1:$redis_port?prefix=demo"
show "kv copy quickstart.db '$KV_STORE'"
echo "\$ export KV_STORE='$KV_STORE'"
show 'kv list --long'
show 'kv incr visits'
show 'kv ttl ada --group codes'
show "redis-cli -p $redis_port get demo:visits"
