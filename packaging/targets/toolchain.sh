#!/usr/bin/env bash
# Brings a Rust compiler and the sources of its standard library, from which cargo builds that
# library for a system that has no package of it. Nothing outside of FOLDER changes.
#
#   packaging/targets/toolchain.sh FOLDER
#
# The compiler is then FOLDER/bin/rustc. Exit code 3: this system has no such packages.
set -euo pipefail
# Also in the messages of apt.
export LC_ALL=C.UTF-8

if (($# != 1)); then
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
mkdir -p "$1"
folder=$(cd "$1" && pwd)
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
required=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' "$root/Cargo.toml")
readonly folder required

missing() {
    printf 'toolchain.sh: %s\n' "$@" >&2
    exit 3
}

# candidate PACKAGE: the version that apt-get would install, or nothing.
candidate() {
    apt-cache policy "$1" | sed -n 's/^ *Candidate: \([0-9][^ ]*\)$/\1/p'
}

# dependency PACKAGE PATTERN: the package of that name on which another depends. Two of them have
# the version of Rust or of LLVM in their names.
dependency() {
    apt-cache depends --important "$1" | sed -n "s/^ *Depends: \($2\)$/\1/p" | head -n 1
}

# Debian's archive of fixes replaces a version by the next, so none can be fixed here; all are of
# one version.
choose_packages() {
    local version source library llvm
    version=$(candidate rustc-web)
    source=$(candidate rust-web-src)
    if [[ -z $version || ${version%%-*} != "${source%%-*}" ]] ||
        ! printf '%s\n%s\n' "$required" "$version" | sort -CV; then
        missing "other targets are built with Debian's packages rustc-web and rust-web-src $required or later;" \
            "apt has ${version:-no rustc-web} and ${source:-no rust-web-src} (after apt-get update)"
    fi
    library=$(dependency libstd-rust-web-dev 'libstd-rust-web-[0-9.]*')
    llvm=$(dependency "$library" 'libllvm[0-9]*')
    packages=(rustc-web rust-web-src libstd-rust-web-dev "$library" "$llvm")
}

write_compiler() {
    mkdir -p "$folder/bin"
    cat >"$folder/bin/rustc" <<RUSTC
#!/bin/sh
libraries=\$(echo '$folder'/usr/lib/*-linux-gnu)
LD_LIBRARY_PATH=\$libraries\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH} exec '$folder/usr/bin/rustc' "\$@"
RUSTC
    chmod +x "$folder/bin/rustc"
}

for command in apt-get apt-cache dpkg; do
    command -v "$command" >/dev/null || missing "$command is not here; the compiler comes from Debian's packages"
done
begun=$SECONDS
choose_packages
if [[ $(cat "$folder/version" 2>/dev/null) != "$(candidate rustc-web)" ]]; then
    (cd "$folder" && rm -rf packages usr)
    mkdir "$folder/packages"
    (cd "$folder/packages" && apt-get -qq -o APT::Sandbox::User=root download "${packages[@]}") ||
        missing "apt-get could not download ${packages[*]}"
    for package in "$folder"/packages/*.deb; do dpkg -x "$package" "$folder"; done
    rm -rf "$folder/packages"
    write_compiler
    "$folder/bin/rustc" --version >/dev/null ||
        missing "the compiler does not run; scripts/setup.sh dist-targets installs the libraries that it needs"
    candidate rustc-web >"$folder/version"
fi
echo "$("$folder/bin/rustc" --version) is in place after $((SECONDS - begun)) s"
