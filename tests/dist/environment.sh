# shellcheck shell=bash disable=SC2034,SC2154
# For the cases: an empty environment, locked tools, and the unpacked archive, which is an installation
# like the one that the artefacts were made of.

version=$(sed -n '/^\[package\]/,/^\[lib\]/s/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml")
# The name of the archive for this machine.
archive=kv-$version-linux-$(uname -m)-gnu
# The archive is used in a path with a space, and in one without for tools that take none.
tree="$scratch/in place/$archive"
prefix=$scratch/installation/$archive
consumer=$root/tests/package/consumer

# bare COMMAND...: runs it with nothing of this user's environment, in an empty home, and without the
# Rust that is not in the system's own folders.
bare() {
    mkdir -p "$scratch/home"
    env -i HOME="$scratch/home" PATH="${tools:+$tools/bin:}/usr/bin:/bin" LC_ALL=C.UTF-8 TMPDIR="$TMPDIR" "$@"
}

# make_tools NAME: links scratch/NAME to the packages of a lock.
make_tools() {
    ln -s "$("$root/packaging/tools.sh" "$root/packaging/locks/$1.txt")" "$scratch/$1"
}

# Prints the names of the entries in a folder, sorted, in one line.
names_in() { find "$1" -mindepth 1 -maxdepth 1 -printf '%f\n' | LC_ALL=C sort | paste -sd ' '; }

# unpack ARCHIVE FOLDER
unpack() {
    mkdir -p "$2"
    tar -xzf "$1" -C "$2"
}

# refuses EXPECTED COMMAND...: the command fails, and its output has the text.
refuses() {
    local expected=$1 said
    shift
    said=$(mktemp)
    must_fail "$@" >"$said" 2>&1 || {
        cat "$said"
        return 1
    }
    grep -F -- "$expected" "$said" || {
        cat "$said"
        return 1
    }
}

# on_shared PROGRAM, on_static PROGRAM: a consumer runs, and is linked with this library.
on_shared() { linked_with_shared "$1" && run_consumer "$1"; }
on_static() { must_fail linked_with_shared "$1" && run_consumer "$1"; }

linked_with_shared() {
    readelf -d "$1" | grep -F '(NEEDED)' | grep -F '[libkv.so.0]' >/dev/null
}

run_consumer() {
    local said
    said=$(bare "$1" "$(mktemp -u)")
    echo "$said"
    grep -Ex "greeting=hello kv=$version sqlite=3\.[0-9.]+" <<<"$said"
}

# with_homepage ADDRESS: the names with this homepage.
with_homepage() {
    local names
    names=$(mktemp)
    sed "s|\"homepage\": \"\"|\"homepage\": \"$1\"|" "$root/packaging/names.json" >"$names"
    KV_NAMES=$names "$root/packaging/name.sh" homepage | grep -Fx "$1" >&2
    echo "$names"
}

# build_with_homepage PART: builds it with the homepage scratch/PART-www, which has the archive, into
# scratch/PART-fetching.
build_with_homepage() {
    local names www=$scratch/$1-www to=$scratch/$1-fetching
    mkdir "$www" "$to"
    "$root/packaging/archive/binary.sh" "$tree" "$www"
    names=$(with_homepage "file://$www")
    KV_NAMES=$names "$root/packaging/$1/build.sh" "$tree" "$to"
}

# build_twice PART: builds it from the unpacked archive, and from a copy with other dates as a user
# with another mask, zone and folder; and compares.
build_twice() {
    local at=$scratch/twice/$1
    mkdir -p "$at/one" "$at/two"
    "$root/packaging/$1/build.sh" "$tree" "$at/one"
    cp -R "$tree" "$at/copy"
    find "$at/copy" -exec touch --no-dereference --date 2001-02-03 {} +
    (
        cd /
        umask 077
        TZ=Asia/Tokyo LC_ALL=C "$root/packaging/$1/build.sh" "$at/copy" "$at/two"
    )
    diff -r "$at/one" "$at/two"
    echo "# $(find "$at/one" -type f -printf '%f ')"
    test -n "$(names_in "$at/one")"
}

# control_date PART [ENDING]: with another date, the artefacts with this ending are others.
control_date() {
    local at=$scratch/dated/$1 file
    mkdir -p "$at/one" "$at/two"
    SOURCE_DATE_EPOCH=1000000000 "$root/packaging/$1/build.sh" "$tree" "$at/one"
    SOURCE_DATE_EPOCH=1000000060 "$root/packaging/$1/build.sh" "$tree" "$at/two"
    for file in "$at"/one/*"${2-}"; do must_fail cmp "$file" "$at/two/${file##*/}"; done
}

for folder in "$tree" "$prefix"; do
    unpack "$out/$archive.tar.gz" "${folder%/*}" || {
        fail "$out/$archive.tar.gz is not there; make dist makes it"
        finish
    }
done
