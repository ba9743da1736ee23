#!/usr/bin/env bash
# Builds the examples, runs each on a fresh file, then in a Redis, and compares what it prints with
# expected/.
#
#   examples/run.sh               ok or FAILED for each, on both
#   examples/run.sh --show DIR    prints names and output as a demonstration, keeps the files in DIR
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
examples=(quickstart session_store otp rate_limiter cache_aside idempotent_payment feature_flags
    feature_config worker_position)

scratch=$(mktemp -d)
trap 'kill "${redis_server:-}" 2>/dev/null || true; rm -rf "$scratch"' EXIT
. "$root/scripts/redis.sh"
show=
files=$scratch
if [ "${1-}" = --show ]; then
    show=yes
    files=${2:?--show needs a directory}
    mkdir -p "$files"
elif [ $# -ne 0 ]; then
    echo "usage: $0 [--show DIR]" >&2
    exit 2
fi

(cd "$root" && cargo build --quiet --release --lib --target-dir "$target")
# A program looks for the library under its soname; that link is made by the installation.
mkdir "$scratch/lib"
ln -s "$target/release/libkv.so" "$scratch/lib/libkv.so"
ln -s "$target/release/libkv.so" "$scratch/lib/libkv.so.0"

passed=0
failed=0

# run NAME LOCATION LABEL: runs an example on a store and compares what it prints.
run() {
    local name=$1 status=0
    timeout 60 "$scratch/$name" "$2" >"$scratch/$name.txt" 2>&1 || status=$?
    if [ -n "$show" ]; then
        printf '%s\n' "--- $name"
        cat "$scratch/$name.txt"
    fi
    if [ "$status" -eq 0 ] && cmp -s "$scratch/$name.txt" "$here/expected/$name.txt"; then
        passed=$((passed + 1))
        if [ -z "$show" ]; then echo "ok $name$3"; fi
    else
        failed=$((failed + 1))
        echo "FAILED $name$3 (ended with $status)"
        diff "$here/expected/$name.txt" "$scratch/$name.txt" || true
    fi
}

for name in "${examples[@]}"; do
    cc -std=c11 -Wall -Wextra -Wpedantic -Werror -O1 -g -I "$root/include" "$here/$name.c" \
        -o "$scratch/$name" -L "$scratch/lib" -lkv -Wl,-rpath,"$scratch/lib" -pthread
    # Each begins with a file that is not there, whoever ran before.
    rm -f "$files/$name.db" "$files/$name.db-wal" "$files/$name.db-shm"
    run "$name" "$files/$name.db" ''
done

# The same programs, on another location.
if [ -z "$show" ]; then
    start_redis "$scratch"
    for name in "${examples[@]}"; do
        # It waits for a version to be reached, and versions have no order in a Redis.
        if [ "$name" = feature_flags ]; then continue; fi
        run "$name" "redis://127.0.0.1:$redis_port?prefix=$name" ' on a redis'
    done
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
