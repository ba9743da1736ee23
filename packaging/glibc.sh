#!/usr/bin/env bash
# Prints the path of an installation's shared library that runs with an old glibc, 2.28 or later: its own, or
# one that is linked into FOLDER from its libkv.a, if its own needs a newer glibc. A library for musl is
# printed as it is.
#
#   packaging/glibc.sh PREFIX FOLDER
#
# zig has the functions of each version of glibc, and links for any of them.
set -euo pipefail

if (($# != 2)); then
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
readonly oldest=2.28
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
library=$(realpath -e "$1/lib/libkv.so.0")
folder=$(cd "$2" && pwd)

floor=$(LC_ALL=C readelf -V "$library" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -n 1 || true)
if [[ -z $floor ]] || printf '%s\nGLIBC_%s\n' "$floor" "$oldest" | sort -CV; then
    echo "$library"
    exit
fi
case $(LC_ALL=C readelf -h "$library" | sed -n 's/^ *Machine: *//p') in
*X86-64) processor=x86_64 ;;
AArch64) processor=aarch64 ;;
*)
    echo "glibc.sh: no older glibc is known for the processor of $library" >&2
    exit 1
    ;;
esac
if [[ ! -e $1/lib/libkv.a ]]; then
    echo "glibc.sh: $library needs glibc ${floor#GLIBC_}, and $1 has no libkv.a to link for $oldest" >&2
    exit 1
fi

tools=$("$here/tools.sh" "$here/locks/zig.txt")
export ZIG_GLOBAL_CACHE_DIR=$tools/cache ZIG_LOCAL_CACHE_DIR=$tools/cache
cat >"$folder/compiler" <<COMPILER
#!/bin/sh
exec "$tools/bin/python" -m ziglang cc -target $processor-linux-gnu.$oldest "\$@"
COMPILER
chmod +x "$folder/compiler"
# The unwinder is the system's: its interface is older than any of these glibcs.
unwinder=$("$processor-linux-gnu-gcc" -print-file-name=libgcc_s.so.1)
soname=$(LC_ALL=C readelf -d "$library" | sed -n 's/.*(SONAME).*\[\(.*\)\]$/\1/p')
CC=$folder/compiler LD=$processor-linux-gnu-ld OBJCOPY=$processor-linux-gnu-objcopy \
    STRIP=$processor-linux-gnu-strip AR=$processor-linux-gnu-ar "$root/cmake/libraries.sh" \
    "$1/lib/libkv.a" "$root/include/kv.map" "$folder/libkv.a" "$folder/libkv.so.0" "$soname" \
    "$unwinder" -lutil -lrt -lpthread -lm -ldl >&2
echo "$folder/libkv.so.0"
