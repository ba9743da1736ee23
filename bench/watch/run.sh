#!/usr/bin/env bash
# Measures the cost of watches and the latency of their events; writes bench/results/watch.json.
#
#   bench/watch/run.sh [sets|same|across|idle]...     no argument: all, and the file is written
on_disk=yes
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"

use_library
compile_c "$root/bench/watch/watch.c" "$scratch/watch" -O2 "$root"/bench/watch/{idle,latency,sets}.c
if (($# == 0)); then
    "$scratch/watch" "$scratch" "$scratch/watch.json"
    mv "$scratch/watch.json" "$root/bench/results/watch.json"
else
    "$scratch/watch" "$scratch" "" "$@"
fi
