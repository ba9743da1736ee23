# shellcheck shell=bash disable=SC2154,SC2317
# The wrap for Meson: a project in an empty folder, with what the artefact puts below subprojects.

# meson ARGUMENT...: the locked one, with its ninja.
meson() { tools=$scratch/meson bare meson "$@"; }

# new_project NAME ARCHIVE: a project with the unpacked wrap, in a folder that is printed.
new_project() {
    local project=$scratch/meson-projects/$1
    unpack "$2" "$project"
    cp "$here/meson/meson.build" "$consumer/consumer.c" "$consumer/with_kv_hpp.cpp" "$project"
    echo "$project"
}

runs() {
    local project
    project=$(new_project runs "$out/$archive-meson.tar.gz")
    meson setup "$project/build" "$project"
    meson compile -C "$project/build"
    for program in on_shared with_kv_hpp; do on_shared "$project/build/$program"; done
    for program in on_static with_kv_hpp_static; do on_static "$project/build/$program"; done
}

control_without_wrap() {
    local project
    project=$(new_project nothing "$out/$archive-meson.tar.gz")
    rm -r "$project/subprojects"
    refuses 'without subprojects directory' meson setup "$project/build" "$project"
}

# A wrap with an address takes the archive from subprojects/packagecache, and else from there.
has_an_address() {
    local www=$scratch/meson-www built=$scratch/meson-fetching project
    build_with_homepage meson
    project=$(new_project fetched "$built/$archive-meson.tar.gz")
    must_fail test -e "$project/subprojects/packagefiles/$archive.tar.gz"
    meson setup "$project/build" "$project"
    cmp "$www/$archive.tar.gz" "$project/subprojects/packagecache/$archive.tar.gz"

    project=$(new_project cached "$built/$archive-meson.tar.gz")
    refuses 'downloading is disabled' meson setup --wrap-mode=nodownload "$project/build" "$project"
    mkdir -p "$project/subprojects/packagecache"
    cp "$www/$archive.tar.gz" "$project/subprojects/packagecache"
    meson setup --wrap-mode=nodownload --wipe "$project/build" "$project"
}

other_archives_are_refused() {
    local project
    project=$(new_project tampered "$out/$archive-meson.tar.gz")
    echo tampered >>"$project/subprojects/packagefiles/$archive.tar.gz"
    refuses 'Incorrect hash' meson setup "$project/build" "$project"
}

if [[ -z $is_long ]]; then return; fi
check "meson: the locked tools are installed" make_tools meson
job "meson: a project in C and C++ builds and runs" runs
job "meson: control: without the wrap it does not" control_without_wrap
job "meson: with a homepage, the archive is fetched or cached" has_an_address
job "meson: another archive is refused" other_archives_are_refused
job "meson: two builds are the same" build_twice meson
job "meson: control: builds of two dates differ" control_date meson
