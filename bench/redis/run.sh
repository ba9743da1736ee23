#!/usr/bin/env bash
# Measures a store in a Redis beside hiredis; writes bench/results/redis.json.
on_disk=yes
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"
. "$root/scripts/redis.sh"

"$root/scripts/setup.sh" bench-redis
use_library
compile_c "$root/bench/redis/redis.c" "$scratch/redis" -O2 -lhiredis

start_redis "$scratch"
"$scratch/redis" "$redis_port" "$scratch/redis.json"
mv "$scratch/redis.json" "$root/bench/results/redis.json"
