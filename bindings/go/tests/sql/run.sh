#!/usr/bin/env bash
# Tests the adapters' store/db, plumego's helpers over database/sql, on databases: SQLite in a
# file, and a PostgreSQL that the tests start. Neither the library nor an installation is needed.
#
#   bindings/go/tests/sql/run.sh [sqlite] [postgres]     no argument: both
. "$(dirname "${BASH_SOURCE[0]}")/../../../../scripts/harness.sh"
. "$root/bindings/go/suite.sh"

need go
export CGO_ENABLED=1

if (($# == 0)); then set -- sqlite postgres; fi
for database in "$@"; do
    case $database in
    sqlite | postgres) program "store/db on $database" sql_suite "$database" ;;
    *)
        echo "unknown database $database: sqlite, postgres" >&2
        exit 2
        ;;
    esac
done
report
finish
