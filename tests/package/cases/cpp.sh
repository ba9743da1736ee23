# shellcheck shell=bash disable=SC2154,SC2317
# kv.hpp, as kv::cpp and by pkg-config. consumers.sh has built the programs that CMake builds.

# The flags are many words.
# shellcheck disable=SC2046
cpp_by_pkg_config() {
    export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
    c++ -std=c++17 "$here/consumer/with_kv_hpp.cpp" $(pkg-config --cflags --libs kv) \
        -Wl,-rpath,"$prefix/lib" -o "$work/pkg-cpp"
    on_shared "$work/pkg-cpp"
}

# All that kv.hpp includes of its own was installed, and is what the source has.
cpp_headers_are_those() {
    (cd "$root/bindings/cpp/include" && find . -type f | LC_ALL=C sort) >"$work/headers"
    test -s "$work/headers"
    local header
    while read -r header; do
        cmp "$root/bindings/cpp/include/$header" "$prefix/include/$header"
    done <"$work/headers"
    echo "# $(wc -l <"$work/headers") headers"
}

job "kv.hpp is installed" cpp_headers_are_those
job "find_package, kv::cpp" on_shared "$work/found/with_kv_hpp"
job "find_package, kv::cpp_static" on_static "$work/found/with_kv_hpp_static"
job "add_subdirectory, kv::cpp" on_shared "$work/within/with_kv_hpp"
job "add_subdirectory, kv::cpp_static" on_static "$work/within/with_kv_hpp_static"
job "pkg-config, kv.hpp" cpp_by_pkg_config
