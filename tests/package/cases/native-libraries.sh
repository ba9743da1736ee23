# shellcheck shell=bash disable=SC2154,SC2317
# The needs of a static program by kv.pc, kv-static.pc and kv::static, against those by the Rust
# compiler.

# The compiler that links adds these itself, the first as gcc_s or gcc_eh.
readonly of_the_compiler='c gcc_s'

# native_libraries BUILT: what the compiler lists for a static library of the kv in cargo's directory
# BUILT, one to a line, sorted. It links what is built there, and compiles nothing but a line.
native_libraries() {
    local stub
    stub=$(mktemp -d)
    echo 'extern crate kv;' >"$stub/stub.rs"
    rustc --edition 2024 --crate-type staticlib --print native-static-libs \
        --extern kv="$1/libkv.rlib" -L dependency="$1/deps" "$stub/stub.rs" -o "$stub/stub.a" \
        2>"$stub/said" || {
        cat "$stub/said" >&2
        return 1
    }
    sed -n 's/^note: native-static-libs: //p' "$stub/said" | tr ' ' '\n' | sed 's/^-l//' |
        LC_ALL=C sort -u
}

# A list in CMake's form, one to a line, with libraries for targets.
from_cmake() {
    tr ';' '\n' <"$1" | sed -e 's/^Threads::Threads$/pthread/' -e 's/^SQLite::SQLite3$/sqlite3/' |
        LC_ALL=C sort -u
}

# from_pkg_config FILE: what is private or beside kv, with names of required packages as libraries.
from_pkg_config() {
    sed -n -e 's/^Libs.private: *//p' -e 's/^Libs: .* -l:libkv.a//p' -e 's/^Requires[.a-z]*: *//p' "$1" |
        tr ' ' '\n' | sed -e 's/^-l//' -e '/^$/d' | LC_ALL=C sort -u
}

# lists_agree PREFIX CONSUMER BUILT
lists_agree() {
    local native all
    native=$(mktemp)
    all=$(mktemp)
    native_libraries "$3" >"$all"
    tr ' ' '\n' <<<"$of_the_compiler" | LC_ALL=C comm -23 - "$all" | must_fail grep .
    tr ' ' '\n' <<<"$of_the_compiler" | LC_ALL=C comm -13 - "$all" >"$native"
    test -s "$native"
    from_pkg_config "$1/lib/pkgconfig/kv.pc" | diff "$native" -
    from_pkg_config "$1/lib/pkgconfig/kv-static.pc" | diff "$native" -
    from_cmake "$2/native-libraries.txt" | diff "$native" -
    echo "# $(tr '\n' ' ' <"$native" | sed 's/ $//')"
}

job "native libraries" lists_agree "$prefix" "$work/found" "$target/release"
report
