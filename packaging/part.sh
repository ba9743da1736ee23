# shellcheck shell=bash disable=SC2034
# The beginning of the script of a part, which sources this: `prefix` is the installation that its first
# argument names, `out` the folder of its second one, which is made; `root` is the tree, and `scratch` a
# folder that goes with the script.
set -euo pipefail
umask 022

if (($# != 2)); then
    sed -n '2,/^\(# shellcheck\|[^#]\)/{/^\(# shellcheck\|[^#]\)/d;s/^# \{0,1\}//p}' "$0" >&2
    exit 2
fi
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
prefix=$(realpath -e "$1")
mkdir -p "$2"
out=$(realpath "$2")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
