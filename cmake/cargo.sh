#!/bin/sh
# Finds the cargo that builds kv, and prints its path: the first that is new enough in PATH, in
# CARGO_HOME, then in the home directory. Without one it says which are there, names the command
# that installs one, and fails.
#
#   cargo.sh [CARGO]      CARGO: this one, or none
set -eu

tree=$(cd "$(dirname "$0")/.." && pwd)
required=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' "$tree/Cargo.toml")

# at_least VERSION MINIMUM
at_least() {
    printf '%s\n%s\n' "$2" "$1" | sort -CV
}

# Prints the version of PACKAGE that apt-get would install, or nothing.
candidate() {
    apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: \([0-9][^ ]*\)$/\1/p' || true
}

# Prints the command that installs or updates Rust on this system.
advice() {
    local_rustup=${CARGO_HOME:-${HOME:-}/.cargo}/bin/rustup
    if command -v rustup >/dev/null 2>&1; then
        echo "rustup update stable && rustup default stable"
    elif [ -x "$local_rustup" ]; then
        echo "$local_rustup update stable && $local_rustup default stable"
    elif [ -n "$(candidate rustc)" ] && at_least "$(candidate rustc)" "$required"; then
        echo "sudo apt-get install cargo"
    elif [ -n "$(candidate rustup)" ]; then
        echo "sudo apt-get install rustup && rustup default stable"
    else
        echo "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
    fi
}

# Sets `version` to that of the cargo at PATH, or `said` to its message if it does not run.
read_version() {
    said=$("$1" --version 2>&1) && version=$(echo "$said" | sed -n 's/^cargo \([0-9.]*\).*/\1/p') ||
        version=
}

found=
# consider PATH: prints it and ends this script if it is an executable cargo that is new enough;
# else remembers in `found` why it is of no use.
consider() {
    if [ ! -x "$1" ] || [ -d "$1" ]; then return 0; fi
    read_version "$1"
    if [ -z "$version" ]; then
        found="$found
  $1 does not run: $(echo "$said" | head -n 1)"
    elif at_least "$version" "$required"; then
        echo "$1"
        exit 0
    else
        found="$found
  $1 is cargo $version"
    fi
}

if [ $# -gt 0 ]; then
    places="no such cargo is $1."
    consider "$1"
else
    places="no such cargo is in PATH, in CARGO_HOME or in ~/.cargo/bin."
    # An empty directory in PATH is the current one.
    IFS=:
    for directory in $PATH; do consider "${directory:-.}/cargo"; done
    unset IFS
    if [ -n "${CARGO_HOME:-}" ]; then consider "$CARGO_HOME/bin/cargo"; fi
    if [ -n "${HOME:-}" ]; then consider "$HOME/.cargo/bin/cargo"; fi
fi

{
    echo "kv is built with Rust $required or later, and $places$found"
    if [ "$(id -u)" = 0 ] && [ -n "${SUDO_USER:-}" ]; then
        home=$(getent passwd "$SUDO_USER" | cut -d : -f 6)
        if [ -n "$home" ] && [ -x "$home/.cargo/bin/cargo" ]; then
            echo "$home/.cargo/bin/cargo belongs to $SUDO_USER. Build as that user, without sudo; the"
            echo "installation by root needs no cargo:"
            echo "  make build && sudo make install"
            exit 1
        fi
    fi
    echo "This installs one:"
    echo "  $(advice)"
} >&2
exit 1
