# shellcheck shell=bash disable=SC2154,SC2317
# The Debian packages: what they say of themselves, and how they are installed, used, upgraded and
# removed in a minimal system, which debootstrap makes, with a compiler.

need dpkg-deb dh lintian
readonly debian=$scratch/debian system=$scratch/debian/system
readonly build_deb=$root/packaging/deb/build.sh
mkdir "$debian"

# The names of the packages by their roles, and their files.
declare -A deb deb_file
for role in library development command; do
    deb[$role]=$("$root/packaging/name.sh" "debian.$role")
    deb_file[$role]=$(find "$out" -name "${deb[$role]}_*.deb")
    if [[ -z ${deb_file[$role]} ]]; then
        fail "deb: $out has no package ${deb[$role]}"
        finish
    fi
done

# The same from another place, by a caller with other settings.
same_bytes() {
    local file
    mkdir "$debian/tmp"
    (umask 077 && TMPDIR=$debian/tmp TZ=Asia/Tokyo DEB_BUILD_OPTIONS=parallel=7 \
        "$build_deb" "$prefix" "$debian/again")
    for file in "${deb_file[@]}"; do
        cmp "$file" "$debian/again/$(basename "$file")"
    done
    test "$(find "$debian/again" -type f | wc -l)" = 3
}

lintian_passes() { lintian --fail-on error,warning "$@"; }

# A package without its copyright.
lintian_refuses() {
    dpkg-deb -R "${deb_file[library]}" "$debian/faulty"
    rm "$debian/faulty/usr/share/doc/${deb[library]}/copyright"
    dpkg-deb --root-owner-group -Znone -b "$debian/faulty" "$debian/faulty.deb"
    must_fail lintian_passes "$debian/faulty.deb" >"$debian/faults"
    grep "no-copyright-file" "$debian/faults"
}

# An installation with a library that has only the symbols on standard input.
installation_with() { # PREFIX
    local symbol
    cp -R "$prefix" "$1"
    while read -r symbol; do echo "void $symbol(void) {}"; done >"$1.c"
    echo 'KV_0.2 { global: kv_*; };' >"$1.map"
    cc -shared -Wl,-soname,libkv.so.0 -Wl,--version-script="$1.map" "$1.c" -o "$1/lib/$(library_file)"
}

# The file's name in an installation.
library_file() { basename "$(realpath "$prefix/lib/libkv.so")"; }

# refused_symbols NAME CHANGE: the difference is shown by dpkg-gensymbols.
refused_symbols() {
    installation_with "$debian/$1"
    must_fail "$build_deb" "$debian/$1" "$debian/$1.out" >"$debian/$1.said" 2>&1
    cat "$debian/$1.said"
    grep -E "^[+-].*$2@KV_0.2" "$debian/$1.said"
    test -z "$(ls "$debian/$1.out")"
}

symbols_are_compared() {
    grep -v '^kv_open$' "$root/include/symbols.txt" | refused_symbols missing '#MISSING: .* kv_open'
    (cat "$root/include/symbols.txt"; echo kv_invented) | refused_symbols more ' kv_invented'
}

other_processors_are_refused() {
    local at=$debian/riscv
    mkdir -p "$at/lib"
    cp "$prefix/lib/$(library_file)" "$at/lib"
    # e_machine, the 19th byte of an ELF file.
    printf '\xf3' | dd of="$at/lib/$(library_file)" bs=1 seek=18 conv=notrunc status=none
    must_fail "$build_deb" "$at" "$at.out" 2>"$at.said"
    grep 'no packages are made for RISC-V' "$at.said"
}

# Each package of the notices is in one paragraph.
copyright_is_whole() {
    dpkg-deb --fsys-tarfile "${deb_file[library]}" |
        tar xO "./usr/share/doc/${deb[library]}/copyright" >"$debian/copyright"
    sed -nE '/^Packages$/,/^SQLite$/s/^(\S+) ([0-9]\S*)( \(command\))?: .*/\1-\2/p' \
        "$root/THIRD-PARTY-NOTICES.txt" | LC_ALL=C sort >"$debian/noticed"
    sed -n 's|^ vendor/\([^/]*\)/\*$|\1|p' "$debian/copyright" | LC_ALL=C sort | diff "$debian/noticed" -
    echo "# $(wc -l <"$debian/noticed") packages of Rust"
}

# Prints a field of the package that has a role.
field() { dpkg-deb -f "${deb_file[$1]}" "$2"; }

fields_are_right() {
    local version
    version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml" | head -n 1)-1
    field library Depends | grep -E '^libc6 \(>= [0-9.]+\), libgcc-s1 \(>= [0-9.]+\)$'
    field command Depends | grep -E '^libc6 \(>= [0-9.]+\), libgcc-s1 \(>= [0-9.]+\)$'
    test "$(field development Depends)" = "${deb[library]} (= $version)"
    test "$(field library Multi-Arch) $(field development Multi-Arch) $(field command Multi-Arch)" = \
        "same same foreign"
    test "$(field command Maintainer)" = "$("$root/packaging/name.sh" maintainer)"
}

make_system() {
    # The system does not outlive the test, so that dpkg need not wait for the disk.
    mkdir -p "$system/etc/dpkg/dpkg.cfg.d"
    echo force-unsafe-io >"$system/etc/dpkg/dpkg.cfg.d/test"
    # With mounts of its own, which end with it.
    unshare --mount debootstrap --variant=minbase --include=man-db,g++,make,cmake,pkg-config \
        bookworm "$system" >"$debian/debootstrap" 2>&1 || {
        cat "$debian/debootstrap"
        return 1
    }
    mkdir "$system/packages" "$system/old"
    cp "${deb_file[@]}" "$system/packages"
    cp -R "$root/tests/package/consumer" "$system"
}

