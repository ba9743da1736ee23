#!/usr/bin/env bash
# Measures a store in a Redis beside hiredis; writes bench/results/redis.json.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
"$root/scripts/setup.sh" bench-redis
target=${CARGO_TARGET_DIR:-$root/target}
mkdir -p "$target"
directory=$(mktemp -d "$target/redis.XXXXXX")
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$directory"' EXIT
if [[ -z ${KV_LIBRARY:-} ]]; then
    (cd "$root" && cargo build --quiet --release --locked --lib --target-dir "$target")
    KV_LIBRARY=$target/release/libkv.so
fi
ln -s "$KV_LIBRARY" "$directory/libkv.so"
ln -s "$KV_LIBRARY" "$directory/libkv.so.0"
cc -O2 -std=c11 -Wall -Wextra -Wpedantic -Werror -I"$root/include" "$root/bench/redis/redis.c" \
    -o "$directory/redis" -L"$directory" -lkv -lhiredis -lpthread -Wl,-rpath,"$directory"

# A free port: nobody is told of it between here and the server's start, so it is tried again if taken.
for port in $(shuf -i 20000-60000 -n 20); do
    redis-server --port "$port" --bind 127.0.0.1 --save '' --dir "$directory" \
        --logfile "$directory/log" &
    server=$!
    for _ in $(seq 50); do
        redis-cli -p "$port" ping 2>/dev/null | grep -q PONG && break 2
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
done
"$directory/redis" "$port" "$directory/redis.json"
mv "$directory/redis.json" "$root/bench/results/redis.json"
