# shellcheck shell=bash disable=SC2154,SC2317
# Refusals of a system, and of one that lacks a tool: each names what is missing, and the command
# that installs it.

# All commands but those of Rust, so that one test is one missing command. A test that needs fewer
# removes them from a copy.
readonly commands=$work/commands
readonly elsewhere=$work/no-home

collect_commands() {
    local files=() file
    mkdir "$commands" "$elsewhere"
    # Not by find, which a link that leads to itself ends with an error.
    for file in /usr/bin/*; do
        if [[ -f $file ]]; then files+=("$file"); fi
    done
    cp -s -t "$commands" "${files[@]}"
    (cd "$commands" && rm -f cargo* rust* sudo apt-cache apt-get)
}

# commands_without NAME...: prints a directory of all commands but these.
commands_without() {
    local directory name
    directory=$(mktemp -d "$work/without-XXXXXX")
    cp -a "$commands/." "$directory"
    for name in "$@"; do rm -f "$directory"/$name; done
    echo "$directory"
}

# pretend DIRECTORY COMMAND SCRIPT: a command of another output, in a directory for a PATH. The
# directory is never one of links to the system's commands: a link would be followed.
pretend() {
    mkdir -p "$1"
    if [[ -L $1/$2 || $1 == "$commands"* || $1 == */without-* ]]; then return 1; fi
    printf '#!/bin/sh\n%s\n' "$3" >"$1/$2"
    chmod +x "$1/$2"
}

# refuses WORDS... -- COMMAND...: it fails, and says each of these, however CMake breaks its lines.
refuses() {
    local words=() said
    while [[ $1 != -- ]]; do
        words+=("$1")
        shift
    done
    shift
    said=$(mktemp "$work/refusal-XXXXXX")
    must_fail env -i LC_ALL=C.UTF-8 HOME="$elsewhere" "$@" >"$said" 2>&1
    tr -s ' \n' '  ' <"$said" >"$said.line"
    for words in "${words[@]}"; do
        grep -F -e "$words" "$said.line" || {
            echo "nothing says: $words"
            cat "$said"
            return 1
        }
    done
}

# configure PATH [OPTION...]: the arguments of a command that configures a new build tree.
configure() {
    arguments=("PATH=$1" cmake -S "$root" -B "$(mktemp -d "$work/configured-XXXXXX")" "${@:2}")
}

readonly by_rustup="curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
required=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' "$root/Cargo.toml")
readonly required
finds_cargo=("$root/cmake/cargo.sh")

no_cargo() {
    configure "$commands"
    refuses "Rust $required or later" "in PATH, in CARGO_HOME or in ~/.cargo/bin" "$by_rustup" -- "${arguments[@]}"
    refuses "Rust $required or later" "$by_rustup" -- PATH="$commands" make -C "$root" build BUILD="$work/none"
}

cargo_is_too_old() {
    pretend "$work/old" cargo 'echo cargo 1.63.0'
    configure "$work/old:$commands"
    refuses "Rust $required or later" "$work/old/cargo is cargo 1.63.0" "$by_rustup" -- "${arguments[@]}"
    configure "$commands" "-DKV_CARGO=$work/old/cargo"
    refuses "Rust $required or later" "$work/old/cargo is cargo 1.63.0" -- "${arguments[@]}"
}

cargo_does_not_run() {
    pretend "$work/broken" cargo 'echo rustup could not choose a version >&2; exit 1'
    pretend "$work/broken" rustup ''
    refuses "$work/broken/cargo does not run: rustup could not choose a version" "rustup default stable" -- \
        PATH="$work/broken:$commands" "${finds_cargo[@]}"
}

# Debian 13 has packages that are new enough, Debian 12 has not.
packages_are_named() {
    pretend "$work/debian-13" apt-cache 'if [ "$2" = rustup ]; then echo "  Candidate: 1.27.1-3"; fi'
    refuses "sudo apt-get install rustup && rustup default stable" -- \
        PATH="$work/debian-13:$commands" "${finds_cargo[@]}"
    pretend "$work/debian-99" apt-cache 'echo "  Candidate: 99.0"'
    refuses "sudo apt-get install cargo" -- PATH="$work/debian-99:$commands" "${finds_cargo[@]}"
}

