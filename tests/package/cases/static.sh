# shellcheck shell=bash disable=SC2046,SC2154,SC2317
# Programs on the static library, and programs that are static altogether, which need no library.

# Writes what the linker says into $work/NAME.said. The flags of pkg-config are many words.
link_static() { # NAME COMPILER FLAG...
    local name=$1 compiler=$2
    shift 2
    PKG_CONFIG_PATH=$prefix/lib/pkgconfig
    export PKG_CONFIG_PATH
    "$compiler" "$here/consumer/consumer.c" "$@" $(pkg-config --cflags --libs kv-static) \
        -o "$work/$name" 2>"$work/$name.said" || {
        cat "$work/$name.said"
        return 1
    }
}

by_pkg_config_static() { # COMPILER
    link_static "pkg-static-$1" "$1"
    must_fail test -s "$work/pkg-static-$1.said"
    on_static "$work/pkg-static-$1"
}

# README.md names the one warning there is.
by_pkg_config_fully_static() { # COMPILER
    link_static "pkg-fully-static-$1" "$1" -static
    warns_of_getaddrinfo_alone "$work/pkg-fully-static-$1.said"
    fully_static "$work/pkg-fully-static-$1"
}

warns_of_getaddrinfo_alone() {
    local functions
    functions=$(sed -n "s/.*warning: Using '\([^']*\)' in statically linked.*/\1/p" "$1" | sort -u)
    test "$functions" = getaddrinfo
}

fully_static() {
    readelf -d "$1" >"$1.dynamic"
    must_fail grep -F '(NEEDED)' "$1.dynamic"
    readelf -lW "$1" >"$1.segments"
    must_fail grep -w INTERP "$1.segments"
    run_consumer "$1"
}

# kv.pc serves a static program as well: with -static the linker takes libkv.a.
by_kv_pc_fully_static() {
    export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
    cc -static "$here/consumer/consumer.c" $(pkg-config --static --cflags --libs kv) -o "$work/kv-pc-static"
    fully_static "$work/kv-pc-static"
}

# consumers.sh has built them with the other compiler, and the one in C++.
by_cmake_with_clang() {
    consume found-clang -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++
    on_static "$work/found-clang/on_static"
    fully_static "$work/found-clang/fully_static"
}

for compiler in gcc clang; do
    if ! has "$compiler"; then
        skip "static with $compiler" "$compiler is not installed"
        continue
    fi
    job "kv-static.pc with $compiler" by_pkg_config_static "$compiler"
    job "kv-static.pc with $compiler -static" by_pkg_config_fully_static "$compiler"
done
job "kv.pc with -static" by_kv_pc_fully_static
job "find_package, -static" fully_static "$work/found/fully_static"
job "add_subdirectory, -static" fully_static "$work/within/fully_static"
if has clang && has clang++; then
    job "find_package with clang, static and -static" by_cmake_with_clang
else
    skip "find_package with clang" "clang is not installed"
fi
