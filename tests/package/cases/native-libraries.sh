# shellcheck shell=bash disable=SC2154,SC2317
# The needs of a static program by kv.pc and kv::static, against those by the Rust compiler.

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

# from_pkg_config PREFIX: what is private, with the names of required packages as libraries.
from_pkg_config() {
    sed -n -e 's/^Libs.private: *//p' -e 's/^Requires.private: *//p' "$1/lib/pkgconfig/kv.pc" |
        tr ' ' '\n' | sed -e 's/^-l//' -e '/^$/d' | LC_ALL=C sort -u
}

# lists_agree PREFIX CONSUMER BUILT
lists_agree() {
    local native
    native=$(mktemp)
    native_libraries "$3" >"$native"
    test -s "$native"
    from_pkg_config "$1" | diff "$native" -
    from_cmake "$2/native-libraries.txt" | diff "$native" -
    echo "# $(tr '\n' ' ' <"$native" | sed 's/ $//')"
}

job "native libraries" lists_agree "$prefix" "$work/found" "$target/release"
report
