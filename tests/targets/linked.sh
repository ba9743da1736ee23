# shellcheck shell=bash disable=SC2154,SC2317
# kv for macOS and FreeBSD, of which nothing here runs programs: the libraries are what those systems
# load, and programs in C link with them.

# headers_of FILE: its format, its processor and its kind, in one line.
headers_of() {
    llvm-readobj --file-headers "$1" |
        sed -n -e 's/^Format: //p' -e 's/^ *\(File\)\{0,1\}Type: \([A-Za-z]*\).*/\2/p' | paste -sd ' '
}

# is FILE FORMAT KIND
is() {
    headers_of "$1" | grep -x "$2 $3"
}

system_functions() { # FILE
    llvm-nm --extern-only --defined-only "$1" | awk 'NF == 3 { print $3 }' | LC_ALL=C sort
}

# On macOS a name of C begins with an underscore; the linker itself adds two.
exports_the_functions_of_macos() {
    system_functions "$prefix/lib/libkv.dylib" | grep -vx -e ___dso_handle -e __mh_dylib_header | sed 's/^_//' |
        diff "$root/include/symbols.txt" -
    echo "# $(wc -l <"$root/include/symbols.txt") functions"
}

# needs PATTERN: the shared library needs those of the system alone, and of macOS names itself.
needs() {
    llvm-readobj --needed-libs "$shared" | sed -n '/^NeededLibraries/,/^\]/s/^  //p' >"$prefix/needed"
    must_fail grep -Evx "$1" "$prefix/needed"
    echo "# it needs $(grep -vF @rpath "$prefix/needed" | paste -sd ' ')"
}

readonly consumer=$root/tests/package/consumer/consumer.c

program_with_the_shared_library() {
    local program=$prefix/tests/shared
    "$compiler" "${warnings[@]}" -I "$prefix/include" "$consumer" -o "$program" -L "$prefix/lib" -lkv
    is "$program" "$format" "$executable"
    llvm-readobj --needed-libs "$program" | grep -xE '  (@rpath/libkv\.dylib|libkv\.so\.0)'
    # A control: without the library its functions are missing.
    must_fail "$compiler" -I "$prefix/include" "$consumer" -o "$prefix/tests/without"
}

# With the flags of kv-static.pc, and for macOS the descriptions of its frameworks.
program_with_the_static_library() {
    local program=$prefix/tests/static flags
    read -ra flags <<<"$(PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config --cflags --libs kv-static)"
    "$compiler" "${warnings[@]}" "$consumer" -o "$program" -F "$kept/build/$rust_target/Frameworks" "${flags[@]}"
    is "$program" "$format" "$executable"
    must_fail grep -q libkv <(llvm-readobj --needed-libs "$program" | sed -n '/^NeededLibraries/,$p')
}

test_linked() { # TARGET
    local shared format executable system
    if [[ $1 == *-apple-* ]]; then
        shared=$prefix/lib/libkv.dylib format='Mach-O arm64' executable=Executable
        system='/usr/lib/libSystem\.B\.dylib|/System/Library/Frameworks/.*|@rpath/libkv\.dylib'
        job "$1: kind and processor of libkv.dylib" is "$shared" "$format" DynamicLibrary
        job "$1: functions of libkv.dylib" exports_the_functions_of_macos
    else
        shared=$prefix/lib/libkv.so format=elf64-x86-64 executable=Executable
        system='lib(c|m|thr|util|rt|execinfo)\.so\.[0-9]+'
        job "$1: kind and processor of libkv.so" is "$shared" "$format" SharedObject
        job "$1: functions and their versions" symbols_are_those_of_the_script "$processor-linux-gnu-nm"
    fi
    job "$1: $(basename "$shared") needs the system alone" needs "$system"
    job "$1: no path of the builder" names_no_path_of_the_builder "$shared" "$prefix/lib/libkv.a"
    job "$1: a program with the shared library" program_with_the_shared_library
    job "$1: a program with the static library" program_with_the_static_library
    report
}
