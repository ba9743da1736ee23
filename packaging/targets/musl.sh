#!/usr/bin/env bash
# Makes a C compiler for musl out of GCC and Debian's packages of musl, and beside Rust's compiler
# the files that it links static programs with. Nothing outside of FOLDER changes.
#
#   packaging/targets/musl.sh PROCESSOR FOLDER      PROCESSOR: x86_64 or aarch64
#
# toolchain.sh has made FOLDER.
# The compiler is then FOLDER/bin/PROCESSOR-linux-musl-gcc.
set -euo pipefail

if (($# != 2)); then
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
readonly processor=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(cd "$2" && pwd)
readonly here folder
readonly gcc=$processor-linux-gnu-gcc musl=$folder/usr/lib/$processor-linux-musl
readonly start_files=$folder/usr/lib/rustlib/$processor-unknown-linux-musl/lib/self-contained
declare -A architectures=([x86_64]=amd64 [aarch64]=arm64)
readonly architecture=${architectures[$processor]}

# apt COMMAND...: as a system of the other processor would, with lists of its own: those of this
# system may lack that processor.
apt() {
    apt-get -qq -o APT::Sandbox::User=root -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" \
        -o Dir::State::Lists="$folder/apt/lists" -o Dir::State::Status=/dev/null \
        -o Dir::Cache="$folder/apt/cache" "$@"
}

bring_packages() {
    mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial"
    apt update
    (cd "$folder/apt" && apt download musl musl-dev)
    for package in "$folder"/apt/*.deb; do dpkg -x "$package" "$folder"; done
    rm -rf "$folder/apt"
    # The linker looks for it in the first place, programs in the second.
    ln -sf "../../../lib/$processor-linux-musl/libc.so" "$musl"
    ln -sf "$processor-linux-musl/libc.so" "$folder/lib/ld-musl-$processor.so.1"
}

write_compiler() {
    local tool flag='' compiler=$folder/bin/$processor-linux-musl-gcc
    # GCC's own functions for these ask glibc about the processor.
    if [[ $processor == aarch64 ]]; then flag=-mno-outline-atomics; fi
    sed -i "s,/usr/\(lib\|include\)/$processor-linux-musl,$folder&,g" "$musl/musl-gcc.specs"
    printf '#!/bin/sh\nexec %s %s "$@" -specs %s\n' "$gcc" "$flag" "'$musl/musl-gcc.specs'" >"$compiler"
    chmod +x "$compiler"
    for tool in ar ld nm objcopy strip; do
        ln -sf "$(command -v "$processor-linux-gnu-$tool")" "$folder/bin/$processor-linux-musl-$tool"
    done
}

# The names are those that Rust looks for.
provide_start_files() {
    local file unwinder=$start_files/libunwind.a
    mkdir -p "$start_files"
    for file in rcrt1.o Scrt1.o crt1.o crti.o crtn.o libc.a; do ln -sf "$musl/$file" "$start_files"; done
    for file in crtbegin.o crtbeginS.o crtend.o crtendS.o; do
        ln -sf "$("$gcc" -print-file-name="$file")" "$start_files"
    done
    install -m 644 "$("$gcc" -print-file-name=libgcc_eh.a)" "$unwinder"
    "$folder/bin/$processor-linux-musl-gcc" -Wall -Wextra -Werror -O2 -fPIC -c "$here/find_object.c" \
        -o "$folder/find_object.o"
    "$processor-linux-gnu-ar" rD "$unwinder" "$folder/find_object.o" 2>/dev/null
    rm "$folder/find_object.o"
}

if [[ ! -e $start_files/libunwind.a ]]; then
    bring_packages
    write_compiler
    provide_start_files
fi
