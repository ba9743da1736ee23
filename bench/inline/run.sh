#!/usr/bin/env bash
# Measures where long values should rest; docs/storage.md has the table it prints.
on_disk=yes
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"

use_library
compile_c "$root/bench/inline/inline.c" "$scratch/inline" -O2
"$scratch/inline" "$scratch"
