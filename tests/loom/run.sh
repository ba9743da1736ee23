#!/usr/bin/env bash
# Models of handles, the write queue, the queue of a watch and the entry cache: loom runs the library's sources in every
# order that their threads may take. src/main.rs says what is modelled.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"

build() {
    cargo build --quiet --locked --manifest-path "$root/tests/loom/Cargo.toml" --target-dir "$target/loom"
}

models() {
    timeout 3000 "$target/loom/debug/kv-loom" | tee "$scratch/models"
}

check "the models are built" build
if ((failed)); then finish; fi
program models models
report
count=$(grep -c 'executions)$' "$scratch/models" || true)
executions=$(sed -n 's/.*(\([0-9]*\) executions)$/\1/p' "$scratch/models" | awk '{ sum += $1 } END { print sum + 0 }')
if ((executions == 0)); then fail "no model was run"; fi
row interleavings "$executions executions of $count models" "$failed"
finish
