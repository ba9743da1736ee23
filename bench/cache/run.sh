#!/usr/bin/env bash
# Measures what limits and eviction cost; docs/storage.md has the table it prints.
on_disk=yes
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"

use_library
compile_c "$root/bench/cache/cache.c" "$scratch/cache" -O2
"$scratch/cache" "$scratch"
