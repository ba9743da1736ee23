# shellcheck shell=bash
# The system that a library or a program is built for, as its file states it; sourced.

# processor_of FILE: prints x86_64 or aarch64; of another one its own name, and fails.
processor_of() {
    local machine
    machine=$(LC_ALL=C readelf -h "$1" | sed -n 's/^ *Machine: *//p')
    case $machine in
    *X86-64) echo x86_64 ;;
    AArch64) echo aarch64 ;;
    *)
        echo "$machine"
        return 1
        ;;
    esac
}

# needed_by FILE: prints the shared libraries that it needs, one to a line.
needed_by() {
    LC_ALL=C readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p'
}

# libc_of FILE: prints gnu or musl; fails for a file that needs neither.
libc_of() {
    local needed
    needed=$(needed_by "$1")
    if grep -qx 'libc\.so\.6' <<<"$needed"; then
        echo gnu
    elif grep -qxE 'libc\.musl-.*|libc\.so' <<<"$needed"; then
        echo musl
    else
        return 1
    fi
}

# glibc_of FILE...: prints the newest version of glibc that they need, or nothing.
glibc_of() {
    LC_ALL=C readelf -VW "$@" | sed 's/GLIBC_\([0-9]\)/\nGLIBC \1/g' |
        sed -n 's/^GLIBC \([0-9.]*\).*/\1/p' | sort -V | tail -n 1
}
