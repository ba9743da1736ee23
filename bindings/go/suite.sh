# shellcheck shell=bash
# go test as the cases of a script, which sources this after scripts/harness.sh.

# suite MODE ARGUMENT...: go test, of which each test is a case. A skipped part of a test is one
# too.
suite() {
    local mode=$1 status=0 said
    said=$(mktemp)
    shift
    go test -v "$@" >"$said" 2>&1 || status=$?
    awk -v mode="$mode" '
        /^=== (RUN|CONT|NAME) / { running = $3 }
        /^ +[^ ]+\.go:[0-9]+: / { sub(/^ +[^ ]+ /, ""); why[running] = $0 }
        /^--- PASS: / { print "ok " mode " " $3 }
        /^--- FAIL: / { print "FAILED " mode " " $3 }
        /^ *--- SKIP: / { print "skip " mode " " $3 ": " why[$3] }' "$said"
    grep -vE '^(=== |\s*--- PASS: |PASS$|ok )' "$said" | head -n 200 >&2 || true
    return "$status"
}

# sql_suite DATABASE: the tests of plumego's store/db on `sqlite` or `postgres`. SQLite is not
# optimised, which would take longer than all the tests. Go does not see that a server is another
# one than before, so no result comes from its cache.
sql_suite() {
    cd "$root/bindings/go/tests/sql"
    export CGO_CFLAGS=-O0
    go vet ./contract "./$1"
    suite "$1" -count=1 "./$1"
}
