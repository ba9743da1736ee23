#!/usr/bin/env bash
# Measures copies between engines; docs/copy.md has the table it prints.
#
#   bench/copy/run.sh [ENTRIES]      1,000,000 without an argument
on_disk=yes
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"

use_library
compile_c "$root/bench/copy/copy.c" "$scratch/copy" -O2
"$scratch/copy" "$scratch" "${1:-1000000}"
