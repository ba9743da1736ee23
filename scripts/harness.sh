# shellcheck shell=bash disable=SC2034
# The parts that every script of tests and benches has in common and sources from here: a scratch
# directory, cases one after the other or side by side, the library, and the last line.
#
#   KEEP=1             leaves the files in place
#   KV_LIBRARY         a shared library that is built already, instead of cargo's
#   KV_INCLUDE         the directory of its header, instead of include
#   KV_TIMINGS         a file that gets a line for each case of more than 5 s
#   KV_TABLE           a file that gets a line for each row of the table of a long run
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
# The name of this script for a reader: its path from the root.
script=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
script=${script#"$root/"}
# Compilers and linkers speak a language that tests can read.
export LC_ALL=C.UTF-8

# A bench sets `on_disk` before: /tmp may be memory.
if [[ -n ${on_disk:-} ]]; then
    mkdir -p "$target"
    scratch=$(mktemp -d "$target/scratch.XXXXXX")
else
    scratch=$(mktemp -d)
fi
# A test may become another user, who must still find its files.
chmod 711 "$scratch"
mkdir "$scratch/tmp" "$scratch/jobs"
chmod 1777 "$scratch/tmp"
export TMPDIR=$scratch/tmp

passed=0
failed=0
skipped=0

# end_process PROCESS: ends a process that is no job of this shell, and returns when it has ended: by
# SIGKILL after 10 s.
end_process() {
    kill "$1" 2>/dev/null || return 0
    timeout 10 tail --pid="$1" -f /dev/null || kill -9 "$1" 2>/dev/null || true
}

# Removes the files after the last process that writes to them has ended.
clean_up() {
    wait
    if [[ -n ${redis_server:-} ]]; then end_process "$redis_server"; fi
    if [[ -n ${KEEP:-} ]]; then
        echo "files are kept in $scratch"
    else
        rm -rf "$scratch"
    fi
}
trap clean_up EXIT
trap 'exit 130' INT TERM

ok() { passed=$((passed + 1)); echo "ok $*"; }
fail() { failed=$((failed + 1)); echo "FAILED $*"; }
# skip NAME WHY
skip() { skipped=$((skipped + 1)); echo "skipped $1: $2"; }

# The last line, and the end.
finish() {
    if ((skipped)); then
        echo "$passed passed, $failed failed, $skipped skipped"
    else
        echo "$passed passed, $failed failed"
    fi
    ((failed == 0)) || exit 1
    exit 0
}

has() { command -v "$1" >/dev/null; }

# need COMMAND...: without one of them nothing here can be tested.
need() {
    local command missing=
    for command in "$@"; do
        if ! has "$command"; then
            fail "$command is not installed; scripts/setup.sh test installs it"
            missing=yes
        fi
    done
    if [[ -n $missing ]]; then finish; fi
}

# row HARNESS FIGURES VIOLATIONS: a row of the table that a long run ends with, such as
# `row "power loss" "100,000 images of 12 workloads" 0`.
row() {
    if [[ -n ${KV_TABLE:-} ]]; then printf '%s\t%s\t%s\n' "$@" >>"$KV_TABLE"; fi
}

# must_fail COMMAND...: for a control, which shows that a case can fail.
must_fail() {
    if "$@"; then
        echo "this was expected to fail: $*"
        return 1
    fi
}

# execute NUMBER COMMAND...: leaves in jobs/ what the command prints, its status and its seconds.
execute() {
    local to=$scratch/jobs/$1 begun=${EPOCHREALTIME/[.,]/} status=0
    shift
    # Not as a condition: within one, errexit is off.
    set +e
    (set -e; "$@") >"$to.out" 2>"$to.err"
    status=$?
    set -e
    echo $(((${EPOCHREALTIME/[.,]/} - begun) / 1000000)) >"$to.seconds"
    echo "$status" >"$to.status"
}

# Jobs run beside each other, as many as there are processors, and are reported in their order.
processors=$(nproc)
names=()
kinds=()
reported=0

# job NAME COMMAND...: a case. The command's output is shown if it fails; its last line that begins
# with "# " is shown if it does not.
job() { start case "$@"; }

# program NAME COMMAND...: many cases, each a line of what the command prints: `ok CASE`, `FAILED CASE`
# or `skip CASE: WHY`. Its standard error is shown if it fails. One that ends badly without such
# a word, as in a crash, has failed too.
program() { start program "$@"; }

start() {
    local number=${#names[@]}
    kinds+=("$1")
    names+=("$2")
    shift 2
    while (($(jobs -rp | wc -l) >= processors)); do wait -n || true; done
    execute "$number" "$@" &
}

# Waits for all jobs, and tells how they ended.
report() {
    wait
    for (( ; reported < ${#names[@]}; reported++)); do tell "$reported"; done
}

# check NAME COMMAND...: a case that runs alone, in this shell's order.
check() {
    report
    job "$@"
    report
}

tell() {
    local at=$scratch/jobs/$1 name=${names[$1]} status seconds
    status=$(cat "$at.status" 2>/dev/null || echo killed)
    seconds=$(cat "$at.seconds" 2>/dev/null || echo 0)
    if ((seconds > 5)) && [[ -n ${KV_TIMINGS:-} ]]; then
        printf '%d\t%s: %s\n' "$seconds" "$script" "$name" >>"$KV_TIMINGS"
    fi
    if [[ ${kinds[$1]} == program ]]; then
        tell_program "$at" "$name" "$status"
    elif [[ $status == 0 ]]; then
        ok "$name$(sed -n 's/^# / (/p' "$at.out" | tail -n 1 | sed 's/$/)/')"
    else
        fail "$name"
        cat "$at.out" "$at.err" | tail -n 60 | sed 's/^/    /'
    fi
}

tell_program() { # AT NAME STATUS
    local bad
    sed -n '/^ok /p; /^FAILED /p; s/^skip /skipped /p' "$1.out"
    passed=$((passed + $(grep -c '^ok ' "$1.out" || true)))
    skipped=$((skipped + $(grep -c '^skip ' "$1.out" || true)))
    bad=$(grep -c '^FAILED ' "$1.out" || true)
    failed=$((failed + bad))
    if [[ $3 != 0 ]]; then
        head -c 20000 "$1.err" | sed 's/^/    /'
        if ((bad == 0)); then fail "$2: ended with $3"; fi
    fi
}

# The packages of each build of the library, here, in CMake and for a wheel: the command is among them
# for its features, so that one build serves all.
library_packages=(--locked -p kv -p kv-cli)

# build_release [--lib] [OPTION...]: the library alone, or with the command.
build_release() {
    (cd "$root" && cargo build --release "${library_packages[@]}" --target-dir "$target" "$@")
}

# Sets and exports KV_LIBRARY and KV_INCLUDE, and links the library in scratch/lib under the names by
# which a linker and a program look for it; those an installation makes.
use_library() {
    if [[ -z ${KV_LIBRARY:-} ]]; then
        # Not among what a script prints for its reader.
        build_release --lib --quiet >&2
        KV_LIBRARY=$target/release/libkv.so
    fi
    KV_LIBRARY=$(realpath "$KV_LIBRARY")
    KV_INCLUDE=$(realpath "${KV_INCLUDE:-$root/include}")
    export KV_LIBRARY KV_INCLUDE
    provide "$scratch/lib" "$KV_LIBRARY"
}

# provide DIRECTORY LIBRARY: links it there under both its names.
provide() {
    mkdir -p "$1"
    ln -sf "$2" "$1/libkv.so"
    ln -sf "$2" "$1/libkv.so.0"
}

# compile_c SOURCE PROGRAM FLAG...: compiles a program of the library in scratch/lib.
compile_c() {
    local source=$1 program=$2
    shift 2
    cc -std=c11 -Wall -Wextra -Wpedantic -Werror -I "$KV_INCLUDE" "$source" -o "$program" "$@" \
        -L "$scratch/lib" -lkv -Wl,-rpath,"$scratch/lib" -pthread
}

# prints EXPECTED COMMAND...: the command prints what is in the file.
prints() {
    local expected=$1 printed
    shift
    printed=$(mktemp)
    "$@" >"$printed" 2>&1 || {
        echo "it ended with $?"
        cat "$printed"
        return 1
    }
    diff "$expected" "$printed"
}
