#!/usr/bin/env bash
# Packs the Conan recipe around the binary archive. With a homepage in names.json, the recipe fetches
# the archive from there; without one, the archive is beside the recipe.
#
#   packaging/conan/build.sh PREFIX OUT
# shellcheck source=packaging/part.sh
. "$(dirname "${BASH_SOURCE[0]}")/../part.sh"
packaging=$root/packaging
here=$packaging/conan

# Prints the name that Conan has for a processor.
conan_arch() {
    case $1 in
    aarch64) echo armv8 ;;
    *) echo "$1" ;;
    esac
}

# Prints the recipe's data: what it packages, and from where.
data() { # NAME ARCHIVE
    local version machine homepage
    IFS=- read -r _ version _ machine _ <<<"$1"
    echo "name: $("$packaging/name.sh" conan.package)"
    echo "version: $version"
    echo "arch: $(conan_arch "$machine")"
    echo "archive: $(basename "$2")"
    echo "sha256: $(sha256sum "$2" | cut -d ' ' -f 1)"
    homepage=$("$packaging/name.sh" homepage)
    if [[ -n $homepage ]]; then echo "url: $homepage/$(basename "$2")"; fi
}

name=$("$packaging/archive/name.sh" "$prefix")
recipe=$scratch/$name-conan
mkdir "$recipe"
"$packaging/archive/binary.sh" "$prefix" "$scratch"
data "$name" "$scratch/$name.tar.gz" >"$recipe/conandata.yml"
cp -R "$here/conanfile.py" "$here/test_package" "$recipe"
if ! grep -q '^url: ' "$recipe/conandata.yml"; then mv "$scratch/$name.tar.gz" "$recipe"; fi
"$packaging/pack.sh" "$recipe" "$out/$name-conan.tar.gz"
