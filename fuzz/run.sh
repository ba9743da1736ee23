#!/usr/bin/env bash
# Fuzzing of the library that ships, through kv.h; README.md describes the targets.
#
#   fuzz/run.sh                      runs the inputs of each corpus, and a fixed number of others that are
#                                    made of them, with the compiler of the system
#   fuzz/run.sh SECONDS              runs libFuzzer for so long, each target for an equal part, on a library
#                                    with coverage and sanitizers
#   fuzz/run.sh replay TARGET FILE   runs an input on the library as it ships
#
# KV_SEED, a decimal number, is the seed of the inputs that are made.
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/harness.sh"
. "$root/scripts/redis.sh"

here=$root/fuzz
targets=(calls changes file flat glob import json location log records render scan services text)
# In the slice a target runs so many inputs besides those of its corpus; an input of a file is slow.
declare -A others=([file]=40 [log]=200 [changes]=200 [import]=20)
seed=${KV_SEED:-1}
# Inputs that ended a target are kept here.
kept=$target/fuzz/failed

# The parts of a target besides its own file.
parts() { # TARGET
    case $1 in location | services) echo gate ;; esac
}

# In memory an input takes less than a millisecond.
use_memory() {
    if [[ ! -d /dev/shm || ! -w /dev/shm ]]; then return; fi
    TMPDIR=$(mktemp -d /dev/shm/kv-fuzz.XXXXXX)
    trap 'rm -rf "$TMPDIR"; clean_up' EXIT
}

# The databases that inputs of the target "file" change, and a Redis for "glob".
provide_peers() {
    mkdir "$scratch/files"
    ln -s "$here"/files/*.db* "$root"/tests/fixtures/format-1/*.db* "$scratch/files"
    export KV_FUZZ_FILES=$scratch/files
    if has redis-server; then
        mkdir "$scratch/redis"
        start_redis "$scratch/redis" >"$scratch/redis/output" 2>&1
        export KV_FUZZ_REDIS=$redis_port
    else
        skip "globs of Redis" "redis-server is not installed"
    fi
}

# The command, for "import": that of the tests in Rust, unless KV_COMMAND names one.
provide_command() {
    if [[ -z ${KV_COMMAND:-} ]]; then
        (cd "$root" && cargo build --quiet --locked -p kv-cli --target-dir "$target") >&2
        KV_COMMAND=$target/debug/kv
    fi
    KV_COMMAND=$(realpath "$KV_COMMAND")
    export KV_COMMAND
}

build() { # TARGET
    local source=("$here/$1.c" "$here/replay.c") part
    for part in $(parts "$1"); do source+=("$here/$part.c"); done
    cc -std=gnu11 -O1 -g -Wall -Wextra -Werror -I "$KV_INCLUDE" "${source[@]}" -o "$scratch/$1" \
        -L "$scratch/lib" -lkv -Wl,-rpath,"$scratch/lib" -ldl
}

# Runs inputs of a target, and keeps one that ends it.
run() { # TARGET SEED COUNT FILE-OR-FOLDER...
    local name=$1 failed=$scratch/failed-$1 number
    shift
    if KV_FUZZ_FAILED=$failed "$scratch/$name" "$@" </dev/null; then return; fi
    if [[ -s $failed || -e $failed ]]; then keep "$name" "$failed"; fi
    return 1
}

keep() { # TARGET FILE
    local to
    to=$kept/$1-$(sha1sum "$2" | cut -c 1-12)
    mkdir -p "$kept"
    cp "$2" "$to"
    echo "seed $seed; replay it with: fuzz/run.sh replay $1 $to"
}

replay_corpus() { # TARGET
    build "$1"
    run "$1" "$seed" "${others[$1]:-700}" "$here/corpus/$1"
}

# An input that ends a target is noticed and kept, and so is one that a mutation leads to.
planted_is_noticed() {
    build planted
    printf 'plant!' >"$scratch/planted-input"
    printf 'plant' >"$scratch/near"
    kept=$scratch/kept
    must_fail run planted 1 0 "$scratch/planted-input"
    cmp "$scratch/planted-input" "$kept"/planted-*
    must_fail run planted 1 1000 "$scratch/near"
}

slice() {
    job "a planted end is noticed" planted_is_noticed
    for name in "${targets[@]}"; do job "$name" replay_corpus "$name"; done
    report
}

need cc
use_memory
use_library
provide_peers
provide_command
case ${1:-} in
'') slice ;;
replay)
    build "$2"
    run "$2" 1 0 "$3"
    exit
    ;;
*[!0-9]*)
    echo "usage: $0 [SECONDS | replay TARGET FILE]" >&2
    exit 2
    ;;
*)
    . "$here/long.sh"
    long "$1"
    ;;
esac
finish
