# shellcheck shell=bash disable=SC2016,SC2154,SC2317
# The archives: of the binaries, used in place and copied, and of the sources.

archive_is_complete() {
    test "$(names_in "$tree")" = \
        'CHANGELOG.md LICENSE-APACHE LICENSE-MIT README THIRD-PARTY-NOTICES.txt bin include lib share'
    (cd "$tree/lib" && find . -not -type d | LC_ALL=C sort) | diff - <(printf './%s\n' cmake/kv/kvConfig.cmake \
        cmake/kv/kvConfigVersion.cmake cmake/kv/kvTargets.cmake libkv.a libkv.so libkv.so.0 \
        "libkv.so.$version" pkgconfig/kv-static.pc pkgconfig/kv.pc)
    test "$(readlink -f "$tree/lib/libkv.so")" = "$(realpath "$tree/lib/libkv.so.$version")"
    diff "$root/include/kv.h" "$tree/include/kv.h"
}

# Sorted, owned by root, of one date, and without anything that a user of root's cannot read.
archive_is_tidy() {
    # Folder by folder: a slash comes before every other character.
    tar -tzf "$1" | tr / '\001' | LC_ALL=C sort -c
    test "$(list_archive "$1" | awk '{ print $2 }' | sort -u)" = 0/0
    test "$(list_archive "$1" | awk '{ print $4, $5 }' | sort -u | wc -l)" = 1
    must_fail grep -Ev '^(drwxr-xr-x|-rwxr-xr-x|-rw-r--r--|l[rwx-]{9}) ' <<<"$(list_archive "$1")"
}

list_archive() { TZ=UTC tar -tvzf "$1" --numeric-owner; }

readme_names_glibc() {
    local newest
    newest=$(readelf -VW "$tree/lib/libkv.so" "$tree/bin/kv" | grep -o 'GLIBC_[0-9.]*' | sort -V | tail -n 1)
    head -n 1 "$tree/README" | grep -Fx "kv $version for Linux on $(uname -m), with glibc ${newest#GLIBC_} or later"
}

# pkg-config escapes the space, which a shell must read again.
by_pkg_config() { # LIBRARY TREE PROGRAM
    local flags
    flags=$(PKG_CONFIG_PATH=$2/lib/pkgconfig bare_config "$1")
    eval "bare cc -Wall -Wextra -Werror \"\$consumer/consumer.c\" $flags -o \"\$3\""
}

bare_config() { bare env "PKG_CONFIG_PATH=$PKG_CONFIG_PATH" pkg-config --cflags --libs "$1"; }

shared_in_place() {
    by_pkg_config kv "$tree" "$scratch/pkg-shared"
    linked_with_shared "$scratch/pkg-shared"
    bare env LD_LIBRARY_PATH="$tree/lib" "$scratch/pkg-shared" "$scratch/pkg-shared.kv"
    must_fail bare "$scratch/pkg-shared" "$scratch/pkg-shared.kv"
}

static_in_place() {
    by_pkg_config kv-static "$tree" "$scratch/pkg-static"
    on_static "$scratch/pkg-static"
}

cmake_in_place() {
    local build="$scratch/in place/built" program
    bare cmake -S "$consumer" -B "$build" -DCMAKE_PREFIX_PATH="$tree"
    bare cmake --build "$build" --parallel "$processors"
    for program in on_shared in_cxx with_kv_hpp; do on_shared "$build/$program"; done
    for program in on_static in_cxx_static with_kv_hpp_static fully_static; do on_static "$build/$program"; done
}

# The command of the README that copies, to another folder and without ldconfig.
copied() {
    local to=$scratch/copied command
    mkdir "$to"
    command=$(sed -n 's|^ *\(cp -R .*\) /usr/local && ldconfig$|\1|p' "$tree/README")
    (cd "$tree" && eval "$command \"\$to\"")
    by_pkg_config kv "$to" "$scratch/copied-shared"
    bare env LD_LIBRARY_PATH="$to/lib" "$scratch/copied-shared" "$scratch/copied.kv"
    test -L "$to/lib/libkv.so"
    bare env PATH="$to/bin:/usr/bin:/bin" kv --version | grep -F "$version"
}

command_runs() {
    local where=(--db-path "$scratch/command.kv" --group config)
    bare "$tree/bin/kv" set "${where[@]}" colour blue
    test "$(bare "$tree/bin/kv" get --raw "${where[@]}" colour)" = blue
}

manual_is_shown() {
    bare env MANPAGER=cat man -l "$tree/share/man/man1/kv-set.1" >"$scratch/page"
    grep -F 'kv-set' "$scratch/page"
    test "$(find "$tree/share/man/man1" -name '*.1' | wc -l)" -gt 40
}

bash_completes() {
    local words='COMP_WORDS=(kv exi); COMP_CWORD=1; _kv kv exi kv; echo "${COMPREPLY[@]}"'
    test "$(bare bash -ec ". \"\$1\"; $words" - "$tree/share/bash-completion/completions/kv")" = exists
}

control_path_is_found() {
    mkdir "$scratch/planted"
    echo "at ${HOME%/}/.cargo/registry/src/a.rs" >"$scratch/planted/libkv.a"
    must_fail no_path_of_the_builder "$scratch/planted"
}

sources_are_those_of_git() {
    tar -tzf "$out/kv-$version.tar.gz" | grep -v '/$' | LC_ALL=C sort |
        diff - <(git -C "$root" ls-tree -r --name-only HEAD | sed "s|^|kv-$version/|" | LC_ALL=C sort)
    tar -xzOf "$out/kv-$version.tar.gz" "kv-$version/Cargo.toml" | diff - <(git -C "$root" show HEAD:Cargo.toml)
    test "$(list_archive "$out/kv-$version.tar.gz" | awk '{ print $2 }' | sort -u)" = 0/0
}

other_libraries_are_refused() {
    local prefix=$scratch/foreign
    mkdir -p "$prefix/lib"
    refuses 'No such file' "$root/packaging/archive/name.sh" "$prefix"
    echo 'int kv;' | cc -shared -nostdlib -x c - -o "$prefix/lib/libkv.so.$version"
    ln -s "libkv.so.$version" "$prefix/lib/libkv.so"
    refuses 'is linked with neither glibc nor musl' "$root/packaging/archive/name.sh" "$prefix"
}

job "archive: it has all files, and no others" archive_is_complete
job "archive: its entries are sorted, of root and of one date" archive_is_tidy "$out/$archive.tar.gz"
job "archive: README names the glibc of the library" readme_names_glibc
job "archive: in place, pkg-config, shared" shared_in_place
job "archive: in place, pkg-config, static" static_in_place
job "archive: in place, CMake, C and C++" cmake_in_place
job "archive: copied" copied
job "archive: the command sets and gets" command_runs
job "archive: man shows a page" manual_is_shown
job "archive: bash completes" bash_completes
job "archive: no file names a path of the builder" no_path_of_the_builder "$tree"
job "archive: control: a path of the builder is found" control_path_is_found
job "archive: the sources are those of the commit" sources_are_those_of_git
job "archive: a library that is missing or of no known libc is refused" other_libraries_are_refused
if [[ -z $is_long ]]; then return; fi
job "archive: two builds are the same" build_twice archive
job "archive: control: builds of two dates differ" control_date archive -gnu.tar.gz
