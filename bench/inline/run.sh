#!/usr/bin/env bash
# Measures where long values should rest; docs/storage.md has the table it prints.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
directory=$(mktemp -d "$root/target/inline.XXXXXX")
trap 'rm -rf "$directory"' EXIT
cargo build --quiet --release --locked --lib --manifest-path "$root/Cargo.toml"
ln -s "$root/target/release/libkv.so" "$directory/libkv.so.0"
cc -O2 -std=c11 -Wall -Wextra -Wpedantic -Werror -I"$root/include" "$root/bench/inline/inline.c" \
    -o "$directory/inline" "$root/target/release/libkv.so" -Wl,-rpath,"$directory"
"$directory/inline" "$directory"
