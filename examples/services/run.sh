#!/usr/bin/env bash
# Builds the services, runs each on a file and in a Redis, and sends it what it is for: clients at
# once, several processes, kills in the middle.
#
#   examples/services/run.sh [go-sessions|cpp-rate-limit|python-worker|node-cache...]
#
# No argument is all of them. KV_PREFIX names an installation to use. Without it, that is the one in
# which the library of KV_LIBRARY is, or one that is made here.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"
. "$root/scripts/installation.sh"
. "$root/scripts/redis.sh"
. "$root/bindings/python/stage.sh"

here=$root/examples/services
chosen=("$@")
if ((${#chosen[@]} == 0)); then chosen=(go-sessions cpp-rate-limit python-worker node-cache); fi
export PYTHONDONTWRITEBYTECODE=1

# Prints the installation that a library is in, if it is in one with the package for CMake.
installation_of() { # LIBRARY
    local prefix
    prefix=$(dirname "$(dirname "$1")")
    if [[ -e $prefix/lib/cmake/kv ]]; then echo "$prefix"; fi
}

install_kv() {
    rm -rf "$KV_PREFIX"
    make -C "$root" build BUILD="$scratch/build" PREFIX="$KV_PREFIX" CMAKE_FLAGS=-DKV_BUILD_CLI=OFF
    make -C "$root" install BUILD="$scratch/build"
}

build_python() {
    make_environment build
    build_wheel
    install_wheel
}

build_go-sessions() {
    cd "$here/go-sessions"
    gofmt -l . | must_fail grep .
    go mod tidy -diff
    go vet .
    go build -o "$scratch/go-sessions" .
}

build_cpp-rate-limit() {
    cmake -S "$here/cpp-rate-limit" -B "$scratch/cpp-rate-limit" -DCMAKE_PREFIX_PATH="$KV_PREFIX" \
        -DCMAKE_CXX_FLAGS=-Werror
    cmake --build "$scratch/cpp-rate-limit"
}

# The tests are in Python, as the worker is.
build_python-worker() { :; }

# The package as its users install it, with the versions of its lock.
build_node-cache() {
    local package=$scratch/node_modules/kv
    mkdir -p "$package"
    cd "$root/bindings/node"
    cp -r ./*.js ./*.mjs ./*.ts lib types package*.json .npmrc "$package"
    cd "$package"
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error
}

# tests PROGRAM ENGINE LOCATION COMMAND...: runs a program of tests, whose cases are lines.
tests() {
    local program=$1
    shift
    timeout 600 "$scratch/python/bin/python" -W error "$here/tests/$program.py" "$@"
}

# test_NAME ENGINE LOCATION OPTIONS: tests a service in a location; OPTIONS are those of a file.
test_go-sessions() { tests sessions "$1" "$2" "$scratch/go-sessions"; }
test_cpp-rate-limit() { tests rate_limit "$1" "$2" "$scratch/cpp-rate-limit/rate_limit"; }
test_python-worker() {
    tests worker "$1" "$2$3" "$scratch/python/bin/python" -W error "$here/python-worker/worker.py"
}
test_node-cache() {
    export NODE_PATH=$scratch/node_modules
    tests cache "$1" "$2$3${3:+&max_entries=1000&evict=lru}" node --throw-deprecation \
        "$here/node-cache/server.js"
}

need go gofmt g++ cmake pkg-config python3 node npm redis-server redis-cli
KV_PREFIX=${KV_PREFIX:-$(installation_of "${KV_LIBRARY:-}")}
if [[ -z $KV_PREFIX ]]; then
    # As Go's cache keeps its path.
    KV_PREFIX=$target/services
    check "the library is installed" install_kv
    if ((failed)); then finish; fi
fi
use_installation
KV_LIBRARY=$KV_PREFIX/lib/libkv.so.0
export KV_LIBRARY
job "the package for Python is installed" build_python
for name in "${chosen[@]}"; do job "$name is built" "build_$name"; done
report
if ((failed)); then finish; fi

start_redis "$scratch"
for name in "${chosen[@]}"; do
    program "$name on a file" "test_$name" "a file" "sqlite:$scratch/$name-NAME.db" "?changes=on"
    program "$name in a redis" "test_$name" "a redis" \
        "redis://127.0.0.1:$redis_port?prefix=$name-NAME" ""
done
report
finish