# As under sudo: the home is root's, and the user who called it has a cargo.
cargo_is_of_another_user() {
    pretend "$work/ada/.cargo/bin" cargo 'echo cargo 99.0.0'
    pretend "$work/as-root" id 'echo 0'
    pretend "$work/as-root" getent "echo ada:x:1000:1000::$work/ada:/bin/sh"
    configure "$work/as-root:$commands"
    refuses "$work/ada/.cargo/bin/cargo belongs to ada. Build as that user, without sudo" \
        "make build && sudo make install" -- SUDO_USER=ada "${arguments[@]}"
}

# finds EXPECTED VARIABLE=VALUE...
finds() { test "$(env -i "${@:2}" "${finds_cargo[@]}")" = "$1"; }

# The first that is new enough.
cargo_is_found() {
    local new=$work/new/.cargo/bin
    pretend "$work/older" cargo 'echo cargo 1.63.0'
    pretend "$new" cargo "echo 'cargo $required.0 (0123456 2026-01-01)'"
    finds "$new/cargo" PATH="$new:$commands" HOME="$elsewhere"
    finds "$new/cargo" PATH="$commands" HOME="$work/new"
    finds "$new/cargo" PATH="$work/older:$commands" HOME="$elsewhere" CARGO_HOME="$work/new/.cargo"
    pretend "$work/newer" cargo 'echo cargo 99.0.0'
    finds "$work/newer/cargo" PATH="$work/older:$work/newer:$commands" HOME="$work/new"
}

no_c_compiler() {
    local path
    path=$(commands_without cc gcc 'clang*')
    configure "$path"
    refuses 'there is no cc, gcc or clang' 'sudo apt-get install gcc libc6-dev' -- "${arguments[@]}"
    refuses 'sudo apt-get install gcc libc6-dev' -- PATH="$path" make -C "$root" build BUILD="$work/none"
}

no_cmake() {
    refuses 'sudo apt-get install cmake' -- \
        PATH="$(commands_without cmake)" make -C "$root" build BUILD="$work/none"
}

# The file as an older CMake sees it.
cmake_is_too_old() {
    mkdir "$work/old-cmake"
    sed 's/VERSION_LESS 3.16/VERSION_LESS 99/' "$root/CMakeLists.txt" >"$work/old-cmake/CMakeLists.txt"
    refuses 'CMake 3.16 or later' 'sudo apt-get install cmake' -- \
        PATH="$commands" cmake -S "$work/old-cmake" -B "$work/old-cmake/build"
}

not_linux() {
    configure "$commands" -DCMAKE_SYSTEM_NAME=Darwin
    refuses 'built on Linux; this is Darwin' -- "${arguments[@]}"
}

# Rust for Alpine, or for 32 bits, on a machine of 64.
cargo_is_for_another_system() {
    local host
    for host in x86_64-unknown-linux-musl i686-unknown-linux-gnu; do
        pretend "$work/$host" cargo "echo cargo 99.0.0; echo host: $host"
        configure "$work/$host:$commands"
        refuses "64-bit Linux with glibc, and $work/$host/cargo builds for $host" \
            "rustup default stable-$(uname -m)-unknown-linux-gnu" -- "${arguments[@]}"
    done
}

# target NAME=VALUE...: what project() would have found out.
target() {
    local definitions=("${@/#/-D}")
    arguments=("PATH=$commands" cmake "${definitions[@]}" -P "$work/processor.cmake")
}

