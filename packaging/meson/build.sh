#!/usr/bin/env bash
# Packs the wrap through which a project of Meson uses the binary archive: it is unpacked at the root
# of that project. With a homepage in names.json, Meson fetches the archive from there; without one,
# the archive is among the wrap's files.
#
#   packaging/meson/build.sh PREFIX OUT
# shellcheck source=packaging/part.sh
. "$(dirname "${BASH_SOURCE[0]}")/../part.sh"
packaging=$root/packaging
here=$packaging/meson

name=$("$packaging/archive/name.sh" "$prefix")
"$packaging/archive/binary.sh" "$prefix" "$scratch"
archive=$scratch/$name.tar.gz
hash=$(sha256sum "$archive" | cut -d ' ' -f 1)
IFS=- read -r _ version _ machine _ <<<"$name"
files=$scratch/subprojects/packagefiles
mkdir -p "$files/kv"
homepage=$("$packaging/name.sh" homepage)
url=
if [[ -n $homepage ]]; then
    url=$'\n'"source_url = $homepage/$name.tar.gz"
else
    mv "$archive" "$files"
fi
"$packaging/fill.sh" "$here/kv.wrap.in" "NAME=$name" "HASH=$hash" "URL=$url" >"$scratch/subprojects/kv.wrap"
"$packaging/fill.sh" "$here/meson.build.in" "VERSION=$version" "MACHINE=$machine" >"$files/kv/meson.build"
"$packaging/pack.sh" "$scratch/subprojects" "$out/$name-meson.tar.gz"
