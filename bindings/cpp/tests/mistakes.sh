#!/usr/bin/env bash
# The compiler finds each mistake of a source, in the words that stand below it, and no other one:
#
#   mistakes.sh SOURCE COMPILER FLAG...    prints `ok NAME` or `FAILED NAME` for each
#
# All mistakes are compiled at once. A message of the compiler is an error with the lines that belong to
# it: those about the instantiation before it, and the notes after it.
set -euo pipefail
source=$1
compiler=$2
shift 2

messages=$(mktemp)
trap 'rm -f "$messages"' EXIT
limit=-fmax-errors=0
if [[ $compiler == clang* ]]; then limit=-ferror-limit=0; fi
if "$compiler" "$@" "$limit" -fsyntax-only "$source" 2>"$messages"; then
    echo "FAILED $compiler refuses $source: it compiles it"
    exit 1
fi

awk -v file="$(basename "$source")" -v compiler="$compiler" '
    FNR == NR {
        if (match($0, /\/\/ refused: /)) {
            split(substr($0, RSTART + RLENGTH), part, ": ")
            name[FNR - 1] = part[1]
            words[FNR - 1] = substr($0, RSTART + RLENGTH + length(part[1]) + 2)
        }
        next
    }
    has_error && (/: error: / || /: In [a-z]/ || /^In file included/) { end_message() }
    { message = message $0 "\n" }
    /: error: / {
        has_error = 1
        if (match($0, file ":[0-9]+:")) {
            line = substr($0, RSTART + length(file) + 1) + 0
            if (!(line in name)) {
                print "FAILED must not compile, " compiler ": line " line " has no mistake"
                failed = 1
            }
        }
    }
    # A reader of the message sees the names of this interface, and no template behind them.
    /basic_[^s]|Errors/ {
        print "FAILED must not compile, " compiler ": a name of no interface: " $0
        failed = 1
    }
    END {
        end_message()
        for (line in name) {
            count++
            if (line in found) print "ok must not compile, " compiler ": " name[line]
            else {
                print "FAILED must not compile, " compiler ": " name[line]
                failed = 1
            }
        }
        if (count < 5) { print "FAILED " file " has " count " mistakes"; failed = 1 }
        exit failed
    }
    function end_message(    rest, line) {
        rest = message
        while (match(rest, file ":[0-9]+:")) {
            line = substr(rest, RSTART + length(file) + 1, RLENGTH - length(file) - 2) + 0
            if (line in name && has_error && message ~ words[line]) found[line] = 1
            rest = substr(rest, RSTART + RLENGTH)
        }
        message = ""
        has_error = 0
    }' "$source" "$messages" | sort || {
    cat "$messages" >&2
    exit 1
}
