# shellcheck shell=bash disable=SC2034
# The systems that kv is built and tested for beside this one, and their tools; sourced.
set -euo pipefail

packaging=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$packaging/../.." && pwd)

# Those that install.sh builds: they are tested, and have packages.
targets=(aarch64-unknown-linux-gnu x86_64-unknown-linux-musl aarch64-unknown-linux-musl i686-unknown-linux-gnu)
# Those that compile.sh builds: the first is tested with wine; nothing here runs programs of the others,
# which are compiled and linked. None has packages.
compiled=(x86_64-pc-windows-gnu aarch64-apple-darwin x86_64-unknown-freebsd)

# target_of TARGET FOLDER: sets `rust_target`, `folder`, `processor`, `compiler`, and the prefix
# `tools` of the other tools. `emulator` is the words before a program that this processor does not
# run, `loader` the loader of the target's shared libraries, and `runner` the words before the
# command as it is installed.
target_of() {
    rust_target=$1
    folder=$(cd "$2" && pwd)
    processor=${rust_target%%-*}
    loader=
    emulator=()
    runner=()
    case $rust_target in
    *-unknown-linux-gnu | *-unknown-linux-musl) linux_target ;;
    *-pc-windows-gnu)
        tools=$processor-w64-mingw32-
        compiler=${tools}gcc-posix
        # Debian has it in no place for programs, and its `wine` asks for one of 32 bits.
        emulator=("$(command -v wine64 || compgen -G '/usr/lib/wine/wine64' || echo wine64)")
        ;;
    aarch64-apple-darwin | x86_64-unknown-freebsd)
        tools=$folder/bin/$rust_target-
        compiler=${tools}cc
        ;;
    *)
        echo "no target is called $rust_target; there are ${targets[*]} ${compiled[*]}" >&2
        exit 2
        ;;
    esac
}

# use_toolchain: cargo takes the compiler in `folder`, which is a release, and builds the standard library
# of which that has the sources.
use_toolchain() {
    export RUSTC=$folder/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_UNSTABLE_BUILD_STD="std,panic_unwind"
}

# use_compiler: cargo and its packages take the C compiler of the target.
use_compiler() {
    local name=${rust_target//-/_}
    export "CC_$name=$compiler" "AR_$name=${tools}ar" "CARGO_TARGET_${name^^}_LINKER=$compiler"
}

linux_target() {
    local libraries
    if [[ $rust_target == *-gnu ]]; then
        tools=$processor-linux-gnu-
        libraries=/usr/$processor-linux-gnu
        loader=$(compgen -G "$libraries/lib/ld-linux*.so.[0-9]" || true)
    else
        tools=$folder/bin/$processor-linux-musl-
        libraries=$folder
        loader=$folder/lib/ld-musl-$processor.so.1
    fi
    compiler=${tools}gcc
    if [[ $processor != "$(uname -m)" && "$processor $(uname -m)" != "i686 x86_64" ]]; then
        emulator=("qemu-$processor" -L "$libraries")
        runner=("${emulator[@]}")
    elif [[ $rust_target == *-gnu ]]; then
        # The system may have no loader of 32 bits in its place; a command on musl is static.
        runner=("$loader" --library-path "$libraries/lib")
    fi
}
