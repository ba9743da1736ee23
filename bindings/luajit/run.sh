#!/usr/bin/env bash
# Runs the example, the tour of the README, the tests and the behaviour cases.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"

here=$root/bindings/luajit
cases=$root/tests/behaviour
need luajit python3
use_library
export KV_HEADER=$KV_INCLUDE/kv.h LUA_PATH="$here/?.lua"
cd "$scratch"

job "example quickstart" prints "$root/examples/expected/quickstart.txt" \
    timeout 60 luajit "$here/quickstart.lua" "$scratch/quickstart.db"
python3 "$cases/check.py" --flat "$cases"/cases/*.json >"$scratch/cases"
python3 "$cases/check.py" --flat "$cases/planted.json" >"$scratch/planted"
program "behaviour" timeout 120 luajit "$here/behaviour/run.lua" "$scratch/cases" "$scratch/planted" "$scratch"
program "test.lua" timeout 120 luajit "$here/test.lua" "$scratch"
program "test_functions.lua" timeout 60 luajit "$here/test_functions.lua" "$root/include/symbols.txt"
program "test_observe.lua" timeout 120 luajit "$here/test_observe.lua" "$scratch"
program "test_handles.lua" timeout 120 luajit "$here/test_handles.lua" "$scratch"
program "test_calls.lua" timeout 120 luajit "$here/test_calls.lua" "$scratch"
program "tour" timeout 60 luajit "$here/tour.lua" "$here/README.md"
report
finish
