#!/usr/bin/env bash
# Builds the library and the C tests and runs them: as they are, under valgrind, and with the
# address, undefined-behaviour and thread sanitizers in the library, in SQLite and in the tests.
#
#   tests/c/run.sh [plain] [valgrind] [asan] [tsan]      no argument: all of them
#
# A sanitizer counts only if it catches the bug that planted.c has for it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
triple=$(rustc -vV | sed -n 's/^host: //p')
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# A test becomes another user and must still find its files.
chmod 711 "$scratch"
export TMPDIR=$scratch

passed=0
failed=0
skipped=0
warnings=(-std=c11 -Wall -Wextra -Wpedantic -Werror)
all=(misuse handles data expiry scan batch flat fill transaction idempotency text care cache lifecycle
    config foreign threads share fork unload disk watch watch_fill watch_misuse callbacks changes
    watch_threads watch_crowd scope scope_life quota copy deadlines)

ok() { passed=$((passed + 1)); echo "ok $*"; }
fail() { failed=$((failed + 1)); echo "FAILED $*"; }
skip() { skipped=$((skipped + 1)); echo "skip $*"; }

# Gives the library of a mode a directory in which it is found under both its names.
provide() { # MODE LIBRARY
    mkdir -p "$scratch/$1"
    ln -sf "$2" "$scratch/$1/libkv.so"
    ln -sf "$2" "$scratch/$1/libkv.so.0"
}

# Compiles a program; the remaining words are flags and what the compiler is called with.
compile() { # MODE PROGRAM COMPILER FLAG...
    local mode=$1 program=$2 compiler=$3 library=-lkv
    shift 3
    # It loads the library itself, and more than once.
    if [ "$program" = unload ]; then library=; fi
    "$compiler" "${warnings[@]}" -O1 -g -fno-omit-frame-pointer -I "$root/include" \
        "$here/$program.c" -o "$scratch/$mode/$program" "$@" \
        -L "$scratch/$mode" $library -Wl,-rpath,"$scratch/$mode" -pthread -ldl
}

# Runs a program, maybe under another, in a fresh directory, and counts what it reports.
run() { # MODE PROGRAM WRAPPER...
    local mode=$1 program=$2 status=0 good=0 bad=0 out directory
    shift 2
    out=$scratch/$mode/$program.out
    directory=$(mktemp -d "$scratch/XXXXXX")
    KV_LIBRARY=$scratch/$mode/libkv.so timeout 300 "$@" "$scratch/$mode/$program" "$directory" \
        >"$out" 2>"$out.err" || status=$?
    sed "s/^ok /ok $mode /; s/^FAILED /FAILED $mode /; s/^skip /skip $mode /" "$out"
    good=$(grep -c '^ok ' "$out" || true)
    bad=$(grep -c '^FAILED ' "$out" || true)
    skipped=$((skipped + $(grep -c '^skip ' "$out" || true)))
    passed=$((passed + good))
    failed=$((failed + bad))
    if [ "$status" -ne 0 ]; then
        head -c 20000 "$out.err"
        # A crash, or something a tool has found, is a failure though every case went well.
        if [ "$bad" -eq 0 ]; then fail "$mode $program: ended with $status"; fi
    fi
    rm -rf "$directory"
}

# The planted bug must be found, and by the tool: its report holds the words.
caught() { # MODE BUG WORDS WRAPPER...
    local mode=$1 bug=$2 words=$3 status=0
    shift 3
    "$@" "$scratch/$mode/planted" "$bug" >"$scratch/planted.out" 2>&1 || status=$?
    if [ "$status" -ne 0 ] && grep -q "$words" "$scratch/planted.out"; then
        ok "$mode catches the planted bug: $bug"
    else
        fail "$mode misses the planted bug: $bug (status $status)"
    fi
}

build_release() {
    (cd "$root" && cargo build --quiet --release --lib --target-dir "$target")
    provide plain "$target/release/libkv.so"
}

