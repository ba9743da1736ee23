#!/usr/bin/env bash
# The header by itself, and what it shows: its examples are compiled and run; each language and
# standard reads it without a warning; so do clang's and Doxygen's readers of its comments.
#
#   tests/c/header.sh
#
# KV_LIBRARY is a libkv.so to run the examples with; without it the release library is built.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

passed=0
failed=0
skipped=0

# check NAME COMMAND...: what the command prints is shown if it fails.
check() {
    local name=$1
    shift
    if ("$@") >"$scratch/output" 2>&1; then
        passed=$((passed + 1))
        echo "ok $name"
    else
        failed=$((failed + 1))
        echo "FAILED $name"
        head -n 40 "$scratch/output" | sed 's/^/    /'
    fi
}

# A control: the command must see the fault.
check_sees() {
    local name=$1
    shift
    check "control: $name" fails "$@"
}

fails() { if "$@"; then return 1; fi; }

have() { # COMMAND
    if command -v "$1" >/dev/null; then return 0; fi
    skipped=$((skipped + 1))
    echo "skip $1: it is not installed"
    return 1
}

library() {
    local found=${KV_LIBRARY:-}
    if [ -z "$found" ]; then
        local target=${CARGO_TARGET_DIR:-$root/target}
        (cd "$root" && cargo build --quiet --release --locked --lib --target-dir "$target")
        found=$target/release/libkv.so
    fi
    mkdir "$scratch/lib"
    ln -s "$(realpath "$found")" "$scratch/lib/libkv.so"
    ln -s "$(realpath "$found")" "$scratch/lib/libkv.so.0"
}

example() { # NAME
    cc -std=c11 -Wall -Wextra -Wpedantic -Wconversion -Werror -I "$root/include" \
        "$here/header/$1.c" -o "$scratch/$1" -L "$scratch/lib" -lkv -Wl,-rpath,"$scratch/lib" &&
        mkdir "$scratch/$1.d" && cd "$scratch/$1.d" && timeout 60 "$scratch/$1"
}

# A program that includes the header first and twice, and has one of each sized structure.
write_program() { # HEADER
    local type
    echo "#include \"$1\""
    echo "#include \"$1\""
    sed -n 's/^#define \(KV_[A-Z_]*\)_INIT .*/\1/p' "$1" | while read -r type; do
        echo "static ${type,,} a_${type,,} = ${type}_INIT;"
    done
    echo 'static int64_t numbers(void) {'
    echo '    return KV_ERR_ARGUMENT - KV_ERR_HANDLE + KV_TTL_NEVER + KV_TTL_DEFAULT;'
    echo '}'
    echo 'int main(void) {'
    echo '    size_t sizes = KV_NUL;'
    sed -n 's/^#define \(KV_[A-Z_]*\)_INIT .*/\1/p' "$1" | while read -r type; do
        echo "    sizes += a_${type,,}.size;"
    done
    echo '    return numbers() == 0 && sizes == 0;'
    echo '}'
}

warnings=(-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wundef -Werror -fsyntax-only)

in_c() { # COMPILER STANDARD HEADER
    write_program "$3" >"$scratch/program.c"
    "$1" -x c -std="$2" "${warnings[@]}" -Wstrict-prototypes "$scratch/program.c"
}

in_cpp() { # COMPILER STANDARD HEADER
    local more=(-Wold-style-cast)
    if [ "$1" = g++ ]; then more+=(-Wuseless-cast); fi
    write_program "$3" >"$scratch/program.cpp"
    "$1" -x c++ -std="$2" "${warnings[@]}" "${more[@]}" "$scratch/program.cpp"
}

clang_documentation() { # HEADER
    clang -x c -std=c11 -Wdocumentation -Wdocumentation-pedantic -Werror -fsyntax-only "$1"
}

doxygen_reads() { # HEADER
    mkdir -p "$scratch/doxygen"
    doxygen -q - <<END
INPUT = $1
OUTPUT_DIRECTORY = $scratch/doxygen
PROJECT_NAME = kv
OPTIMIZE_OUTPUT_FOR_C = YES
GENERATE_LATEX = NO
GENERATE_HTML = NO
GENERATE_XML = YES
WARN_IF_UNDOCUMENTED = YES
WARN_IF_DOC_ERROR = YES
WARN_AS_ERROR = FAIL_ON_WARNINGS
END
}

# The header with a fault.
with() { # SED-SCRIPT
    sed "$1" "$root/include/kv.h" >"$scratch/fault.h"
    fails cmp -s "$root/include/kv.h" "$scratch/fault.h"
}

compilers() {
    local compiler standard
    for compiler in gcc clang; do
        have "$compiler" || continue
        for standard in c99 c11 c17; do
            check "$compiler as $standard" in_c "$compiler" "$standard" "$root/include/kv.h"
        done
    done
    for compiler in g++ clang++; do
        have "$compiler" || continue
        for standard in c++11 c++20; do
            check "$compiler as $standard" in_cpp "$compiler" "$standard" "$root/include/kv.h"
        done
        with 's/{ sizeof(kv_quota)/{ (uint32_t)sizeof(kv_quota)/'
        check_sees "$compiler and a cast" in_cpp "$compiler" c++11 "$scratch/fault.h"
    done
}

comments() {
    if have clang; then
        check "clang -Wdocumentation" clang_documentation "$root/include/kv.h"
        with 's/^ \* @since/ * @param nothing a parameter that is not there\n&/'
        check_sees "clang and a wrong parameter" clang_documentation "$scratch/fault.h"
    fi
    if have doxygen; then
        check "doxygen" doxygen_reads "$root/include/kv.h"
        with 's/^ \* @since/ * @param nothing a parameter that is not there\n&/'
        check_sees "doxygen and a wrong parameter" doxygen_reads "$scratch/fault.h"
        with '0,/^#define KV_ERR_BUSY /s//\n#define KV_PLANTED 1\n\n&/'
        check_sees "doxygen and a constant without a comment" doxygen_reads "$scratch/fault.h"
    fi
}

library
for program in "$here"/header/*.c; do
    name=$(basename "$program" .c)
    check "example $name" example "$name"
done
compilers
comments

if [ "$skipped" -ne 0 ]; then echo "$skipped skipped, for the reasons above"; fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
