#!/usr/bin/env bash
# Runs other projects' test suites against kv, through the adapters in tests/outside, on a file, in
# memory and on a Redis. It ends with one table: what passed, failed and was skipped, and each known
# reason. A failure without a reason fails.
#
#   scripts/outside.sh [SUITE...]      all suites without an argument, else those whose names begin so:
#                                      scripts/outside.sh gokv dogpile
#
# The suites come from the registries of Go and Python, in the versions that tests/outside/go/go.mod and
# bindings/python/locks/outside.txt pin. KV_PREFIX names an installation to test, KV_LIBRARY a shared
# library that is built already.
. "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
# shellcheck source=scripts/installation.sh
. "$root/scripts/installation.sh"
# shellcheck source=scripts/redis.sh
. "$root/scripts/redis.sh"
# shellcheck source=bindings/python/stage.sh
. "$root/bindings/python/stage.sh"

need go pkg-config python3 redis-server redis-cli
outside=$root/tests/outside
results=$scratch/results
mkdir "$results" "$scratch/redis"
wanted=("$@")

# is_wanted NAME
is_wanted() {
    local word
    if ((${#wanted[@]} == 0)); then return 0; fi
    for word in "${wanted[@]}"; do
        if [[ $1 == "$word"* ]]; then return 0; fi
    done
    return 1
}

# suite NAME COMMAND...: a suite, whose cases are counted in the table. Its job is to leave a file in
# results; the table judges it.
suite() {
    if is_wanted "$1"; then job "$1 has run" "${@:2}"; fi
}

# version_of MODULE: the version of a module that go.mod here pins.
version_of() { (cd "$outside/go" && go list -m -f '{{.Version}}' "$1"); }

# locked PACKAGE: the version of a package that the lock of Python pins.
locked() { sed -n "s/^$1==\([^ ]*\).*/\1/p" "$root/bindings/python/locks/outside.txt"; }

# go_suite NAME ARGUMENT...: go test, on all engines.
go_suite() {
    local name=$1
    shift
    (cd "$outside/go" && go test -json -count=1 -timeout 20m "$@") >"$results/$name.json" || true
}

# The suite of cometbft-db is in the tests of its package, which run on each backend that the package
# registers. A copy of the module gets those of kv.
cometbft_suite() { # NAME
    local module=github.com/cometbft/cometbft-db copy=$scratch/cometbft
    mkdir "$copy"
    cd "$outside/go"
    cp -r "$(go list -m -f '{{.Dir}}' "$module")" "$copy/module"
    chmod -R u+w "$copy"
    cp cometbft/testdata/*_test.go "$copy/module"
    cp go.mod go.sum "$copy"
    go mod edit -replace "$module=$copy/module" -replace "kv.internal/kv=$root/bindings/go" \
        -replace "kv.internal/kv/adapters=$root/bindings/go/adapters" "$copy/go.mod"
    go_suite "$1" -modfile "$copy/go.mod" \
        -run '^Test(BackendsGetSetDelete|DBBatch|DBIterator.*)$/^(Backend_)?kv-' "$module"
}

# python_suite NAME ARGUMENT...: pytest in this directory, on one engine after the other.
python_suite() {
    local name=$1 engine
    shift
    for engine in file memory redis; do
        KV_OUTSIDE_ENGINE=$engine "$scratch/python/bin/python" -m pytest -q -c "$outside/python/pytest.ini" \
            --rootdir . --junitxml "$results/$name@$engine.xml" "$@" || true
    done
}

# The tests that only a source distribution has: fetch_tests PACKAGE leaves it in scratch/PACKAGE.
fetch_tests() {
    local to=$scratch/sdist/$1
    mkdir -p "$to"
    sed -n "/^$1==/,/[^\\\\]\$/p" "$root/bindings/python/locks/outside.txt" >"$to/requirement.txt"
    "$scratch/python/bin/pip" download --quiet --disable-pip-version-check --no-deps --no-binary :all: \
        --no-build-isolation --require-hashes -d "$to" -r "$to/requirement.txt"
    mkdir "$scratch/$1"
    tar -xzf "$to"/*.tar.gz -C "$scratch/$1" --strip-components 1
}

cachelib_suite() { # NAME
    fetch_tests cachelib
    cd "$scratch/cachelib/tests"
    cp "$outside/python/suites/cachelib/test_kv.py" .
    python_suite "$1" test_kv.py
}

requests_cache_suite() { # NAME
    fetch_tests requests-cache
    cd "$scratch/requests-cache"
    cp "$outside/python/suites/requests_cache/test_kv.py" tests/integration
    python_suite "$1" tests/integration/test_kv.py
}

suite_here() { # NAME FILE
    cd "$outside/python/suites"
    python_suite "$@"
}

# The adapters' store/db has a script of its own, whose cases are counted here. Its database is a server,
# and none of kv's engines.
sql_suite() { # NAME
    "$root/bindings/go/tests/sql/run.sh" postgres >"$results/$1@postgres.cases" || true
}

types() {
    cd "$outside/python"
    "$scratch/python/bin/mypy" --strict --cache-dir "$scratch/mypy" kv_*.py "$outside"/table*.py
}

adapters_are_formed() {
    local unformatted
    cd "$outside/go"
    unformatted=$(gofmt -l .)
    if [[ -n $unformatted ]]; then
        echo "gofmt would change: $unformatted"
        return 1
    fi
    go vet ./...
    go mod tidy -diff
}

use_installation
export KV_LIBRARY=$LD_LIBRARY_PATH/libkv.so PYTHONPATH=$outside/python PYTHONDONTWRITEBYTECODE=1
start_redis "$scratch/redis"
export KV_OUTSIDE_REDIS=redis://127.0.0.1:$redis_port/0
check "the table fails for a failure without a reason" python3 "$outside/table_test.py"
check "the environment is installed as the locks say" make_environment build test outside
check "the wheel is built" build_wheel
check "the wheel is installed" install_wheel
check "the types of the adapters for Python" types
check "the adapters for Go are formed, vetted and tidy" adapters_are_formed
if ((failed)); then finish; fi

# The longest go first.
name="go-datastore $(version_of github.com/ipfs/go-datastore)"
suite "$name" go_suite "$name" -run '^TestSuite' ./datastore
name="dogpile.cache $(locked dogpile-cache)"
suite "$name" suite_here "$name" test_dogpile.py
name="valkeyrie $(version_of github.com/kvtools/valkeyrie)"
suite "$name" go_suite "$name" -run '^TestSuite' ./valkeyrie
name="objstore $(version_of github.com/thanos-io/objstore)"
suite "$name" go_suite "$name" -run '^TestSuite' ./objstore
name="limiter $(version_of github.com/ulule/limiter/v3)"
suite "$name" go_suite "$name" -run '^TestSuite' ./limiter
name="cachelib $(locked cachelib)"
suite "$name" cachelib_suite "$name"
name="CPython $("$scratch/python/bin/python" -c 'import platform; print(platform.python_version())')"
suite "$name" suite_here "$name" test_mapping.py
name="requests-cache $(locked requests-cache)"
suite "$name" requests_cache_suite "$name"
name="bleve $(version_of github.com/blevesearch/upsidedown_store_api)"
suite "$name" go_suite "$name" -run '^TestSuite' ./bleve
name="cometbft-db $(version_of github.com/cometbft/cometbft-db)"
suite "$name" cometbft_suite "$name"
name="avalanchego $(version_of github.com/ava-labs/avalanchego)"
suite "$name" go_suite "$name" -run '^TestSuite' ./avalanche
name="go-ethereum $(version_of github.com/ethereum/go-ethereum)"
suite "$name" go_suite "$name" -run '^TestSuite' ./ethdb
name="gokv $(version_of github.com/philippgille/gokv/test)"
suite "$name" go_suite "$name" -run '^TestSuite' ./gokv
name="httpcache $(version_of github.com/gregjones/httpcache)"
suite "$name" go_suite "$name" -run '^TestSuite' ./httpcache
name="throttled $(version_of github.com/throttled/throttled/v2)"
suite "$name" go_suite "$name" -run '^TestSuite' ./throttled
name="vault $(version_of github.com/hashicorp/vault/sdk)"
suite "$name" go_suite "$name" -run '^TestSuite' ./vault
suite "adapters' own, Go" go_suite "adapters' own, Go" -skip '^TestSuite' ./...
suite "adapters' own, Python" suite_here "adapters' own, Python" test_own.py
suite "adapters' own, SQL" sql_suite "adapters' own, SQL"
report

known=$outside/known.tsv
if ((${#wanted[@]})); then
    # The reasons of the other suites have no failure in this run.
    known=$scratch/known.tsv
    while IFS= read -r line; do
        if is_wanted "${line%%$'\t'*}"; then printf '%s\n' "$line"; fi
    done <"$outside/known.tsv" >"$known"
fi
status=0
echo
python3 "$outside/table.py" "$results" "$known" "$scratch/totals" || status=$?
echo
if ((status > 1)) || [[ ! -e $scratch/totals ]]; then
    fail "the table ended with $status"
    finish
fi
read -r suites_passed suites_failed suites_explained <"$scratch/totals"
passed=$((passed + suites_passed))
failed=$((failed + suites_failed))
skipped=$((skipped + suites_explained))
finish
