#!/usr/bin/env bash
# Renews the lock files of what the tests install for Python: bindings/python/locks/*.txt, with all
# dependencies and their hashes, from *.in. Newer versions are taken only where *.in asks for them:
#
#   scripts/lock.sh [--upgrade]      with --upgrade, the newest of what *.in leaves open
#
# The other languages' tools keep theirs: cargo update, npm install --package-lock-only, go mod tidy.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../bindings/python/locks"

environment=$(mktemp -d)
trap 'rm -rf "$environment"' EXIT
"${PYTHON:-python3}" -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps \
    --only-binary :all: -r lock.txt
# Prints the first Python that a lock is for. The type checker reads the packages of the tests as 3.9; the
# packages of outside need Debian's.
python_of() {
    case $1 in
    outside) echo 3.11 ;;
    *) echo 3.9 ;;
    esac
}

for lock in lock build test outside; do
    # One version for every Python from the first one on.
    "$environment/bin/uv" pip compile --quiet --no-config --universal --python-version "$(python_of "$lock")" \
        --fork-strategy fewest --no-annotate --no-emit-index-url --no-emit-find-links --generate-hashes \
        --custom-compile-command scripts/lock.sh "$@" "$lock.in" -o "$lock.txt"
done
