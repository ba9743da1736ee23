#!/usr/bin/env bash
# shellcheck disable=SC2034,SC2154  # cases/*.sh use the names, and harness.sh sets some.
# Installs each artefact of dist/ into an empty environment, and uses it there.
#
#   tests/dist/run.sh [long] [PART...]      no part: all. long: also systems, tools and second builds that
#                                           take minutes
#
#   KV_DIST      the folder with the artefacts, instead of dist
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"

readonly here=$root/tests/dist
readonly out=${KV_DIST:-$root/dist}
. "$root/scripts/symbols.sh"
. "$root/packaging/elf.sh"
# shellcheck source=tests/dist/environment.sh
. "$here/environment.sh"

is_long=
if [[ ${1-} == long ]]; then
    is_long=yes
    shift
fi
parts=("$@")
if ((${#parts[@]} == 0)); then
    for case in "$here"/cases/*.sh; do parts+=("$(basename "$case" .sh)"); done
fi
for part in "${parts[@]}"; do
    if [[ ! -e $here/cases/$part.sh ]]; then
        echo "run.sh: no part is called $part" >&2
        exit 2
    fi
    # shellcheck source=/dev/null
    . "$here/cases/$part.sh"
done
report
finish
