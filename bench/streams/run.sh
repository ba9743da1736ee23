#!/usr/bin/env bash
# Measures values in pieces beside dd on the same disk, and prints a table: MiB a second of writing (with an
# fsync at the end) and reading 1 GiB, milliseconds of reading 1 MiB in the middle, and the MiB by which the
# process has grown; then the same for 4 GiB. A Redis is measured if redis-server is installed.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"
need cc dd
use_library

size=${1:-$((1 << 30))}
large=${2:-$((4 << 30))}
rounds=${3:-3}
cc -std=c11 -O2 -Wall -Wextra -Werror -I "$KV_INCLUDE" "$root/bench/streams/streams.c" \
    -o "$scratch/streams" -L "$scratch/lib" -lkv -Wl,-rpath,"$scratch/lib"
stores=$(mktemp -d "$target/streams.XXXXXX")
trap 'rm -rf "$stores"; clean_up' EXIT

# Prints how many MiB a second dd has copied.
rate() {
    LC_ALL=C dd "$@" bs=1M 2>&1 | awk '/copied/ { printf "%.0f\n", $1 / $(NF - 3) / 1048576 }'
}

# median COLUMN FILE
median() {
    cut -d' ' -f"$1" "$2" | sort -g | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'
}

# row NAME LOCATION BYTES ROUNDS [GROUP]
row() {
    local round
    : >"$scratch/figures"
    for ((round = 0; round < $4; round++)); do
        rm -rf "$stores"/s*
        "$scratch/streams" "$2" "$3" ${5+"$5"} >>"$scratch/figures"
    done
    printf '| %s | %s | %s | %s | %s |\n' "$1" "$(median 1 "$scratch/figures")" \
        "$(median 2 "$scratch/figures")" "$(median 3 "$scratch/figures")" "$(median 4 "$scratch/figures")"
}

echo "| | write, MiB/s | read, MiB/s | 1 MiB in the middle, ms | growth, MiB |"
echo "|---|---:|---:|---:|---:|"
head -c "$size" /dev/urandom >"$scratch/input"
: >"$scratch/dd"
for ((round = 0; round < rounds; round++)); do
    wrote=$(rate if="$scratch/input" of="$stores/dd" conv=fdatasync)
    read=$(rate if="$stores/dd" of=/dev/null)
    echo "$wrote $read" >>"$scratch/dd"
    rm -f "$stores/dd"
done
rm -f "$scratch/input"
echo "| \`dd\` | $(median 1 "$scratch/dd") | $(median 2 "$scratch/dd") | | |"
row "a file" "$stores/s.db" "$size" "$rounds"
row '`log:`' "log:$stores/s.log" "$size" 1
row '`memory:`' memory: "$size" 1
row "a file, 4 GiB" "$stores/s.db" "$large" 1
if command -v redis-server >/dev/null; then
    . "$root/scripts/redis.sh"
    start_redis "$scratch"
    row "a Redis" "redis://127.0.0.1:$redis_port/0" "$size" "$rounds"
    row "a Redis, 4 GiB" "redis://127.0.0.1:$redis_port/0?stream_max=4GiB" "$large" 1
fi
