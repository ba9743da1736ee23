#!/usr/bin/env bash
# Each function of kv.hpp that throws has one beside it that returns a result, with `try_` before its name,
# the same parameters, and the same value:
#
#   try_forms.sh [FOLDER]    FOLDER is another one than include, for a control
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/../include}"

awk '
    FNR == 1 { compare() }
    /^#/ { next }
    { file = FILENAME; sub(/\/\/.*/, ""); text = text " " $0 }
    END {
        compare()
        if (compared < 100) { print "only " compared " functions were compared"; failed = 1 }
        if (!failed) print compared " functions"
        exit failed
    }

    # Compares the functions of the file that was read.
    function compare() {
        gsub(/[ \t]+/, " ", text)
        split("", returned)
        collect(text, "result<[^;{}()]*> try_[a-z_]+\\(")
        throwing(text)
        text = ""
    }

    # The value and the parameters of each function with `try_` before its name. Two classes of one file
    # may have the same name with another value.
    function collect(rest, pattern,    head, name, value) {
        while (match(rest, pattern)) {
            head = substr(rest, RSTART, RLENGTH - 1)
            rest = substr(rest, RSTART + RLENGTH)
            name = head; sub(/.* /, "", name)
            value = head; sub(/ [a-z_]+$/, "", value); sub(/^result</, "", value); sub(/>$/, "", value)
            name = name "(" parameters(rest)
            returned[name] = returned[name] "|" value "|"
        }
    }

    function throwing(rest,    head, name, value, key) {
        while (match(rest, /KV_THROWS [^;{}()]*\(/)) {
            head = substr(rest, RSTART + 10, RLENGTH - 11)
            rest = substr(rest, RSTART + RLENGTH)
            gsub(/(static|explicit) /, "", head)
            name = head; sub(/.*[ &*]/, "", name)
            value = head; sub(/ ?[a-z_]+$/, "", value)
            key = "try_" name "(" parameters(rest)
            compared++
            # Those that cannot have such a name: a result is its own, a loop has results(), and a
            # constructor has a function that makes the object.
            if (file ~ /result.hpp$/ && name == "value") continue
            if (name == "begin" && text ~ / results\(\) &/) continue
            if (value == "" && text ~ "static (kv::)?result<" name "> try_[a-z]+\\(") continue
            if (!(key in returned)) complain(name, "has no " key)
            else if (!index(returned[key], "|" value "|"))
                complain(name, "returns " value ", the other " returned[key])
        }
    }

    function complain(name, what) { print file ": " name " " what; failed = 1 }

    # The text up to the parenthesis that closes the one before it.
    function parameters(rest,    at, depth, character) {
        depth = 1
        for (at = 1; depth > 0 && at <= length(rest); at++) {
            character = substr(rest, at, 1)
            if (character == "(") depth++
            if (character == ")") depth--
        }
        return substr(rest, 1, at - 1)
    }' kv.hpp kv/*.hpp
