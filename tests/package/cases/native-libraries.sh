# shellcheck shell=bash disable=SC2154,SC2317
# What kv.pc and kv::static say a static program needs, against what the Rust compiler says.

# native_libraries OPTION...: the compiler's list, one to a line, sorted. It is the same for every profile.
native_libraries() {
    cargo rustc --manifest-path "$root/Cargo.toml" --locked --lib \
        --crate-type staticlib "$@" -- --print native-static-libs 2>"$work/rustc" || {
        cat "$work/rustc" >&2
        return 1
    }
    sed -n 's/^note: native-static-libs: //p' "$work/rustc" | tr ' ' '\n' | sed 's/^-l//' |
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

# lists_agree PREFIX CONSUMER OPTION...
lists_agree() {
    local installed=$1 consumer=$2
    shift 2
    (cd "$root" && native_libraries "$@") >"$work/native"
    test -s "$work/native"
    from_pkg_config "$installed" | diff "$work/native" -
    from_cmake "$consumer/native-libraries.txt" | diff "$work/native" -
    echo "# $(tr '\n' ' ' <"$work/native" | sed 's/ $//')"
}

check "native libraries" lists_agree "$prefix" "$work/found" --target-dir "$target"
