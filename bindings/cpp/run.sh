#!/usr/bin/env bash
# Tests the C++ binding: parity with kv.h, each compiler and standard, what compilers must refuse and
# how they name it, the tests under sanitizers, programs without exceptions, and the examples.
#
#   bindings/cpp/run.sh [asan|tsan]    no argument: all of this, of a library without sanitizers. asan,
#                                      tsan: the tests, with the address and undefined-behaviour sanitizers
#                                      or the thread sanitizer in the library too
#
# KV_PREFIX names an installation to test, instead of a library.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"

here=$root/bindings/cpp
work=$scratch
. "$here/tests/readme.sh"
mode=${1:-plain}
if [[ $mode != plain ]]; then
    header=$root/include
    library=$scratch/$mode
elif [[ -n ${KV_PREFIX:-} ]]; then
    header=$KV_PREFIX/include
    library=$KV_PREFIX/lib
else
    use_library
    header=$KV_INCLUDE
    library=$scratch/lib
fi

includes=(-I "$here/include" -I "$header")
warnings=(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Werror)
links=(-L "$library" -lkv "-Wl,-rpath,$library" -pthread)
sanitizers=(-g -fno-omit-frame-pointer "-fsanitize=address,undefined" -fno-sanitize-recover=undefined)

# includes_header COMPILER NAME
includes_header() { echo "#include <$2>" | "$1" -std=c++17 -x c++ -fsyntax-only - 2>/dev/null; }

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
names() {
    "$here/tests/names.sh" "$header/kv.h" "$root/include/symbols.txt" "$here/README.md" "$@"
}
names_control() {
    local name planted=(kv_planted KV_ERR_PLANTED kv_event.planted)
    must_fail names "${planted[@]}" >"$work/planted_names"
    for name in "${planted[@]}"; do grep "< $name" "$work/planted_names"; done
    grep -v '^| `kv_set_ttl`' "$here/README.md" >"$work/planted.md"
    must_fail "$here/tests/names.sh" "$header/kv.h" "$root/include/symbols.txt" "$work/planted.md" |
        grep '< kv_set_ttl'
}
parity_control() {
    must_fail parity kv_planted KV_PLANTED >"$work/planted_parity"
    grep kv_planted "$work/planted_parity"
    grep KV_PLANTED "$work/planted_parity"
}

# mistakes SOURCE COMPILER FLAG...: the compiler must find each mistake of the source, and say so in the
# words below it.
mistakes() {
    local source=$1 compiler=$2
    shift 2
    "$here/tests/mistakes.sh" "$source" "$compiler" -std=c++17 "${warnings[@]}" "${includes[@]}" "$@"
}
# A line that is no mistake, and a mistake that is not expected.
mistakes_control() {
    {
        cat "$here/tests/mistakes.cpp"
        echo 'void is_right(kv::store &store) { store.set("g", "k", "v"); }'
        echo '// refused: planted: nothing'
        echo 'int is_wrong() { return ""; }'
    } >"$work/planted_mistakes.cpp"
    must_fail mistakes "$work/planted_mistakes.cpp" g++ >"$work/planted_mistakes"
    grep 'FAILED.*planted' "$work/planted_mistakes"
    grep 'FAILED.*has no mistake' "$work/planted_mistakes"
}

