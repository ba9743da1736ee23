#!/usr/bin/env bash
# Tests the Go binding: form, vet, tests, the race detector, cgo's checks, the static library,
# another SQLite in one program, and the examples.
#
# The library is built and installed by CMake, unless KV_PREFIX names an installation. That is beside
# cargo's target directory: where it is, is a part of what Go looks for in its cache. One line for each
# case, then a last line with the count. KEEP=1 leaves the files in place.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
if [[ -n ${KEEP:-} ]]; then
    echo "files are kept in $work"
else
    trap 'rm -rf "$work"' EXIT
fi
mkdir "$work/tmp"
export TMPDIR=$work/tmp CGO_ENABLED=1

passed=0
failed=0
skipped=0
ok() { passed=$((passed + 1)); echo "ok $*"; }
fail() { failed=$((failed + 1)); echo "FAILED $*"; }

# check NAME COMMAND...: a case. What the command prints is shown if it fails.
check() {
    local name=$1 status=0
    shift
    # Not as a condition: within one, errexit is off.
    set +e
    (set -e; "$@") >"$work/output" 2>&1
    status=$?
    set -e
    if ((status == 0)); then
        ok "$name"
    else
        fail "$name"
        tail -n 60 "$work/output"
    fi
}

# suite MODE ARGUMENT...: go test, of which each test is a case.
suite() {
    local mode=$1 status=0 bad=0
    shift
    go test -v "$@" >"$work/suite" 2>&1 || status=$?
    sed -nE "s/^--- PASS: (\S+).*/ok $mode \1/p; s/^--- FAIL: (\S+).*/FAILED $mode \1/p;
        s/^--- SKIP: (\S+).*/skipped $mode \1/p" "$work/suite"
    passed=$((passed + $(grep -c '^--- PASS: ' "$work/suite" || true)))
    skipped=$((skipped + $(grep -c '^--- SKIP: ' "$work/suite" || true)))
    bad=$(grep -c '^--- FAIL: ' "$work/suite" || true)
    failed=$((failed + bad))
    if ((status != 0)); then
        grep -vE '^(=== |\s*--- PASS: |PASS$|ok )' "$work/suite" | head -n 200
        # What does not compile, or crashes, has failed too.
        if ((bad == 0)); then fail "$mode: go test ended with $status"; fi
    fi
}

install_library() {
    cmake -S "$root" -B "$work/build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$prefix"
    cmake --build "$work/build"
    cmake --install "$work/build"
}

prefix=${KV_PREFIX:-${CARGO_TARGET_DIR:-$root/target}/go-binding}
if [[ -z ${KV_PREFIX:-} ]]; then
    check "the library is built and installed" install_library
    if ((failed)); then
        echo "$passed passed, $failed failed"
        exit 1
    fi
fi
descriptions=$(dirname "$(find "$prefix/" -name kv.pc | head -n 1)")
export PKG_CONFIG_PATH=$descriptions
LD_LIBRARY_PATH=$(pkg-config --variable=libdir kv)
export LD_LIBRARY_PATH
cd "$here"

is_formatted() {
    local unformatted
    unformatted=$(gofmt -l .)
    if [[ -n $unformatted ]]; then
        echo "gofmt would change: $unformatted"
        return 1
    fi
}

module_is_tidy() { # DIRECTORY
    cd "$1"
    go mod tidy -diff
}

links_statically() {
    go build -tags kv_static -o "$work/quickstart-static" ./examples/quickstart
    readelf -d "$work/quickstart-static" >"$work/needed"
    if grep -F libkv "$work/needed"; then return 1; fi
    env -u LD_LIBRARY_PATH "$work/quickstart-static" "$work/static.db" | diff "$root/examples/expected/quickstart.txt" -
}

# TAGS, and whether the program then needs the shared library.
stands_beside_another_sqlite() {
    local program=$work/neighbour-$1 directory
    directory=$(mktemp -d)
    (cd tests/neighbour && go vet -tags "$1" . && go build -tags "$1" -o "$program" .)
    readelf -d "$program" >"$work/needed"
    if grep -qF '[libkv.so.0]' "$work/needed"; then echo shared; else echo static; fi >"$work/kind"
    echo "$2" | diff - "$work/kind"
    timeout 60 "$program" "$directory" >"$work/said"
    printf '%s\n' "kv counted 100, the neighbour 100" "the neighbour uses its own: true" | diff - "$work/said"
}

prints_what_is_expected() { # EXAMPLE
    timeout 60 "$work/examples/$1" "$work/$1.db" >"$work/said"
    diff "$root/examples/expected/$1.txt" "$work/said"
}

every_example_has_its_twin() {
    local stem
    for stem in "$root"/examples/*.c; do
        test -f "examples/$(basename "$stem" .c)/main.go"
    done
}

check "gofmt" is_formatted
check "go.mod is tidy" module_is_tidy .
check "go.mod of the neighbour is tidy" module_is_tidy tests/neighbour
check "vet" go vet ./...
check "vet with the static tag" go vet -tags kv_static ./...
export GODEBUG=cgocheck=1
suite shared ./...
unset GODEBUG
suite static -tags kv_static . ./internal/...
# Together: each of the two builds Go's own packages anew, which takes longer than the tests.
GOEXPERIMENT=cgocheck2 suite "race and cgocheck2" -race ./...
check "the static library leaves nothing to load" links_statically
check "beside another SQLite, shared" stands_beside_another_sqlite shared_library shared
check "beside another SQLite, static" stands_beside_another_sqlite kv_static static
check "every example in C has one in Go" every_example_has_its_twin
mkdir "$work/examples"
check "examples build" go build -o "$work/examples/" ./examples/...
for stem in "$root"/examples/*.c; do
    name=$(basename "$stem" .c)
    check "example $name" prints_what_is_expected "$name"
done
# No case: what the crossing costs here, for a reader.
go test -run '^$' -bench Crossing -benchtime 1000x . | sed -n 's/^Benchmark/# /p' || true
if ((skipped)); then echo "$skipped skipped"; fi
echo "$passed passed, $failed failed"
((failed == 0))
