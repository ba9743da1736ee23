#!/usr/bin/env bash
# Tests the C++ binding: parity with kv.h, each compiler and standard, the tests under sanitizers,
# programs without exceptions, and the examples.
#
# The library is built with cargo, unless KV_PREFIX names an installation. One line for each case,
# then a last line with the count. KEEP=1 leaves the files in place.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
work=$(mktemp -d)
if [[ -n ${KEEP:-} ]]; then
    echo "files are kept in $work"
else
    trap 'rm -rf "$work"' EXIT
fi
export TMPDIR=$work

passed=0
failed=0
skipped=0
ok() { passed=$((passed + 1)); echo "ok $*"; }
fail() { failed=$((failed + 1)); echo "FAILED $*"; }
skip() { skipped=$((skipped + 1)); echo "skipped $*"; }

if [[ -n ${KV_PREFIX:-} ]]; then
    header=$KV_PREFIX/include
    library=$KV_PREFIX/lib
else
    (cd "$root" && cargo build --quiet --release --locked --lib --target-dir "$target")
    header=$root/include
    library=$work/lib
    # A program looks for the library under its soname; that link is made by the installation.
    mkdir "$library"
    ln -s "$target/release/libkv.so" "$library/libkv.so"
    ln -s "$target/release/libkv.so" "$library/libkv.so.0"
fi

includes=(-I "$here/include" -I "$header")
warnings=(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Werror)
links=(-L "$library" -lkv "-Wl,-rpath,$library" -pthread)
sanitizers=(-g -fno-omit-frame-pointer "-fsanitize=address,undefined" -fno-sanitize-recover=undefined)

has() { command -v "$1" >/dev/null; }
# includes_header COMPILER NAME
includes_header() { echo "#include <$2>" | "$1" -std=c++17 -x c++ -fsyntax-only - 2>/dev/null; }

