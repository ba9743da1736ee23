#!/usr/bin/env bash
# Packs the sources of the commit that is checked out as kv-VERSION.tar.gz, without the packages of
# others.
#
#   packaging/archive/source.sh OUT
set -euo pipefail

if (($# != 1)); then
    echo "usage: $0 OUT" >&2
    exit 2
fi
out=$(realpath "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
version=$(git show HEAD:Cargo.toml | sed -n '/^\[package\]/,/^\[lib\]/s/^version = "\(.*\)"$/\1/p')
# The user's settings of git change neither modes nor line ends.
git -c tar.umask=0022 -c core.autocrlf=false archive --format=tar --prefix="kv-$version/" HEAD |
    gzip --no-name >"$out/kv-$version.tar.gz"
