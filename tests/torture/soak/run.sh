#!/usr/bin/env bash
# Four processes work on one file for a time: memory, descriptors, threads and the lengths of the
# files stay bounded. Latencies are measured and not judged.
#
#   tests/torture/soak/run.sh [SECONDS]     a few seconds without an argument
#
#   KV_SEED     the number from which all random numbers of a run follow; else a new one
. "$(dirname "${BASH_SOURCE[0]}")/../../../scripts/harness.sh"

here=$root/tests/torture/soak
seconds=${1:-7}
seed=${KV_SEED:-$SRANDOM}
where=$(mktemp -d)
# A slice measures no disk; a long run does.
if [[ $# == 0 && -d /dev/shm && -w /dev/shm ]]; then where=$(mktemp -d /dev/shm/kv-soak.XXXXXX); fi
trap 'wait; rm -rf "$where"; clean_up' EXIT

build() {
    cc -std=gnu11 -O1 -g -Wall -Wextra -Werror -I "$KV_INCLUDE" "$here"/*.c -o "$scratch/soak" \
        -pthread -L "$scratch/lib" -lkv -Wl,-rpath,"$scratch/lib"
}

folder() { mktemp -d "$where/XXXXXX"; }

# found LEAK WORDS: a planted leak is found.
found() {
    must_fail "$scratch/soak" "$(folder)" 2 "$seed" "$1" >"$scratch/$1" 2>&1
    grep -q "$2" "$scratch/$1" || { cat "$scratch/$1"; return 1; }
}

need cc
use_library
check "the soak is built" build
if ((failed)); then finish; fi
job "a planted leak of descriptors is found" found descriptors "has [0-9]* descriptors"
job "a planted leak of memory is found" found memory "memory of a process grows"
report
number=${#names[@]}
program "soak" timeout $((seconds + 600)) "$scratch/soak" "$(folder)" "$seconds" "$seed"
report
grep -v '^figures \|^ok \|^FAILED ' "$scratch/jobs/$number.out" || true
row soak "$(sed -n 's/^figures //p' "$scratch/jobs/$number.out")" "$failed"
finish
