# shellcheck shell=bash disable=SC2154,SC2317
# The scripts of the parts and those that call them say how they are used.

# says_its_usage SCRIPT: without arguments it ends with 2, and prints its name with them.
says_its_usage() {
    local status=0
    "$root/$1" >"$scratch/usage-${1//\//-}" 2>&1 || status=$?
    test "$status" = 2
    grep -E "^  $1 [A-Z]" "$scratch/usage-${1//\//-}"
    # The last line of the header is the last that is printed.
    must_fail grep -E 'shellcheck|^set |^\.' "$scratch/usage-${1//\//-}"
}

scripts_say_their_usage() {
    local file count=0
    for file in "$root"/packaging/*/build.sh "$root"/packaging/{tools,address}.sh; do
        # Its usage is that of both archives.
        if [[ $file == */archive/build.sh ]]; then file=$root/packaging/archive/binary.sh; fi
        says_its_usage "${file#"$root/"}"
        count=$((count + 1))
    done
    test "$count" -ge 9
}

unknown_parts_are_refused() {
    refuses 'packaging has no part targets with a build.sh' "$root/scripts/dist.sh" targets
    refuses 'no part is called nothing' "$here/run.sh" nothing
}

a_missing_installation_is_refused() {
    local part
    for part in conan meson deb npm python; do
        refuses 'No such file or directory' "$root/packaging/$part/build.sh" "$scratch/nowhere" "$scratch/parts"
        test ! -e "$scratch/parts"
    done
}

job "parts: each script says how it is used" scripts_say_their_usage
job "parts: a part that does not exist is refused" unknown_parts_are_refused
job "parts: a missing installation is refused, and nothing is made" a_missing_installation_is_refused
