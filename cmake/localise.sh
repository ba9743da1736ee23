#!/bin/sh
# Makes of cargo's libkv.a one in which only the kv_* functions can be seen from outside.
#
#   localise.sh INPUT.a SYMBOLS OUTPUT.a
#
# cargo's archive shows some thousand symbols: SQLite's own, and the Rust runtime's. With them a
# program could not link a SQLite of its own beside ours, nor a second Rust library. SYMBOLS is the
# list of functions, one to a line; whatever none of them reaches is left out.
set -eu

input=$1
symbols=$2
output=$3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Each function is a root: the linker then knows what may go.
sed 's/^/--undefined=/' "$symbols" >"$work/roots"

# All members become one object, within which references are bound. Groups of sections that
# objects may share are dissolved: a symbol that is local cannot be shared any more, and a linker
# that dropped the "second copy" would leave it dangling.
"${LD:-ld}" -r --gc-sections --force-group-allocation --strip-debug \
    @"$work/roots" --whole-archive "$input" -o "$work/all.o"

# The compiler's intermediate code, of no use here, makes nm fail where it looks for such.
"${OBJCOPY:-objcopy}" --wildcard --keep-global-symbol='kv_*' \
    --remove-section=.llvmbc --remove-section=.llvmcmd --remove-section=.comment \
    "$work/all.o" "$work/kv.o"

# Also takes away the names of functions that were called only from what has gone.
"${STRIP:-strip}" --strip-unneeded "$work/kv.o"

rm -f "$output"
"${AR:-ar}" rcsD "$output" "$work/kv.o"
