# shellcheck shell=bash disable=SC2154,SC2317
# The Conan package: created in an empty home, without a remote, and used by CMake and pkg-config.

# conan HOME ARGUMENT...: the locked client, with its home below scratch.
conan() {
    local home=$scratch/conan-home/$1
    shift
    tools=$scratch/conan bare env CONAN_HOME="$home" conan "$@"
}

# new_recipe HOME ARCHIVE: an empty home, and the unpacked recipe beside it, whose path is printed.
new_recipe() {
    conan "$1" profile detect >&2
    unpack "$2" "$scratch/conan-recipe/$1"
    echo "$scratch/conan-recipe/$1/$archive-conan"
}

created() {
    local recipe programs
    recipe=$(new_recipe created "$out/$archive-conan.tar.gz")
    conan created create "$recipe" --no-remote >"$scratch/conan-created" 2>&1 || {
        cat "$scratch/conan-created"
        return 1
    }
    test "$(grep -cFx "colour = blue, from C and kv $version" "$scratch/conan-created")" = 2
    test "$(grep -cFx "colour = blue, from C++ and kv $version" "$scratch/conan-created")" = 2
    programs=$(dirname "$(find "$recipe/test_package/build" -name c_shared -type f)")
    for program in c_shared cpp_shared; do linked_with_shared "$programs/$program"; done
    for program in c_static cpp_static; do must_fail linked_with_shared "$programs/$program"; done
}

# A program outside of the recipe, in the home of the case before.
pkg_config_finds_it() {
    local at=$scratch/conan-pc
    mkdir "$at"
    conan created install --requires="$("$root/packaging/name.sh" conan.package)/$version" --no-remote \
        --generator PkgConfigDeps --output-folder "$at" >&2
    consumer_by_pkg_config kv
    consumer_by_pkg_config kv-static
    on_static "$at/kv-static"
    linked_with_shared "$at/kv"
}

# The flags are many words.
# shellcheck disable=SC2046
consumer_by_pkg_config() {
    bare cc "$consumer/consumer.c" \
        $(bare env PKG_CONFIG_PATH="$at" pkg-config --cflags --libs "$1") -o "$at/$1"
}

# With a homepage the recipe has no archive beside it, and fetches it from there.
fetched_from_homepage() {
    local recipe
    build_with_homepage conan
    recipe=$(new_recipe fetched "$scratch/conan-fetching/$archive-conan.tar.gz")
    must_fail test -e "$recipe/$archive.tar.gz"
    conan fetched create "$recipe" --no-remote --test-folder= >&2
    echo tampered >>"$scratch/conan-www/$archive.tar.gz"
    refuses sha256 conan fetched create "$recipe" --no-remote --test-folder=
}

other_archives_are_refused() {
    local recipe
    recipe=$(new_recipe tampered "$out/$archive-conan.tar.gz")
    refuses "is for Linux on" conan tampered create "$recipe" --no-remote -s arch=sparc --test-folder=
    echo tampered >>"$recipe/$archive.tar.gz"
    refuses sha256 conan tampered create "$recipe" --no-remote --test-folder=
}

if [[ -z $is_long ]]; then return; fi
check "conan: the locked client is installed" make_tools conan
check "conan: created in an empty home, and its programs run" created
job "conan: pkg-config finds it, shared and static" pkg_config_finds_it
job "conan: with a homepage, the archive is fetched" fetched_from_homepage
job "conan: another archive and another processor are refused" other_archives_are_refused
job "conan: two builds are the same" build_twice conan
job "conan: control: builds of two dates differ" control_date conan
