#!/usr/bin/env bash
# The tests that take longer than a change should wait for: the sanitizers' builds, failures of each
# call of the system, the rarer ways to build and install, and all random tests with new seeds, over and
# over.
#
#   scripts/torture.sh [MINUTES]      30 without an argument. The first parts run once however long they
#                                     take; random tests are repeated until the time is over, and run once
#                                     at least
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

minutes=${1:-30}
if [[ ! $minutes =~ ^[0-9]+$ ]]; then
    echo "usage: $0 [MINUTES]" >&2
    exit 2
fi
export KV_REQUIRE_REDIS=1
# For tests/redis/unmixed.rs, which else has a tenth of them.
export KV_UNMIXED_VALUES=120000

part "tests/c, address and undefined-behaviour sanitizers" tests/c/run.sh asan || true
part "tests/c, thread sanitizer" tests/c/run.sh tsan || true
part "tests/torture, each call" tests/torture/run.sh 200 || true
part "tests/formats, two versions on one file" tests/formats/run.sh || true
part "tests/redis on a Valkey" scripts/valkey.sh || true
part "tests/package, long" tests/package/run.sh long || true
part "bindings/go, race detector" bindings/go/run.sh race || true
while
    # A failure is repeated with this seed.
    export KV_SEED=$((SRANDOM & 0x7fffffff)) PROPTEST_CASES=20000
    part "random tests, seed $KV_SEED" cargo test --locked --workspace --no-fail-fast || true
    ((SECONDS < minutes * 60))
do :; done

finish_parts
