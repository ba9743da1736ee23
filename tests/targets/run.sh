#!/usr/bin/env bash
# shellcheck disable=SC2317
# Builds the libraries for other systems, and tests them: for another processor than this machine's by an
# emulator, for Windows by wine. What is for macOS and FreeBSD is linked, and not run.
#
#   tests/targets/run.sh [TARGET...]      no argument: all that packaging/targets/target.sh names
#
#   KV_TARGETS=FOLDER      keeps the compiler and what cargo has built there, not in target/targets
# shellcheck source=scripts/harness.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"
. "$root/scripts/symbols.sh"
. "$root/packaging/elf.sh"
. "$root/scripts/redis.sh"
# shellcheck source=packaging/targets/target.sh
. "$root/packaging/targets/target.sh"

readonly kept=${KV_TARGETS:-$target/targets} packaging=$root/packaging/targets
# All of tests/c but behaviour, which reads files of its own.
readonly programs=(misuse handles data expiry scan batch flat fill transaction transaction_keys
    idempotency lock snapshot text care cache lifecycle config foreign threads fork exit unload disk
    watch watch_fill watch_misuse callbacks changes watch_threads watch_crowd scope scope_life quota
    copy deadlines signals sized stream stream_life metrics metrics_engine metrics_text logs logs_set
    silent trace trace_calls share observe_fork memory)
warnings=(-std=c11 -Wall -Wextra -Wpedantic -Werror)

# shellcheck source=tests/targets/panics.sh
. "$root/tests/targets/panics.sh"
# shellcheck source=tests/targets/linux.sh
. "$root/tests/targets/linux.sh"
# shellcheck source=tests/targets/windows.sh
. "$root/tests/targets/windows.sh"
# shellcheck source=tests/targets/linked.sh
. "$root/tests/targets/linked.sh"

# The functions of the shared library, each with its version, against the version script.
symbols_are_those_of_the_script() { # NM
    NM=$1 versioned_symbols "$prefix/lib/libkv.so" >"$prefix/shared"
    symbols_of_script "$root/include/kv.map" | diff - "$prefix/shared"
    NM=$1 global_symbols "$prefix/lib/libkv.a" | diff "$root/include/symbols.txt" -
    echo "# $(wc -l <"$prefix/shared") functions"
}

names_no_path_of_the_builder() { # SHARED-LIBRARY FILE...
    no_path_of_the_builder "$@"
    must_fail grep -aF -o -m 1 "$(realpath "$kept")" "$@"
    # A control: the paths that are there are of sources.
    grep -aqE 'rust[/\\]library[/\\]' "$1"
    grep -aqE 'packages[/\\]redis-[0-9.]+[/\\]src[/\\]' "$1"
}

# is_built TARGET: installs it in `prefix`. A tool that is not here is a skip.
is_built() {
    local build=$packaging/install.sh status=0
    if [[ " ${compiled[*]} " == *" $1 "* ]]; then build=$packaging/compile.sh; fi
    "$build" "$1" "$kept" "$prefix" >"$prefix/built" 2>&1 || status=$?
    case $status in
    0) ok "$1 is built" ;;
    3) skip "$1" "$(tail -n 1 "$prefix/built")" ;;
    *)
        fail "$1 is built"
        tail -n 60 "$prefix/built" | sed 's/^/    /'
        ;;
    esac
    return "$status"
}

# The order is that of a failure: a library that is wrong is not worth its tests.
test_target() { # TARGET
    target_of "$1" "$kept"
    if [[ $1 == *-linux-* ]] && ((${#emulator[@]})) && ! has "${emulator[0]}"; then
        skip "$1" "${emulator[0]} is not installed; scripts/setup.sh dist-targets installs it"
        return
    fi
    prefix=$scratch/$1
    mkdir -p "$prefix/tests"
    is_built "$1" || return 0
    case $1 in
    *-linux-*) test_linux "$1" ;;
    *-windows-*) test_windows "$1" ;;
    *) test_linked "$1" ;;
    esac
}

# The command of docs/installing.md, with a build tree of its own.
the_page_configures_a_build() {
    local shown
    shown=$(sed -n '/^cmake -B build -DKV_TARGET=/,/^```$/p' "$root/docs/installing.md" | grep -v '^```')
    eval "${shown/-B build/-S \"$root\" -B \"$scratch/page\"}"
    grep -E '^KV_TARGET:[A-Z]+=aarch64-unknown-linux-gnu$' "$scratch/page/CMakeCache.txt"
    grep -E '^CMAKE_STRIP:[A-Z]+=.*/aarch64-linux-gnu-strip$' "$scratch/page/CMakeCache.txt"
}

status=0
said=$("$packaging/toolchain.sh" "$kept" 2>&1) || status=$?
if ((status == 3)); then
    skip "other targets" "$said"
    finish
elif ((status != 0)); then
    fail "the compiler is brought: $said"
    finish
fi
echo "$said"
if has aarch64-linux-gnu-gcc; then
    check "docs/installing.md configures a build for another system" the_page_configures_a_build
else
    skip "docs/installing.md" "aarch64-linux-gnu-gcc is not installed; scripts/setup.sh dist-targets installs it"
fi
if (($# == 0)); then set -- "${targets[@]}" "${compiled[@]}"; fi
for each in "$@"; do test_target "$each"; done
finish
