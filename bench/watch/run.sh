#!/usr/bin/env bash
# Measures what watches cost and how soon they hear; writes bench/results/watch.json.
#
#   bench/watch/run.sh [sets|same|across|idle]...     no argument: all, and the file is written
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
mkdir -p "$target"
directory=$(mktemp -d "$target/watch.XXXXXX")
trap 'rm -rf "$directory"' EXIT
if [[ -z ${KV_LIBRARY:-} ]]; then
    (cd "$root" && cargo build --quiet --release --locked --lib --target-dir "$target")
    KV_LIBRARY=$target/release/libkv.so
fi
ln -s "$KV_LIBRARY" "$directory/libkv.so"
ln -s "$KV_LIBRARY" "$directory/libkv.so.0"
cc -O2 -std=c11 -Wall -Wextra -Wpedantic -Werror -I"$root/include" "$root"/bench/watch/*.c \
    -o "$directory/watch" -L"$directory" -lkv -Wl,-rpath,"$directory" -pthread
if (($# == 0)); then
    "$directory/watch" "$directory" "$directory/watch.json"
    mv "$directory/watch.json" "$root/bench/results/watch.json"
else
    "$directory/watch" "$directory" "" "$@"
fi
