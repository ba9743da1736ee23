#!/usr/bin/env bash
# Loss of power against the library that ships: workloads that use kv.h alone are recorded by an
# interposer between the library and the system, and the images that a loss of power may leave are
# opened.
#
#   tests/torture/power/run.sh             some images of each workload at both durabilities
#   tests/torture/power/run.sh SECONDS     as many as fit, with new seeds; or from KV_SEED on
#   tests/torture/power/run.sh again WORKLOAD DURABILITY SEED
#                                          the image of one seed, on ten recordings
. "$(dirname "${BASH_SOURCE[0]}")/../../../scripts/harness.sh"

images=6
seconds=0
seed=${KV_SEED:-20260101}
if [[ ${1:-} =~ ^[0-9]+$ ]]; then
    seconds=$1
    seed=${KV_SEED:-$((SRANDOM & 0x7fffffff))}
fi
here=$root/tests/torture/power
work=$root/tests/torture/work
faults=$root/tests/torture/faults
export KV_FIXTURES=$root/tests/fixtures/format-1
where=$TMPDIR
# In memory an image takes milliseconds.
if [[ -d /dev/shm && -w /dev/shm ]]; then where=/dev/shm; fi

build() {
    local flags=(-std=gnu11 -O1 -Wall -Wextra -Werror -I "$KV_INCLUDE" -I "$here" -I "$work" -I "$faults")
    cc "${flags[@]}" -shared -fPIC "$here"/{record,calls,names}.c -o "$scratch/lib/librecord.so" \
        -pthread -ldl
    # The interposer stands before the library, so that its calls are found first.
    cc "${flags[@]}" "$here"/{main,batch,explore,image,fates,disk,history,judge,compare}.c \
        "$work"/*.c -o "$scratch/power" -pthread -L "$scratch/lib" -Wl,--no-as-needed -lrecord -lkv \
        -Wl,-rpath,"$scratch/lib"
}

found() { # WORKLOAD DURABILITY PLANT WORDS
    local to=$scratch/$1.$3
    must_fail "$scratch/power" "$where" "$1" "$2" 30 0 "$seed" "$3" >"$to" 2>&1
    grep -q "$4" "$to" || { cat "$to"; return 1; }
}

need cc
use_library
check "the recorder is built" build
if ((failed)); then finish; fi
if [[ ${1:-} == again ]]; then
    program "power loss: $2" "$scratch/power" "$where" "$2" "$3" again "$4"
    report
    finish
fi
in_log() { # WORKLOAD DURABILITY PLANT WORDS
    KV_ENGINE=log found "$@"
}
job "in a log an fsync that was not made is found" in_log sets full lost-sync "missing"
job "in a log a weaker durability is found" in_log sets full weaker "missing"
job "in a log a write that is not recorded is found" in_log sets full lost-write "not all that was written"
job "a planted loss is found" found "planted loss" full none "missing"
job "a planted half of a batch is found" found "planted half" normal none "half of a write"
job "an fsync that was not made is found" found "sets" full lost-sync "missing"
job "a weaker durability is found" found "sets" full weaker "missing"
job "a damaged page is found" found "checkpoints" full damaged "malformed\|corrupt\|kv_check"
job "a write that is not recorded is found" found "sets" full lost-write "not all that was written"
report
mapfile -t workloads < <("$scratch/power" list)
mapfile -t of_logs < <(KV_ENGINE=log "$scratch/power" list)
# Each program has its share of the processors' time.
share=$((seconds * processors / (2 * (${#workloads[@]} + ${#of_logs[@]}))))
for durability in full normal; do
    for workload in "${workloads[@]}"; do
        program "power loss: $workload, $durability" timeout 3600 \
            "$scratch/power" "$where" "$workload" "$durability" "$images" "$share" "$seed"
    done
    for workload in "${of_logs[@]}"; do
        program "power loss: $workload in a log, $durability" timeout 3600 env KV_ENGINE=log \
            "$scratch/power" "$where" "$workload" "$durability" "$images" "$share" "$seed"
    done
done
report
figures=$(cat "$scratch"/jobs/*.out | awk -F '[:,] *' -v workloads="$((${#workloads[@]} + ${#of_logs[@]}))" '
    / power loss, / {
        for (i = 1; i <= NF; i++) {
            split($i, words, " ")
            if (words[2] == "images") images += words[1]
            if (words[2] == "of") recoveries += words[1]
        }
    }
    END { printf "%d images of %d workloads, %d of recoveries", images + recoveries, workloads, recoveries }')
echo "power loss: $figures; seed $seed"
row "power loss" "$figures" "$failed"
finish
