#!/usr/bin/env bash
# Prints what a get costs in C, in Python, and the difference.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# shellcheck source=bindings/python/stage.sh
source "$root/bindings/python/stage.sh"

stage_library
build_wheel
install_wheel
cc -std=c11 -O2 -Wall -Wextra -Wpedantic -Werror -I "$root/include" \
    "$root/bindings/python/bench/get.c" -o "$scratch/get" \
    -L "$scratch/lib" -lkv -Wl,-rpath,"$scratch/lib"
"$scratch/use/bin/python" "$root/bindings/python/bench/get.py" "$scratch/get" "$scratch"
