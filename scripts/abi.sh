#!/usr/bin/env bash
# Compares the C ABI of include/kv.h with the committed description of the last release.
#
#   scripts/abi.sh check    lists breaks and additions, fails on a break that KV_ABI_VERSION does not announce
#   scripts/abi.sh bless    writes the description, at a release; refuses where check fails
#
# The release library carries no C types, so the header is compiled into a shim: a shared object with
# debug information that defines every exported function and has a pointer to every type. abidw turns
# it into kv-N.abi in include/abi, where N is KV_ABI_VERSION; the values of the macros, which debug
# information lacks, are in kv-N.constants. scripts/abi.py holds the rules. abidiff then compares the
# same two descriptions and has to find nothing that the rules did not find.
#
# Other places, for tests: KV_ABI_HEADER, KV_ABI_SYMBOLS, KV_ABI_DESCRIPTIONS (a directory), and
# KV_ABI_LIBRARY, a built library whose symbols and SONAME have to be those of the header.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
header=$(realpath "${KV_ABI_HEADER:-$root/include/kv.h}")
symbols=$(realpath "${KV_ABI_SYMBOLS:-$root/include/symbols.txt}")
descriptions=$(realpath -m "${KV_ABI_DESCRIPTIONS:-$root/include/abi}")
library=$(realpath -m "${KV_ABI_LIBRARY:-${CARGO_TARGET_DIR:-$root/target}/release/libkv.so}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

rules() {
    # Without what an installation adds to every start of Python.
    python3 -I -S -B "$root/scripts/abi.py" "$@"
}

# Writes header.abi and header.constants, and sets abi_version.
describe() {
    local soname
    soname=$(sed -n 's/^set(KV_SONAME \(.*\))$/\1/p' "$root/CMakeLists.txt")
    cd "$scratch"
    # abidw drops the const of a `const void`; that of a structure it keeps.
    sed -e '1i struct void_;' -e 's/const void \*/const struct void_ */g' "$header" >kv.h
    # Attributes may not follow the parameters of a definition, and change neither names nor types here.
    gcc -E -P '-D__attribute__(x)=' kv.h >declarations
    gcc -E -dM kv.h >macros
    rules sources declarations macros "$symbols"
    gcc -std=c11 -g -O0 -fPIC -shared -Wl,-soname,"$soname" shim.c -o shim.so
    abidw --type-id-style hash --no-architecture --no-corpus-path --no-comp-dir-path --no-show-locs \
        --no-elf-needed --no-parameter-names shim.so >header.abi
    gcc -std=c11 constants.c -o constants
    ./constants | LC_ALL=C sort >values
    abi_version=$(sed -n 's/^KV_ABI_VERSION=//p' values)
    # Every release has another version: that is no change of the interface.
    sed -E 's/^(KV_ABI_VERSION|KV_VERSION_[A-Z]+)=.*/\1=version/' values >header.constants
    if [[ ! $abi_version =~ ^[0-9]+$ ]]; then
        echo "abi: $header defines no KV_ABI_VERSION" >&2
        return 1
    fi
}

# Sets described_version to that of the one description there is, or to nothing.
find_description() {
    local found
    described_version=
    for found in "$descriptions"/kv-*.abi; do
        [[ -e $found ]] || continue
        if [[ -n $described_version ]]; then
            echo "abi: $descriptions has more than one description; leave that of the last release" >&2
            return 1
        fi
        described_version=${found##*/kv-}
        described_version=${described_version%.abi}
    done
}

# Lists what has changed since the description. Fails on breaks.
compare() {
    local old=$descriptions/kv-$described_version status=0 second=0
    rules compare "$old.abi" "$old.constants" header.abi header.constants grown || status=$?
    # 3 is a break; anything else but 0 is a fault of the script.
    if ((status != 0 && status != 3)); then return 2; fi
    abidiff --no-architecture --no-added-syms --suppressions grown "$old.abi" header.abi >report 2>&1 ||
        second=$?
    # The lowest two bits say that abidiff itself has failed.
    if ((second & 3)); then
        cat report >&2
        return 2
    fi
    if ((second)); then
        cat report
        if ((status == 0)); then
            echo "break: abidiff finds a change that scripts/abi.py has no rule for, see its report"
        fi
        return 1
    fi
    return $((status != 0))
}

# The library that was built exports what the header declares, under the name that programs look for.
compare_library() {
    if [[ ! -e $library ]]; then
        echo "no library is built: its symbols were not compared"
        return 0
    fi
    local status=0 name soname
    soname=$(readelf -d "$library" | sed -n 's/.*(SONAME).*\[\(.*\)\]$/\1/p')
    if [[ $soname != "$(readelf -d shim.so | sed -n 's/.*(SONAME).*\[\(.*\)\]$/\1/p')" ]]; then
        echo "break: the library that was built has the SONAME ${soname:-of none}"
        status=1
    fi
    nm -D --defined-only "$library" | awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }' | LC_ALL=C sort >exported
    nm -D --defined-only shim.so | awk '$2 == "T" { print $3 }' | LC_ALL=C sort >declared
    while read -r name; do
        echo "break: the library that was built does not export $name; if it is older, build it again"
        status=1
    done < <(comm -13 exported declared)
    while read -r name; do
        echo "break: the library that was built exports $name, which the header does not declare"
        status=1
    done < <(comm -23 exported declared)
    return "$status"
}

check() {
    local status=0
    if [[ -z $described_version ]]; then
        echo "abi: $descriptions has no description; write it with: scripts/abi.sh bless" >&2
        return 1
    fi
    compare || status=$?
    if ((status == 2)); then return 1; fi
    if ((abi_version < described_version)); then
        echo "break: KV_ABI_VERSION went back from $described_version to $abi_version"
        status=1
    elif ((status && abi_version > described_version)); then
        echo "KV_ABI_VERSION $abi_version announces the breaks since $described_version"
        status=0
    fi
    compare_library || status=1
    if ((status)); then
        echo "abi: this is not the interface of KV_ABI_VERSION $abi_version; take the break back, or raise it" >&2
    else
        echo "abi: programs compiled for KV_ABI_VERSION $abi_version keep working"
    fi
    return "$status"
}

bless() {
    if [[ -n $described_version ]] && ! check; then
        echo "abi: not blessed" >&2
        return 1
    fi
    mkdir -p "$descriptions"
    rm -f "$descriptions"/kv-*.abi "$descriptions"/kv-*.constants
    cp header.abi "$descriptions/kv-$abi_version.abi"
    cp header.constants "$descriptions/kv-$abi_version.constants"
    echo "abi: $descriptions/kv-$abi_version.abi is written"
}

case ${1:-} in
check | bless)
    describe
    find_description
    "$1"
    ;;
*)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac
