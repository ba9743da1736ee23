#!/usr/bin/env bash
# Makes the Debian packages of an installation, for the processor of its library: the shared library,
# its development files, and the command.
#
#   packaging/deb/build.sh PREFIX OUT
#
#   SOURCE_DATE_EPOCH  the date of the files within, instead of that of the last commit
# shellcheck source=packaging/part.sh
. "$(dirname "${BASH_SOURCE[0]}")/../part.sh"
# shellcheck source=packaging/elf.sh
. "$root/packaging/elf.sh"
here=$root/packaging/deb
date=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct)}
tree=$scratch/kv

fail() {
    echo "build.sh: $*" >&2
    exit 1
}

name() { "$root/packaging/name.sh" "$1"; }

# Prints Debian's name for the processor of a library.
architecture_of() {
    local processor
    processor=$(processor_of "$1") || fail "no packages are made for $processor, the processor of $1"
    case $processor in
    x86_64) echo amd64 ;;
    aarch64) echo arm64 ;;
    esac
}

# /lib, in which CMake looks as well, may be a link to /usr/lib.
# shellcheck disable=SC2016
readonly cmake_prefix='get_filename_component(PACKAGE_PREFIX_DIR "${CMAKE_CURRENT_LIST_DIR}" REALPATH)
get_filename_component(PACKAGE_PREFIX_DIR "${PACKAGE_PREFIX_DIR}/../../../.." ABSOLUTE)'

# Copies the installation to the places that Debian has for its parts.
stage() { # MULTIARCH
    local usr=$tree/installed/usr
    mkdir -p "$usr/lib"
    cp -R "$prefix/bin" "$prefix/include" "$prefix/share" "$usr"
    cp -R "$prefix/lib" "$usr/lib/$1"
    mv "$usr/share/zsh/site-functions" "$usr/share/zsh/vendor-completions"
    # The libraries are one folder deeper than in the installation.
    sed -i -e 's|^prefix=.*|prefix=/usr|' -e "s|^libdir=.*|libdir=\${prefix}/lib/$1|" \
        "$usr/lib/$1/pkgconfig"/*.pc
    sed -i "s|^get_filename_component(PACKAGE_PREFIX_DIR .*|${cmake_prefix//$'\n'/\\n}|" \
        "$usr/lib/$1/cmake/kv/kvConfig.cmake"
}

# The names of the packages, in the files of the folder debian and in their names.
fill_in() {
    local role file homepage
    for role in library development command; do
        for file in "$tree/debian/$role".*; do
            mv "$file" "$tree/debian/$(name "debian.$role").${file##*.}"
        done
        sed -i "s|@$role@|$(name "debian.$role")|" "$tree"/debian/{control,*.symbols}
    done
    sed -i "s|@maintainer@|$(name maintainer)|" "$tree/debian/control"
    homepage=$(name homepage)
    if [[ -n $homepage ]]; then
        sed -i "/^Maintainer:/a Homepage: $homepage" "$tree/debian/control"
    fi
}

# Prints debian/changelog: one entry, which refers to the changelog that is packaged with it.
changelog() { # VERSION
    local suite=unstable
    grep -q "^## $1 - " "$root/CHANGELOG.md" || fail "CHANGELOG.md has no section of version $1"
    if grep -q "^## $1 - unreleased$" "$root/CHANGELOG.md"; then suite=UNRELEASED; fi
    cat <<ENTRY
kv ($1-1) $suite; urgency=medium

  * Version $1 of kv. Its changes are in changelog.gz.

 -- $(name maintainer)  $(LC_ALL=C date -uRd "@$date")
ENTRY
}

library=$(name debian.library)
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml" | head -n 1)
[[ -f $prefix/lib/libkv.so.$version ]] || fail "$prefix is no installation of kv $version"
architecture=$(architecture_of "$prefix/lib/libkv.so.$version")

mkdir "$tree" "$scratch/tmp"
cp -R "$here/debian" "$tree"
cp "$root/CHANGELOG.md" "$tree"
fill_in
changelog "$version" >"$tree/debian/changelog"
"$here/copyright.py" "$root/LICENSE-MIT" "$root/THIRD-PARTY-NOTICES.txt" >"$tree/debian/copyright"
stage "$(dpkg-architecture -a"$architecture" -qDEB_HOST_MULTIARCH)"
find "$tree" -exec touch -hd "@$date" {} +

# Options of the caller's environment would be those of another build. One thread, since the number
# of threads shows in what is compressed.
cd "$tree"
env -i PATH="$PATH" TMPDIR="$scratch/tmp" LC_ALL=C.UTF-8 SOURCE_DATE_EPOCH="$date" DPKG_DEB_THREADS_MAX=1 \
    LIBRARY="$library" DEVELOPMENT="$(name debian.development)" OUT="$out" \
    dpkg-architecture -a"$architecture" -c debian/rules binary
