#!/usr/bin/env bash
# Runs the example and its tests.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"

here=$root/bindings/luajit
need luajit
use_library
export KV_HEADER=$KV_INCLUDE/kv.h LUA_PATH="$here/?.lua"
cd "$scratch"

job "example quickstart" prints "$root/examples/expected/quickstart.txt" \
    timeout 60 luajit "$here/quickstart.lua" "$scratch/quickstart.db"
program "test.lua" timeout 120 luajit "$here/test.lua" "$root/include/symbols.txt" "$scratch"
report
finish
