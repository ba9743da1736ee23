#!/usr/bin/env bash
# The tests that take longer than a change should wait for. It ends with one table: the images,
# faults, kills, histories and inputs that were tried, and the violations that they found.
#
#   scripts/torture.sh [MINUTES]      30 without an argument. The harnesses share this time, and make
#                                     new random choices in each run. The parts that do a fixed amount
#                                     of work come before them, and take about as long as they need
#
# KV_SEED, a decimal number, is the seed of all random choices.
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

minutes=${1:-30}
if [[ ! $minutes =~ ^[0-9]+$ ]]; then
    echo "usage: $0 [MINUTES]" >&2
    exit 2
fi
export KV_REQUIRE_REDIS=1
export KV_TABLE=$parts/table
: >"$KV_TABLE"
# For tests/redis/unmixed.rs, which else has a tenth of them.
export KV_UNMIXED_VALUES=120000

# once NAME COMMAND...: a part that is a row of the table by the number of its cases.
once() {
    local cases=$passed failures=$failed
    part "$@" || true
    printf '%s\t%d cases\t%d\n' "$1" $((passed - cases)) $((failed - failures)) >>"$KV_TABLE"
}

# share PERCENT NAME SCRIPT: a harness that runs for a part of the minutes, and adds its row itself.
share() {
    part "$2" "$3" $((minutes * 60 * $1 / 100)) || true
}

# The table, from the rows that the harnesses have left.
print_table() {
    printf '\n%-30s  %10s  %s\n' harness violations tried
    awk -F '\t' '{ printf "%-30s  %10d  %s\n", $1, $3, $2 }' "$KV_TABLE"
    echo
}

once "C, address and UB sanitizers" tests/c/run.sh asan
once "C, thread sanitizer" tests/c/run.sh tsan
once "C++, address sanitizer in the library" bindings/cpp/run.sh asan
once "C++, thread sanitizer in the library" bindings/cpp/run.sh tsan
once "Python, address sanitizer in the library" bindings/python/run.sh asan
once "Node, address sanitizer in the library" bindings/node/run.sh asan
once "Go, race detector" bindings/go/run.sh race
part "models" tests/loom/run.sh || true
part "I/O faults" tests/torture/faults/run.sh 200 || true
part "two versions" tests/versions/run.sh || true
once "Redis tests on a Valkey" scripts/valkey.sh
once "installation, long" tests/package/run.sh long
part "packages" scripts/dist.sh || true
once "packages, long" tests/dist/run.sh long
once "other systems" tests/targets/run.sh
# One at a time: they measure times and memory.
once "large stores" env KV_LONG=1 cargo test --locked -p kv-tests -- --test-threads=1 \
    redis::resharding redis::half_moved redis::steps redis::memory files::copy

share 25 "power loss" tests/torture/power/run.sh
share 20 "kills" tests/torture/kills/run.sh
share 15 "linearizability" tests/histories/run.sh
share 10 "watches" tests/histories/watches.sh
share 15 "fuzzing" fuzz/run.sh
share 10 "soak" tests/torture/soak/run.sh
# A failure is repeated with this seed.
export KV_SEED=${KV_SEED:-$((SRANDOM & 0x7fffffff))} PROPTEST_CASES=20000
once "random tests, seed $KV_SEED" cargo test --locked --workspace --no-fail-fast

print_table
finish_parts
