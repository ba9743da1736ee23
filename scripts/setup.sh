#!/usr/bin/env bash
# Installs what a verb of the Makefile needs and is missing; with nothing missing it only looks.
#
#   scripts/setup.sh [--dry-run] build|demo|check|test|docs|outside|dist|dist-targets|bench|bench-redis...
#
# Packages are Debian's. On another system, and with --dry-run, it names what is missing, and ends.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

dry_run=
if [[ ${1-} == --dry-run ]]; then
    dry_run=yes
    shift
fi

# Prints the needs of a group: how to see that each is there, and the package that has it.
needs_of() {
    case $1 in
    build)
        echo 'command cc gcc'
        echo 'header stdio.h libc6-dev'
        echo 'command ar binutils'
        echo 'command make make'
        echo 'command cmake cmake'
        ;;
    demo)
        echo 'command cc gcc'
        echo 'header stdio.h libc6-dev'
        echo 'command ar binutils'
        echo 'command make make'
        echo 'command sqlite3 sqlite3'
        echo 'command redis-server redis-server'
        echo 'command redis-cli redis-tools'
        ;;
    check)
        echo 'command cc gcc'
        ;;
    test)
        needs_of demo
        echo 'command gcc gcc'
        echo 'command g++ g++'
        echo 'command clang clang'
        echo 'clang-sanitizers - libclang-rt-dev'
        echo 'command llvm-symbolizer llvm'
        echo 'command cmake cmake'
        echo 'command pkg-config pkg-config'
        echo 'command valgrind valgrind'
        echo 'command doxygen doxygen'
        echo 'command openssl openssl'
        echo 'command abidiff abigail-tools'
        echo 'header sqlite3.h libsqlite3-dev'
        echo 'cxx-header gtest/gtest.h libgtest-dev'
        echo 'cxx-header nlohmann/json.hpp nlohmann-json3-dev'
        echo 'cxx-header httplib.h libcpp-httplib-dev'
        echo 'command python3 python3'
        echo 'python-module ensurepip python3-venv'
        echo 'command node nodejs'
        echo 'command npm npm'
        echo 'command luajit luajit'
        echo 'command prometheus prometheus'
        ;;
    docs)
        echo 'command doxygen doxygen'
        echo 'command python3 python3'
        echo 'python-module ensurepip python3-venv'
        echo 'command node nodejs'
        echo 'command npm npm'
        echo 'command chromium chromium'
        echo 'file /usr/share/fonts/truetype/*/*.ttf fonts-dejavu-core'
        ;;
    outside)
        echo 'command cc gcc'
        echo 'command pkg-config pkg-config'
        echo 'command redis-server redis-server'
        echo 'command redis-cli redis-tools'
        echo 'command python3 python3'
        echo 'python-module ensurepip python3-venv'
        echo "python-module test.mapping_tests $(python_testsuite)"
        echo 'file /usr/lib/postgresql/*/bin/initdb postgresql'
        ;;
    dist)
        needs_of build
        echo 'command g++ g++'
        echo 'command git git'
        echo 'command man man-db'
        echo 'command pkg-config pkg-config'
        echo 'command python3 python3'
        echo 'python-module ensurepip python3-venv'
        echo 'command dpkg-architecture dpkg-dev'
        echo 'command dh debhelper'
        echo 'command lintian lintian'
        echo 'file /usr/sbin/debootstrap debootstrap'
        echo 'command node nodejs'
        echo 'command npm npm'
        # For libraries of other processors, with which the tests show how packages are named.
        echo 'command clang clang'
        echo 'command aarch64-linux-gnu-ld binutils-aarch64-linux-gnu'
        ;;
    bench)
        echo 'command cc gcc'
        echo 'command g++ g++'
        ;;
    bench-redis)
        echo 'command cc gcc'
        echo 'command redis-server redis-server'
        echo 'header hiredis/hiredis.h libhiredis-dev'
        ;;
    dist-targets)
        needs_of build
        echo 'command pkg-config pkg-config'
        echo 'command aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu'
        echo 'file /usr/aarch64-linux-gnu/include/stdio.h libc6-dev-arm64-cross'
        echo 'command i686-linux-gnu-gcc gcc-i686-linux-gnu'
        echo 'file /usr/i686-linux-gnu/include/stdio.h libc6-dev-i386-cross'
        echo 'command qemu-aarch64 qemu-user'
        echo 'command x86_64-w64-mingw32-gcc-posix gcc-mingw-w64-x86-64-posix'
        echo 'file /usr/lib/wine/wine64 wine64'
        echo 'command wineserver wine'
        # For macOS and FreeBSD; their compiler is zig, from Python's packages.
        echo 'command llvm-readobj llvm'
        echo 'command x86_64-linux-gnu-ld binutils-x86-64-linux-gnu'
        echo 'command python3 python3'
        echo 'python-module ensurepip python3-venv'
        # The libraries of Debian's own Rust compiler.
        echo 'file /usr/lib/*-linux-gnu/libedit.so.2 libedit2'
        echo 'file /usr/lib/*-linux-gnu/libxml2.so.2 libxml2'
        echo 'file /usr/lib/*-linux-gnu/libz3.so.4 libz3-4'
        ;;
    *)
        echo "setup.sh: no group is called $1" >&2
        return 1
        ;;
    esac
}

