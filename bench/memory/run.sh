#!/usr/bin/env bash
# Measures stores in memory and stores with a log beside maps of C++ under a lock, and prints a table:
# microseconds of a get and a set, millions of gets a second, and bytes for an entry beyond key and value.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"
need c++
use_library

c++ -std=c++17 -O2 -Wall -Wextra -Werror -I "$KV_INCLUDE" "$root/bench/memory/memory.cpp" \
    -o "$scratch/memory" -pthread -L "$scratch/lib" -lkv -Wl,-rpath,"$scratch/lib"
stores=$(mktemp -d "$target/memory.XXXXXX")
trap 'rm -rf "$stores"; clean_up' EXIT

echo "| | get, 10,000 hot keys | get, uniform | set, hot | set, uniform | set, new | M gets/s | 16 threads | bytes |"
echo "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
"$scratch/memory" '`memory:`' memory:
"$scratch/memory" '`memory:` with a ttl' memory: 3600000
"$scratch/memory" '`memory:` with `evict=lru`' 'memory:?evict=lru&max_entries=2000000'
"$scratch/memory" '`log:`' "log:$stores/a"
"$scratch/memory" '`log:` with a ttl' "log:$stores/b" 3600000
"$scratch/memory" '`log:` with `evict=lru`' "log:$stores/c?evict=lru&max_entries=2000000"
"$scratch/memory" '`std::unordered_map`' hash
"$scratch/memory" '`std::map`' map
