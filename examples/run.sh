#!/usr/bin/env bash
# Builds the examples, runs each on a fresh file, then in a Redis, and compares what it prints with
# expected/.
#
#   examples/run.sh               ok or FAILED for each, on both
#   examples/run.sh --show DIR    prints names and output as a demonstration, keeps the files in DIR
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/harness.sh"
. "$root/scripts/redis.sh"

here=$root/examples
examples=(quickstart session_store otp rate_limiter cache_aside idempotent_payment feature_flags
    feature_config worker_position)

if (($# != 0)) && [[ $# != 2 || $1 != --show ]]; then
    echo "usage: $0 [--show DIR]" >&2
    exit 2
fi

# example NAME LOCATION: prints on a store what is expected of it.
example() {
    prints "$here/expected/$1.txt" timeout 60 "$scratch/$1" "$2"
}

compile_and_run() { # NAME LOCATION
    compile_c "$here/$1.c" "$scratch/$1" -O1 -g
    example "$@"
}

# Each begins with a missing file, also after an earlier run.
demonstrate() { # NAME FILE
    rm -f "$2" "$2-wal" "$2-shm"
    compile_c "$here/$1.c" "$scratch/$1" -O1 -g
    echo "--- $1"
    "$scratch/$1" "$2" 2>&1 | tee "$scratch/$1.txt"
    diff "$here/expected/$1.txt" "$scratch/$1.txt"
}

use_library
if (($# == 2)); then
    mkdir -p "$2"
    for name in "${examples[@]}"; do demonstrate "$name" "$2/$name.db"; done
    exit
fi

for name in "${examples[@]}"; do
    job "$name" compile_and_run "$name" "$scratch/$name.db"
done
report
# The same programs, on another location.
need redis-server redis-cli
start_redis "$scratch"
for name in "${examples[@]}"; do
    # It waits for a version to be reached, and versions have no order in a Redis.
    if [[ $name == feature_flags ]]; then continue; fi
    job "$name on a redis" example "$name" "redis://127.0.0.1:$redis_port?prefix=$name"
done
report
finish