# The same packages with an earlier version and a file that the later ones lack.
make_old_packages() {
    local role at
    mkdir "$debian/old"
    for role in library development command; do
        at=$debian/old-$role
        dpkg-deb -R "${deb_file[$role]}" "$at"
        sed -i -e 's/^Version: .*/Version: 0.1.9-1/' -e 's/^\(Depends: .* (= \).*/\10.1.9-1)/' \
            "$at/DEBIAN/control"
        echo old >"$at/usr/share/old-$role"
        dpkg-deb --root-owner-group -Znone -b "$at" "$debian/old"
    done
}

# Runs a command in the system, which has no network.
inside() {
    unshare --mount --pid --fork --net --mount-proc="$system/proc" chroot "$system" \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive "$@"
}

system_files() { (cd "$system" && find etc opt usr var/lib/dpkg/info | LC_ALL=C sort); }

installs() {
    system_files >"$debian/before"
    inside sh -c 'apt-get install -y /packages/*.deb'
    inside ldconfig -p | grep -F 'libkv.so.0 (libc6'
    inside dpkg --verify
}

command_works() {
    inside kv --store /tmp/a.kv set greeting hello
    test "$(inside kv --store /tmp/a.kv get --raw greeting)" = hello
    test "$(inside man -w kv)" = /usr/share/man/man1/kv.1.gz
    inside man kv-set | grep '^SYNOPSIS'
    inside bash -c '. /usr/share/bash-completion/completions/kv; complete -p kv'
    test -s "$system/usr/share/zsh/vendor-completions/_kv"
    test -s "$system/usr/share/fish/vendor_completions.d/kv.fish"
}

# greets PROGRAM: it works on a new file.
greets() {
    local file
    file=/tmp/$(basename "$1").kv
    inside "$1" "$file" | grep '^greeting=hello kv='
}

by_pkg_config() {
    test "$(inside pkg-config --cflags --libs kv | xargs)" = -lkv
    inside sh -c "cc /consumer/consumer.c \$(pkg-config --cflags --libs kv) -o /tmp/shared"
    inside sh -c "cc /consumer/consumer.c \$(pkg-config --cflags --libs kv-static) -o /tmp/static"
    greets /tmp/shared
    greets /tmp/static
    readelf -d "$system/tmp/shared" | grep -F 'NEEDED' | grep -F '[libkv.so.0]'
    readelf -d "$system/tmp/static" | must_fail grep -F '[libkv.so.0]'
}

# CMake comes by /lib, a link to /usr/lib, if /bin is first in PATH.
by_find_package() {
    inside env PATH=/bin:/usr/bin cmake -S /consumer -B /tmp/build
    grep '^kv_DIR:PATH=/lib/' "$system/tmp/build/CMakeCache.txt"
    inside cmake --build /tmp/build --parallel "$processors" --target on_shared on_static with_kv_hpp
    greets /tmp/build/on_shared
    greets /tmp/build/on_static
    inside /tmp/build/with_kv_hpp /tmp/hpp.kv
}

removes() {
    inside apt-get purge -y "${deb[@]}"
    system_files | diff "$debian/before" -
    must_fail inside dpkg -s "${deb[library]}"
    inside ldconfig -p | must_fail grep libkv
}

upgrades() {
    cp "$debian"/old/*.deb "$system/old"
    inside sh -c 'apt-get install -y /old/*.deb'
    test -e "$system/usr/share/old-command"
    # The development files need the library of their own version.
    must_fail inside sh -c "dpkg -i /packages/${deb[development]}_*.deb"
    inside sh -c 'dpkg -i /packages/*.deb'
    must_fail ls "$system"/usr/share/old-*
    inside dpkg-query -W -f "\${Version} \${Status}\n" "${deb[@]}" | tee "$debian/upgraded"
    test "$(grep -c "$(field library Version) install ok installed" "$debian/upgraded")" = 3
    greets /tmp/shared
}

# The long cases, in a system of their own.
deb_in_a_system() {
    need debootstrap
    job "deb: debootstrap makes a system" make_system
    job "deb: packages of an earlier version, to be upgraded" make_old_packages
    report
    check "deb: apt installs, without a network" installs
    check "deb: the command, its pages and completions" command_works
    check "deb: a program by pkg-config" by_pkg_config
    check "deb: programs by find_package" by_find_package
    check "deb: purged, the packages leave nothing" removes
    check "deb: an earlier version is upgraded in place" upgrades
    check "deb: and leaves nothing either" removes
}

job "deb: lintian is content" lintian_passes "${deb_file[@]}"
job "deb: control: lintian refuses a package without copyright" lintian_refuses
job "deb: other processors are refused" other_processors_are_refused
job "deb: the copyright names each package of the notices" copyright_is_whole
job "deb: the fields are right" fields_are_right
if [[ -n $is_long ]]; then
    job "deb: a second build has the same bytes" same_bytes
    job "deb: a library with other symbols is refused" symbols_are_compared
    if ((EUID == 0)); then
        deb_in_a_system
    else
        skip "deb: install, use, upgrade and remove" "only root may make a system"
    fi
fi
