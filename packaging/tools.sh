#!/usr/bin/env bash
# Prints the folder of an environment of Python with the packages of lock files. The first call makes it,
# which needs the network; a change of the files makes another.
#
#   packaging/tools.sh LOCK...      such as packaging/locks/conan.txt
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

if (($# == 0)); then
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
contents=$(cat "$@" <("${PYTHON:-python3}" --version) | sha256sum | cut -c 1-16)
folder=${CARGO_TARGET_DIR:-$root/target}/tools/$contents
if [[ ! -e $folder/complete ]]; then
    rm -rf "$folder"
    {
        "${PYTHON:-python3}" -m venv "$folder"
        # Only wheels: a source distribution would fetch what builds it, and that stands in no lock.
        "$folder/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps \
            --only-binary :all: "${@/#/--requirement=}"
    } >&2
    touch "$folder/complete"
fi
echo "$folder"
