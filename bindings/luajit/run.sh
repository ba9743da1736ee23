#!/usr/bin/env bash
# Runs the example and its tests.
#
# KV_LIBRARY names a library that is built already.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

passed=0
failed=0
ok() { passed=$((passed + 1)); echo "ok $*"; }
fail() { failed=$((failed + 1)); echo "FAILED $*"; }
finish() { echo "$passed passed, $failed failed"; ((failed == 0)); exit; }

if ! command -v luajit >/dev/null; then
    fail "luajit is not installed"
    finish
fi
if [[ -z ${KV_LIBRARY:-} ]]; then
    (cd "$root" && cargo build --quiet --release --locked --lib --target-dir "$target")
    KV_LIBRARY=$target/release/libkv.so
fi
export KV_LIBRARY KV_HEADER=$root/include/kv.h LUA_PATH="$here/?.lua"
cd "$scratch"

status=0
timeout 60 luajit "$here/quickstart.lua" "$scratch/quickstart.db" >quickstart.txt 2>&1 || status=$?
if ((status == 0)) && diff "$root/examples/expected/quickstart.txt" quickstart.txt; then
    ok "example quickstart"
else
    fail "example quickstart (ended with $status)"
    cat quickstart.txt
fi

status=0
timeout 120 luajit "$here/test.lua" "$root/include/symbols.txt" "$scratch" >test.txt 2>&1 ||
    status=$?
cat test.txt
passed=$((passed + $(grep -c '^ok ' test.txt || true)))
bad=$(grep -c '^FAILED ' test.txt || true)
failed=$((failed + bad))
# One that crashes has failed, whatever it said before.
if ((status != 0 && bad == 0)); then fail "test.lua ended with $status"; fi
finish
