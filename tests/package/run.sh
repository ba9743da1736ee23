#!/usr/bin/env bash
# shellcheck disable=SC2034  # cases/*.sh use the names.
# Installs the library, moves the installation, and uses it the ways a program would.
#
# One line for each case, then a last line with the count. KEEP=1 leaves the files in place.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
readonly here=$PWD
root=$(cd ../.. && pwd)
readonly root
target=${CARGO_TARGET_DIR:-$root/target}
readonly target
work=$(mktemp -d)
readonly work
if [[ -n ${KEEP:-} ]]; then
    echo "files are kept in $work"
else
    trap 'rm -rf "$work"' EXIT
fi
# Where the installation is when it is used: not where it was installed to.
readonly prefix=$work/moved/here

passed=0
failed=0
skipped=0

# check NAME COMMAND...: a case. What the command prints is shown if it fails; its last line that
# begins with "# " is shown if it does not.
check() {
    local name=$1 status=0
    shift
    # Not as a condition: within one, errexit is off.
    set +e
    (set -e; "$@") >"$work/output" 2>&1
    status=$?
    set -e
    if ((status == 0)); then
        echo "ok $name$(sed -n 's/^# / (/p' "$work/output" | tail -n 1 | sed 's/$/)/')"
        passed=$((passed + 1))
    else
        echo "FAILED $name"
        sed 's/^/    /' "$work/output" | tail -n 40
        failed=$((failed + 1))
    fi
}

# skip NAME WHY
skip() {
    echo "skipped $1: $2"
    skipped=$((skipped + 1))
}

# must_fail COMMAND...: for a control, which shows that a case above can fail.
must_fail() {
    if "$@"; then
        echo "this was expected to fail: $*"
        return 1
    fi
}

# Runs a consumer on a new file of its own, and expects what consumer.c prints.
run_consumer() {
    local file
    file=$(mktemp -u "$work/consumer-XXXXXX.kv")
    "$@" "$file" | tee "$work/said"
    grep -Eq '^greeting=hello kv=[0-9.]+ sqlite=3\.[0-9.]+$' "$work/said"
    test -s "$file"
}

# Answers whether PROGRAM needs the shared library NAME.
needs() {
    readelf -d "$1" | grep -F '(NEEDED)' | grep -Fq "[$2]"
}

for cases in install symbols header consumers cpp neighbours native-libraries system-sqlite; do
    # shellcheck source=/dev/null
    source "$here/cases/$cases.sh"
done

if ((skipped)); then
    echo "$skipped skipped"
fi
echo "$passed passed, $failed failed"
((failed == 0))
