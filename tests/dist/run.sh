#!/usr/bin/env bash
# shellcheck disable=SC2034  # cases/*.sh use the names.
# Installs each artefact of dist/ into an empty environment, and uses it there.
#   tests/dist/run.sh [PART...]      no argument: all parts
#
# KV_DIST names the folder with the artefacts, and KV_PREFIX the installation that they were made of.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"

readonly here=$root/tests/dist
readonly out=${KV_DIST:-$root/dist}
readonly prefix=${KV_PREFIX:-$out/prefix}

parts=("$@")
if (($# == 0)); then
    for file in "$here"/cases/*.sh; do parts+=("$(basename "$file" .sh)"); done
fi
for part in "${parts[@]}"; do
    # shellcheck source=/dev/null
    . "$here/cases/$part.sh"
done
report
finish
