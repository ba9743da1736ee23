#!/usr/bin/env bash
# Makes the packages of kv for npm: the binding, and the library of an installation for its platform.
#
#   packaging/npm/build.sh PREFIX OUT     OUT: the folder that receives both
#
# npm dates all files of a package alike, so SOURCE_DATE_EPOCH has no use here.
# shellcheck source=packaging/part.sh
. "$(dirname "${BASH_SOURCE[0]}")/../part.sh"
# shellcheck source=packaging/elf.sh
. "$root/packaging/elf.sh"
library=$("$root/packaging/library.sh" "$prefix" "$scratch")

# Sets `platform`, and `libc` for a reader, from the file of the library.
read_platform() {
    local -A processors=([x86_64]=x64 [aarch64]=arm64)
    platform=linux-${processors[$(processor_of "$library")]}
    case $(libc_of "$library") in
    gnu) platform+=-gnu libc="Linux with glibc $(glibc_of "$library") or later" ;;
    musl) platform+=-musl libc="Linux with musl" ;;
    *)
        echo "npm/build.sh: $library needs neither glibc nor musl" >&2
        return 1
        ;;
    esac
}

read_platform
node "$root/packaging/npm/stage.js" "$library" "$platform" "$libc" "$scratch"
cd "$scratch"
# The modes of a checkout depend on the umask of its owner.
chmod -R u=rwX,go=rX binding library
npm pack --silent --ignore-scripts --pack-destination "$out" ./binding ./library | sed "s|^|$out/|"
