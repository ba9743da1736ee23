#!/usr/bin/env bash
# Renews the lock files of what the tests and the documentation install for Python, with all
# dependencies and their hashes: bindings/python/locks/*.txt, packaging/locks/*.txt and docs/locks/site.txt
# from the files *.in beside them, docs/locks/run.txt from docs/requirements-run.txt. Newer versions are
# taken only where these ask for them:
#
#   scripts/lock.sh [--upgrade]      with --upgrade, the newest of what *.in leaves open
#
# The other languages' tools keep theirs: cargo update, npm install --package-lock-only, go mod tidy.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

environment=$(mktemp -d)
trap 'rm -rf "$environment"' EXIT
"${PYTHON:-python3}" -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps \
    --only-binary :all: -r bindings/python/locks/lock.txt
# lock PYTHON SOURCE LOCK OPTION...: writes a lock that holds for every Python from this version on.
lock() {
    "$environment/bin/uv" pip compile --quiet --no-config --universal --python-version "$1" \
        --fork-strategy fewest --no-annotate --no-emit-index-url --no-emit-find-links --generate-hashes \
        --custom-compile-command scripts/lock.sh "${@:4}" "$2" -o "$3"
}

# The type checker reads the packages of the tests as 3.9; the packages of outside need Debian's.
cd bindings/python/locks
for name in lock build test; do lock 3.9 "$name.in" "$name.txt" "$@"; done
lock 3.11 outside.in outside.txt "$@"
cd ../../../docs
lock 3.9 requirements-run.txt locks/run.txt "$@"
lock 3.11 locks/site.in locks/site.txt "$@"
cd ../packaging/locks
for name in conan link meson sbom twine wheel; do lock 3.11 "$name.in" "$name.txt" "$@"; done
