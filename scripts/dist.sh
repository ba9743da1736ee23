#!/usr/bin/env bash
# Makes the artefacts of a release in dist/: packages, each with the bill of its components beside it,
# and their checksums.
#
#   scripts/dist.sh [PART...]      the parts are the folders of packaging with a build.sh; all without one
#
# KV_PREFIX names a finished installation, in place of one that is built here, and KV_DIST another folder
# than dist. TARGETS is the names of other systems, as in packaging/targets/target.sh, or all: kv is built
# for each, which takes minutes, and packed in the parts that fit. The first run fetches the tools of the
# parts, in the versions of their lock files; later ones need no network.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
out=${KV_DIST:-$root/dist}

# The systems of packaging/targets that have packages; i686 is tested alone.
packed_targets=(aarch64-unknown-linux-gnu x86_64-unknown-linux-musl aarch64-unknown-linux-musl)
parts=("$@")
if (($# == 0)); then
    for file in "$root"/packaging/*/build.sh; do parts+=("$(basename "$(dirname "$file")")"); done
fi
for part in "${parts[@]}"; do
    if [[ ! -x $root/packaging/$part/build.sh ]]; then
        echo "dist.sh: packaging has no part $part with a build.sh" >&2
        exit 2
    fi
done

# Sets `prefix` to an installation with the command.
install_kv() {
    prefix=${KV_PREFIX:-}
    if [[ -n $prefix ]]; then return; fi
    prefix=$target/dist/prefix
    rm -rf "$prefix"
    make -C "$root" build BUILD="$target/dist/build" PREFIX=/usr/local CMAKE_FLAGS=
    make -C "$root" install BUILD="$target/dist/build" PREFIX="$prefix"
}

# Sets `others` to installations for the systems of TARGETS, each below a folder with its name.
install_others() {
    local folder=$target/targets each
    others=()
    if [[ -z ${TARGETS:-} ]]; then return; fi
    "$root/packaging/targets/toolchain.sh" "$folder"
    for each in ${TARGETS/#all/"${packed_targets[*]}"}; do
        rm -rf "$target/dist/$each"
        "$root/packaging/targets/install.sh" "$each" "$folder" "$target/dist/$each"
        others+=("$target/dist/$each")
    done
}

# make_part PART: of the installation for this system, and where that fits of the others.
make_part() {
    local build=$root/packaging/$1/build.sh each
    case $1 in
    # One proxy has the modules of all systems.
    go) "$build" "$prefix" "${others[@]}" "$out" ;;
    archive | python | npm) for each in "$prefix" "${others[@]}"; do "$build" "$each" "$out"; done ;;
    *) "$build" "$prefix" "$out" ;;
    esac
}

# Prints of which product the components of an artefact are: of a binding without the library, itself.
product_of() { # FILE
    case ${1#"$out/"} in
    *.whl | libkv*.deb | *linux*.tgz | go/*/lib/*.zip) echo library ;;
    kv_*.deb | kv-*.tar.gz) echo command ;;
    *.zip | *.tgz) echo binding ;;
    esac
}

# Prints the system of an artefact, by the name that Rust has for it.
system_of() { # FILE
    local processor=x86_64 libc=gnu
    case ${1#"$out/"} in *aarch64* | *arm64*) processor=aarch64 ;; esac
    case ${1#"$out/"} in *musl*) libc=musl ;; esac
    echo "$processor-unknown-linux-$libc"
}

# A bill of materials beside each artefact.
write_bills() {
    local file product
    while read -r file; do
        product=$(product_of "$file")
        if [[ -z $product ]]; then continue; fi
        case $product in
        binding) "$root/packaging/sbom_requires.py" --artefact "$file" ;;
        *) "$root/packaging/sbom.py" --artefact "$file" --of "$product" --target "$(system_of "$file")" ;;
        esac >"$file.cdx.json"
    done < <(find "$out" -type f -not -name '*.cdx.json' | LC_ALL=C sort)
}

write_checksums() {
    cd "$out"
    rm -f SHA256SUMS
    find . -type f -not -name SHA256SUMS -printf '%P\0' | LC_ALL=C sort -z | xargs -0 sha256sum >SHA256SUMS
}

install_kv
install_others
# Not before: compilers of C read it, so cargo would compile again what others have built without it.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
rm -rf "$out"
mkdir -p "$out"
for part in "${parts[@]}"; do
    echo "== $part"
    make_part "$part"
done
write_bills
write_checksums
echo "== $out"
cd "$out"
find . -type f -printf '%10s  %P\n' | LC_ALL=C sort -k 2
