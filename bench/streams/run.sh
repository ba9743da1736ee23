#!/usr/bin/env bash
# Measures values in pieces beside dd on the same disk, and prints a table of medians: MiB a second of writing
# 1 GiB with an fsync at the end, and of reading it; milliseconds of reading 1 MiB in its middle; and the MiB
# by which the process has grown. Then the same for 4 GiB.
#
#   bench/streams/run.sh [BYTES [MORE_BYTES [ROUNDS]]]
on_disk=yes
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

# Takes a file out of the page cache.
evict() {
    dd of="$1" oflag=nocache conv=notrunc,fdatasync count=0 status=none
}

# Prints how many MiB a second dd has copied.
rate() {
    dd "$@" bs=1M 2>&1 | awk '/copied/ { printf "%.0f", $1 / $(NF - 3) / 1048576 }'
}

# median COLUMN
median() {
    cut -d' ' -f"$1" "$scratch/figures" | sort -g | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'
}

# in_file BYTES: prints the figures of a file: write, read from the disk, read from the page cache, range
# from the disk, growth.
in_file() {
    local write cold warm grown
    rm -f "$stores"/s*
    read -r write grown < <("$scratch/streams" w "$stores/s.db" "$1")
    evict "$stores/s.db"
    read -r -a cold < <("$scratch/streams" r "$stores/s.db" "$1")
    read -r -a warm < <("$scratch/streams" r "$stores/s.db" "$1")
    echo "$write ${cold[0]} ${warm[0]} ${cold[1]} $(printf '%s\n' "$grown" "${cold[2]}" | sort -g | tail -n 1)"
}

with_dd() {
    local write cold warm
    write=$(rate if="$scratch/input" of="$stores/dd" conv=fdatasync)
    evict "$stores/dd"
    cold=$(rate if="$stores/dd" of=/dev/null)
    warm=$(rate if="$stores/dd" of=/dev/null)
    rm -f "$stores/dd"
    echo "$write $cold $warm"
}

# elsewhere LOCATION BYTES
elsewhere() {
    local figures
    read -r -a figures < <("$scratch/streams" wr "$1" "$2")
    echo "${figures[0]} - ${figures[1]} ${figures[2]} ${figures[3]}"
}

# row NAME ROUNDS COMMAND...: runs it, and prints the medians of its figures.
row() {
    local name=$1 rounds=$2 column
    shift 2
    : >"$scratch/figures"
    while ((rounds--)); do "$@" >>"$scratch/figures"; done
    printf '| %s' "$name"
    for column in 1 2 3 4 5; do printf ' | %s' "$(median "$column")"; done
    echo " |"
}

echo "| | write | read, from the disk | read, from memory | 1 MiB in the middle, ms | growth, MiB |"
echo "|---|---:|---:|---:|---:|---:|"
head -c "$size" /dev/urandom >"$scratch/input"
row '`dd`' "$rounds" with_dd
rm -f "$scratch/input"
row "a file" "$rounds" in_file "$size"
row "a file, 4 GiB" 1 in_file "$large"
rm -f "$stores"/s*
row '`log:`' 1 elsewhere "log:$stores/s.log" "$size"
row '`memory:`' 1 elsewhere memory: "$size"
if command -v redis-server >/dev/null; then
    . "$root/scripts/redis.sh"
    start_redis "$scratch"
    row "a Redis" "$rounds" elsewhere "redis://127.0.0.1:$redis_port/0" "$size"
    row "a Redis, 4 GiB" 1 elsewhere "redis://127.0.0.1:$redis_port/0?stream_max=4GiB" "$large"
fi
