#!/usr/bin/env bash
# Installs koffi beside a copy of the example, runs the example and its tests.
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

for needed in node npm; do
    if ! command -v "$needed" >/dev/null; then
        fail "$needed is not installed"
        finish
    fi
done
if [[ -z ${KV_LIBRARY:-} ]]; then
    (cd "$root" && cargo build --quiet --release --locked --lib --target-dir "$target")
    KV_LIBRARY=$target/release/libkv.so
fi
export KV_LIBRARY

cp "$here"/*.js "$here"/package*.json "$here/.npmrc" "$scratch"
cd "$scratch"
# koffi comes built; no script of anybody's has to run.
if npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >npm.txt 2>&1; then
    ok "koffi is installed as the lock file says"
else
    fail "koffi cannot be installed"
    cat npm.txt
    finish
fi
if grep -q '"resolved"' package-lock.json; then
    fail "the lock file names a registry"
else
    ok "the lock file names no registry"
fi

status=0
timeout 60 node quickstart.js "$scratch/quickstart.db" >quickstart.txt 2>&1 || status=$?
if ((status == 0)) && diff "$root/examples/expected/quickstart.txt" quickstart.txt; then
    ok "example quickstart"
else
    fail "example quickstart (ended with $status)"
    cat quickstart.txt
fi

status=0
timeout 120 node test.js "$root/include/kv.h" "$scratch" >test.txt 2>&1 || status=$?
cat test.txt
passed=$((passed + $(grep -c '^ok ' test.txt || true)))
bad=$(grep -c '^FAILED ' test.txt || true)
failed=$((failed + bad))
# One that crashes has failed, whatever it said before.
if ((status != 0 && bad == 0)); then fail "test.js ended with $status"; fi
finish
