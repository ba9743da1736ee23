# shellcheck shell=bash disable=SC2154,SC2317
# The symbols of the libraries: kv_* as include/symbols.txt lists them, and no others, each with its
# version in the shared library; and the paths that are in neither.

shared_name() {
    readelf -d "$prefix/lib/libkv.so" | grep -F '(SONAME)' | grep -F '[libkv.so.0]'
}

# A thread that ends after a dlclose would run destructors that are gone.
shared_stays_loaded() {
    readelf -d "$prefix/lib/libkv.so" | grep -F '(FLAGS_1)' | grep -w NODELETE
}

shared_symbols() {
    versioned_symbols "$prefix/lib/libkv.so" | tee "$work/versioned" |
        diff <(symbols_of_script "$root/include/kv.map") -
    sed 's/@@.*//' "$work/versioned" | diff "$root/include/symbols.txt" -
}

# A program that was linked with a later library is refused when it starts, not at the first call of a
# function that is missing.
a_later_version_is_refused() {
    local later=$work/later
    mkdir "$later"
    echo 'int kv_later(void) { return 0; }' >"$later/later.c"
    echo 'KV_99.9 { global: kv_later; };' >"$later/later.map"
    cc -shared -fPIC "$later/later.c" -Wl,-soname,libkv.so.0 -Wl,--version-script="$later/later.map" \
        -o "$later/libkv.so"
    echo 'int kv_later(void); int main(void) { return kv_later(); }' >"$later/main.c"
    cc "$later/main.c" -L "$later" -lkv -o "$later/main"
    must_fail env LD_LIBRARY_PATH="$prefix/lib" "$later/main" >"$later/said" 2>&1
    grep -F "version \`KV_99.9' not found" "$later/said"
}

# The paths of packages and of this tree are there, without their folders.
control_paths() {
    grep -aqE 'packages/redis-[0-9.]+/src/' "$prefix/lib/libkv.so"
    grep -aq 'src/engine/' "$prefix/lib/libkv.so"
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
job "libkv.so shows include/symbols.txt, with the versions of include/kv.map" shared_symbols
job "a program of a later libkv.so is refused at its start" a_later_version_is_refused
job "no path of the builder is in the libraries" no_path_of_the_builder "$prefix"/lib/libkv.{so,a}
job "control: paths of sources are in libkv.so" control_paths
job "libkv.a shows include/symbols.txt" static_symbols
job "libkv.a needs nothing of Rust or SQLite" static_needs_only_c
job "control: cargo's libkv.a shows more" control_static_symbols
