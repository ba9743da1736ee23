#!/usr/bin/env bash
# Packs a folder. The same files give the same archive: sorted, owned by root, with the modes 755 and
# 644, and dated by SOURCE_DATE_EPOCH or else by the last commit.
#
#   packaging/pack.sh FOLDER ARCHIVE      the archive's one folder has the name of FOLDER
set -euo pipefail

if (($# != 2)); then
    echo "usage: $0 FOLDER ARCHIVE" >&2
    exit 2
fi
folder=$(realpath "$1")
date=${SOURCE_DATE_EPOCH:-$(git -C "$(dirname "${BASH_SOURCE[0]}")" log -1 --format=%ct)}
tar --create --directory "$(dirname "$folder")" --sort=name --format=gnu --owner=0 --group=0 \
    --numeric-owner --mode=u=rwX,go=rX --mtime="@$date" -- "$(basename "$folder")" |
    gzip --no-name >"$2"
