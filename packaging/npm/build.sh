#!/usr/bin/env bash
# Makes the packages of kv for npm: the binding, and the library of an installation for its platform.
#
#   packaging/npm/build.sh PREFIX OUT     OUT: the folder that receives both
#
# npm dates all files of a package alike, so SOURCE_DATE_EPOCH has no use here.
if (($# != 2)); then
    sed -n '2,/^if/{/^if/d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
prefix=$(realpath -e "$1") || exit
mkdir -p "$2"
out=$(realpath "$2")
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"
umask 022
library=$("$root/packaging/library.sh" "$prefix" "$scratch")

# Sets `platform`, and `libc` for a reader, from the file of the library.
read_platform() {
    local machine floor needed
    machine=$(readelf -h "$library" | sed -n 's/^ *Machine: *//p')
    needed=$(readelf -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p')
    case $machine in
    *X86-64) platform=linux-x64 ;;
    AArch64) platform=linux-arm64 ;;
    *)
        echo "$script: no package is for the processor of $library: $machine" >&2
        return 1
        ;;
    esac
    if grep -qx 'libc\.so\.6' <<<"$needed"; then
        floor=$(readelf -V "$library" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -n 1)
        platform+=-gnu libc="Linux with glibc ${floor#GLIBC_} or later"
    elif grep -qxE 'libc\.musl-.*|libc\.so' <<<"$needed"; then
        platform+=-musl libc="Linux with musl"
    else
        echo "$script: $library needs neither glibc nor musl" >&2
        return 1
    fi
}

read_platform
node "$root/packaging/npm/stage.js" "$library" "$platform" "$libc" "$scratch"
cd "$scratch"
# The modes of a checkout depend on the umask of its owner.
chmod -R u=rwX,go=rX binding library
npm pack --silent --ignore-scripts --pack-destination "$out" ./binding ./library | sed "s|^|$out/|"
