#!/usr/bin/env bash
# Writes the modules of the Go binding to OUT/go, which the go command reads as a module proxy.
#
#   packaging/go/build.sh PREFIX... OUT      a PREFIX for each platform that the modules support
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

if (($# < 2)); then
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
prefixes=()
for prefix in "${@:1:$#-1}"; do prefixes+=("$(realpath "$prefix")"); done
mkdir -p "${!#}"
out=$(realpath "${!#}")/go

SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
rm -rf "$out"
cd "$here"
CGO_ENABLED=0 go run . "$root" "$out" "${prefixes[@]}"
