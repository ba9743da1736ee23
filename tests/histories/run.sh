#!/usr/bin/env bash
# Histories of operations by several processes and threads on one store, with kills: each has to be
# linearizable. On a file, in a log, in memory, on a Redis and on a cluster with fail-overs.
#
#   tests/histories/run.sh                a few of each, and the planted faults
#   tests/histories/run.sh SECONDS        as many as fit into about that time
#   tests/histories/run.sh again ENGINE   one, with the seed KV_SEED
#   tests/histories/run.sh check FILE     checks a history that was kept when it failed
#
# KV_SEED, a decimal number, is the seed of all; a random one without it. The library: see build.sh.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"
. "$root/tests/histories/build.sh"

need go pkg-config redis-server redis-cli

# make_histories SECONDS ENGINE:COUNT..., or ENGINE for one with the very seed
make_histories() {
    local status=0 how=run
    if (($# == 1)); then how=again; fi
    "$scratch/program" "$how" "$place" "$kept" "$seed" "$@" >"$scratch/figures" || status=$?
    if ((status < 2)); then figures linearizability; fi
    return "$status"
}

use_installation
if [[ ${1:-} == check ]]; then
    status=0
    build_program . && "$scratch/program" check "$2" || status=$?
    exit "$status"
fi
check "the program is built" build_program .
if ((failed)); then finish; fi
case ${1:-} in
'')
    check "vet" go vet -C "$root/tests/histories" ./...
    program "planted faults" "$scratch/program" plants "$place" "$seed"
    report
    check "histories are linearizable, seed $seed" make_histories 0 file:4 log:4 memory:6 redis:2 cluster:1
    ;;
again) check "a history is linearizable, seed $seed" make_histories "${2:?ENGINE}" ;;
*)
    if ! is_a_number "$1"; then
        echo "usage: $0 [SECONDS | again ENGINE | check FILE]" >&2
        exit 2
    fi
    program "planted faults" "$scratch/program" plants "$place" "$seed"
    report
    check "histories are linearizable, seed $seed" \
        make_histories "$1" file:8 log:8 memory:6 redis:4 cluster:2 lossy:1
    ;;
esac
finish
