#!/usr/bin/env bash
# Measures what limits and eviction cost; docs/storage.md has the table it prints.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
directory=$(mktemp -d "$target/cache.XXXXXX")
trap 'rm -rf "$directory"' EXIT
cargo build --quiet --release --locked --lib --manifest-path "$root/Cargo.toml"
ln -s "$target/release/libkv.so" "$directory/libkv.so.0"
cc -O2 -std=c11 -Wall -Wextra -Wpedantic -Werror -I"$root/include" "$root/bench/cache/cache.c" \
    -o "$directory/cache" "$target/release/libkv.so" -Wl,-rpath,"$directory"
"$directory/cache" "$directory"
