#!/usr/bin/env bash
# Prints what a get costs in C, in Python, and the difference.
. "$(dirname "${BASH_SOURCE[0]}")/../../../scripts/harness.sh"
# shellcheck source=bindings/python/stage.sh
. "$root/bindings/python/stage.sh"

use_library
make_environment build
build_wheel
install_wheel
compile_c "$root/bindings/python/bench/get.c" "$scratch/get" -O2
"$scratch/python/bin/python" "$root/bindings/python/bench/get.py" "$scratch/get" "$scratch"
