#!/usr/bin/env bash
# Measures copies between engines; docs/copy.md has the table it prints.
#
#   bench/copy/run.sh [ENTRIES]      1,000,000 without an argument
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
directory=$(mktemp -d "$target/copy.XXXXXX")
trap 'rm -rf "$directory"' EXIT
cargo build --quiet --release --locked --lib --manifest-path "$root/Cargo.toml"
ln -s "$target/release/libkv.so" "$directory/libkv.so.0"
cc -O2 -std=c11 -Wall -Wextra -Wpedantic -Werror -I"$root/include" "$root/bench/copy/copy.c" \
    -o "$directory/copy" "$target/release/libkv.so" -Wl,-rpath,"$directory"
"$directory/copy" "$directory" "${1:-1000000}"