# Builds the library and SQLite with a sanitizer. The stable compiler ships its runtimes, and the
# switch only behind this variable. Overflows and debug assertions are checked as well.
build_sanitized() { # MODE RUST-FLAGS C-FLAGS
    local library=$scratch/$1-libkv.so name=${triple//-/_}
    (cd "$root" && env CARGO_INCREMENTAL=0 RUSTC_BOOTSTRAP=1 RUSTFLAGS="$2" "CC_$name=clang" "CFLAGS_$name=$3" \
        cargo build --quiet --lib --target "$triple" --target-dir "$target")
    # What the compiler itself runs is shared by all builds, so they have one directory, in which the
    # next takes the place of this.
    cp "$target/$triple/debug/libkv.so" "$library"
    provide "$1" "$library"
}

# The words that link rustc's sanitizer runtime, the only one in the process, into a program.
runtime() { # MODE
    echo -Wl,--whole-archive \
        "$(rustc --print sysroot)/lib/rustlib/$triple/lib/librustc-stable_rt.$1.a" \
        -Wl,--no-whole-archive -Wl,--export-dynamic -lm -lrt -lresolv -lstdc++
}

in_binary() { # MODE SYMBOL
    local part
    for part in "$scratch/$1/planted" "$scratch/$1/libkv.so"; do
        # No pipe: one that is closed early would look like a failure of nm.
        if grep -q "$2" <(nm "$part"); then
            ok "$1 is in $(basename "$part")"
        else
            fail "$1 is not in $(basename "$part"): no $2"
        fi
    done
}

need() { # MODE COMMAND
    if command -v "$2" >/dev/null; then return 0; fi
    if [ -x "$root/scripts/setup.sh" ]; then "$root/scripts/setup.sh" test || true; fi
    if command -v "$2" >/dev/null; then return 0; fi
    skip "$1: $2 is not installed"
    return 1
}

every_function_is_called() {
    local symbol
    while read -r symbol; do
        case $symbol in kv_*) ;; *) continue ;; esac
        if ! grep -q "$symbol(" "$here"/*.c "$here"/*.h; then
            fail "no test calls $symbol"
            return
        fi
    done <"$root/include/symbols.txt"
    ok "every exported function is called"
}

plain() {
    build_release
    every_function_is_called
    for program in "${all[@]}"; do
        compile plain "$program" cc
        run plain "$program"
    done
}

valgrind_mode() {
    need valgrind valgrind || return 0
    build_release
    mkdir -p "$scratch/valgrind"
    provide valgrind "$target/release/libkv.so"
    # Fair: otherwise a thread that waits for others in a loop may keep them from running for minutes.
    local memcheck=(valgrind --quiet --fair-sched=try --error-exitcode=99 --leak-check=full
        --errors-for-leak-kinds=definite --show-leak-kinds=definite)
    compile valgrind planted cc
    caught valgrind freed 'Invalid read' "${memcheck[@]}"
    caught valgrind leaked 'definitely lost' "${memcheck[@]}"
    export KV_TEST_SCALE=2
    for program in misuse handles lifecycle data expiry scan batch flat fill transaction idempotency \
        text care config watch watch_fill watch_misuse callbacks changes scope scope_life quota copy; do
        compile valgrind "$program" cc
        run valgrind "$program" "${memcheck[@]}"
    done
    unset KV_TEST_SCALE
}

asan() {
    need asan clang || return 0
    local flags=(-fsanitize=address,undefined -fno-sanitize-recover=undefined)
    build_sanitized asan "-Zsanitizer=address" "${flags[*]} -fno-omit-frame-pointer"
    export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
    sanitized asan "${flags[@]}"
    caught asan freed 'heap-use-after-free'
    caught asan leaked 'LeakSanitizer'
    caught asan overflow 'signed integer overflow'
    in_binary asan __asan_init
    for program in "${all[@]}"; do run asan "$program"; done
    unset ASAN_OPTIONS UBSAN_OPTIONS
}

tsan() {
    need tsan clang || return 0
    # Suppressions are names, and names come from the symbolizer.
    need tsan llvm-symbolizer || return 0
    build_sanitized tsan "-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer" \
        "-fsanitize=thread -fno-omit-frame-pointer"
    export TSAN_OPTIONS="suppressions=$here/tsan.suppressions exitcode=66"
    sanitized tsan -fsanitize=thread
    caught tsan race 'data race'
    in_binary tsan __tsan_init
    export KV_TEST_SCALE=25
    for program in threads share unload watch_threads changes scope_life quota; do
        run tsan "$program"
    done
    unset TSAN_OPTIONS KV_TEST_SCALE
}

# Compiles all programs with a sanitizer. Its runtime is linked by name instead of by the flag, so
# that library and program share rustc's.
sanitized() { # MODE FLAG...
    local mode=$1 program
    shift
    for program in planted "${all[@]}"; do
        local library=-lkv
        if [ "$program" = unload ]; then library=; fi
        clang "${warnings[@]}" -O1 -g -fno-omit-frame-pointer "$@" -I "$root/include" \
            -c "$here/$program.c" -o "$scratch/$mode/$program.o"
        # shellcheck disable=SC2046 # the words of runtime are words
        clang "$scratch/$mode/$program.o" -o "$scratch/$mode/$program" $(runtime "$mode") \
            -L "$scratch/$mode" $library -Wl,-rpath,"$scratch/$mode" -pthread -ldl
    done
}

if [ $# -eq 0 ]; then set -- plain valgrind asan tsan; fi
for mode in "$@"; do
    started=$SECONDS
    case $mode in
        plain | asan | tsan) $mode ;;
        valgrind) valgrind_mode ;;
        *) echo "unknown mode $mode: plain, valgrind, asan, tsan" >&2; exit 2 ;;
    esac
    echo "== $mode took $((SECONDS - started)) s"
done
if [ "$skipped" -ne 0 ]; then echo "$skipped skipped, for the reasons above"; fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
