# shellcheck shell=bash disable=SC2016,SC2154,SC2317
# libkv.a in one program with another SQLite, and with another Rust library.

# Prints where the compiler finds the static library NAME, if it does.
find_archive() {
    local path
    path=$(cc -print-file-name="lib$1.a")
    if [[ $path == /* ]]; then
        echo "$path"
    fi
}

# link_two_sqlites OUTPUT ARCHIVE...
link_two_sqlites() {
    local output=$1
    shift
    cc -I"$prefix/include" "$here/consumer/two_sqlites.c" "$@" -lgcc_s -lm -ldl -lpthread \
        -o "$output"
}

two_sqlites() {
    local program files
    program=$(mktemp "$work/two-sqlites-XXXXXX")
    files=$(mktemp -d "$work/two-XXXXXX")
    link_two_sqlites "$program" "$@"
    must_fail needs "$program" libsqlite3.so.0
    echo "# $("$program" "$files/kv" "$files/own")"
    sqlite3_file_holds_own "$files/own"
}

# The program's file is a database of its own, not the library's.
sqlite3_file_holds_own() {
    head -c 15 "$1" | grep -q '^SQLite format 3'
    must_fail grep -q 'of kv' "$1"
}

# With the symbols as cargo leaves them the library's SQLite becomes the program's, or, in the
# other order, the two do not link.
control_one_sqlite() {
    local files reason
    reason=$(mktemp)
    files=$(mktemp -d "$work/raw-XXXXXX")
    link_two_sqlites "$work/raw-sqlites" "$target/release/libkv.a" "$sqlite"
    must_fail "$work/raw-sqlites" "$files/kv" "$files/own" 2>"$reason"
    grep -F 'SQLITE_VERSION' "$reason"
}

control_sqlites_collide() {
    local reason
    reason=$(mktemp)
    must_fail link_two_sqlites "$work/colliding-sqlites" "$sqlite" "$target/release/libkv.a" \
        2>"$reason"
    grep -m 1 -F 'multiple definition of `sqlite3_' "$reason"
}

control_rusts_collide() {
    local reason
    reason=$(mktemp)
    must_fail link_two_rusts "$work/colliding-rusts" "$target/release/libkv.a" "$other" 2>"$reason"
    grep -m 1 -F 'multiple definition of `rust_eh_personality' "$reason"
}

build_second_rust() {
    cargo build --release --locked --manifest-path "$here/second-rust/Cargo.toml" \
        --target-dir "$target/second-rust"
}

# link_two_rusts OUTPUT ARCHIVE...
link_two_rusts() {
    local output=$1
    shift
    cc -I"$prefix/include" "$here/consumer/two_rusts.c" "$@" -lgcc_s -lm -ldl -lpthread -o "$output"
}

two_rusts() {
    local program
    program=$(mktemp "$work/two-rusts-XXXXXX")
    link_two_rusts "$program" "$@"
    "$program" 2>&1
}

if [[ -n $(find_archive sqlite3) ]]; then
    sqlite=$(find_archive sqlite3)
    job "another SQLite before libkv.a" two_sqlites "$sqlite" "$prefix/lib/libkv.a"
    job "another SQLite after libkv.a" two_sqlites "$prefix/lib/libkv.a" "$sqlite"
    job "control: cargo's libkv.a takes the program's SQLite's place" control_one_sqlite
    job "control: cargo's libkv.a after another SQLite" control_sqlites_collide
else
    skip "another SQLite" "libsqlite3.a is not installed (libsqlite3-dev)"
fi

other=$target/second-rust/release/libother.a
check "second Rust library builds" build_second_rust
job "second Rust library after libkv.a" two_rusts "$prefix/lib/libkv.a" "$other"
job "second Rust library before libkv.a" two_rusts "$other" "$prefix/lib/libkv.a"
job "control: cargo's libkv.a and a second Rust library" control_rusts_collide
