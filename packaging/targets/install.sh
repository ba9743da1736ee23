#!/usr/bin/env bash
# Builds the libraries and the command for another system than this one, and installs them.
#
#   packaging/targets/install.sh TARGET FOLDER PREFIX
#
# TARGET is one of the names in target.sh. toolchain.sh has made FOLDER; cargo keeps there what it
# has built.
# shellcheck source=packaging/targets/target.sh
. "$(dirname "${BASH_SOURCE[0]}")/target.sh"

if (($# != 3)); then
    sed -n '2,/^# shellcheck/{/^# shellcheck/d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
target_of "$1" "$2"
mkdir -p "$3"
prefix=$(cd "$3" && pwd)
readonly prefix

if [[ $rust_target == *-musl ]]; then "$packaging/musl.sh" "$processor" "$folder"; fi

use_toolchain
# Rust's own start files are those of a static program, whichever libc the compiler is for.
linker=CARGO_TARGET_${rust_target//-/_}_LINKER
export "${linker^^}=$processor-linux-gnu-gcc"

cmake -S "$root" -B "$folder/build/$rust_target" -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib \
    -DKV_TARGET="$rust_target" -DCMAKE_C_COMPILER="$compiler" -DKV_CARGO_TARGET_DIR="$folder/cargo" \
    -DKV_BUILD_CLI=ON -DCMAKE_CROSSCOMPILING_EMULATOR="$(IFS=';' && echo "${runner[*]}")"
cmake --build "$folder/build/$rust_target"
cmake --install "$folder/build/$rust_target"
# The command on musl is static: it has parts of musl in it.
if [[ $rust_target == *-musl ]]; then
    install -m 644 "$folder/usr/share/doc/musl/copyright" "$prefix/share/doc/kv/COPYRIGHT-musl"
fi
