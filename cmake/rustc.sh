#!/bin/sh
# Runs the compiler so that what it makes has no path of the builder: sources of packages are named from
# the folder of their registry, those of this tree from its root. cargo runs it by .cargo/config.toml.
set -eu

tree=$(cd "$(dirname "$0")/.." && pwd)
compiler=$1
shift
set -- "$@" --remap-path-prefix="$tree=."
for sources in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
    set -- "$@" --remap-path-prefix="$sources=packages"
done
# The sources of the standard library, where they are installed beside the compiler.
for library in "${RUSTUP_HOME:-$HOME/.rustup}"/toolchains/*/lib/rustlib/src/rust; do
    set -- "$@" --remap-path-prefix="$library=rust"
done
if [ -n "${RUSTC:-}" ]; then
    set -- "$@" --remap-path-prefix="$("$compiler" --print sysroot)/lib/rustlib/src/rust=rust"
fi
exec "$compiler" "$@"
