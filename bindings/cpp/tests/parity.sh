#!/usr/bin/env bash
# Everything that kv.h offers is reachable from kv.hpp: each function of include/symbols.txt, each
# status, and each constant.
#
#   parity.sh HEADER SYMBOLS [MORE...]     MORE are names that a control plants
set -euo pipefail
header=$(realpath "$1")
symbols=$(realpath "$2")
shift 2
cd "$(dirname "${BASH_SOURCE[0]}")/../include"
missing=0
compared=0

# Code in comments does not count.
code=$(sed 's,//.*,,' kv.hpp kv/*.hpp)

# offered NAME PATTERN
offered() {
    compared=$((compared + 1))
    if ! grep -Eq "$2" <<<"$code"; then
        echo "kv.hpp has no use of $1"
        missing=$((missing + 1))
    fi
}

while read -r symbol; do
    offered "$symbol" "\b$symbol\("
done < <(grep '^kv_' "$symbols"; printf '%s\n' "$@" | grep '^kv_' || true)

# Not compared: names that describe the header itself, KV_NUL, which a string_view has no need of, and the
# initialisers of structures that the library alone fills.
while read -r constant; do
    offered "$constant" "\b$constant\b"
done < <(
    sed -n 's/^#define \(KV_[A-Z0-9_]*\) .*/\1/p' "$header" |
        grep -Ev '^KV_(NUL|VERSION_[A-Z]*|ABI_VERSION|ERROR_MESSAGE_LEN|LOG_RECORD_INIT|TRACE_CALL_INIT)$'
    printf '%s\n' "$@" | grep '^KV_' || true
)

((compared > 50)) || { echo "only $compared names were compared"; exit 1; }
((missing == 0)) || exit 1
echo "$compared names"
