# shellcheck shell=bash disable=SC2154,SC2317
# kv for Windows: the DLL and what it needs, and the tests in C with wine.

# Why some programs cannot be compiled there.
declare -A not_on_windows=(
    [fork]="Windows has no fork"
    [observe_fork]="Windows has no fork"
    [signals]="Windows has no signals that interrupt a call"
    [disk]="it mounts a file system of Linux"
    [memory]="Windows knows no limit of the address space")

# A Windows of this script alone, without a desktop, in which / is the drive Z:.
choose_wine() {
    export WINEPREFIX=$scratch/wine WINEDEBUG=-all WINEDLLOVERRIDES="winemenubuilder.exe,mscoree,mshtml="
    unset DISPLAY
}

# The first program makes its files.
wine_starts() {
    on_windows cmd /c 'echo ready' | grep -x ready
}

# Its port is KV_TEST_REDIS_PORT, of this machine as of that Windows.
start_redis_for_windows() {
    if has redis-server && has redis-cli; then
        start_redis "$scratch"
        export KV_TEST_REDIS_PORT=$redis_port
    fi
}

# Its server would otherwise end a while after the last program, and a program that hangs not at all.
stop_wine() {
    wineserver -k || true
    wineserver -w || true
}

# on_windows PROGRAM [ARGUMENT...]: its output without the carriage returns of Windows.
on_windows() {
    timeout -k 10 600 "${emulator[@]}" "$@" | tr -d '\r'
}

exports_of() {
    "${tools}objdump" -p "$1" |
        awk '/Name Pointer\] Table/ { within = 1; next } /^$/ { within = 0 } within { print $NF }' | LC_ALL=C sort
}

exports_the_functions_alone() {
    exports_of "$prefix/bin/kv.dll" | diff "$root/include/symbols.txt" -
    echo "# $(wc -l <"$root/include/symbols.txt") functions"
}

imports_of() {
    "${tools}objdump" -p "$1" | sed -n 's/^\tDLL Name: //p' | tr '[:upper:]' '[:lower:]' | LC_ALL=C sort -u
}

# Those of every Windows 10: none of the compiler's own, such as libgcc_s_seh-1.dll.
imports_libraries_of_the_system_alone() {
    local system='advapi32|bcrypt|bcryptprimitives|crypt32|kernel32|msvcrt|ntdll|secur32|userenv|ws2_32'
    imports_of "$prefix/bin/kv.dll" >"$prefix/imports"
    must_fail grep -Evx "($system|api-ms-win-core-[a-z0-9-]+)\.dll" "$prefix/imports"
    echo "# it needs $(paste -sd ' ' "$prefix/imports")"
}

is_for_64_bits() {
    "${tools}objdump" -f "$prefix/bin/kv.dll" | grep 'file format pei-x86-64'
    "${tools}dlltool" --identify "$prefix/lib/libkv.dll.a" | grep -x kv.dll
}

# The programs find there what Windows, and an installation of kv, has in its path.
provide_libraries() {
    cp "$prefix/bin/kv.dll" "$prefix/tests"
    "$compiler" -Wall -Wextra -Werror -O1 -shared "$root/tests/targets/random.c" \
        -o "$prefix/tests/bcryptprimitives.dll" -ladvapi32
}

# compile_for_windows SOURCE PROGRAM [FLAG...]: printf is that of C11, and the compiler's own libraries are
# in the program.
compile_for_windows() {
    "$compiler" "${warnings[@]}" -D__USE_MINGW_ANSI_STDIO=1 -O1 -g -I "$prefix/include" "$1" -o "$2" "${@:3}" \
        -static -pthread -lws2_32
}

compile_program() { # PROGRAM
    local library=("$prefix/lib/libkv.dll.a") source=$root/tests/c/$1.c
    # It loads the library itself.
    if [[ $1 == unload ]]; then library=(); fi
    if [[ $1 == windows ]]; then source=$root/tests/targets/windows.c; fi
    compile_for_windows "$source" "$prefix/tests/$1.exe" "${library[@]}"
}

compile_and_run_on_windows() { # PROGRAM
    local status=0 directory
    compile_program "$1"
    directory=$(mktemp -d "$scratch/XXXXXX")
    KV_LIBRARY=Z:$prefix/bin/kv.dll on_windows "$prefix/tests/$1.exe" "Z:$directory" |
        sed -u "s/^\(ok\|FAILED\|skip\) /&$rust_target /" || status=$?
    rm -rf "$directory"
    return "$status"
}

