#!/usr/bin/env bash
# Packs an installation, which is used in place or copied.
#
#   packaging/archive/binary.sh PREFIX OUT
set -euo pipefail

if (($# != 2)); then
    echo "usage: $0 PREFIX OUT" >&2
    exit 2
fi
prefix=$(realpath "$1")
out=$(realpath "$2")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Prints the C library that the files need: of glibc, the newest version that they ask for.
needed_libc() { # NAME FILE...
    local newest
    if [[ $1 == *-musl ]]; then
        echo musl
        return
    fi
    newest=$(LC_ALL=C readelf -VW "${@:2}" | grep -o 'GLIBC_[0-9.]*' | sort -V | tail -n 1)
    echo "glibc ${newest#GLIBC_} or later"
}

fill_readme() { # NAME
    local version machine
    IFS=- read -r _ version _ machine _ <<<"$1"
    "$root/packaging/fill.sh" "$here/README.in" "NAME=$1" "VERSION=$version" "MACHINE=$machine" \
        "LIBC=$(needed_libc "$1" "$prefix/lib/libkv.so" "$prefix/bin/kv")"
}

name=$("$here/name.sh" "$prefix")
mkdir "$scratch/$name"
cp -R "$prefix"/{bin,include,lib,share} "$scratch/$name"
cp "$root"/{LICENSE-MIT,LICENSE-APACHE,THIRD-PARTY-NOTICES.txt,CHANGELOG.md} "$scratch/$name"
fill_readme "$name" >"$scratch/$name/README"
"$root/packaging/pack.sh" "$scratch/$name" "$out/$name.tar.gz"
