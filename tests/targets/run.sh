#!/usr/bin/env bash
# shellcheck disable=SC2317
# Builds the libraries and the command for other systems, and tests them: a processor that is not
# this machine's by an emulator.
#
#   tests/targets/run.sh [TARGET...]      no argument: all that packaging/targets/target.sh names
#
#   KV_TARGETS=FOLDER      keeps the compiler and what cargo has built there, not in target/targets
# shellcheck source=scripts/harness.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"
. "$root/scripts/symbols.sh"
. "$root/packaging/elf.sh"
# shellcheck source=packaging/targets/target.sh
. "$root/packaging/targets/target.sh"

readonly kept=${KV_TARGETS:-$target/targets} packaging=$root/packaging/targets
# All of tests/c but behaviour, which reads files of its own.
readonly programs=(misuse handles data expiry scan batch flat fill transaction transaction_keys
    idempotency lock snapshot text care cache lifecycle config foreign threads fork exit unload disk
    watch watch_fill watch_misuse callbacks changes watch_threads watch_crowd scope scope_life quota
    copy deadlines signals sized stream stream_life metrics metrics_engine metrics_text logs logs_set
    silent trace trace_calls share observe_fork memory)
# Why an emulator cannot run some of them.
declare -A unfit=(
    [share]="the emulator cannot execute /proc/self/exe"
    [observe_fork]="the emulator fails at a thread that the child of a fork begins"
    [memory]="the emulator knows no limit of the address space")

# shellcheck source=tests/targets/panics.sh
. "$root/tests/targets/panics.sh"

# machine_of FILE: every object in it is of the processor.
machine_of() {
    local -A names=([x86_64]='Advanced Micro Devices X86-64' [aarch64]=AArch64 [i686]='Intel 80386')
    readelf -h "$1" | sed -n 's/^ *Machine: *//p' | sort -u | diff <(echo "${names[$processor]}") -
}

# The functions of the shared library, each with its version, against the version script.
symbols_are_those_of_the_script() {
    local NM=${tools}nm
    versioned_symbols "$prefix/lib/libkv.so" >"$prefix/shared"
    symbols_of_script "$root/include/kv.map" | diff - "$prefix/shared"
    global_symbols "$prefix/lib/libkv.a" | diff "$root/include/symbols.txt" -
    echo "# $(wc -l <"$prefix/shared") functions"
}

# Those of libkv.so: of the C library alone, and on glibc of GCC's unwinder.
needs_the_c_library_alone() {
    local allowed='lib(c|m|gcc_s)\.so\.[0-9]+|ld-linux.*'
    if [[ $rust_target == *-musl ]]; then allowed='libc\.so'; fi
    needed_by "$prefix/lib/libkv.so" | sort >"$prefix/needed"
    must_fail grep -Evx "$allowed" "$prefix/needed"
    echo "# it needs $(paste -sd ' ' "$prefix/needed")"
}

# Of the newest function of glibc that is asked for.
glibc_is_known() {
    local floor
    floor=$(glibc_of "$prefix/lib/libkv.so")
    echo "# glibc $floor or later"
    printf '%s\n2.36\n' "$floor" | sort -CV
}

names_no_path_of_the_builder() {
    local files=("$prefix"/lib/libkv.{so,a} "$prefix/bin/kv")
    no_path_of_the_builder "${files[@]}"
    must_fail grep -aF -o -m 1 "$(realpath "$kept")" "${files[@]}"
    # A control: the paths that are there are of sources.
    grep -aqF 'rust/library/' "$prefix/lib/libkv.so"
    grep -aqE 'packages/redis-[0-9.]+/src/' "$prefix/lib/libkv.so"
}

warnings=(-std=c11 -Wall -Wextra -Wpedantic -Werror)

