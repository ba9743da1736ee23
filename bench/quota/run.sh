#!/usr/bin/env bash
# Measures what a quota costs a set; writes bench/results/quota.json.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
mkdir -p "$target"
directory=$(mktemp -d "$target/quota.XXXXXX")
trap 'rm -rf "$directory"' EXIT
if [[ -z ${KV_LIBRARY:-} ]]; then
    (cd "$root" && cargo build --quiet --release --locked --lib --target-dir "$target")
    KV_LIBRARY=$target/release/libkv.so
fi
ln -s "$KV_LIBRARY" "$directory/libkv.so"
ln -s "$KV_LIBRARY" "$directory/libkv.so.0"
cc -O2 -std=c11 -Wall -Wextra -Wpedantic -Werror -I"$root/include" "$root/bench/quota/quota.c" \
    -o "$directory/quota" -L"$directory" -lkv -Wl,-rpath,"$directory"
"$directory/quota" "$directory" "$directory/quota.json"
mv "$directory/quota.json" "$root/bench/results/quota.json"
