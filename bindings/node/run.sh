#!/usr/bin/env bash
# Installs the package and what its tests need into a scratch directory, and runs the tests and the
# behaviour cases there.
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

export KV_SYMBOLS=$root/include/symbols.txt
package=$scratch/kv
mkdir "$package"
(cd "$here" && cp -r ./*.js ./*.mjs ./*.ts ./*.mts lib types behaviour tests package*.json README.md .npmrc "$package")
cd "$package"

the_lock_names_no_registry() { must_fail grep '"resolved"' package-lock.json; }

# Installs the package into a program as the README says, and uses it from there.
it_is_installed_from_its_folder() {
    mkdir "$scratch/app"
    cd "$scratch/app"
    echo '{ "private": true }' >package.json
    npm install --install-links --ignore-scripts --no-audit --no-fund --loglevel=error "$here"
    test -d node_modules/kv/lib
    test ! -e node_modules/kv/tests
    runs_node 60 -e '
        const store = require("kv").open("memory:");
        store.set("g", "k", "required");
        console.log(store.getString("g", "k"));' | grep -x required
    runs_node 60 --input-type=module -e '
        import { open } from "kv";
        console.log(open("memory:").location);' | grep -x memory:
}

# A link to the folder has no dependencies beside it.
without_koffi_the_message_says_so() {
    mkdir "$scratch/bare"
    cp -r index.js lib "$scratch/bare"
    must_fail runs_node 60 -e "require('$scratch/bare')" 2>"$scratch/bare/message"
    grep 'kv needs the package koffi.*npm install --install-links' "$scratch/bare/message"
}

# A line of tests/types that must not compile, or a snippet of the README, is an error of tsc.
the_types_are_right() {
    mkdir -p "$scratch/types/node_modules"
    cp "$package"/tests/types/* "$scratch/types"
    ln -s "$package" "$scratch/types/node_modules/kv"
    ln -s "$package/node_modules/@types" "$scratch/types/node_modules/@types"
    node tests/snippets.js "$scratch/types/snippets"
    node_modules/.bin/tsc --project "$scratch/types"
}

# koffi comes built; no script of anybody's has to run.
check "the packages are installed as the lock file says" \
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
if ((failed)); then finish; fi
check "the lock file names no registry" the_lock_names_no_registry
job "example quickstart" prints "$root/examples/expected/quickstart.txt" \
    runs_node 60 quickstart.js "$scratch/quickstart.db"
program "behaviour" runs_node 300 behaviour/run.js "$root/tests/behaviour" "$scratch"
program "behaviour by async" runs_node 300 behaviour/run.js "$root/tests/behaviour" "$scratch" async
for test in tests/*.test.js; do
    program "$test" runs_node 300 --test-reporter="$package/tests/reporter.mjs" "$test"
done
job "the package is installed from its folder" it_is_installed_from_its_folder
job "without koffi the message says what to do" without_koffi_the_message_says_so
job "the types are right" the_types_are_right
report
finish
