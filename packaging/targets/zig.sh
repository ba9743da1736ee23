#!/usr/bin/env bash
# Makes a C compiler and an archiver for macOS or FreeBSD out of zig, which has the headers and the
# names of the functions of their C libraries. Nothing outside of FOLDER changes.
#
#   packaging/targets/zig.sh TARGET FOLDER      TARGET: Rust's name, such as x86_64-unknown-freebsd
#
# They are then FOLDER/bin/TARGET-cc and FOLDER/bin/TARGET-ar. Exit code 3: there is no zig here.
set -euo pipefail

if (($# != 2)); then
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
readonly target=$1
folder=$(cd "$2" && pwd)
packaging=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly folder packaging

# Zig's names of the systems. Rust's std is for macOS 11 and later as well.
declare -A systems=(
    [aarch64-apple-darwin]=aarch64-macos.11.0
    [x86_64-unknown-freebsd]=x86_64-freebsd)
readonly system=${systems[$target]}

tools=$("$packaging/tools.sh" "$packaging/locks/link.txt") || {
    echo "zig.sh: the packages of packaging/locks/link.txt cannot be installed" >&2
    exit 3
}
readonly tools

# write_tool NAME: makes an executable file of the standard input.
write_tool() {
    cat >"$folder/bin/$target-$1"
    chmod +x "$folder/bin/$target-$1"
}

mkdir -p "$folder/bin"
# Packages name the system in clang's words, which zig refuses beside its own. Rust's package libc names
# libraries that zig has not, and of which nothing here is used.
write_tool cc <<COMPILER
#!/usr/bin/env bash
export ZIG_GLOBAL_CACHE_DIR='$folder/zig' ZIG_LOCAL_CACHE_DIR='$folder/zig'
words=()
for word in "\$@"; do
    case \$word in
    --target=* | -mmacosx-version-min=* | -gfull) ;;
    -liconv | -lkvm | -lmemstat | -lprocstat | -ldevstat) ;;
    *) words+=("\$word") ;;
    esac
done
exec '$tools/bin/python' -m ziglang cc -target $system -fno-sanitize=undefined "\${words[@]}"
COMPILER
write_tool ar <<ARCHIVER
#!/bin/sh
export ZIG_GLOBAL_CACHE_DIR='$folder/zig' ZIG_LOCAL_CACHE_DIR='$folder/zig'
exec '$tools/bin/python' -m ziglang ar "\$@"
ARCHIVER
