# shellcheck shell=bash disable=SC2154,SC2317
# The removal of an installation: its files, and no others.

files_below() { (cd "$1" && find . ! -type d | LC_ALL=C sort); }

# Files of others, also in directories of kv, stay with their directories.
make_uninstalls() {
    local to=$work/uninstalled
    make_kv install PREFIX="$to"
    test -e "$to/lib/libkv.so.0"
    echo 'of another package' | tee "$to/include/other.h" >"$to/include/kv/other.hpp"
    # A file that is gone already is no error.
    rm "$to/include/kv.hpp"
    make_kv uninstall
    files_below "$to" | diff - <(printf '%s\n' ./include/kv/other.hpp ./include/other.h)
    must_fail test -e "$to/lib/cmake/kv"
    must_fail test -e "$to/share/doc/kv"
}

# With an image of the root elsewhere, and as CMake's target.
uninstalls_within_destdir() {
    local image=$work/image-uninstalled
    make_kv install PREFIX=/opt/kv DESTDIR="$image"
    test -e "$image/opt/kv/lib/libkv.so.0"
    DESTDIR=$image cmake --build "$work/bundled" --target uninstall
    test -d "$image/opt/kv"
    test -z "$(files_below "$image")"
}

# The prefix that is named is the one that is meant.
another_prefix_is_refused() {
    local to=$work/kept said=$work/said-uninstall
    make_kv install PREFIX="$to"
    must_fail make_kv uninstall PREFIX="$work/elsewhere" 2>"$said"
    tr -s ' \n' '  ' <"$said" | grep -F "was not to $work/elsewhere"
    test -e "$to/lib/libkv.so.0"
    make_kv uninstall PREFIX="$to"
    test -z "$(files_below "$to")"
}

nothing_was_installed() {
    must_fail make -C "$root" uninstall BUILD="$work/never-built" 2>"$work/said-never"
    tr -s ' \n' '  ' <"$work/said-never" | grep -F 'nothing was installed from this build tree'
}

uninstalls() {
    make_uninstalls
    uninstalls_within_destdir
    another_prefix_is_refused
    nothing_was_installed
}

# One after the other: they share the list of one build tree.
job "uninstall removes its files, within DESTDIR too, and no others" uninstalls
