#!/usr/bin/env bash
# Runs the marked blocks of the pages in docs/, each page in an empty folder of its own, and checks all
# pages: marks, excerpts, links, the index and the list of statuses. CONTRIBUTING.md describes the
# marks.
#
#   tests/docs/run.sh [PAGE...]      pages below docs, such as docs/storage.md; no argument: all
#
# KV_PREFIX names an installation with the command to use. Else one is made of the library that
# KV_LIBRARY names, or of the one in cargo's directory, with the command that KV_COMMAND names; what
# is not named is built.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"
. "$root/scripts/installation.sh"
. "$root/scripts/java.sh"
. "$root/scripts/redis.sh"
# shellcheck source=bindings/python/stage.sh
. "$root/bindings/python/stage.sh"

here=$root/tests/docs
export PYTHONDONTWRITEBYTECODE=1
# Pages whose folders are below it find node's packages beside their folders.
pages=$scratch/pages

# Sets KV_PREFIX, and the folder `commands`, which has the command kv.
provide_kv() {
    local flag=-DKV_BUILD_CLI=ON
    if [[ -n ${KV_COMMAND:-} ]]; then flag=-DKV_BUILD_CLI=OFF; fi
    provide_installation docs "$flag" || return
    commands=$scratch/commands
    mkdir -p "$commands"
    ln -sf "$(realpath "${KV_COMMAND:-$KV_PREFIX/bin/kv}")" "$commands/kv"
    if [[ ! -x $commands/kv ]]; then
        echo "there is no command: KV_COMMAND names one, or KV_PREFIX an installation that has it"
        return 1
    fi
    KV_LIBRARY=$KV_PREFIX/lib/libkv.so.0
    export KV_LIBRARY
}

# An environment of the wheel around the library, and of the packages that docs/requirements-run.txt names.
provide_python() {
    make_environment build
    "$scratch/python/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps \
        --only-binary :all: -r "$root/docs/locks/run.txt"
    build_wheel
    install_wheel
}

provide_node() {
    mkdir -p "$pages"
    cd "$pages"
    echo '{ "private": true }' >package.json
    npm install --install-links --ignore-scripts --no-audit --no-fund --loglevel=error \
        "$root/bindings/node"
}

# go_environment: prints the options of transcript.py that let Go's tools find the library, and share the
# caches of this machine.
go_environment() {
    local name
    for name in GOCACHE GOMODCACHE GOPROXY GOSUMDB GONOSUMDB GOPRIVATE; do
        printf '%s\n' --env "$name=$(go env "$name")"
    done
    # Go takes a package from its cache whatever pkg-config says, but not with other flags of cgo.
    printf '%s\n' --env GOFLAGS=-mod=mod --env "CGO_CFLAGS=-O2 -g -I$KV_PREFIX" --env CGO_ENABLED=1
}

# needs NAME PATH: whether a page has a mark that its commands need NAME.
needs() {
    grep -qx "<!-- needs: $1 -->" "$root/$2"
}

# page PATH: runs a page. Places in /usr/local are those of the installation.
page() {
    local name=${1#docs/} status=0 redis=()
    name=${name%.md}
    local folder=$pages/${name//\//-}
    mkdir -p "$folder/folder" "$folder/home"
    ln -s "$KV_PREFIX" "$folder/home/kv"
    if needs redis "$1"; then
        mkdir "$folder/redis"
        start_redis "$folder/redis"
        redis=(--env "REDIS_PORT=$redis_port")
    fi
    cd "$root"
    python3 -I "$root/tests/first-hour/transcript.py" "$1" "$folder/folder" \
        --env PATH="$commands:$scratch/python/bin:${JAVA_HOME_FOUND:+$JAVA_HOME_FOUND/bin:}$PATH" \
        --env HOME="$folder/home" --env TMPDIR="$TMPDIR" \
        --env LD_LIBRARY_PATH="$KV_PREFIX/lib" --env PKG_CONFIG_PATH="$KV_PREFIX/lib/pkgconfig" \
        --env PYTHONDONTWRITEBYTECODE=1 --env NODE_PATH="$pages/node_modules" \
        "${go_options[@]}" "${redis[@]}" \
        --replace /path/to/kv="$root" --replace /path/to/kv.h="$KV_PREFIX/include/kv.h" \
        --replace /path/to/libkv.so.0="$KV_PREFIX/lib/libkv.so.0" \
        --replace /usr/local/lib="$KV_PREFIX/lib" --replace /usr/local/include="$KV_PREFIX/include" >"$folder/said" || status=$?
    cat "$folder/said"
    echo "# $(grep -c '^ok ' "$folder/said" || true) commands"
    if ((${#redis[@]})); then end_process "$redis_server"; fi
    return "$status"
}

# Everything that holds for all pages at once.
check_all() {
    check "control: wrong blocks, links, indexes and lists are noticed" python3 "$here/wrong_cases.py"
    job "every block of code has a mark that holds" python3 "$here/blocks.py"
    job "every link leads somewhere" python3 "$here/links.py"
    job "the index has every page" python3 "$here/index.py"
    job "the page of statuses has every status" python3 "$here/statuses.py"
    job "the page of storage has the schema of a file" python3 "$here/schema.py" "$commands/kv"
}

marked=("$@")
# Most pages wait for processes that sleep.
processors=$((3 * processors))
need python3 pkg-config cc redis-server redis-cli sqlite3 node npm go
find_java
provide_kv || fail "an installation with the command is provided"
if ((failed)); then finish; fi
if (($# == 0)); then
    check_all
    mapfile -t marked < <(cd "$root" && grep -rlE '^<!-- run -->$' docs --include='*.md' | sort)
fi
job "an environment of Python is made" provide_python
job "a folder of node's packages is made" provide_node
report
# Without these every page would only say so again.
if [[ ! -e $scratch/python/bin/python || ! -e $pages/node_modules/kv ]]; then finish; fi
mapfile -t go_options < <(go_environment)
for path in "${marked[@]}"; do
    if needs java "$path" && [[ -z $JAVA_HOME_FOUND ]]; then
        skip "$path" "there is no JDK of Java 22 or later; tried: $java_tried"
    elif needs luajit "$path" && ! has luajit; then
        skip "$path" "luajit is not installed"
    else
        job "$path" page "$path"
    fi
done
report
finish
