#!/bin/sh
# Makes both libraries of cargo's libkv.a: a static one in which only the kv_* functions can be seen from
# outside, and a shared one in which each of them has the version of the release that has it first.
#
#   libraries.sh INPUT.a VERSIONS STATIC.a [SHARED.so SONAME [FLAG...]]
#
# VERSIONS is the version script; FLAG... are those of the linker, such as -lm. KV_DEBUG=1 leaves debug
# information in the shared library. KV_UNWINDER is an archive that both libraries take in.
#
# cargo's archive shows some thousand symbols: SQLite's own, and the Rust runtime's. With them a
# program could not link a SQLite of its own beside ours, nor a second Rust library.
set -eu

input=$1
versions=$2
static=$3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Each function is a root: the linker then knows what may go.
sed -n 's/^    \(kv_[a-z0-9_]*\);$/--undefined=\1/p' "$versions" >"$work/roots"

# All members become one object, within which references are bound. Groups of sections that
# objects may share are dissolved: a symbol that is local cannot be shared any more, and a linker
# that dropped the "second copy" would leave it dangling.
strip_debug=--strip-debug
if [ -n "${KV_DEBUG:-}" ]; then strip_debug=; fi
# shellcheck disable=SC2086  # no word, or one
"${LD:-ld}" -r --gc-sections --force-group-allocation $strip_debug \
    @"$work/roots" --whole-archive "$input" --no-whole-archive ${KV_UNWINDER:+"$KV_UNWINDER"} -o "$work/all.o"

# The compiler's intermediate code, of no use here, makes nm fail where it looks for such.
"${OBJCOPY:-objcopy}" --wildcard --keep-global-symbol='kv_*' \
    --remove-section=.llvmbc --remove-section=.llvmcmd \
    "$work/all.o" "$work/kv.o"

if [ $# -gt 3 ]; then
    shared=$4
    soname=$5
    shift 5
    # A thread that ends after a dlclose would run destructors that are gone, so the library stays.
    # -O2 merges strings that are the end of others. Without the index of --eh-frame-hdr, which
    # musl-gcc does not ask for, a panic would find no handler.
    "${CC:-cc}" -shared -o "$shared" "$work/kv.o" -Wl,-soname,"$soname" -Wl,--version-script="$versions" \
        -Wl,-z,nodelete -Wl,-z,now -Wl,-z,relro -Wl,--eh-frame-hdr -Wl,--gc-sections -Wl,-O2 -Wl,--as-needed "$@"
    if [ -z "${KV_DEBUG:-}" ]; then "${STRIP:-strip}" --strip-unneeded "$shared"; fi
fi

# Also takes away the names of functions that were called only from what has gone.
"${STRIP:-strip}" --strip-unneeded "$work/kv.o"
rm -f "$static"
"${AR:-ar}" rcsD "$static" "$work/kv.o"
