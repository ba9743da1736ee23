#!/usr/bin/env bash
# Processes that are killed at any moment of their work on one file: programs that use kv.h alone,
# with an interposer between the library and the system that kills within a call.
#
#   tests/torture/kills/run.sh                   some kills in each scenario
#   tests/torture/kills/run.sh SECONDS           random scenarios for so long
#   tests/torture/kills/run.sh SCENARIO KILLS    one scenario, as a failure names it
#
#   KV_SEED     the number from which all random numbers of a run follow; else a new one
. "$(dirname "${BASH_SOURCE[0]}")/../../../scripts/harness.sh"

here=$root/tests/torture/kills
export KV_FIXTURES=$root/tests/fixtures/format-1
seed=${KV_SEED:-$SRANDOM}
where=$(mktemp -d)
# In memory a file is as safe from a kill as on a disk.
if [[ -d /dev/shm && -w /dev/shm ]]; then where=$(mktemp -d /dev/shm/kv-kills.XXXXXX); fi
trap 'wait; rm -rf "$where"; clean_up' EXIT

build() {
    local warnings=(-std=gnu11 -O1 -g -Wall -Wextra -Werror) source sources=()
    for source in "$here"/*.c; do
        if [[ $source != */calls.c ]]; then sources+=("$source"); fi
    done
    cc "${warnings[@]}" -shared -fPIC "$here/calls.c" -o "$scratch/lib/libfuse.so" -ldl
    # The interposer stands before the library, so that its calls are found first.
    cc "${warnings[@]}" -I "$KV_INCLUDE" "${sources[@]}" -o "$scratch/kills" -pthread \
        -L "$scratch/lib" -Wl,--no-as-needed -lfuse -lkv -Wl,-rpath,"$scratch/lib"
}

folder() { mktemp -d "$where/XXXXXX"; }

# found SCENARIO WORDS: the violation is found within a few kills.
found() {
    must_fail "$scratch/kills" "$(folder)" "$1" 40 "$seed" >"$scratch/$1" 2>&1
    grep -q "$2" "$scratch/$1" || { cat "$scratch/$1"; return 1; }
}

# figures: `KILLS kills in N scenarios, WRITES acknowledged writes` of all programs that have run.
figures() {
    sed -n 's/^figures //p' "$scratch"/jobs/*.out | awk -F '\t' '
        function grouped(number,   text) {
            if (number >= 1000000) return sprintf("%.1f million", number / 1000000)
            text = sprintf("%d", number)
            return length(text) > 3 ? substr(text, 1, length(text) - 3) "," substr(text, length(text) - 2) \
                                    : text
        }
        { kills += $2; writes += $3; seen[$1] = 1 }
        END {
            for (name in seen) scenarios++
            printf "%s kills in %d scenarios, %s acknowledged writes\n", grouped(kills), scenarios,
                   grouped(writes)
        }'
}

moments() {
    sed -n 's/^moments //p' "$scratch"/jobs/*.out | awk -F '\t' '
        { sum[$1] += $2 } END { for (name in sum) printf "%s %d, ", name, sum[name] }' | sed 's/, $//'
}

need cc
use_library
check "the kills are built" build
if ((failed)); then finish; fi
if (($# == 2)); then
    program "$1" timeout 3600 "$scratch/kills" "$(folder)" "$1" "$2" "$seed"
elif (($# == 1)); then
    # One for each of two processors.
    for at in 0 1; do
        program "random scenarios" timeout $(($1 + 600)) \
            "$scratch/kills" "$(folder)" for "$1" $((seed + at * 1000000))
    done
else
    job "a planted loss is found" found "planted loss" "is acknowledged"
    job "a planted half of a batch is found" found "planted halves" "half of write"
    job "a planted wrong usage is found" found "planted usage" "the usage is"
    job "a planted second run is found" found "planted repeat" "has run 2 times"
    while read -r scenario; do
        program "$scenario" timeout 600 "$scratch/kills" "$(folder)" "$scenario" 2 "$seed"
    done < <("$scratch/kills" list)
fi
report
all=$(figures)
echo "$all"
echo "the moments: $(moments)"
if [[ $all == "0 kills"* ]]; then fail "nothing was killed"; fi
row kills "$all" "$failed"
finish
