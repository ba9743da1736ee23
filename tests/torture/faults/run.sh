#!/usr/bin/env bash
# I/O faults against the library that ships: programs that use kv.h alone, with an interposer between
# the library and the system.
#
#   tests/torture/faults/run.sh [SAMPLE]   about so many faults for each kind of call and error in each
#                                          workload, and a full disk; 1 without an argument. 0: each
#                                          call fails in its turn
. "$(dirname "${BASH_SOURCE[0]}")/../../../scripts/harness.sh"

sample=${1:-1}
here=$root/tests/torture/faults
work=$root/tests/torture/work
full=$root/tests/torture/full
export KV_FIXTURES=$root/tests/fixtures/format-1
where=$TMPDIR
# In memory a run takes milliseconds.
if [[ -d /dev/shm && -w /dev/shm ]]; then where=/dev/shm; fi

build() {
    local warnings=(-std=gnu11 -O1 -g -Wall -Wextra -Werror)
    cc "${warnings[@]}" -I "$work" -shared -fPIC "$here"/{faults,calls}.c -o "$scratch/lib/libfaults.so" -pthread -ldl
    # The interposer stands before the library, so that its calls are found first.
    cc "${warnings[@]}" -I "$KV_INCLUDE" -I "$here" -I "$work" "$here"/{main,run}.c "$work"/*.c \
        -o "$scratch/torture" -L "$scratch/lib" -Wl,--no-as-needed -lfaults -lkv \
        -Wl,-rpath,"$scratch/lib"
    cc "${warnings[@]}" -I "$KV_INCLUDE" -I "$here" -I "$work" "$full"/main.c "$work"/*.c \
        -o "$scratch/full" -pthread -L "$scratch/lib" -lkv -Wl,-rpath,"$scratch/lib"
}

found() { # WORKLOAD WORDS
    must_fail "$scratch/torture" "$where" "$1" 1 >"$scratch/$1" 2>&1
    grep -q "$2" "$scratch/$1" || { cat "$scratch/$1"; return 1; }
}

# on_small_disk PROGRAM ARGUMENT...: runs it with a folder on a file system of 6 MiB as its first
# argument, in a mount namespace of its own.
on_small_disk() {
    local disk
    disk=$(mktemp -d)
    unshare -m bash -c 'mount -t tmpfs -o size=6m none "$1" && exec timeout 300 "$2" "$1" "${@:3}"' \
        sh "$disk" "$@"
}

found_on_small_disk() { # DURABILITY
    must_fail on_small_disk "$scratch/full" "$1" unnoticed >"$scratch/full.$1" 2>&1
    grep -q "has write .*, acknowledged is" "$scratch/full.$1" || { cat "$scratch/full.$1"; return 1; }
}

need cc
use_library
check "the faults are built" build
if ((failed)); then finish; fi
job "a planted loss is found" found "planted loss" "has write 0"
job "a planted half of a batch is found" found "planted half" "half of a write"
job "a planted wrong number is found" found "planted number" "expected"
job "a planted crash is found" found "planted crash" "has crashed"
while read -r workload; do
    program "faults: $workload" timeout 3600 "$scratch/torture" "$where" "$workload" "$sample"
done < <("$scratch/torture" list)
while read -r workload; do
    program "faults: $workload in a log" timeout 3600 env KV_ENGINE=log \
        "$scratch/torture" "$where" "$workload" "$sample"
done < <(KV_ENGINE=log "$scratch/torture" list)
if on_small_disk true 2>/dev/null; then
    for durability in full normal; do
        program "full disk, $durability" on_small_disk "$scratch/full" "$durability"
        job "a write that is not there is found on a full disk, $durability" \
            found_on_small_disk "$durability"
    done
else
    skip "full disk" "this user may not mount a file system"
fi
report
figures=$(cat "$scratch"/jobs/*.out | awk '
    / faults, / { workloads++; for (i = 2; i <= NF; i++) if ($i == "faults,") faults += $(i - 1) }
    END { printf "%d faults in %d workloads", faults, workloads }')
echo "I/O faults: $figures"
row "I/O faults" "$figures" "$failed"
finish
