# shellcheck shell=bash disable=SC2154,SC2317
# Installs to one place and moves it to another, where all other cases look.

# install_kv NAME [CMAKE OPTION...]: builds in $work/NAME and installs to $work/NAME/installed.
install_kv() {
    local build=$work/$1
    shift
    cmake -S "$root" -B "$build" -DCMAKE_INSTALL_PREFIX="$build/installed" "$@"
    cmake --build "$build" --parallel "$processors"
    cmake --install "$build"
}

package_version() {
    sed -n 's/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml"
}

# The verbs of the Makefile, in one build tree.
make_kv() { # VERB [VARIABLE...]
    make -C "$root" "$1" BUILD="$work/bundled" "${@:2}"
}

# bare_path COMMAND...: a PATH with these commands alone.
bare_path() {
    local directory command
    directory=$(mktemp -d "$work/path-XXXXXX")
    for command in "$@"; do ln -s "$(command -v "$command")" "$directory/$command"; done
    echo "$directory"
}

# After a build of the library by other scripts, cargo has nothing to do for CMake.
make_builds() {
    build_release --lib
    # Without the command, which takes another build.
    make_kv build PREFIX="$work/bundled/installed" CMAKE_FLAGS=-DKV_BUILD_CLI=OFF >"$work/made" 2>&1 || {
        cat "$work/made"
        return 1
    }
    grep 'Finished' "$work/made"
    must_fail grep 'Compiling' "$work/made"
}

# As root has it under sudo: another user's build, another home, and a PATH without cargo and
# compilers.
install_and_move() {
    local path
    path=$(bare_path make cmake sh)
    if ((EUID == 0)); then chown -R 65534 "$work/bundled"; fi
    env -i PATH="$path" HOME=/nonexistent make -C "$root" install BUILD="$work/bundled"
    if ((EUID == 0)); then
        find "$work/bundled" -user root -not -path "$work/bundled/installed*" | tee "$work/of-root"
        must_fail test -s "$work/of-root"
    fi
    mkdir -p "$(dirname "$prefix")"
    mv "$work/bundled/installed" "$prefix"
}

# CMake's call of cargo, and the one that the tests' library comes from, are the same build.
cargo_builds_nothing() {
    build_release --message-format=json "$@" >"$work/built"
    must_fail grep -o '"target":{[^}]*}.*"fresh":false' "$work/built"
    echo "# $(grep -c '"fresh":true' "$work/built") of cargo's units are fresh"
}

installed_files_are_these() {
    local version
    version=$(package_version)
    (cd "$prefix" && find . ! -type d | LC_ALL=C sort) >"$work/files"
    diff - "$work/files" <<FILES
./include/kv.h
./include/kv.hpp
./include/kv/batch.hpp
./include/kv/bound.hpp
./include/kv/call.hpp
./include/kv/call_metrics.hpp
./include/kv/change_cursor.hpp
./include/kv/codec.hpp
./include/kv/copy.hpp
./include/kv/cursor.hpp
./include/kv/errc.hpp
./include/kv/error.hpp
./include/kv/error_category.hpp
./include/kv/event.hpp
./include/kv/flat_steps.hpp
./include/kv/hooks.hpp
./include/kv/idempotency.hpp
./include/kv/json.hpp
./include/kv/lock.hpp
./include/kv/log.hpp
./include/kv/many.hpp
./include/kv/metrics.hpp
./include/kv/observer.hpp
./include/kv/page.hpp
./include/kv/parts.hpp
./include/kv/progress.hpp
./include/kv/put_options.hpp
./include/kv/quota.hpp
./include/kv/range.hpp
./include/kv/read_stream.hpp
./include/kv/reader.hpp
./include/kv/result.hpp
./include/kv/scan_options.hpp
./include/kv/stats.hpp
./include/kv/store.hpp
./include/kv/store_admin.hpp
./include/kv/store_batches.hpp
./include/kv/store_changes.hpp
./include/kv/store_handle.hpp
./include/kv/store_locks.hpp
./include/kv/store_metrics.hpp
./include/kv/store_ranges.hpp
./include/kv/store_reads.hpp
./include/kv/store_streams.hpp
./include/kv/store_text.hpp
./include/kv/store_writes.hpp
./include/kv/stored.hpp
./include/kv/stream_buffer.hpp
./include/kv/subscription.hpp
./include/kv/trace.hpp
./include/kv/transaction.hpp
./include/kv/ttl.hpp
./include/kv/typed.hpp
./include/kv/update.hpp
./include/kv/usage.hpp
./include/kv/value.hpp
./include/kv/watch.hpp
./include/kv/watch_options.hpp
./include/kv/write_stream.hpp
./include/kv/writer.hpp
./lib/cmake/kv/kvConfig.cmake
./lib/cmake/kv/kvConfigVersion.cmake
./lib/cmake/kv/kvTargets.cmake
./lib/libkv.a
./lib/libkv.so
./lib/libkv.so.0
./lib/libkv.so.$version
./lib/pkgconfig/kv-static.pc
./lib/pkgconfig/kv.pc
./share/doc/kv/LICENSE-APACHE
./share/doc/kv/LICENSE-MIT
./share/doc/kv/THIRD-PARTY-NOTICES.txt
FILES
    test "$(readlink -f "$prefix/lib/libkv.so")" = "$(readlink -f "$prefix/lib/libkv.so.0")"
}

# Neither the first prefix, nor the source or build directory.
no_description_names_a_place() {
    must_fail grep -rnF -e "$work" -e "$root" "$prefix/lib/cmake" "$prefix/lib/pkgconfig"
}

shared_library_is_small() {
    local bytes
    bytes=$(stat -Lc %s "$prefix/lib/libkv.so")
    echo "# $bytes bytes"
    must_fail grep -q '\.debug_info' <(readelf -SW "$prefix/lib/libkv.so")
    ((bytes < 5632 * 1024))
}

# As distributions have it: another directory for libraries, and an image of the root elsewhere.
packagers_layout() {
    local image=$work/image
    cmake -S "$root" -B "$work/packaged" -DCMAKE_INSTALL_PREFIX=/usr \
        -DCMAKE_INSTALL_LIBDIR=lib/multiarch
    cmake --build "$work/packaged" --parallel "$processors"
    DESTDIR=$image cmake --install "$work/packaged"
    test -f "$image/usr/lib/multiarch/libkv.a"
    export PKG_CONFIG_PATH=$image/usr/lib/multiarch/pkgconfig
    pkg-config --cflags --libs kv
    # The flags may hold ".."; the compiler follows them.
    # shellcheck disable=SC2046
    cc "$here/consumer/consumer.c" $(pkg-config --cflags --libs kv) \
        -Wl,-rpath,"$image/usr/lib/multiarch" -o "$work/packaged/consumer"
    run_consumer "$work/packaged/consumer"
}

check "make build, of what cargo has built already" make_builds
check "make install, without cargo and compilers" install_and_move
if ((failed)); then finish; fi
check "cargo has nothing to build after it" cargo_builds_nothing --lib
# The longest go first; consumers.sh looks at what they build.
job "DESTDIR and another library directory" packagers_layout
job "what is installed" installed_files_are_these
job "no description names a place" no_description_names_a_place
job "size of the stripped shared library" shared_library_is_small
