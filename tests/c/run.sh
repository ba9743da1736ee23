#!/usr/bin/env bash
# Builds the C tests and runs them: as they are, under valgrind, and with the address,
# undefined-behaviour and thread sanitizers in the library, in SQLite and in the tests.
#
#   tests/c/run.sh [plain] [valgrind] [asan] [tsan]      no argument: plain and valgrind
#
# A sanitizer counts only if it catches the bug that planted.c has for it.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"
. "$root/scripts/sanitized.sh"

here=$root/tests/c
warnings=(-std=c11 -Wall -Wextra -Wpedantic -Werror)
all=(misuse handles data expiry scan batch flat fill transaction transaction_keys idempotency lock snapshot text
    care cache lifecycle config foreign threads share fork exit unload disk watch watch_fill
    watch_misuse callbacks changes watch_threads watch_crowd scope scope_life quota copy deadlines
    signals sized stream stream_life behaviour metrics metrics_engine metrics_text logs logs_set silent
    trace trace_calls observe_fork)

# links PROGRAM: one of them loads the library itself, and more than once.
links() { if [[ $1 != unload ]]; then echo -lkv; fi; }

# Compiles a program; the remaining words are flags and what the compiler is called with.
compile() { # MODE PROGRAM COMPILER FLAG...
    local mode=$1 program=$2 compiler=$3
    shift 3
    # shellcheck disable=SC2046 # no word, or one
    "$compiler" "${warnings[@]}" -O1 -g -fno-omit-frame-pointer -I "${include:-$root/include}" \
        "$here/$program.c" -o "$scratch/$mode/$program" "$@" \
        -L "$scratch/$mode" $(links "$program") -Wl,-rpath,"$scratch/$mode" -pthread -ldl
}

# Runs a program, maybe under another, in a fresh directory.
run() { # MODE PROGRAM WRAPPER...
    local mode=$1 program=$2 status=0 directory
    shift 2
    directory=$(mktemp -d "$scratch/XXXXXX")
    KV_LIBRARY=$scratch/$mode/libkv.so timeout 300 "$@" "$scratch/$mode/$program" "$directory" |
        sed -u "s/^ok /ok $mode /; s/^FAILED /FAILED $mode /; s/^skip /skip $mode /" || status=$?
    rm -rf "$directory"
    return "$status"
}

compile_and_run() { # MODE PROGRAM WRAPPER...
    compile "$1" "$2" cc
    run "$@"
}

# The planted bug must be found, and by the tool: its report holds the words.
caught() { # MODE BUG WORDS WRAPPER...
    local mode=$1 bug=$2 words=$3
    shift 3
    must_fail "$@" "$scratch/$mode/planted" "$bug" >"$scratch/planted-$mode-$bug" 2>&1
    grep "$words" "$scratch/planted-$mode-$bug"
}

# Compiles a program with a sanitizer.
compile_sanitized() { # MODE PROGRAM FLAG...
    local mode=$1 program=$2
    shift 2
    clang "${warnings[@]}" -O1 -g -fno-omit-frame-pointer "$@" -I "$root/include" \
        -c "$here/$program.c" -o "$scratch/$mode/$program.o"
    # shellcheck disable=SC2046 # the words of runtime are words
    clang "$scratch/$mode/$program.o" -o "$scratch/$mode/$program" $(runtime "$mode") \
        -L "$scratch/$mode" $(links "$program") -Wl,-rpath,"$scratch/$mode" -pthread -ldl
}

compile_and_run_sanitized() { # MODE PROGRAM FLAG...
    compile_sanitized "$@"
    run "$1" "$2"
}

# A program that was compiled when structures were shorter.
compile_and_run_older() {
    mkdir "$scratch/older/include"
    python3 "$here/cut_back.py" "$root/include/kv.h" >"$scratch/older/include/kv.h"
    include=$scratch/older/include compile_and_run older sized
}

every_function_is_called() {
    local symbol
    while read -r symbol; do
        case $symbol in kv_*) ;; *) continue ;; esac
        grep -q "$symbol(" "$here"/*.c "$here"/*.h || {
            echo "no test calls $symbol"
            return 1
        }
    done <"$root/include/symbols.txt"
}

# The behaviour cases as behaviour.c reads them.
flatten_behaviour() {
    local cases=$root/tests/behaviour
    mkdir "$KV_BEHAVIOUR"
    python3 "$cases/check.py" "$cases"/cases/*.json "$cases/planted.json"
    python3 "$cases/check.py" --flat "$cases"/cases/*.json >"$KV_BEHAVIOUR/cases"
    python3 "$cases/check.py" --flat "$cases/planted.json" >"$KV_BEHAVIOUR/planted"
}

plain() {
    use_library
    provide "$scratch/plain" "$KV_LIBRARY"
    job "every exported function is called" every_function_is_called
    for program in "${all[@]}"; do
        program "plain $program" compile_and_run plain "$program"
    done
    # A sanitizer and valgrind reserve more than the limit of the address space leaves.
    program "plain memory" compile_and_run plain memory
    provide "$scratch/older" "$KV_LIBRARY"
    program "older header" compile_and_run_older
    report
}

# The most bytes that are reachable after the last close; docs/abi.md names them.
reachable_max=300000

# An example under valgrind as its users run it: nothing is lost, and what is left is bounded.
leaves_nothing() { # EXAMPLE
    local said=$scratch/valgrind/$1.txt left
    provide "$scratch/lib" "$KV_LIBRARY"
    compile_c "$root/examples/$1.c" "$scratch/valgrind/$1"
    # The children of an example are killed with their stores open.
    valgrind --leak-check=full --error-exitcode=99 --child-silent-after-fork=yes \
        "$scratch/valgrind/$1" "$scratch/valgrind/$1.db" >"$said" 2>&1 || { cat "$said"; return 1; }
    grep -q 'ERROR SUMMARY: 0 errors' "$said"
    left=$(sed -n 's/.*still reachable: \([0-9,]*\) bytes.*/\1/p' "$said" | tr -d ,)
    echo "$left bytes are reachable"
    ((left <= reachable_max))
}

