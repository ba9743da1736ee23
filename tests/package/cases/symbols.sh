# shellcheck shell=bash disable=SC2154,SC2317
# The symbols of the libraries: kv_* as include/symbols.txt lists them, and no others.

shared_name() {
    readelf -d "$prefix/lib/libkv.so" | grep -F '(SONAME)' | grep -F '[libkv.so.0]'
}

# A thread that ends after a dlclose would run destructors that are gone.
shared_stays_loaded() {
    readelf -d "$prefix/lib/libkv.so" | grep -F '(FLAGS_1)' | grep -w NODELETE
}

shared_symbols() {
    nm -D --defined-only "$prefix/lib/libkv.so" | awk '{ print $NF }' | LC_ALL=C sort |
        diff "$root/include/symbols.txt" -
}

# Prints the symbols that ARCHIVE defines for others, sorted.
global_symbols() {
    nm --extern-only --defined-only "$1" | awk 'NF == 3 { print $3 }' | LC_ALL=C sort
}

static_symbols() {
    global_symbols "$prefix/lib/libkv.a" | diff "$root/include/symbols.txt" -
}

# Nothing of a Rust or a SQLite may be asked of the program.
static_needs_only_c() {
    nm --undefined-only "$prefix/lib/libkv.a" >"$work/undefined"
    must_fail grep -E ' (sqlite3|_R|_ZN|rust_|__rust)' "$work/undefined"
}

control_static_symbols() {
    global_symbols "$target/release/libkv.a" 2>/dev/null >"$work/raw-symbols" || true
    must_fail diff -q "$root/include/symbols.txt" "$work/raw-symbols"
    echo "# cargo's own archive shows $(wc -l <"$work/raw-symbols")"
}

job "libkv.so is named libkv.so.0" shared_name
job "libkv.so stays loaded" shared_stays_loaded
job "libkv.so shows include/symbols.txt" shared_symbols
job "libkv.a shows include/symbols.txt" static_symbols
job "libkv.a needs nothing of Rust or SQLite" static_needs_only_c
job "control: cargo's libkv.a shows more" control_static_symbols
