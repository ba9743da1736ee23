#!/usr/bin/env bash
# Runs all tests, also those after one that failed, and counts what they say.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

output=$(mktemp)
trap 'rm -f "$output"' EXIT
passed=0
failed=0

# Prints the sum of the numbers before WORD in the lines that report a result: those of cargo, as
# `test result: ok. 3 passed; 1 failed; ...`, and those of the scripts, as `3 passed, 1 failed`.
count() {
    sed -En "/^(test result: |[0-9]+ passed, )/s/.*\b([0-9]+) $1.*/\1/p" "$output" |
        awk '{ sum += $1 } END { print sum + 0 }'
}

# part COMMAND...
part() {
    local status=0 failures
    echo "== $*"
    "$@" 2>&1 | tee "$output" || status=$?
    passed=$((passed + $(count passed)))
    failures=$(count failed)
    # A part that ends badly without a word, such as one that does not compile, has failed too.
    if ((status != 0 && failures == 0)); then
        failures=1
        echo "== failed with status $status: $*"
    fi
    failed=$((failed + failures))
}

# The setup has installed what the tests compare with, so nothing may be skipped for want of it.
export KV_REQUIRE_REDIS=1
part cargo test --locked --no-fail-fast
part cargo test --locked --no-fail-fast -p kv-cli
part tests/abi/run.sh
part tests/c/run.sh
part examples/run.sh
part tests/package/run.sh
part bindings/cpp/run.sh
part bindings/go/run.sh
part bindings/python/run.sh
part bindings/node/run.sh
part bindings/luajit/run.sh

echo "$passed passed, $failed failed"
((failed == 0))
