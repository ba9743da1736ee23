#!/usr/bin/env bash
# Measures a store in a Redis beside hiredis; writes bench/results/redis.json.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
"$root/scripts/setup.sh" bench-redis
. "$root/scripts/redis.sh"
target=${CARGO_TARGET_DIR:-$root/target}
mkdir -p "$target"
directory=$(mktemp -d "$target/redis.XXXXXX")
trap 'kill "${redis_server:-}" 2>/dev/null || true; rm -rf "$directory"' EXIT
if [[ -z ${KV_LIBRARY:-} ]]; then
    (cd "$root" && cargo build --quiet --release --locked --lib --target-dir "$target")
    KV_LIBRARY=$target/release/libkv.so
fi
ln -s "$KV_LIBRARY" "$directory/libkv.so"
ln -s "$KV_LIBRARY" "$directory/libkv.so.0"
cc -O2 -std=c11 -Wall -Wextra -Wpedantic -Werror -I"$root/include" "$root/bench/redis/redis.c" \
    -o "$directory/redis" -L"$directory" -lkv -lhiredis -lpthread -Wl,-rpath,"$directory"

start_redis "$directory"
"$directory/redis" "$redis_port" "$directory/redis.json"
mv "$directory/redis.json" "$root/bench/results/redis.json"
