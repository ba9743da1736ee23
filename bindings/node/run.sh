#!/usr/bin/env bash
# Installs koffi beside a copy of the example, runs the example, its tests and
# the behaviour cases.
#
#   bindings/node/run.sh [asan]    asan: with the address and undefined-behaviour sanitizers in the library
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"

here=$root/bindings/node
need node npm
preload=
if [[ ${1:-} == asan ]]; then
    . "$root/scripts/sanitized.sh"
    use_asan_library
    if ((failed)); then finish; fi
elif (($# == 0)); then
    use_library
else
    echo "usage: $0 [asan]" >&2
    exit 2
fi

# Runs node, with the runtime of a sanitizer if the library has one.
runs_node() { # SECONDS ARGUMENT...
    local seconds=$1
    shift
    timeout "$seconds" env ${preload:+LD_PRELOAD="$preload"} node "$@"
}

cp -r "$here"/*.js "$here/behaviour" "$here"/package*.json "$here/.npmrc" "$scratch"
cd "$scratch"

the_lock_names_no_registry() { must_fail grep '"resolved"' package-lock.json; }

# koffi comes built; no script of anybody's has to run.
check "koffi is installed as the lock file says" \
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
if ((failed)); then finish; fi
check "the lock file names no registry" the_lock_names_no_registry
job "example quickstart" prints "$root/examples/expected/quickstart.txt" \
    runs_node 60 quickstart.js "$scratch/quickstart.db"
program "behaviour" runs_node 300 behaviour/run.js "$KV_INCLUDE/kv.h" "$root/tests/behaviour" "$scratch"
program "test.js" runs_node 300 test.js "$KV_INCLUDE/kv.h" "$scratch"
report
finish
