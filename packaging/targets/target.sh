# shellcheck shell=bash disable=SC2034
# The systems that kv is built and tested for beside this one, and their tools; sourced.
set -euo pipefail

packaging=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$packaging/../.." && pwd)

# Those that are built and tested.
targets=(aarch64-unknown-linux-gnu x86_64-unknown-linux-musl aarch64-unknown-linux-musl i686-unknown-linux-gnu)

# target_of TARGET FOLDER: sets `rust_target`, `folder`, `processor`, `compiler`, and the prefix
# `tools` of the other tools. `emulator` is the words before a program that this processor does not
# run, `loader` the loader of the target's shared libraries, and `runner` the words before the
# command as it is installed.
target_of() {
    local libraries
    rust_target=$1
    folder=$(cd "$2" && pwd)
    processor=${rust_target%%-*}
    case $rust_target in
    *-unknown-linux-gnu)
        tools=$processor-linux-gnu-
        libraries=/usr/$processor-linux-gnu
        loader=$(compgen -G "$libraries/lib/ld-linux*.so.[0-9]" || true)
        ;;
    *-unknown-linux-musl)
        tools=$folder/bin/$processor-linux-musl-
        libraries=$folder
        loader=$folder/lib/ld-musl-$processor.so.1
        ;;
    *)
        echo "no target is called $rust_target; there are ${targets[*]}" >&2
        exit 2
        ;;
    esac
    compiler=${tools}gcc
    emulator=()
    runner=()
    if [[ $processor != "$(uname -m)" && "$processor $(uname -m)" != "i686 x86_64" ]]; then
        emulator=("qemu-$processor" -L "$libraries")
        runner=("${emulator[@]}")
    elif [[ $rust_target == *-gnu ]]; then
        # The system may have no loader of 32 bits in its place; a command on musl is static.
        runner=("$loader" --library-path "$libraries/lib")
    fi
}
