#!/usr/bin/env bash
# Installs koffi beside a copy of the example, runs the example, its tests and
# the behaviour cases.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"

here=$root/bindings/node
need node npm
use_library
cp -r "$here"/*.js "$here/behaviour" "$here"/package*.json "$here/.npmrc" "$scratch"
cd "$scratch"

the_lock_names_no_registry() { must_fail grep '"resolved"' package-lock.json; }

# koffi comes built; no script of anybody's has to run.
check "koffi is installed as the lock file says" \
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
if ((failed)); then finish; fi
check "the lock file names no registry" the_lock_names_no_registry
job "example quickstart" prints "$root/examples/expected/quickstart.txt" \
    timeout 60 node quickstart.js "$scratch/quickstart.db"
program "behaviour" timeout 120 node behaviour/run.js "$KV_INCLUDE/kv.h" "$root/tests/behaviour" "$scratch"
program "test.js" timeout 120 node test.js "$KV_INCLUDE/kv.h" "$scratch"
report
finish
