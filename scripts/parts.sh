# shellcheck shell=bash
# Parts of a long run, for the scripts that source this: each is counted and timed, those after one that
# failed run too, and the end says which took longest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT
# The scripts note single cases here too.
export KV_TIMINGS=$parts/timings
: >"$KV_TIMINGS"
passed=0
failed=0
skipped=0

# Prints the sum of the numbers before WORD in the lines that report a result: those of cargo, as
# `test result: ok. 3 passed; 1 failed; 2 ignored; ...`, and those of the scripts, as
# `3 passed, 1 failed, 2 skipped`.
count() {
    sed -En "/^(test result: |[0-9]+ passed, )/s/.*\b([0-9]+) ($1).*/\1/p" "$parts/output" |
        awk '{ sum += $1 } END { print sum + 0 }'
}

# timed NAME COMMAND...: runs it, and notes how long it took.
timed() {
    local name=$1 begun=$SECONDS status=0
    shift
    "$@" || status=$?
    printf '%d\t%s\n' $((SECONDS - begun)) "$name" >>"$KV_TIMINGS"
    return "$status"
}

# part NAME COMMAND...: runs it, and counts what it reports.
part() {
    local name=$1 begun=$SECONDS status=0 failures
    shift
    echo "== $name: $*"
    timed "$name" "$@" 2>&1 | tee "$parts/output" || status=$?
    passed=$((passed + $(count passed)))
    skipped=$((skipped + $(count 'skipped|ignored')))
    failures=$(count failed)
    # A part that ends badly without a word, such as one that does not compile, has failed too.
    if ((status != 0 && failures == 0)); then failures=1; fi
    failed=$((failed + failures))
    if ((failures != 0)); then note_failures "$name"; fi
    if ((status == 0)); then
        echo "== $name took $((SECONDS - begun)) s"
    else
        echo "== $name failed with status $status after $((SECONDS - begun)) s"
    fi
    return "$status"
}

# note_failures NAME: keeps the lines by which cargo, the scripts, Go and pytest name what has failed.
note_failures() {
    echo "$1:"
    grep -E '^(test .* \.\.\. FAILED$|FAILED |error: test failed|--- FAIL: |ERROR )' "$parts/output" |
        head -n 20 | sed 's/^/    /' || true
} >>"$parts/failures"

# The end: how long it took, and as the last line, how it went.
finish_parts() {
    printf '== %d min %d s; the longest parts, and cases within them:\n' $((SECONDS / 60)) $((SECONDS % 60))
    # All of the list is read: a pipe that is closed early would fail.
    sort -rn "$KV_TIMINGS" | awk -F '\t' 'NR <= 10 { printf "%6d s  %s\n", $1, $2 }'
    if ((failed != 0)); then
        echo "== what has failed:"
        cat "$parts/failures"
    fi
    echo "$passed passed, $failed failed, $skipped skipped"
    ((failed == 0)) || exit 1
}