# Jobs run beside each other, as many as there are processors, and are reported in their order.
names=()
reported=0
# job NAME COMMAND...
job() {
    local number=${#names[@]}
    names+=("$1")
    shift
    while (($(jobs -rp | wc -l) >= $(nproc))); do wait -n || true; done
    (
        set +e
        (set -e; "$@") >"$work/job-$number.out" 2>&1
        echo $? >"$work/job-$number.status"
    ) &
}

report() {
    wait
    for (( ; reported < ${#names[@]}; reported++)); do
        if [[ $(<"$work/job-$reported.status") == 0 ]]; then
            ok "${names[reported]}"
        else
            fail "${names[reported]}"
            sed 's/^/    /' "$work/job-$reported.out" | head -n 30
        fi
    done
}

# compile COMPILER STANDARD SOURCE OUTPUT FLAG...
compile() {
    local compiler=$1 standard=$2 source=$3 output=$4
    shift 4
    "$compiler" -std="$standard" "${warnings[@]}" "${includes[@]}" -c "$source" -o "$output" "$@"
}

# build COMPILER STANDARD SOURCE PROGRAM FLAG...: and link it.
build() {
    local compiler=$1 standard=$2 source=$3 program=$4
    shift 4
    compile "$compiler" "$standard" "$source" "$program.o" "$@"
    "$compiler" "$program.o" "$@" "${links[@]}" -o "$program"
}

parity() { "$here/tests/parity.sh" "$header/kv.h" "$root/include/symbols.txt" "$@"; }
parity_control() {
    ! parity kv_planted >"$work/planted" && grep -q kv_planted "$work/planted"
    ! parity KV_PLANTED >"$work/planted" && grep -q KV_PLANTED "$work/planted"
}

# refused MISTAKE WORDS FLAG...: the compiler must find it, and say so in these words.
refused() {
    local mistake=$1 words=$2
    shift 2
    if g++ -std=c++17 "${warnings[@]}" "${includes[@]}" -DKV_NO_JSON "-DMISTAKE=$mistake" "$@" \
        -fsyntax-only "$here/tests/must_not_compile.cpp" 2>"$work/mistake-$mistake"; then
        echo "it was compiled"
        return 1
    fi
    grep -E "$words" "$work/mistake-$mistake" || {
        cat "$work/mistake-$mistake"
        return 1
    }
}
no_mistake() {
    g++ -std=c++17 "${warnings[@]}" "${includes[@]}" -DKV_NO_JSON -DMISTAKE=0 -fsyntax-only \
        "$here/tests/must_not_compile.cpp"
}

two_units() {
    compile g++ c++17 "$here/tests/two_units.cpp" "$work/unit-1.o"
    compile g++ c++17 "$here/tests/two_units.cpp" "$work/unit-2.o" -DOTHER_UNIT
    g++ "$work/unit-1.o" "$work/unit-2.o" "${links[@]}" -o "$work/two-units"
    "$work/two-units"
}

# The second unit in a shared library of its own that shows nothing but what it must.
two_libraries() {
    compile g++ c++17 "$here/tests/two_units.cpp" "$work/unit-3.o"
    compile g++ c++17 "$here/tests/two_units.cpp" "$work/unit-4.o" -DOTHER_UNIT -fPIC \
        -fvisibility-inlines-hidden
    g++ -shared "$work/unit-4.o" "${links[@]}" -o "$work/libother.so"
    g++ "$work/unit-3.o" -L "$work" -lother "-Wl,-rpath,$work" "${links[@]}" \
        -o "$work/two-libraries"
    "$work/two-libraries"
}

# without_exceptions FLAG...
without_exceptions() {
    local program
    program=$(mktemp "$work/plain-XXXXXX")
    build g++ c++17 "$here/tests/no_exceptions.cpp" "$program" -fno-exceptions -fno-rtti "$@"
    "$program"
}

# The first snippet of the README is the quickstart; the others are bodies of functions.
snippets() {
    awk -v directory="$work" '
        /^```cpp$/ { number++; inside = 1; next }
        /^```$/ { inside = 0 }
        inside { print >(directory "/snippet-" number ".txt") }' "$here/README.md"
    diff "$here/examples/quickstart.cpp" "$work/snippet-1.txt"
    local number=2 file=$work/snippets.cpp
    {
        echo '#include <kv.hpp>'
        echo '#include <iostream>'
        echo 'using namespace std::chrono_literals;'
        for (( ; ; number++)); do
            [[ -e $work/snippet-$number.txt ]] || break
            echo "void snippet_$number(kv::store &store);"
            echo "void snippet_$number(kv::store &store) {"
            cat "$work/snippet-$number.txt"
            echo '(void)store; }'
        done
    } >"$file"
    ((number > 4)) || { echo "only $number snippets"; return 1; }
    compile g++ c++20 "$file" "$work/snippets.o" -Wno-unused -Wno-shadow
}

# example NAME: prints, on a file that is not there, what the one in C does.
example() {
    build g++ c++17 "$here/examples/$1.cpp" "$work/$1"
    timeout 60 "$work/$1" "$work/$1.db" >"$work/$1.txt" 2>&1
    diff "$root/examples/expected/$1.txt" "$work/$1.txt"
}

every_example_is_here() {
    diff <(cd "$root/examples" && printf '%s\n' *.c | sed 's/\.c$//') \
        <(cd "$here/examples" && printf '%s\n' *.cpp | sed 's/\.cpp$//')
}

no_file_is_too_long() {
    local file lines
    while read -r lines file; do
        if [[ $file != total ]] && ((lines > 500)); then
            echo "$file: $lines lines, at most 500"
            return 1
        fi
    done < <(wc -l "$here"/include/*.hpp "$here"/include/kv/*.hpp "$here"/tests/* "$here"/run.sh)
}

job "parity with kv.h" parity
job "control: parity misses nothing" parity_control
job "no file is too long" no_file_is_too_long
job "each example of C is here" every_example_is_here

json=
if includes_header g++ nlohmann/json.hpp; then
    json=yes
else
    skip "typed stores in JSON: nlohmann/json.hpp is not installed (nlohmann-json3-dev)"
fi

for pair in g++:c++17 g++:c++20 g++:c++23 clang++:c++17 clang++:c++20; do
    compiler=${pair%:*}
    standard=${pair#*:}
    if has "$compiler"; then
        job "$compiler as $standard" compile "$compiler" "$standard" \
            "$here/tests/every_template.cpp" "$work/$pair.o" -DKV_NO_JSON
    else
        skip "$compiler as $standard: $compiler is not installed"
    fi
done
# Warnings that only an optimiser gives would break the builds of programs with -Werror.
job "g++ as c++17, optimised" compile g++ c++17 "$here/tests/every_template.cpp" "$work/fast.o" \
    -DKV_NO_JSON -O2
if [[ -n $json ]]; then
    job "g++ as c++17 with JSON" compile g++ c++17 "$here/tests/every_template.cpp" "$work/json.o"
    job "no exceptions, no run-time types, with JSON" without_exceptions
fi
job "no exceptions, no run-time types" without_exceptions -DKV_NO_JSON
job "two units" two_units
job "two libraries" two_libraries

job "must compile: no mistake" no_mistake
job "must not compile: a copy of a store" refused 1 'use of deleted function'
job "must not compile: a result that nobody looks at" refused 2 'nodiscard'
job "must not compile: a copy of a cursor" refused 3 'use of deleted function'
job "must not compile: a type without a codec" refused 4 'needs nlohmann/json.hpp, or a codec'
job "must not compile: a ttl in microseconds" refused 5 'error: no matching function'
job "must not compile: a ttl without a unit" refused 6 'error: no matching function'
job "must not compile: text that becomes a store" refused 7 'conversion from'
job "must not compile: a copy of a transaction" refused 9 'use of deleted function'
job "must not compile: a commit that nobody looks at" refused 10 'nodiscard'
job "must not compile: an answer that nobody looks at" refused 11 'nodiscard'
job "must not compile: an update of nothing" refused 12 'no type|no matching function'
job "must not compile: a throwing store without exceptions" refused 8 "'store' is not a member|‘kv::store’|‘store’" \
    -fno-exceptions
job "snippets of the README" snippets

for source in "$here"/examples/*.cpp; do
    name=$(basename "$source" .cpp)
    job "example $name" example "$name"
done

# clang is the quicker one with sanitizers, and finds the same.
compiler=g++
if has clang++; then compiler=clang++; fi
tests=()
if includes_header "$compiler" gtest/gtest.h; then
    for source in "$here"/tests/*_test.cpp; do
        name=$(basename "$source" .cpp)
        if [[ $name == json_test && -z $json ]]; then continue; fi
        flags=()
        if [[ $name != json_test ]]; then flags=(-DKV_NO_JSON); fi
        tests+=("$name")
        job "compile $name with sanitizers" build "$compiler" c++20 "$source" "$work/$name" \
            "${sanitizers[@]}" "${flags[@]}" -Wno-unused-command-line-argument \
            -lgtest_main -lgtest
    done
else
    skip "tests: gtest/gtest.h is not installed (libgtest-dev)"
fi
job "compile planted with sanitizers" build "$compiler" c++20 "$here/tests/planted.cpp" \
    "$work/planted" "${sanitizers[@]}" -DKV_NO_JSON
report

export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
# caught BUG WORDS
caught() {
    ! "$work/planted" "$1" >"$work/planted-$1" 2>&1 && grep -q "$2" "$work/planted-$1"
}
job "sanitizers catch the planted bug: freed" caught freed heap-use-after-free
job "sanitizers catch the planted bug: leaked" caught leaked LeakSanitizer
job "sanitizers catch the planted bug: overflow" caught overflow 'signed integer overflow'
report

# Each test of a program is a case; a program that ends badly for another reason is one too.
for name in "${tests[@]}"; do
    if [[ ! -x $work/$name ]]; then continue; fi
    status=0
    timeout 120 "$work/$name" --gtest_color=no >"$work/$name.out" 2>&1 || status=$?
    sed -nE 's/^\[ +OK \] ([^ ]*).*/ok \1/p' "$work/$name.out"
    passed=$((passed + $(grep -cE '^\[ +OK \]' "$work/$name.out" || true)))
    bad=$(grep -cE '^\[  FAILED  \] [^ ]* \(' "$work/$name.out" || true)
    failed=$((failed + bad))
    if ((status != 0)); then
        cat "$work/$name.out"
        if ((bad == 0)); then fail "$name: ended with $status"; fi
    fi
done

if ((skipped)); then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
((failed == 0))
