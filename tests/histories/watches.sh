#!/usr/bin/env bash
# Histories of watches while several processes write: each event comes once and in order, or is
# announced as lost; a watcher that was killed goes on behind its last event. On a file whose log is
# trimmed and whose writers are killed, in memory, and on a Redis with cut connections.
#
#   tests/histories/watches.sh                      a few of each, and the planted faults
#   tests/histories/watches.sh SECONDS              as many as fit into about that time
#   tests/histories/watches.sh again ENGINE NUMBER  one, with the seed KV_SEED
#   tests/histories/watches.sh check FILE           checks the log of a watcher that was kept
#
# KV_SEED, a decimal number, is the seed of all; a random one without it. The library: see build.sh.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"
. "$root/tests/histories/build.sh"

need go pkg-config redis-server redis-cli

# watch WORD...: makes histories.
watch() {
    local how=$1 status=0
    shift
    "$scratch/program" "$how" "$place" "$kept" "$seed" "$@" >"$scratch/figures" || status=$?
    if ((status < 2)); then figures watches; fi
    return "$status"
}

use_installation
if [[ ${1:-} == check ]]; then
    status=0
    build_program ./watches && "$scratch/program" check "$2" || status=$?
    exit "$status"
fi
check "the program is built" build_program ./watches
if ((failed)); then finish; fi
case ${1:-} in
'')
    program "planted faults" "$scratch/program" plants "$place" "$seed"
    report
    check "watches miss nothing in silence, seed $seed" watch run 0 file:2 memory:3 redis:2
    ;;
again) check "a watch misses nothing in silence, seed $seed" watch again "${2:?ENGINE}" "${3:?NUMBER}" ;;
*)
    if ! is_a_number "$1"; then
        echo "usage: $0 [SECONDS | again ENGINE NUMBER | check FILE]" >&2
        exit 2
    fi
    program "planted faults" "$scratch/program" plants "$place" "$seed"
    report
    check "watches miss nothing in silence, seed $seed" watch run "$1" file:6 memory:4 redis:2
    ;;
esac
finish
