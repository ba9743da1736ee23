#!/usr/bin/env bash
# Tests the Go binding: form, vet, tests, cgo's checks, the static library, another SQLite in one
# program, and the examples.
#
#   bindings/go/run.sh [plain] [race]     no argument: plain. race: the tests again, under the race
#                                         detector and cgo's stricter checks
#
# KV_PREFIX names an installation to test, KV_LIBRARY a shared library that is built already, with the
# static one beside it; else CMake builds and installs both. The installation is in cargo's target
# directory, as its path is a part of the key of Go's cache.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"
. "$root/bindings/go/suite.sh"

need go cmake pkg-config readelf
export CGO_ENABLED=1

install_library() {
    cmake -S "$root" -B "$scratch/build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$prefix"
    cmake --build "$scratch/build"
    cmake --install "$scratch/build"
}

# Installs the files that CMake installs, with the library that KV_LIBRARY names.
install_given_library() {
    local include=${KV_INCLUDE:-$root/include}
    mkdir -p "$prefix/include" "$prefix/lib/pkgconfig"
    cp "$include/kv.h" "$prefix/include"
    provide "$prefix/lib" "$(realpath "$KV_LIBRARY")"
    sh "$root/cmake/libraries.sh" "$(dirname "$(realpath "$KV_LIBRARY")")/libkv.a" \
        "$include/kv.map" "$prefix/lib/libkv.a"
    sed -e 's/@KV_PC_PREFIX@/..\/../; s/@KV_PC_INCLUDEDIR@/include/; s/@PROJECT_VERSION@/0/' \
        -e 's/@KV_PC_LIBS_PRIVATE@/-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc/' \
        -e '/@KV_PC_REQUIRES_PRIVATE@/d' "$root/cmake/kv.pc.in" >"$prefix/lib/pkgconfig/kv.pc"
}

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
    go build -tags kv_static -o "$scratch/quickstart-static" ./examples/quickstart
    must_fail needs_library "$scratch/quickstart-static"
    prints "$root/examples/expected/quickstart.txt" \
        env -u LD_LIBRARY_PATH "$scratch/quickstart-static" "$scratch/static.db"
}

needs_library() { # PROGRAM
    grep -F '[libkv.so.0]' <(readelf -d "$1")
}

# TAGS, and whether the program then needs the shared library. The other SQLite is not optimised, which
# would take longer than all the tests.
stands_beside_another_sqlite() {
    local program=$scratch/neighbour-$1 kind=static
    export CGO_CFLAGS=-O0
    (cd tests/neighbour && go vet -tags "$1" ./... && go build -tags "$1" -o "$program" .)
    if needs_library "$program"; then kind=shared; fi
    [[ $kind == "$2" ]]
    timeout 60 "$program" "$(mktemp -d)" | diff - <(
        printf '%s\n' "kv counted 100, the neighbour 100" "the neighbour uses its own: true" \
            "its open file is refused: true")
}

# go vet names each copy of something that must not be copied.
copies_are_found() {
    local found=$scratch/copies
    must_fail go vet -tags kv_copies ./tests/copies >"$found" 2>&1
    cat "$found"
    for copied in store bound batch cursor tx watch writer reader; do
        grep -q "copies lock value to ${copied}Copy" "$found"
    done
}

