#!/usr/bin/env bash
# Prints the name of an installation's archive, such as kv-0.2.0-linux-x86_64-gnu: the version, the
# processor and the C library are those of its libkv.so.
#
#   packaging/archive/name.sh PREFIX
set -euo pipefail
# shellcheck source=packaging/elf.sh
. "$(dirname "${BASH_SOURCE[0]}")/../elf.sh"

if (($# != 1)); then
    echo "usage: $0 PREFIX" >&2
    exit 2
fi
library=$(realpath -e "$1/lib/libkv.so")
version=${library##*/libkv.so.}
processor=$(processor_of "$library") || {
    echo "name.sh: $library is built for an unknown processor: $processor" >&2
    exit 1
}
libc=$(libc_of "$library") || {
    echo "name.sh: $library is linked with neither glibc nor musl" >&2
    exit 1
}
echo "kv-$version-linux-$processor-$libc"
