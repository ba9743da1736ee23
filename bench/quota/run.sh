#!/usr/bin/env bash
# Measures what a quota costs a set; writes bench/results/quota.json.
on_disk=yes
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"

use_library
compile_c "$root/bench/quota/quota.c" "$scratch/quota" -O2
"$scratch/quota" "$scratch" "$scratch/quota.json"
mv "$scratch/quota.json" "$root/bench/results/quota.json"
