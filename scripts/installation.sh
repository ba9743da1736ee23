# shellcheck shell=bash disable=SC2154
# An installation of the library, for Go's tools and for what documents show, for the scripts that source
# this after scripts/harness.sh.
#
# KV_PREFIX names an installation to test, KV_LIBRARY a shared library that is built already; else
# cargo builds it. The installation is in cargo's target directory, as Go's cache keeps its path.

install_library() {
    local prefix=$target/installation
    use_library
    mkdir -p "$prefix/include" "$prefix/lib/pkgconfig"
    cp "$KV_INCLUDE/kv.h" "$prefix/include"
    provide "$prefix/lib" "$KV_LIBRARY"
    sed -e 's/@KV_PC_PREFIX@/..\/../; s/@KV_PC_INCLUDEDIR@/include/; s/@PROJECT_VERSION@/0/' \
        -e 's/@KV_PC_LIBS_PRIVATE@//; /@KV_PC_REQUIRES_PRIVATE@/d' \
        "$root/cmake/kv.pc.in" >"$prefix/lib/pkgconfig/kv.pc"
    KV_PREFIX=$prefix
}

# provide_installation NAME FLAG...: sets KV_PREFIX to an installation by the verbs of the Makefile, with
# these flags of CMake, in a folder of that name in cargo's target directory; or of a library that
# was given, which has no static one and no command.
provide_installation() {
    if [[ -n ${KV_PREFIX:-} ]]; then return; fi
    if [[ -z ${KV_LIBRARY:-} || $KV_LIBRARY -ef $target/release/libkv.so ]]; then
        build_release --lib --quiet
        # As Go's cache keeps its path.
        KV_PREFIX=$target/$1
        rm -rf "$KV_PREFIX"
        make -C "$root" build BUILD="$scratch/build" PREFIX="$KV_PREFIX" CMAKE_FLAGS="${*:2}"
        make -C "$root" install BUILD="$scratch/build"
    else
        install_library
        cp -r "$root"/bindings/cpp/include/. "$KV_PREFIX/include"
    fi >"$scratch/installed" 2>&1 || {
        cat "$scratch/installed"
        return 1
    }
}

# use_installation: finds the library for Go's tools, and for the programs that they build.
use_installation() {
    if [[ -z ${KV_PREFIX:-} ]]; then install_library; fi
    PKG_CONFIG_PATH=$(dirname "$(find "$KV_PREFIX/" -name kv.pc | head -n 1)")
    export PKG_CONFIG_PATH CGO_ENABLED=1
    LD_LIBRARY_PATH=$(pkg-config --variable=libdir kv)
    # Go takes a package from its cache whatever pkg-config says, but not with other flags of cgo.
    CGO_CFLAGS="-O2 -g -I$KV_PREFIX"
    export LD_LIBRARY_PATH CGO_CFLAGS
}