every_example_has_its_twin() {
    local stem
    for stem in "$root"/examples/*.c; do
        test -f "examples/$(basename "$stem" .c)/main.go"
    done
}

# The commands of the README, but for those that install, and its program, in an empty folder.
starts_from_an_empty_folder() {
    local readme=$root/bindings/go/README.md begun
    begun=$(mktemp -d)
    awk '/^## /{ chapter = $0 } /^```/{ inside = $0 == "```sh" && !inside; next }
        chapter == "## From an empty folder" && inside && /^(mkdir|cd|go) /' "$readme" |
        sed "s|/path/to/kv|$root|" >"$begun/commands"
    awk '/^```/{ inside = $0 == "```go" && !done; if (!inside && n) done = 1; next } inside { n++; print }' \
        "$readme" >"$begun/main.go"
    sed -i 's|^go run|cp ../main.go . \&\& go run|' "$begun/commands"
    cd "$begun"
    bash -euxo pipefail commands | tail -n 1 | diff - <(echo "colour = blue")
    messages_are_those_of_the_readme "$begun/hello"
}

messages_are_those_of_the_readme() { # FOLDER
    # A flag that changes little makes Go build the package that calls C, and no other.
    local build=(build -gcflags=kv.internal/kv/internal/capi=-N .) go
    go=$(command -v go)
    cd "$1"
    go build -o hello .
    says "error while loading shared libraries: libkv.so.0" env -u LD_LIBRARY_PATH ./hello
    says "kv calls C: build with CGO_ENABLED=1 and a C compiler" env CGO_ENABLED=0 go "${build[@]}"
    says 'C compiler "gcc" not found' env CC=gcc PATH="$(without gcc)" "$go" "${build[@]}"
    says '"pkg-config": executable file not found in $PATH' env PATH="$(without pkg-config)" "$go" "${build[@]}"
    says "Package kv was not found in the pkg-config search path" \
        env PKG_CONFIG_PATH= PKG_CONFIG_LIBDIR=/nowhere go "${build[@]}"
    go mod edit -droprequire kv.internal/kv -dropreplace kv.internal/kv
    says "no required module provides package kv.internal/kv" go build .
}

# says MESSAGE COMMAND...: the command fails with the message, which the README has.
says() {
    local message=$1
    shift
    grep -qF "\`$message" "$root/bindings/go/README.md"
    must_fail "$@" >said 2>&1
    if ! grep -F "$message" said; then cat said; return 1; fi
}

# without COMMAND: prints a PATH with all commands of the system but one.
without() {
    mkdir -p "$scratch/without-$1"
    find /usr/bin -maxdepth 1 ! -type d ! -name "$1" -exec ln -sft "$scratch/without-$1" {} +
    echo "$scratch/without-$1"
}

# The modules beside that of the binding.
modules=(adapters prometheus otel)

suite_of() { # MODULE MODE ARGUMENT...
    cd "$1"
    shift
    suite "$@" ./...
}

vets() { # MODULE
    cd "$1"
    go vet ./...
}

prints_spans() {
    cd otel
    go run ./examples/spans | tee "$scratch/spans"
    grep -q '^get pages, child of a span: true, Unset, .*db.response.status_code=1,' "$scratch/spans"
    grep -q '^increment pages, child of a span: true, Error, .*error.type=-8$' "$scratch/spans"
}

# Nothing to fail on: what the crossing and a trace cost here, for a reader.
crossing() {
    go test -run '^$' -bench 'Crossing|Traced' -benchtime 1000x . | sed -n 's/^Benchmark/# /p'
}

prefix=${KV_PREFIX:-$target/go-binding}
if [[ -z ${KV_PREFIX:-} ]]; then
    if [[ -n ${KV_LIBRARY:-} ]]; then
        check "the given library is installed" install_given_library
    else
        check "the library is built and installed" install_library
    fi
    if ((failed)); then finish; fi
fi
PKG_CONFIG_PATH=$(dirname "$(find "$prefix/" -name kv.pc | head -n 1)")
export PKG_CONFIG_PATH
LD_LIBRARY_PATH=$(pkg-config --variable=libdir kv)
export LD_LIBRARY_PATH
cd "$root/bindings/go"

plain() {
    # The packages that all others compile too come first.
    GODEBUG=cgocheck=1 program "go test, shared" suite shared ./...
    report
    for module in "${modules[@]}"; do
        GODEBUG=cgocheck=1 program "go test of $module" suite_of "$module" "$module"
    done
    program "go test, static" suite static -tags kv_static . ./internal/...
    job "beside another SQLite, shared" stands_beside_another_sqlite shared_library shared
    job "gofmt" is_formatted
    job "go.mod is tidy" module_is_tidy .
    for module in "${modules[@]}"; do
        job "go.mod of $module is tidy" module_is_tidy "$module"
        job "vet of $module" vets "$module"
    done
    job "go.mod of the neighbour is tidy" module_is_tidy tests/neighbour
    job "go.mod of the tests of store/db is tidy" module_is_tidy tests/sql
    job "vet" go vet ./...
    job "vet finds copies" copies_are_found
    job "vet with the static tag" go vet -tags kv_static ./...
    job "the static library leaves nothing to load" links_statically
    job "every example in C has one in Go" every_example_has_its_twin
    job "the README from an empty folder" starts_from_an_empty_folder
    mkdir "$scratch/examples"
    # After the other, for both take that one's SQLite from Go's cache.
    check "beside another SQLite, static" stands_beside_another_sqlite kv_static static
    program "store/db on SQLite" sql_suite sqlite
    job "the example of spans" prints_spans
    check "examples build" go build -o "$scratch/examples/" ./examples/...
    for stem in "$root"/examples/*.c; do
        name=$(basename "$stem" .c)
        job "example $name" prints "$root/examples/expected/$name.txt" \
            timeout 60 "$scratch/examples/$name" "$scratch/$name.db"
    done
    report
    check "crossing" crossing
}

# Together: each of the two builds Go's own packages again, which takes longer than the tests.
race() {
    GOEXPERIMENT=cgocheck2 program "race and cgocheck2" suite "race and cgocheck2" -race ./...
    report
    for module in "${modules[@]}"; do
        GOEXPERIMENT=cgocheck2 program "race and cgocheck2 of $module" suite_of "$module" "race and cgocheck2" -race
    done
    report
}

if (($# == 0)); then set -- plain; fi
for mode in "$@"; do
    case $mode in
    plain | race) $mode ;;
    *)
        echo "unknown mode $mode: plain, race" >&2
        exit 2
        ;;
    esac
done
finish