# Those in src, as cargo builds and runs them on other systems.
unit_tests_pass() {
    local program
    program=$(build_unit_tests)
    cp "$program" "$prefix/tests/unit.exe"
    on_windows "$prefix/tests/unit.exe" | tee "$prefix/unit"
    grep -E '^test result: ok\. [0-9]{3} passed; 0 failed; 0 ignored' "$prefix/unit"
}

# Prints the path of the program that cargo makes of them.
build_unit_tests() {
    use_toolchain
    use_compiler
    (cd "$root" && cargo test --locked --package kv --lib --no-run --target "$rust_target" \
        --target-dir "$kept/cargo" 2>&1) | tee "$prefix/unit-built" >&2
    sed -n 's/^ *Executable.*(\(.*\))$/\1/p' "$prefix/unit-built"
}

says_hello() { # PROGRAM FILE
    on_windows "$1" "Z:$2" | tee "$prefix/said"
    grep -Eq '^greeting=hello kv=[0-9.]+ sqlite=3\.[0-9.]+$' "$prefix/said"
}

# Needs no kv.dll, and nothing else beside those of the system.
static_program_on_windows() {
    local flags
    read -ra flags <<<"$(PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config --cflags --libs kv-static)"
    compile_for_windows "$root/tests/package/consumer/consumer.c" "$prefix/tests/static.exe" "${flags[@]}"
    imports_of "$prefix/tests/static.exe" >"$prefix/imports-static"
    must_fail grep -Ex '(lib)?kv.*\.dll|lib.*\.dll' "$prefix/imports-static"
    says_hello "$prefix/tests/static.exe" "$prefix/static.kv"
}

a_panic_is_caught_on_windows() {
    mkdir "$prefix/panics"
    make_archive_that_panics "$prefix/panics/made.a"
    compile_for_windows "$panics.c" "$prefix/tests/panics.exe" "$prefix/panics/made.a" \
        -lkernel32 -lntdll -luserenv -lws2_32 -ldbghelp
    on_windows "$prefix/tests/panics.exe"
}

# Each of two processes increments one counter from all its threads.
two_processes_on_windows() {
    local threads times=50 processes=() process directory=$prefix/shared-by-two
    threads=$(sed -n 's/^enum { THREADS = \([0-9]*\) };$/\1/p' "$root/tests/c/together.h")
    compile_program share
    compile_for_windows "$root/tests/targets/counter.c" "$prefix/tests/counter.exe" "$prefix/lib/libkv.dll.a"
    mkdir "$directory"
    for process in 1 2; do
        KV_TEST_SCALE=$((times * 100 / 250)) on_windows "$prefix/tests/share.exe" "Z:$directory" increment &
        processes+=($!)
    done
    for process in "${processes[@]}"; do wait "$process"; done
    on_windows "$prefix/tests/counter.exe" "Z:$directory/increment.db" >"$prefix/counter"
    echo "counted to $(cat "$prefix/counter") with $threads threads"
    test "$(cat "$prefix/counter")" = $((2 * threads * times))
}

test_windows() { # TARGET
    job "$1: its processor, and the name in its import library" is_for_64_bits
    job "$1: functions of kv.dll" exports_the_functions_alone
    job "$1: kv.dll needs the system alone" imports_libraries_of_the_system_alone
    job "$1: no path of the builder" names_no_path_of_the_builder "$prefix/bin/kv.dll" "$prefix/lib/libkv.a"
    report
    if ! has "${emulator[0]}"; then
        skip "$1 programs" "wine64 is not installed; scripts/setup.sh dist-targets installs it"
        return
    fi
    check "$1: libraries beside the programs" provide_libraries
    choose_wine
    check "$1: wine starts" wine_starts
    start_redis_for_windows
    job "$1: the library's own tests" unit_tests_pass
    job "$1: a static program" static_program_on_windows
    job "$1: a panic is caught" a_panic_is_caught_on_windows
    job "$1: two processes on one file" two_processes_on_windows
    for program in windows "${programs[@]}"; do
        if [[ -n ${not_on_windows[$program]-} ]]; then
            skip "$1 $program" "${not_on_windows[$program]}"
        else
            program "$1 $program" compile_and_run_on_windows "$program"
        fi
    done
    report
    stop_wine
}
