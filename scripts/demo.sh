#!/usr/bin/env bash
# Runs the examples in C, then looks into the files they leave with SQLite's own shell.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT
examples/run.sh --show "$files"

# show FILE: the first entries, as any program that reads SQLite sees them.
show() {
    local query='select * from kv_entries limit 5'
    echo "--- sqlite3 $(basename "$1") '$query'"
    sqlite3 -readonly -box "$1" "$query"
}

for name in quickstart feature_config; do
    show "$files/$name.db"
done
