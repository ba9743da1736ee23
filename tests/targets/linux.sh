# shellcheck shell=bash disable=SC2154,SC2317
# kv for another Linux: the libraries, the command, and the tests in C.

# Why an emulator cannot run some of them.
declare -A unfit=(
    [share]="the emulator cannot execute /proc/self/exe"
    [observe_fork]="the emulator fails at a thread that the child of a fork begins"
    [memory]="the emulator knows no limit of the address space")

# machine_of FILE: every object in it is of the processor.
machine_of() {
    local -A names=([x86_64]='Advanced Micro Devices X86-64' [aarch64]=AArch64 [i686]='Intel 80386')
    readelf -h "$1" | sed -n 's/^ *Machine: *//p' | sort -u | diff <(echo "${names[$processor]}") -
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

# An installation for Linux is in `prefix`.
test_linux() { # TARGET
    local program
    for file in lib/libkv.so lib/libkv.a bin/kv; do job "$1: the processor of $file" machine_of "$prefix/$file"; done
    job "$1: functions and their versions" symbols_are_those_of_the_script "${tools}nm"
    job "$1: libkv.so needs the C library alone" needs_the_c_library_alone
    if [[ $1 == *-gnu ]]; then job "$1: the glibc that it needs" glibc_is_known; fi
    job "$1: no path of the builder" names_no_path_of_the_builder \
        "$prefix"/lib/libkv.{so,a} "$prefix/bin/kv"
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