try_forms() {
    "$here/tests/try_forms.sh"
    # The program without exceptions calls each of them.
    local name
    for name in $(sed 's,//.*,,' "$here"/include/kv/*.hpp | grep -oE '\btry_[a-z_]+\(' | sort -u); do
        grep -qF "$name" "$here/tests/no_exceptions.cpp" "$here/tests/no_exceptions_calls.hpp" ||
            { echo "the program without exceptions does not call ${name%(}"; return 1; }
    done
}
try_forms_control() {
    cp -r "$here/include" "$work/planted_forms"
    sed -i 's/try_persist/try_persists/' "$work/planted_forms/kv/store_writes.hpp"
    sed -i 's/result<bool> try_exists/result<int> try_exists/' "$work/planted_forms/kv/store_reads.hpp"
    must_fail "$here/tests/try_forms.sh" "$work/planted_forms" >"$work/planted_forms.out"
    grep 'persist has no try_persist(' "$work/planted_forms.out"
    grep 'exists returns bool, the other' "$work/planted_forms.out"
}

# Two units of one program, and the second in a shared library that shows nothing but what it must.
two_units() {
    local unit=$here/tests/two_units.cpp
    compile g++ c++17 "$unit" "$work/unit-1.o"
    compile g++ c++17 "$unit" "$work/unit-2.o" -DOTHER_UNIT -fPIC -fvisibility-inlines-hidden
    g++ "$work/unit-1.o" "$work/unit-2.o" "${links[@]}" -o "$work/two-units"
    "$work/two-units"
    g++ -shared "$work/unit-2.o" "${links[@]}" -o "$work/libother.so"
    g++ "$work/unit-1.o" -L "$work" -lother "-Wl,-rpath,$work" "${links[@]}" -o "$work/two-libraries"
    "$work/two-libraries"
}

# without_exceptions COMPILER STANDARD FLAG...
without_exceptions() {
    local compiler=$1 standard=$2 program
    shift 2
    program=$(mktemp "$work/plain-XXXXXX")
    build "$compiler" "$standard" "$here/tests/no_exceptions.cpp" "$program" -fno-exceptions \
        -fno-rtti "$@"
    "$program"
}

# A program that ends while its threads write, as often as it takes to meet each moment.
exits_cleanly() {
    local run
    build g++ c++17 "$here/tests/exits.cpp" "$work/exits" "${sanitizers[@]}"
    for run in {1..20}; do
        timeout 60 "$work/exits" memory:
        timeout 60 "$work/exits" "$work/exits.db"
    done
}

# kv.hpp brings in what kv.h and the standard library have, and nothing else.
no_json_in_kv_hpp() {
    must_fail grep -rn 'nlohmann' "$here/include/kv.hpp" "$here"/include/kv/ --include='*.hpp' \
        --exclude=json.hpp
    echo '#include <kv.hpp>' | g++ -std=c++17 "${includes[@]}" -x c++ -E - >"$work/preprocessed"
    must_fail grep nlohmann "$work/preprocessed"
    if [[ -n $json ]]; then
        echo '#include <kv/json.hpp>' | g++ -std=c++17 "${includes[@]}" -x c++ -E - >"$work/preprocessed"
        grep -q nlohmann "$work/preprocessed"
    fi
}

# Where nlohmann's header is not, kv.hpp compiles, and <kv/json.hpp> says what it needs.
json_is_missing() {
    local folders folder flags=(-nostdinc -nostdinc++)
    mkdir "$work/system"
    mapfile -t folders < <(g++ -E -x c++ -v /dev/null 2>&1 | sed -n '/^#include </,/^End/s/^ //p')
    for folder in "${folders[@]}"; do
        if [[ -e $folder/nlohmann ]]; then
            find "$folder" -mindepth 1 -maxdepth 1 ! -name nlohmann -exec ln -s -t "$work/system" {} +
            folder=$work/system
        fi
        flags+=(-isystem "$folder")
    done
    echo '#include <kv.hpp>' >"$work/without.cpp"
    compile g++ c++17 "$work/without.cpp" "$work/without.o" -fsyntax-only "${flags[@]}"
    echo '#include <kv/json.hpp>' >"$work/without.cpp"
    must_fail compile g++ c++17 "$work/without.cpp" "$work/without.o" -fsyntax-only "${flags[@]}" \
        2>"$work/without"
    cat "$work/without"
    grep -q "error: #error .*needs nlohmann's <nlohmann/json.hpp>.*install it" "$work/without"
}

# example NAME: prints, on a file that is not there, what the one in C does.
example() {
    build "$quick" c++17 "$here/examples/$1.cpp" "$work/$1"
    prints "$root/examples/expected/$1.txt" timeout 60 "$work/$1" "$work/$1.db"
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
    done < <(wc -l "$here"/include/*.hpp "$here"/include/kv/*.hpp "$here"/tests/*.* "$here"/tests/behaviour/* \
        "$here"/run.sh)
}

# Each test of a program is a case.
gtest() { # PROGRAM
    local status=0
    timeout 900 "$work/$1" --gtest_color=no >"$work/$1.out" 2>&1 || status=$?
    sed -nE 's/^\[ +OK \] ([^ ]*).*/ok \1/p; s/^\[  FAILED  \] ([^ ]*) \(.*/FAILED \1/p
        s/^\[  SKIPPED \] ([^ ]*) \(.*/skip \1: see there/p' "$work/$1.out"
    cat "$work/$1.out" >&2
    return "$status"
}

sanitized() { # SOURCE PROGRAM FLAG...
    local source=$1 program=$2
    shift 2
    build "$quick" c++20 "$source" "$program" "${sanitizers[@]}" "$@" \
        -Wno-unused-command-line-argument -lgtest_main -lgtest
}

# The cases of tests/behaviour, which are the same for every language.
behaviour() {
    local files
    files=$(mktemp -d "$work/behaviour-XXXXXX")
    timeout 900 "$work/behaviour" "$root/tests/behaviour" "$files"
}

# caught BUG WORDS
caught() {
    must_fail "$work/planted" "$1" >"$work/planted-$1" 2>&1
    grep "$2" "$work/planted-$1"
}

# Compiles a program with the sanitizer of the library, and links the one runtime of both.
compile_beside() { # SOURCE PROGRAM LIBRARY...
    local source=$1 program=$2 flags=("${tsan_flags[@]}")
    shift 2
    # The runtime has no checks of the types of objects and functions.
    if [[ $mode == asan ]]; then flags=("${asan_flags[@]}" -fno-sanitize=vptr,function); fi
    compile clang++ c++20 "$source" "$work/$program.o" -g -fno-omit-frame-pointer "${flags[@]}"
    # shellcheck disable=SC2046 # the words of runtime are words
    clang++ "$work/$program.o" -o "$work/$program" "$@" $(runtime "$mode") "${links[@]}" -ldl
}

# The tests with a sanitizer in the library. It counts only if it catches planted bugs, and is in the
# library.
beside_sanitized() {
    if ! has clang++; then fail "clang++ is not installed; scripts/setup.sh test installs it"; return; fi
    . "$root/scripts/sanitized.sh"
    export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
    export TSAN_OPTIONS="suppressions=$root/tests/c/tsan.suppressions exitcode=66"
    # Opens as many handles as there can be, which takes minutes here.
    export GTEST_FILTER=-Handles.*
    check "$mode: the library is built" build_sanitized "$mode"
    if ((failed)); then return; fi
    for source in "$here"/tests/*_test.cpp; do echo "#include \"$source\""; done >"$work/all_tests.cpp"
    job "$mode: the tests are built" compile_beside "$work/all_tests.cpp" all_tests -lgtest_main -lgtest
    job "$mode: the behaviour runner is built" compile_beside "$here/tests/behaviour/main.cpp" behaviour
    job "$mode: planted bugs are built" compile_beside "$here/tests/planted.cpp" planted
    job "$mode is in libkv.so" in_binary "$library/libkv.so" "__${mode}_init"
    report
    if ((failed)); then return; fi
    case $mode in
    asan)
        job "asan catches the planted bug: freed" caught freed heap-use-after-free
        job "asan catches the planted bug: leaked" caught leaked LeakSanitizer
        job "asan catches the planted bug: overflow" caught overflow 'signed integer overflow'
        ;;
    tsan) job "tsan catches the planted bug: race" caught race 'data race' ;;
    esac
    program "$mode: tests" gtest all_tests
    program "$mode: behaviour" behaviour
    report
}

case $mode in
plain) ;;
asan | tsan)
    beside_sanitized
    finish
    ;;
*)
    echo "usage: $0 [asan|tsan]" >&2
    exit 2
    ;;
esac

# clang is the quicker one with sanitizers, and finds the same.
quick=g++
if has clang++; then quick=clang++; fi
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1

json=
if includes_header g++ nlohmann/json.hpp; then
    json=yes
else
    skip "the JSON codec" "nlohmann/json.hpp is not installed (nlohmann-json3-dev)"
fi

# The longest go first. The tests are two units, because most of what a unit costs are the headers.
tests=()
if includes_header "$quick" gtest/gtest.h; then
    half=1
    for source in "$here"/tests/*_test.cpp; do
        if [[ -z $json && $source == */json_test.cpp ]]; then continue; fi
        echo "#include \"$source\"" >>"$work/tests_$half.cpp"
        half=$((3 - half))
    done
    for half in 1 2; do
        job "compile half $half of the tests with sanitizers" sanitized "$work/tests_$half.cpp" \
            "$work/tests_$half"
        tests+=("tests_$half")
    done
    # clang before 16 cannot compile the adaptors of libstdc++.
    job "compile pipelines with sanitizers" build g++ c++20 "$here/tests/pipeline.cpp" "$work/pipeline" \
        "${sanitizers[@]}" -lgtest_main -lgtest
    tests+=(pipeline)
    job "pipelines as c++23" compile g++ c++23 "$here/tests/pipeline.cpp" "$work/pipeline-23.o" -fsyntax-only
else
    skip "tests" "gtest/gtest.h is not installed (libgtest-dev)"
fi
if [[ -n $json ]]; then
    job "compile the behaviour runner with sanitizers" build "$quick" c++17 \
        "$here/tests/behaviour/main.cpp" "$work/behaviour" "${sanitizers[@]}" \
        -Wno-unused-command-line-argument
else
    skip "behaviour" "nlohmann/json.hpp is not installed (nlohmann-json3-dev)"
fi
job "compile planted with sanitizers" build "$quick" c++20 "$here/tests/planted.cpp" \
    "$work/planted" "${sanitizers[@]}"

job "parity with kv.h" parity
job "control: parity misses nothing" parity_control
job "the names are those of kv.h, or in the table of the README" names
job "control: a name that differs is found" names_control
job "no file is too long" no_file_is_too_long
job "each example of C is here" every_example_is_here
job "each call that throws has one that returns a result" try_forms
job "control: a form that is missing or differs is found" try_forms_control

for pair in g++:c++20 g++:c++23 clang++:c++17 clang++:c++20 clang++:c++2b; do
    compiler=${pair%:*}
    standard=${pair#*:}
    if has "$compiler"; then
        # Every template is instantiated; the code that comes of it is compiled in the tests.
        job "$compiler as $standard" compile "$compiler" "$standard" \
            "$here/tests/every_template.cpp" "$work/$pair.o" -fsyntax-only
    else
        skip "$compiler as $standard" "$compiler is not installed"
    fi
done
# With the warnings that only an optimiser gives, which would break the builds of programs with -Werror.
job "g++ as c++17, optimised" compile g++ c++17 "$here/tests/every_template.cpp" "$work/fast.o" -O2
if [[ -n $json ]]; then
    job "g++ as c++17 with JSON" compile g++ c++17 "$here/tests/every_template.cpp" "$work/json.o" \
        -DWITH_JSON=1 -fsyntax-only
    job "no exceptions, no run-time types, with JSON" without_exceptions g++ c++17 -DWITH_JSON=1
else
    job "no exceptions, no run-time types" without_exceptions g++ c++17
fi
if has clang++; then
    job "no exceptions, no run-time types, clang++ as c++20" without_exceptions clang++ c++20
fi
job "nothing of JSON without its header" no_json_in_kv_hpp
job "a clear error where nlohmann's header is missing" json_is_missing
job "two units and two libraries" two_units
job "a program may end while its threads write" exits_cleanly

for compiler in g++ clang++; do
    if ! has "$compiler"; then skip "mistakes, $compiler" "$compiler is not installed"; continue; fi
    program "mistakes, $compiler" mistakes "$here/tests/mistakes.cpp" "$compiler"
    program "mistakes without exceptions, $compiler" mistakes "$here/tests/mistakes_no_exceptions.cpp" \
        "$compiler" -fno-exceptions
done
job "control: mistakes are found where they are, and no others" mistakes_control

for source in "$here"/examples/*.cpp; do
    name=$(basename "$source" .cpp)
    job "example $name" example "$name"
done
extract_blocks
readme_jobs

report

for program in "${tests[@]}"; do
    if [[ -x $work/$program ]]; then program "$program" gtest "$program"; fi
done
if [[ -x $work/behaviour ]]; then program behaviour behaviour; fi
job "sanitizers catch the planted bug: freed" caught freed heap-use-after-free
job "sanitizers catch the planted bug: leaked" caught leaked LeakSanitizer
job "sanitizers catch the planted bug: overflow" caught overflow 'signed integer overflow'
report
finish
