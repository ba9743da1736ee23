#!/usr/bin/env bash
# Makes the wheel of kv for an index of Python packages, around the library of an installation.
#
#   packaging/python/build.sh PREFIX OUT     OUT: the folder that receives the wheel
#
# The name of the wheel has the library's processor and the oldest glibc, or musl, that it runs with.
# PYTHON chooses the interpreter of the tools, 3.10 or later.
# shellcheck source=packaging/part.sh
. "$(dirname "${BASH_SOURCE[0]}")/../part.sh"
# shellcheck source=bindings/python/stage.sh
. "$root/bindings/python/stage.sh"

# The dates of files are in the wheel.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct)}
KV_LIBRARY=$("$root/packaging/library.sh" "$prefix" "$scratch")
export KV_LIBRARY SOURCE_DATE_EPOCH PYTHONDONTWRITEBYTECODE=1
unset PYTHONPATH LD_LIBRARY_PATH

# Replaces the platform in the wheel's name. Without a patcher, auditwheel refuses a library that needs
# others beside those of every system, as libgcc on musl, rather than packing them.
name_platform() {
    local log=$scratch/auditwheel
    "$scratch/python/bin/auditwheel" repair --patcher none --wheel-dir "$scratch/named" \
        "$scratch"/wheel/libkv-*.whl >"$log" 2>&1 || {
        cat "$log" >&2
        echo "python/build.sh: no platform of an index fits $KV_LIBRARY" >&2
        return 1
    }
}

ln -s "$("$root/packaging/tools.sh" "$root"/bindings/python/locks/build.txt "$root"/packaging/locks/wheel.txt)" "$scratch/python"
build_wheel
name_platform
cp "$scratch"/named/libkv-*.whl "$out"
(cd "$scratch/named" && echo "$out/$(ls)")
