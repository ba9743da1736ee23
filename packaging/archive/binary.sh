#!/usr/bin/env bash
# Packs an installation, which is used in place or copied.
#
#   packaging/archive/binary.sh PREFIX OUT
# shellcheck source=packaging/part.sh
. "$(dirname "${BASH_SOURCE[0]}")/../part.sh"
# shellcheck source=packaging/elf.sh
. "$root/packaging/elf.sh"
here=$root/packaging/archive

# Prints the C library that the files of the archive need.
needed_libc() { # NAME
    case $1 in
    *-musl) echo musl ;;
    *) echo "glibc $(glibc_of "$prefix/lib/libkv.so" "$prefix/bin/kv") or later" ;;
    esac
}

fill_readme() { # NAME
    local version machine
    IFS=- read -r _ version _ machine _ <<<"$1"
    "$root/packaging/fill.sh" "$here/README.in" "NAME=$1" "VERSION=$version" "MACHINE=$machine" \
        "LIBC=$(needed_libc "$1")"
}

name=$("$here/name.sh" "$prefix")
mkdir "$scratch/$name"
cp -R "$prefix"/{bin,include,lib,share} "$scratch/$name"
cp "$root"/{LICENSE-MIT,LICENSE-APACHE,THIRD-PARTY-NOTICES.txt,CHANGELOG.md} "$scratch/$name"
fill_readme "$name" >"$scratch/$name/README"
"$root/packaging/pack.sh" "$scratch/$name" "$out/$name.tar.gz"
