# shellcheck shell=bash disable=SC2154,SC2317
# The header by itself, in each language and standard; and the layout of its structures.

header_compiles() {
    local compiler=$1 language=$2 standard=$3
    "$compiler" -x "$language" -std="$standard" -Wall -Wextra -Wpedantic -Werror \
        -I"$prefix/include" -fsyntax-only "$here/consumer/header.h"
}

layouts_compile() {
    cc -std=c11 -Wall -Wextra -Wpedantic -Werror -I"$prefix/include" -fsyntax-only \
        "$here/consumer/layout.c"
}

# Not one structure of the header may be missing from layout.c.
layouts_are_complete() {
    local type
    sed -n 's/^} \(kv_[a-z_]*\);$/\1/p' "$prefix/include/kv.h" >"$work/types"
    test -s "$work/types"
    while read -r type; do
        grep -q "^SIZE($type, " "$here/consumer/layout.c" || {
            echo "layout.c does not look at $type"
            return 1
        }
    done <"$work/types"
    echo "# $(wc -l <"$work/types") structures"
}

control_layout() {
    sed 's/FIELD(kv_value, owner, 32, 8)/FIELD(kv_value, owner, 40, 8)/' \
        "$here/consumer/layout.c" >"$work/layout.c"
    must_fail cc -std=c11 -I"$prefix/include" -fsyntax-only "$work/layout.c"
}

for compiler in gcc clang; do
    if ! command -v "$compiler" >/dev/null; then
        skip "header with $compiler" "$compiler is not installed"
        continue
    fi
    for standard in c99 c11 c17; do
        job "header with $compiler as $standard" header_compiles "$compiler" c "$standard"
    done
done
for compiler in g++ clang++; do
    if ! command -v "$compiler" >/dev/null; then
        skip "header with $compiler" "$compiler is not installed"
        continue
    fi
    for standard in c++11 c++20; do
        job "header with $compiler as $standard" header_compiles "$compiler" c++ "$standard"
    done
done
job "layout of each structure" layouts_compile
job "no structure is left out" layouts_are_complete
job "control: a wrong layout is seen" control_layout
