#!/usr/bin/env bash
# Counts the instructions of ten calls under callgrind and compares them with figures.txt: one that has
# grown by more than 5 % fails. The figures hold for the compiler, C library and valgrind that they name;
# with others the counts are shown, and skipped.
#
#   tests/instructions/run.sh            KV_BLESS=1 writes the figures
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"
need valgrind cc rustc
use_library

here=$root/tests/instructions
figures=$here/figures.txt
tolerance=5
compile_c "$here/calls.c" "$scratch/calls" -O2

# The programs that decide how many instructions there are.
conditions() {
    rustc --version | cut -d ' ' -f 1-2
    cc --version | sed -n '1s/^[^ ]* //p'
    ldd --version | sed -n '1s/.*(\(.*\)).*/glibc \1/p'
    valgrind --version
    uname -m
}

# instructions CALL COUNT: those of the whole program.
instructions() {
    local directory
    directory=$(mktemp -d "$scratch/XXXXXX")
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$scratch/calls" "$1" "$2" "$directory" \
        2>"$directory/report" || { cat "$directory/report" >&2; return 1; }
    sed -n 's/^==[0-9]*== Collected : //p' "$directory/report"
}

# per_call CALL FEW MANY: the instructions of a call, from two runs that differ by the number of calls.
per_call() {
    local few many
    few=$(instructions "$1" "$2")
    many=$(instructions "$1" "$3")
    echo $(((many - few) / ($3 - $2)))
}

# The calls, and how often each is made in the two runs.
calls() {
    cat <<'CALLS'
memory-get-into 500 20500
memory-set 200 4200
file-get-into-cached 500 20500
file-get-cached 500 20500
file-get-absent-cached 500 20500
file-get-into 200 4200
file-set 50 450
file-increment 50 450
file-batch-of-100 5 25
file-scan-of-100 20 120
CALLS
}

count() { # CALL FEW MANY
    local found recorded
    found=$(per_call "$@")
    echo "$found" >"$scratch/$1"
    recorded=$(sed -n "s/^$1 //p" "$figures" 2>/dev/null || true)
    echo "# $found instructions, recorded $recorded"
    if [[ -z ${KV_BLESS:-} && -e $scratch/comparable ]]; then
        within "$found" "$recorded"
    fi
}

# within FOUND RECORDED
within() { (($1 * 100 <= $2 * (100 + tolerance))); }

if sed -n 's/^# //p' "$figures" 2>/dev/null | diff - <(conditions) >/dev/null; then
    touch "$scratch/comparable"
fi

job "control: 6 % more are too many" must_fail within 1060 1000
while read -r call few many; do
    job "$call" count "$call" "$few" "$many"
done < <(calls)
report

if [[ -n ${KV_BLESS:-} ]]; then
    {
        conditions | sed 's/^/# /'
        while read -r call _; do echo "$call $(cat "$scratch/$call")"; done < <(calls)
    } >"$figures"
elif [[ ! -e $scratch/comparable ]]; then
    passed=0
    skip "the comparison with figures.txt" "it was recorded with other programs than $(conditions | paste -sd , -)"
fi
finish