# Prints the package with the tests of Python itself, which has the version in its name.
python_testsuite() {
    python3 -c 'import sys; print("libpython%d.%d-testsuite" % sys.version_info[:2])' 2>/dev/null ||
        echo libpython3-testsuite
}

is_there() {
    case $1 in
    file) compgen -G "$2" >/dev/null ;;
    command) command -v "$2" >/dev/null ;;
    header) echo "#include <$2>" | cc -E - >/dev/null 2>&1 ;;
    cxx-header) echo "#include <$2>" | c++ -x c++ -E - >/dev/null 2>&1 ;;
    clang-sanitizers)
        # Debian's clang comes without what -fsanitize links.
        echo 'int main(void) { return 0; }' |
            clang -fsanitize=address -x c - -o /dev/null 2>/dev/null
        ;;
    python-module) python3 -c "import $2" >/dev/null 2>&1 ;;
    esac
}

as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "setup.sh: neither root nor sudo; run this as root: $*" >&2
        return 1
    fi
}

updated=
# install PACKAGE...
install() {
    if ! command -v apt-get >/dev/null; then
        echo "setup.sh: please install (by Debian's names): $*" >&2
        return 1
    fi
    update_lists
    echo "installing $*"
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# Once at most.
update_lists() {
    if [[ -z $updated ]]; then
        as_root apt-get update -qq
        updated=1
    fi
}

# The newest Rust that all tests and lints passed with: a later one may know more lints.
readonly tested_rust=1.95.0

required_rust() {
    sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml
}

# at_least VERSION MINIMUM
at_least() {
    printf '%s\n%s\n' "$2" "$1" | sort -CV
}

# Prints the version of Rust that is in use, or nothing.
rust_version() {
    cargo --version 2>/dev/null | cut -d ' ' -f 2
}

# Prints the version of PACKAGE that could be installed, or nothing.
candidate() {
    apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: \([0-9][^ ]*\)$/\1/p'
}

setup_rust() {
    local required found
    required=$(required_rust)
    found=$(rust_version || true)
    if [[ -n $found ]] && at_least "$found" "$required"; then
        return
    fi
    if [[ -z $found ]] && command -v apt-get >/dev/null && ! command -v rustup >/dev/null; then
        update_lists
        if at_least "$(candidate rustc)" "$required"; then
            install cargo rustc rustfmt rust-clippy
            return
        elif [[ -n $(candidate rustup) ]]; then
            install rustup
            rustup default "$tested_rust"
            return
        fi
    fi
    # It names the version, and the command that installs it.
    cmake/cargo.sh >/dev/null || return
    echo "setup.sh: put $(dirname "$(cmake/cargo.sh)") first in PATH; the cargo there is ${found:-none}" >&2
    return 1
}

required_go() {
    sed -n 's/^go \([0-9.]*\)$/\1/p' bindings/go/go.mod
}

# Prints the version of Go that is in use, or nothing.
go_version() {
    go env GOVERSION 2>/dev/null | sed -n 's/^go\([0-9.]*\).*/\1/p'
}

# A Go that is too old to be used, but not to fetch the one it needs, is fine: `go` does so itself.
setup_go() {
    local required found
    required=$(required_go)
    found=$(go_version || true)
    if [[ -n $found ]] && at_least "$found" "$required"; then
        return
    fi
    if [[ -z $found ]] && command -v apt-get >/dev/null; then
        update_lists
        if at_least "$(candidate golang-go | sed 's/^[0-9]*://')" "$required"; then
            install golang-go
            return
        fi
    fi
    {
        echo "setup.sh: Go $required or later is needed; ${found:-none} is here."
        echo "setup.sh: this system has no package of it; see https://go.dev/dl"
    } >&2
    return 1
}

# The formatter and the linter, which a minimal toolchain leaves out.
setup_rust_checks() {
    if cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1; then
        return
    fi
    if command -v rustup >/dev/null; then
        rustup component add rustfmt clippy
    else
        install rustfmt rust-clippy
    fi
}

if (($# == 0)); then
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
needs=$(for group in "$@"; do needs_of "$group"; done)
missing=()
while read -r kind name package; do
    if ! is_there "$kind" "$name"; then
        missing+=("$package")
    fi
done <<<"$needs"
if [[ -n $dry_run ]]; then
    status=0
    if ((${#missing[@]})); then
        echo "kv needs packages that are not installed. This installs them (by Debian's names):" >&2
        echo "  sudo apt-get install ${missing[*]}" >&2
        status=1
    fi
    cmake/cargo.sh >/dev/null || status=1
    exit "$status"
fi
if ((${#missing[@]})); then
    install "${missing[@]}"
fi
# The site is built without Rust.
if [[ $* != docs ]]; then setup_rust; fi
for group in "$@"; do
    case $group in
    check) setup_rust_checks ;;
    test | docs | outside | dist) setup_go ;;
    esac
done
