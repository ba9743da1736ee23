#!/usr/bin/env bash
# Builds the libraries for a system that kv has no packages for, and installs them with the header and
# their descriptions for pkg-config.
#
#   packaging/targets/compile.sh TARGET FOLDER PREFIX
#
# TARGET is one of `compiled` in target.sh. toolchain.sh has made FOLDER; cargo keeps there what it has
# built. Exit code 3: a tool is not here.
#
# The shared library is bin/kv.dll, lib/libkv.dylib or lib/libkv.so.0. It shows the functions of
# include/symbols.txt alone, and so does libkv.a for FreeBSD. The other archives show all symbols: there is
# no ld -r for macOS, and that for Windows breaks the tables of exceptions. A program with one of them
# cannot link a SQLite of its own beside ours.
# shellcheck source=packaging/targets/target.sh
. "$(dirname "${BASH_SOURCE[0]}")/target.sh"

if (($# != 3)); then
    sed -n '2,/^# shellcheck/{/^# shellcheck/d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
target_of "$1" "$2"
mkdir -p "$3/lib/pkgconfig" "$3/include"
prefix=$(cd "$3" && pwd)
readonly prefix functions=$root/include/symbols.txt work=$folder/build/$rust_target
readonly archive=$folder/cargo/$rust_target/release/libkv.a
# Of the libraries that a program with the static library needs, as the compiler names them.
readonly flags=$folder/cargo/$rust_target.flags
mkdir -p "$work"

build_archive() {
    local name=${rust_target//-/_}
    use_toolchain
    use_compiler
    if [[ $rust_target == *-apple-* ]]; then
        # Zig's linker reads no list of what to export, and exports all that is not hidden. Apple's tools
        # for debug information are not here.
        export "CFLAGS_$name=-fvisibility=hidden" "CARGO_TARGET_${name^^}_RUSTFLAGS=-Zdefault-visibility=hidden"
        export CARGO_PROFILE_RELEASE_SPLIT_DEBUGINFO=off
    fi
    (cd "$root" && cargo rustc --release --locked --package kv --lib --crate-type staticlib \
        --target "$rust_target" --target-dir "$folder/cargo" -- --print native-static-libs="$flags")
}

link_windows() {
    mkdir -p "$prefix/bin"
    # Of the compiler's intermediate code linkers make nothing, and it has paths of the builder.
    "${tools}objcopy" --strip-debug --remove-section=.llvmbc --remove-section=.llvmcmd \
        "$archive" "$prefix/lib/libkv.a"
    { echo EXPORTS && sed 's/^/    /' "$functions"; } >"$work/kv.def"
    "$compiler" -shared -s -static-libgcc -o "$prefix/bin/kv.dll" "$work/kv.def" "$prefix/lib/libkv.a" \
        "${libraries[@]}" -Wl,--out-implib,"$prefix/lib/libkv.dll.a" \
        -Wl,--gc-sections,--dynamicbase,--high-entropy-va,--no-insert-timestamp
}

link_freebsd() {
    local binutils=$processor-linux-gnu-
    # Of GNU's, as objects of this processor are the same on Linux.
    CC=$compiler LD=${binutils}ld OBJCOPY=${binutils}objcopy STRIP=${binutils}strip AR=${binutils}ar \
        "$root/cmake/libraries.sh" "$archive" "$root/include/kv.map" "$prefix/lib/libkv.a" \
        "$prefix/lib/libkv.so.0" libkv.so.0 "${libraries[@]}"
    ln -sf libkv.so.0 "$prefix/lib/libkv.so"
}

# write_framework NAME PATTERN: the description of a framework, which names its file on macOS, and those
# functions of it that the archive calls. Zig has the descriptions of no framework.
write_framework() {
    local directory=$work/Frameworks/$1.framework
    mkdir -p "$directory"
    cat >"$directory/$1.tbd" <<TBD
--- !tapi-tbd
tbd-version: 4
targets: [ arm64-macos ]
install-name: /System/Library/Frameworks/$1.framework/Versions/A/$1
exports:
  - targets: [ arm64-macos ]
    symbols: [ $(grep -E "^_k?$2[A-Z]" "$work/undefined" | paste -sd ,) ]
...
TBD
}

link_macos() {
    local roots
    mapfile -t roots < <(sed 's/^/-Wl,-u,_/' "$functions")
    llvm-objcopy --strip-debug --remove-section=__LLVM,__bitcode --remove-section=__LLVM,__cmdline \
        "$archive" "$prefix/lib/libkv.a"
    llvm-nm --undefined-only "$prefix/lib/libkv.a" | sed 's/^ *U //' | sort -u >"$work/undefined"
    write_framework Security Sec
    write_framework CoreFoundation CF
    "$compiler" -dynamiclib -s -o "$prefix/lib/libkv.dylib" -Wl,-install_name,@rpath/libkv.dylib \
        -Wl,-dead_strip "${roots[@]}" "$prefix/lib/libkv.a" -F "$work/Frameworks" "${libraries[@]}"
}

describe() {
    local name version
    version=$(sed -n 's/^version = "\(.*\)"$/\1/p;T;q' "$root/Cargo.toml")
    "$packaging/../fill.sh" "$root/cmake/kv.pc.in" KV_PC_PREFIX=../.. KV_PC_INCLUDEDIR=include \
        PROJECT_VERSION="$version" KV_PC_LIBS_PRIVATE="${libraries[*]}" KV_PC_REQUIRES_PRIVATE= \
        >"$prefix/lib/pkgconfig/kv.pc"
    # Linkers elsewhere know no -l with the name of a file.
    "$packaging/../fill.sh" "$root/cmake/kv-static.pc.in" KV_PC_PREFIX=../.. KV_PC_INCLUDEDIR=include \
        PROJECT_VERSION="$version" KV_PC_LIBS_PRIVATE="${libraries[*]}" KV_PC_REQUIRES_PRIVATE= |
        sed 's,-L\(.*\) -l:libkv.a,\1/libkv.a,' >"$prefix/lib/pkgconfig/kv-static.pc"
}

case $rust_target in
*-windows-*) system=windows need=("$compiler") ;;
*-apple-*) system=macos need=(llvm-nm llvm-objcopy) ;;
*-freebsd) system=freebsd need=("$processor-linux-gnu-ld") ;;
esac
for tool in "${need[@]}"; do
    command -v "$tool" >/dev/null || {
        echo "compile.sh: $tool is not installed; scripts/setup.sh dist-targets installs it" >&2
        exit 3
    }
done
if [[ $system != windows ]]; then "$packaging/zig.sh" "$rust_target" "$folder"; fi
build_archive
# The file has no end of line.
read -ra libraries <<<"$(<"$flags")"
"link_$system"
install -m 644 "$root/include/kv.h" "$prefix/include"
describe
