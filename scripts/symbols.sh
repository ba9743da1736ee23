# shellcheck shell=bash disable=SC2154
# The symbols of the libraries, and the paths that are in them, for tests that have sourced scripts/harness.sh.
#
#   NM      the nm of another system

# versioned_symbols LIBRARY: prints the functions of a shared library, sorted, each with its version.
versioned_symbols() {
    "${NM:-nm}" -D --defined-only --with-symbol-versions "$1" | awk '$2 == "T" { print $NF }' | LC_ALL=C sort
}

# symbols_of_script SCRIPT: prints the functions of a version script in the same form.
symbols_of_script() {
    sed -n -e 's/^\(KV_[0-9.]*\) {$/\1/p' -e 's/^    \(kv_[a-z0-9_]*\);$/ \1/p' "$1" |
        awk '/^KV_/ { version = $1; next } { print $1 "@@" version }' | LC_ALL=C sort
}

# global_symbols ARCHIVE: prints the symbols that an archive defines for others, sorted.
global_symbols() {
    "${NM:-nm}" --extern-only --defined-only "$1" | awk 'NF == 3 { print $3 }' | LC_ALL=C sort
}

# no_path_of_the_builder PLACE...: no file, and none in a folder, has a path of the tree, of the home or of
# cargo's packages. Panics name files of sources, debug information the folder of the build.
no_path_of_the_builder() {
    local path
    for path in "$root" "${HOME%/}" "${CARGO_HOME:-$HOME/.cargo}" registry/src/; do
        must_fail grep -raF -o -m 1 -e "$path" "$@"
    done
}
