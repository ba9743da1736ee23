#!/usr/bin/env bash
# Prints the name of an installation's archive, such as kv-0.2.0-linux-x86_64-gnu: the version, the
# processor and the C library are those of its libkv.so.
#
#   packaging/archive/name.sh PREFIX
set -euo pipefail
export LC_ALL=C

if (($# != 1)); then
    echo "usage: $0 PREFIX" >&2
    exit 2
fi
library=$(realpath -e "$1/lib/libkv.so")
version=${library##*/libkv.so.}
machine=$(readelf -h "$library" | sed -n 's/^ *Machine: *//p')
case $machine in
*X86-64) machine=x86_64 ;;
AArch64) machine=aarch64 ;;
*)
    echo "name.sh: $library is built for an unknown processor: $machine" >&2
    exit 1
    ;;
esac
needed=$(readelf -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p')
if grep -qx 'libc\.so\.6' <<<"$needed"; then
    libc=gnu
elif grep -qxE 'libc\.musl-.*|libc\.so' <<<"$needed"; then
    libc=musl
else
    echo "name.sh: $library is linked with neither glibc nor musl" >&2
    exit 1
fi
echo "kv-$version-linux-$machine-$libc"
