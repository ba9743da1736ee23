# shellcheck shell=bash disable=SC2154,SC2317
# The library on the system's SQLite: KV_SYSTEM_SQLITE=ON, and as a debug build, which takes a tenth of
# the time.

readonly on_system=$work/moved/system

install_on_system_sqlite() {
    install_kv system -DKV_SYSTEM_SQLITE=ON -DCMAKE_BUILD_TYPE=Debug
    mv "$work/system/installed" "$on_system"
}

shared_uses_system_sqlite() {
    needs "$on_system/lib/libkv.so" libsqlite3.so.0
    versioned_symbols "$on_system/lib/libkv.so" | diff <(symbols_of_script "$root/include/kv.map") -
    global_symbols "$on_system/lib/libkv.a" | diff "$root/include/symbols.txt" -
}

system_consumers() {
    consume on-system -DCMAKE_PREFIX_PATH="$on_system"
    on_shared "$work/on-system/on_shared"
    says_system_version
    on_static "$work/on-system/on_static"
    says_system_version
    needs "$work/on-system/on_static" libsqlite3.so.0
}

says_system_version() {
    grep -q "sqlite=$(pkg-config --modversion sqlite3)\$" <<<"$said"
}

system_within() {
    consume system-within -DKV_SOURCE_DIR="$root" -DKV_SYSTEM_SQLITE=ON \
        -DCMAKE_BUILD_TYPE=Debug
    on_static "$work/system-within/on_static"
    says_system_version
}

# shellcheck disable=SC2046
system_by_pkg_config() {
    export PKG_CONFIG_PATH=$on_system/lib/pkgconfig
    cc "$here/consumer/consumer.c" $(pkg-config --cflags --libs kv-static) -o "$work/system-static"
    on_static "$work/system-static"
    says_system_version
    needs "$work/system-static" libsqlite3.so.0
    cc -static "$here/consumer/consumer.c" $(pkg-config --static --cflags --libs kv-static) \
        -o "$work/system-fully-static"
    fully_static "$work/system-fully-static"
    says_system_version
}

# A file is the same whichever SQLite wrote it.
files_are_exchanged() {
    local file=$work/exchanged.kv
    "$work/found/on_shared" "$file"
    "$work/on-system/on_shared" "$file"
    "$work/found/on_shared" "$file"
}

# kv and mattn/go-sqlite3 write into one file of one program. The module has the latter's version.
go_program_shares_a_file() {
    local program=$work/shared files
    files=$(mktemp -d "$work/shared-XXXXXX")
    export CGO_ENABLED=1 PKG_CONFIG_PATH=$on_system/lib/pkgconfig LD_LIBRARY_PATH=$on_system/lib
    # Go takes a package from its cache whatever pkg-config says, but not with other flags of cgo.
    export CGO_CFLAGS="-O2 -g -I$on_system/include"
    (cd "$root/bindings/go/tests/neighbour" && go build -tags libsqlite3 -o "$program" ./shared)
    needs "$program" libsqlite3.so.0
    needs "$program" libkv.so.0
    timeout 300 "$program" "$files" | tee "$files/said"
    diff "$files/said" - <<'EOF'
a write to the store waits for the transaction that it is in: true
1600 users, 1600 counted; 2000 keys, 2000 counted, in 2001 entries; the file is [ok]
EOF
}

if pkg-config --exists sqlite3; then
    check "system SQLite builds" install_on_system_sqlite
    check "system SQLite is what the library uses" shared_uses_system_sqlite
    check "system SQLite, find_package" system_consumers
    check "system SQLite, add_subdirectory" system_within
    check "system SQLite, pkg-config, static and -static" system_by_pkg_config
    check "system SQLite, one file with both" files_are_exchanged
    if has go; then
        check "system SQLite, one file with a program in Go" go_program_shares_a_file
    else
        skip "system SQLite, one file with a program in Go" "go is not installed"
    fi
    check "system SQLite, native libraries" lists_agree "$on_system" "$work/on-system" \
        "$target/system-sqlite/debug"
else
    skip "system SQLite" "pkg-config does not find sqlite3 (libsqlite3-dev)"
fi