# link_shared SOURCE PROGRAM DIRECTORY [FLAG...]: DIRECTORY has the libkv.so that the program finds.
link_shared() {
    local places=$3 flags=()
    # This system may have no such loader in its place, and no such C library in its path.
    if ((${#emulator[@]} == 0)); then
        flags=("-Wl,--dynamic-linker=$loader")
        places+=:$(dirname "$loader")
    fi
    "$compiler" "${warnings[@]}" -O1 -g -I "$prefix/include" "$1" -o "$2" -L "$3" "${@:4}" \
        -Wl,-rpath,"$places" "${flags[@]}" -pthread -ldl
}

compile_shared() { # PROGRAM
    local library=(-lkv)
    # It loads the library itself.
    if [[ $1 == unload ]]; then library=(); fi
    link_shared "$root/tests/c/$1.c" "$prefix/tests/$1" "$prefix/lib" "${library[@]}"
}

compile_and_run() { # PROGRAM
    local status=0 directory
    compile_shared "$1"
    directory=$(mktemp -d "$scratch/XXXXXX")
    KV_LIBRARY=$prefix/lib/libkv.so timeout 600 "${emulator[@]}" "$prefix/tests/$1" "$directory" |
        sed -u "s/^\(ok\|FAILED\|skip\) /&$rust_target /" || status=$?
    rm -rf "$directory"
    return "$status"
}

# link_static SOURCE PROGRAM [FLAG...]: with the flags of kv-static.pc, and those before them.
link_static() {
    local flags
    read -ra flags <<<"$(PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config --cflags --libs kv-static)"
    "$compiler" "${warnings[@]}" -static "$1" -o "$2" "${@:3}" "${flags[@]}"
}

# A program that needs no library at all.
static_program() {
    # On glibc the linker warns of getaddrinfo, as docs/installing.md says.
    link_static "$root/tests/package/consumer/consumer.c" "$prefix/tests/static"
    readelf -lW "$prefix/tests/static" >"$prefix/segments"
    must_fail grep -w -e INTERP -e DYNAMIC "$prefix/segments"
    "${emulator[@]}" "$prefix/tests/static" "$prefix/static.kv" | tee "$prefix/said"
    grep -Eq '^greeting=hello kv=[0-9.]+ sqlite=3\.[0-9.]+$' "$prefix/said"
}

kv() { "${runner[@]}" "$prefix/bin/kv" --store "$@"; }

the_command_works() {
    kv "$prefix/command.kv" set greeting hello
    test "$(kv "$prefix/command.kv" get --raw greeting)" = hello
    must_fail kv "$prefix/command.kv" get missing
    test -s "$prefix/share/man/man1/kv-set.1"
}

# Each of two processes increments one counter from all its threads.
two_processes_share_a_file() {
    local threads times=50 processes=() process
    threads=$(sed -n 's/^enum { THREADS = \([0-9]*\) };$/\1/p' "$root/tests/c/together.h")
    compile_shared share
    mkdir "$prefix/shared-by-two"
    for process in 1 2; do
        KV_TEST_SCALE=$((times * 100 / 250)) "${emulator[@]}" "$prefix/tests/share" "$prefix/shared-by-two" increment &
        processes+=($!)
    done
    for process in "${processes[@]}"; do wait "$process"; done
    kv "$prefix/shared-by-two/increment.db" get --raw --group n counter >"$prefix/counter"
    echo "counted to $(cat "$prefix/counter") with $threads threads"
    test "$(cat "$prefix/counter")" = $((2 * threads * times))
}

# The command of docs/installing.md, with a build tree of its own.
the_page_configures_a_build() {
    local shown
    shown=$(sed -n '/^cmake -B build -DKV_TARGET=/,/^```$/p' "$root/docs/installing.md" | grep -v '^```')
    eval "${shown/-B build/-S \"$root\" -B \"$scratch/page\"}"
    grep -E '^KV_TARGET:[A-Z]+=aarch64-unknown-linux-gnu$' "$scratch/page/CMakeCache.txt"
    grep -E '^CMAKE_STRIP:[A-Z]+=.*/aarch64-linux-gnu-strip$' "$scratch/page/CMakeCache.txt"
}

# The order is that of a failure: a library that is wrong is not worth its tests.
test_target() { # TARGET
    local before=$failed program
    target_of "$1" "$kept"
    if ((${#emulator[@]})) && ! has "${emulator[0]}"; then
        skip "$1" "${emulator[0]} is not installed; scripts/setup.sh dist-targets installs it"
        return
    fi
    prefix=$scratch/$1
    mkdir -p "$prefix/tests"
    check "$1 is built" "$packaging/install.sh" "$1" "$kept" "$prefix"
    if ((failed > before)); then return; fi
    for file in lib/libkv.so lib/libkv.a bin/kv; do job "$1: the processor of $file" machine_of "$prefix/$file"; done
    job "$1: functions and their versions" symbols_are_those_of_the_script
    job "$1: libkv.so needs the C library alone" needs_the_c_library_alone
    if [[ $1 == *-gnu ]]; then job "$1: the glibc that it needs" glibc_is_known; fi
    job "$1: no path of the builder" names_no_path_of_the_builder
    job "$1: a static program" static_program
    job "$1: a panic is caught" a_panic_is_caught
    job "$1: the command" the_command_works
    job "$1: two processes on one file" two_processes_share_a_file
    for program in "${programs[@]}"; do
        if ((${#emulator[@]})) && [[ -n ${unfit[$program]-} ]]; then
            skip "$1 $program" "${unfit[$program]}"
        else
            program "$1 $program" compile_and_run "$program"
        fi
    done
    report
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
if (($# == 0)); then set -- "${targets[@]}"; fi
for each in "$@"; do test_target "$each"; done
finish