processors_are_looked_at() {
    cat >"$work/processor.cmake" <<CMAKE
include($root/cmake/requirements.cmake)
kv_require_processor()
CMAKE
    target CMAKE_SIZEOF_VOID_P=4 CMAKE_SYSTEM_PROCESSOR=x86_64
    refuses 'built for 64-bit processors; this compiler makes programs of 32 bits' 'Take -m32 out of CFLAGS' -- \
        "${arguments[@]}"
    target CMAKE_SIZEOF_VOID_P=8 CMAKE_SYSTEM_PROCESSOR=aarch64 CMAKE_CROSSCOMPILING=TRUE
    refuses 'asks for another' '-DKV_TARGET=aarch64-unknown-linux-gnu' -- "${arguments[@]}"
    target CMAKE_SIZEOF_VOID_P=8 CMAKE_SYSTEM_PROCESSOR=riscv64
    env -i "${arguments[@]}" 2>&1 | tr -s ' \n' '  ' | grep -F 'tested on x86-64 and aarch64; this is riscv64'
    target CMAKE_SIZEOF_VOID_P=8 CMAKE_SYSTEM_PROCESSOR=x86_64
    env -i "${arguments[@]}" 2>&1 | must_fail grep .
}

# The compiler of another processor than KV_TARGET, and a command that nothing here can run.
targets_are_looked_at() {
    pretend "$work/riscv" gcc 'echo riscv64-linux-gnu'
    target CMAKE_SIZEOF_VOID_P=8 KV_TARGET=aarch64-unknown-linux-gnu CMAKE_C_COMPILER="$work/riscv/gcc"
    refuses "KV_TARGET is aarch64-unknown-linux-gnu, and $work/riscv/gcc compiles for riscv64-linux-gnu" \
        'aarch64-linux-gnu-gcc' -- "${arguments[@]}"
    local riscv=(CMAKE_SIZEOF_VOID_P=8 KV_TARGET=riscv64-unknown-linux-gnu CMAKE_C_COMPILER="$work/riscv/gcc")
    target "${riscv[@]}" KV_BUILD_CLI=ON CMAKE_HOST_SYSTEM_PROCESSOR=x86_64
    refuses 'this machine runs no program for riscv64' 'qemu-riscv64' -- "${arguments[@]}"
    target "${riscv[@]}" KV_BUILD_CLI=ON CMAKE_CROSSCOMPILING_EMULATOR=qemu-riscv64
    env -i "${arguments[@]}" 2>&1 | must_fail grep .
    target "${riscv[@]}"
    env -i "${arguments[@]}" 2>&1 | must_fail grep .
}

# Flags that would have no effect.
install_takes_no_flags() {
    refuses 'give CMAKE_FLAGS to "make build"' -- \
        PATH="$commands" make -C "$root" install BUILD="$work/bundled" CMAKE_FLAGS=-DKV_BUILD_CLI=ON
}

# A build tree that is configured, and of which nothing is built yet.
nothing_is_built() {
    refuses 'kv is not built yet: run "make build" as yourself' -- \
        PATH="$commands" make -C "$root" install BUILD="$work/never-built"
    cmake -S "$root" -B "$work/configured"
    refuses 'kv is not built yet' 'libkv.so' 'make build && sudo make install' -- \
        PATH="$commands" cmake --install "$work/configured" --prefix "$work/not-installed"
    must_fail test -e "$work/not-installed"
}

check "commands without Rust" collect_commands
job "no cargo" no_cargo
job "cargo is too old" cargo_is_too_old
job "cargo does not run" cargo_does_not_run
job "cargo by packages of the system" packages_are_named
job "cargo of the user who called sudo" cargo_is_of_another_user
job "cargo is found" cargo_is_found
job "cargo for another system" cargo_is_for_another_system
job "no C compiler" no_c_compiler
job "no CMake" no_cmake
job "CMake is too old" cmake_is_too_old
job "not Linux" not_linux
job "32 bits, another processor, another target" processors_are_looked_at
job "another target with a wrong compiler, or without an emulator" targets_are_looked_at
job "nothing is built" nothing_is_built
job "make install takes no flags of a build" install_takes_no_flags
