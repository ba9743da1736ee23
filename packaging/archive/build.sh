#!/usr/bin/env bash
# Makes the archives: of an installation, and of the sources.
#
#   packaging/archive/build.sh PREFIX OUT
set -euo pipefail

if (($# != 2)); then
    echo "usage: $0 PREFIX OUT" >&2
    exit 2
fi
here=$(dirname "${BASH_SOURCE[0]}")
"$here/binary.sh" "$1" "$2"
"$here/source.sh" "$2"