valgrind_mode() {
    if ! has valgrind; then skip valgrind "it is not installed"; return; fi
    use_library
    provide "$scratch/valgrind" "$KV_LIBRARY"
    # Fair: otherwise a thread that waits for others in a loop may keep them from running for minutes.
    # With valgrind's defaults what is definitely, indirectly or possibly lost is an error.
    local memcheck=(valgrind --quiet --fair-sched=try --error-exitcode=99 --leak-check=full)
    compile valgrind planted cc
    job "valgrind catches the planted bug: freed" \
        caught valgrind freed 'Invalid read' "${memcheck[@]}"
    job "valgrind catches the planted bug: leaked" \
        caught valgrind leaked 'definitely lost' "${memcheck[@]}"
    export KV_TEST_SCALE=2
    for program in misuse handles lifecycle data expiry scan batch flat fill transaction \
        transaction_keys idempotency text care config watch watch_fill watch_misuse callbacks \
        changes scope scope_life quota copy deadlines sized stream stream_life behaviour metrics \
        metrics_engine metrics_text logs logs_set silent trace trace_calls; do
        program "valgrind $program" compile_and_run valgrind "$program" "${memcheck[@]}"
    done
    for program in "$root"/examples/*.c; do
        job "nothing is lost by $(basename "$program")" leaves_nothing "$(basename "$program" .c)"
    done
    report
    unset KV_TEST_SCALE
}

# sanitized MODE SYMBOL C-FLAG...: the library, and planted.c, with both of which the sanitizer must be.
# Fails if nothing can be run with them.
sanitized() {
    local before=$failed
    check "$1: the library is built" build_sanitized "$1"
    if ((failed > before)); then return 1; fi
    check "$1: planted bugs are built" compile_sanitized "$1" planted "${@:3}"
    check "$1 is in libkv.so" in_binary "$scratch/$1/libkv.so" "$2"
    check "$1 is in planted" in_binary "$scratch/$1/planted" "$2"
    ((failed == before))
}

asan() {
    if ! has clang; then skip asan "clang is not installed"; return; fi
    sanitized asan __asan_init "${asan_flags[@]}" || return 0
    export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
    job "asan catches the planted bug: freed" caught asan freed 'heap-use-after-free'
    job "asan catches the planted bug: leaked" caught asan leaked 'LeakSanitizer'
    job "asan catches the planted bug: overflow" caught asan overflow 'signed integer overflow'
    for program in "${all[@]}"; do
        program "asan $program" compile_and_run_sanitized asan "$program" "${asan_flags[@]}"
    done
    report
    unset ASAN_OPTIONS UBSAN_OPTIONS
}

tsan() {
    # Suppressions are names, and names come from the symbolizer.
    if ! has clang || ! has llvm-symbolizer; then
        skip tsan "clang or llvm-symbolizer is not installed"
        return
    fi
    sanitized tsan __tsan_init "${tsan_flags[@]}" || return 0
    export TSAN_OPTIONS="suppressions=$here/tsan.suppressions exitcode=66"
    job "tsan catches the planted bug: race" caught tsan race 'data race'
    export KV_TEST_SCALE=25
    for program in threads share unload watch_threads changes scope_life quota metrics logs_set \
        trace_calls; do
        program "tsan $program" compile_and_run_sanitized tsan "$program" "${tsan_flags[@]}"
    done
    report
    unset TSAN_OPTIONS KV_TEST_SCALE
}

need python3
export KV_BEHAVIOUR=$scratch/behaviour
check "the behaviour cases are in their format" flatten_behaviour

if (($# == 0)); then set -- plain valgrind; fi
for mode in "$@"; do
    case $mode in
    plain | asan | tsan) $mode ;;
    valgrind) valgrind_mode ;;
    *)
        echo "unknown mode $mode: plain, valgrind, asan, tsan" >&2
        exit 2
        ;;
    esac
done
finish
