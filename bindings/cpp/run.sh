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
parity_control() {
    must_fail parity kv_planted | grep kv_planted
    must_fail parity KV_PLANTED | grep KV_PLANTED
}

# refused MISTAKE WORDS FLAG...: the compiler must find it, and say so in these words.
refused() {
    local mistake=$1 words=$2
    shift 2
    local compiler said
    for compiler in g++ clang++; do
        if ! has "$compiler"; then continue; fi
        said=$work/mistake-$mistake-$compiler
        must_fail "$compiler" -std=c++17 "${warnings[@]}" "${includes[@]}" "-DMISTAKE=$mistake" "$@" \
            -fsyntax-only "$here/tests/must_not_compile.cpp" 2>"$said"
        grep -E "$words" "$said" || {
            cat "$said"
            return 1
        }
        # A reader of the error sees the names of this interface, and no template behind them.
        must_fail grep -E 'basic_[^s]|Errors' "$said"
    done
}
# no_mistake FLAG...
no_mistake() {
    g++ -std=c++17 "${warnings[@]}" "${includes[@]}" -DMISTAKE=0 "$@" -fsyntax-only \
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

# A program that ends while its threads write, as often as it takes to meet each moment.
exits_cleanly() { # NAME LOCATION
    local run
    build g++ c++17 "$here/tests/exits.cpp" "$work/exits-$1" "${sanitizers[@]}"
    for run in {1..20}; do timeout 60 "$work/exits-$1" "$2"; done
}

# kv.hpp brings in what kv.h and the standard library have, and nothing else.
no_json_in_kv_hpp() {
    must_fail grep -rn 'nlohmann' "$here/include/kv.hpp" "$here"/include/kv/ --include='*.hpp' \
        --exclude=json.hpp
    echo '#include <kv.hpp>' | g++ -std=c++17 "${includes[@]}" -x c++ -E - >"$work/preprocessed"
    must_fail grep nlohmann "$work/preprocessed"
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
    compile "$quick" c++20 "$file" "$work/snippets.o" -Wno-unused -Wno-shadow
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

# The longest go first. All tests are one unit, because most of what a unit costs are the headers.
tests=()
if includes_header "$quick" gtest/gtest.h; then
    for source in "$here"/tests/*_test.cpp; do
        if [[ -n $json || $source != */json_test.cpp ]]; then echo "#include \"$source\""; fi
    done >"$work/all_tests.cpp"
    job "compile the tests with sanitizers" sanitized "$work/all_tests.cpp" "$work/all_tests"
    tests+=(all_tests)
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
job "no file is too long" no_file_is_too_long
job "each example of C is here" every_example_is_here

for pair in g++:c++17 g++:c++20 g++:c++23 clang++:c++17 clang++:c++20; do
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
# Warnings that only an optimiser gives would break the builds of programs with -Werror.
job "g++ as c++17, optimised" compile g++ c++17 "$here/tests/every_template.cpp" "$work/fast.o" -O2
if [[ -n $json ]]; then
    job "g++ as c++17 with JSON" compile g++ c++17 "$here/tests/every_template.cpp" "$work/json.o" \
        -DWITH_JSON=1
    job "no exceptions, no run-time types, with JSON" without_exceptions -DWITH_JSON=1
fi
job "no exceptions, no run-time types" without_exceptions
job "nothing of JSON without its header" no_json_in_kv_hpp
job "two units" two_units
job "two libraries" two_libraries
job "a program may end while its threads write, in memory" exits_cleanly memory memory:
job "a program may end while its threads write, on a file" exits_cleanly file "$work/exits.db"

job "must compile: no mistake" no_mistake
job "must compile: no mistake, without exceptions" no_mistake -fno-exceptions
job "must not compile: a copy of a store" refused 1 'deleted'
job "must not compile: a result that is ignored" refused 2 'nodiscard'
job "must not compile: a copy of a cursor" refused 3 'deleted'
job "must not compile: a type without a codec" refused 4 'needs #include <kv/json.hpp>, or a codec'
job "must not compile: a ttl in microseconds" refused 5 "no viable conversion.* to 'kv::ttl'|to ‘kv::ttl’"
job "must not compile: a ttl without a unit" refused 6 "from 'int' to 'kv::ttl'|‘int’ to ‘kv::ttl’"
job "must not compile: text that becomes a store" refused 7 "to 'kv::store'|‘kv::store’ requested"
job "must not compile: a copy of a transaction" refused 9 'deleted'
job "must not compile: a commit that is ignored" refused 10 'nodiscard'
job "must not compile: an outcome that is ignored" refused 11 'nodiscard'
job "must not compile: an update of nothing" refused 12 'no type|no matching'
job "must not compile: a set without a value" refused 13 "‘kv::store::set\(|too few arguments"
job "must not compile: closing a const store" refused 14 "discards qualifiers|not viable|marked const"
job "must not compile: closing a reference" refused 15 "discards qualifiers|not viable|marked const"
job "must not compile: a condition for options" refused 16 'to .const kv::put_options'
job "must not compile: hooks that change" refused 17 'private'
job "must not compile: results of a nameless walk" refused 18 'rvalue|discards qualifiers'
job "must not compile: a lock that is ignored" refused 22 'nodiscard'
job "must not compile: a copy of a lock" refused 23 'deleted'
job "must not compile: a renewal that is ignored" refused 24 'nodiscard'
job "must not compile: a lease without a unit" refused 25 "no viable conversion from 'int'|‘int’ to"
job "must not compile: a copy of a writer" refused 26 'deleted'
job "must not compile: a copy of a reader" refused 27 'deleted'
job "must not compile: a result of a writer that is ignored" refused 28 'nodiscard'
for mistake in "8:a throwing call" "19:a throwing constructor" "20:a loop that throws" "21:value()" \
    "29:a commit of a stream"; do
    job "must not compile: ${mistake#*:} without exceptions" refused "${mistake%%:*}" \
        'without exceptions, use the try_ form' -fno-exceptions
done
job "snippets of the README" snippets

for source in "$here"/examples/*.cpp; do
    name=$(basename "$source" .cpp)
    job "example $name" example "$name"
done

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
