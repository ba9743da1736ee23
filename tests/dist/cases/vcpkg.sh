# shellcheck shell=bash disable=SC2154,SC2317
# The port for vcpkg, without vcpkg: its manifest, its options, and the portfile on doubles of the
# functions of vcpkg.

port=$scratch/vcpkg/kv

manifest_is_valid() { python3 "$here/vcpkg/manifest.py" "$1" "$version"; }

control_manifest() {
    local changed=$scratch/vcpkg.json
    sed 's/"license"/"licence"/' "$port/vcpkg.json" >"$changed"
    refuses 'vcpkg knows no field licence' manifest_is_valid "$changed"
    sed 's/"version": "/"version": "1/' "$port/vcpkg.json" >"$changed"
    refuses "its version is not $version" manifest_is_valid "$changed"
    sed 's/"host": true/"host": false/' "$port/vcpkg.json" >"$changed"
    refuses 'it depends on' manifest_is_valid "$changed"
}

# The sources that it builds are those of the commit, and of this version.
sources_are_beside_it() {
    cmp "$port/kv-$version.tar.gz" "$out/kv-$version.tar.gz"
}

# run_portfile PORT WORK: leaves the package and the options in WORK.
run_portfile() {
    bare cmake -DPORT_DIR="$1" -DINSTALLATION="$tree" -DWORK="$2" -P "$here/vcpkg/doubles.cmake"
}

# Each option is one that the sources declare.
options_exist() { # FILE
    local option
    while IFS= read -r option; do
        option=${option#-D}
        option=${option%%=*}
        grep -Eq "option\($option |set\($option .*CACHE" "$root/CMakeLists.txt" "$root"/cmake/*.cmake || {
            echo "the sources declare no option $option"
            return 1
        }
    done <"$1"
    test -s "$1"
}

portfile_runs() {
    local work=$scratch/vcpkg-work package text target
    package=$work/package
    run_portfile "$port" "$work"
    options_exist "$work/options"
    test "$(names_in "$package/share")" = kv
    test ! -e "$package/debug/include" -a ! -e "$package/debug/share"
    for text in LICENSE-MIT LICENSE-APACHE THIRD-PARTY-NOTICES.txt; do
        grep -Fxq "$(grep -m 1 . "$root/$text")" "$package/share/kv/copyright"
    done
    package_is_used "$package" "$scratch/vcpkg-built"
    for target in kv::kv kv::cpp kv::static kv::cpp_static; do grep -F "$target" "$package/share/kv/usage"; done
}

package_is_used() { # PACKAGE BUILD
    bare cmake -S "$consumer" -B "$2" -DCMAKE_PREFIX_PATH="$1"
    bare cmake --build "$2" --parallel "$processors" --target on_shared on_static with_kv_hpp with_kv_hpp_static
    on_shared "$2/on_shared"
    on_shared "$2/with_kv_hpp"
    on_static "$2/on_static"
    on_static "$2/with_kv_hpp_static"
}

# Without its correction, the description that has moved names libraries that are not there.
control_portfile() {
    local at=$scratch/vcpkg-changed
    mkdir -p "$at/kv"
    cp "$port"/* "$at/kv"
    sed -i '/^vcpkg_replace_string/,/^)/d' "$at/kv/portfile.cmake"
    run_portfile "$at/kv" "$at/run"
    refuses "$at/run/package/libkv" package_is_used "$at/run/package" "$at/built"
    echo '-DKV_UNKNOWN=ON' >"$at/options"
    refuses 'the sources declare no option KV_UNKNOWN' options_exist "$at/options"
}

# With a homepage, the sources are fetched from there, with their hash.
fetched_from_homepage() {
    local built=$scratch/vcpkg-fetching names hash
    mkdir "$built"
    names=$(with_homepage https://localhost.invalid/kv)
    KV_NAMES=$names "$root/packaging/vcpkg/build.sh" "$tree" "$built"
    unpack "$built/kv-$version-vcpkg.tar.gz" "$built"
    test "$(names_in "$built/kv")" = 'portfile.cmake usage vcpkg.json'
    manifest_is_valid "$built/kv/vcpkg.json"
    grep -F '"homepage": "https://localhost.invalid/kv",' "$built/kv/vcpkg.json"
    grep -F "URLS \"https://localhost.invalid/kv/kv-$version.tar.gz\"" "$built/kv/portfile.cmake"
    hash=$(sha512sum "$out/kv-$version.tar.gz" | cut -d ' ' -f 1)
    grep -F "SHA512 $hash" "$built/kv/portfile.cmake"
}

check "vcpkg: the port is unpacked" unpack "$out/kv-$version-vcpkg.tar.gz" "${port%/*}"
job "vcpkg: the manifest has the fields of vcpkg and this version" manifest_is_valid "$port/vcpkg.json"
job "vcpkg: control: a manifest with a fault is refused" control_manifest
job "vcpkg: the sources are beside the port" sources_are_beside_it
if [[ -z $is_long ]]; then return; fi
job "vcpkg: the portfile runs on doubles, and CMake finds the package" portfile_runs
job "vcpkg: control: a wrong path or option is noticed" control_portfile
job "vcpkg: with a homepage, the sources are fetched" fetched_from_homepage
job "vcpkg: two builds are the same" build_twice vcpkg
job "vcpkg: control: builds of two dates differ" control_date vcpkg
