#!/usr/bin/env bash
# Packs the port for vcpkg, which builds the sources of the commit that is checked out. With a
# homepage in names.json, vcpkg fetches the sources from there; without one, they are beside the port.
#
#   packaging/vcpkg/build.sh PREFIX OUT
# shellcheck source=packaging/part.sh
. "$(dirname "${BASH_SOURCE[0]}")/../part.sh"
packaging=$root/packaging
here=$packaging/vcpkg

# Prints the commands that set ARCHIVE to the sources.
fetch() { # ARCHIVE HOMEPAGE
    local file=${1##*/}
    if [[ -z $2 ]]; then
        echo "set(ARCHIVE \"\${CMAKE_CURRENT_LIST_DIR}/$file\")"
        return
    fi
    echo 'vcpkg_download_distfile(ARCHIVE'
    echo "    URLS \"$2/$file\""
    echo "    FILENAME $file"
    echo "    SHA512 $(sha512sum "$1" | cut -d ' ' -f 1)"
    echo ')'
}

"$packaging/archive/source.sh" "$scratch"
archive=$(echo "$scratch"/kv-*.tar.gz)
version=$(basename "$archive" .tar.gz)
version=${version#kv-}
homepage=$("$packaging/name.sh" homepage)
field=
if [[ -n $homepage ]]; then field=$'\n'"  \"homepage\": \"$homepage\","; fi

port=$scratch/kv
mkdir "$port"
"$packaging/fill.sh" "$here/vcpkg.json.in" "VERSION=$version" "HOMEPAGE=$field" >"$port/vcpkg.json"
"$packaging/fill.sh" "$here/portfile.cmake.in" "FETCH=$(fetch "$archive" "$homepage")" >"$port/portfile.cmake"
cp "$here/usage" "$port"
if [[ -z $homepage ]]; then mv "$archive" "$port"; fi
"$packaging/pack.sh" "$port" "$out/kv-$version-vcpkg.tar.gz"
