# shellcheck shell=bash disable=SC2154,SC2317
# Programs that find the library by CMake and by pkg-config, shared and static.

# consume NAME OPTION...: builds all consumers in $work/NAME.
consume() {
    local build=$work/$1
    shift
    cmake -S "$here/consumer" -B "$build" "$@"
    cmake --build "$build" --parallel "$processors"
}

by_find_package() {
    consume found -DCMAKE_PREFIX_PATH="$prefix"
}

by_add_subdirectory() {
    consume within -DKV_SOURCE_DIR="$root"
    # Part of a larger program, it must not install itself along with that one.
    cmake --install "$work/within" --prefix "$work/within-installed"
    must_fail test -e "$work/within-installed/lib"
}

on_shared() {
    needs "$1" libkv.so.0
    run_consumer "$1"
}

on_static() {
    must_fail needs "$1" libkv.so.0
    run_consumer "$1"
}

# CMake refuses a program that asks for a version that is not installed.
version_is_compared() {
    local file=$prefix/lib/cmake/kv/kvConfigVersion.cmake
    cat >"$work/version.cmake" <<'CMAKE'
include(${VERSION_FILE})
if(NOT PACKAGE_VERSION_COMPATIBLE)
  message(FATAL_ERROR "not compatible")
endif()
CMAKE
    version_allows() {
        cmake -DVERSION_FILE="$file" -DPACKAGE_FIND_VERSION="$1.$2" \
            -DPACKAGE_FIND_VERSION_MAJOR="$1" -DPACKAGE_FIND_VERSION_MINOR="$2" \
            -P "$work/version.cmake"
    }
    local major minor
    IFS=. read -r major minor _ <<<"$(package_version)"
    version_allows "$major" "$minor"
    must_fail version_allows "$major" $((minor + 1))
    must_fail version_allows $((major + 1)) 0
    test "$(PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config --modversion kv)" = \
        "$(package_version)"
}

# The flags are many words.
# shellcheck disable=SC2046
by_pkg_config_shared() {
    export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
    cc "$here/consumer/consumer.c" $(pkg-config --cflags --libs kv) \
        -Wl,-rpath,"$prefix/lib" -o "$work/pkg-shared"
    on_shared "$work/pkg-shared"
}

job "find_package builds" by_find_package
job "add_subdirectory builds" by_add_subdirectory
report
job "find_package, shared" on_shared "$work/found/on_shared"
job "find_package, static" on_static "$work/found/on_static"
job "find_package, C++, shared" on_shared "$work/found/in_cxx"
job "find_package, C++, static" on_static "$work/found/in_cxx_static"
job "versions are compared" version_is_compared
job "add_subdirectory, shared" on_shared "$work/within/on_shared"
job "add_subdirectory, static" on_static "$work/within/on_static"
job "pkg-config, shared" by_pkg_config_shared
