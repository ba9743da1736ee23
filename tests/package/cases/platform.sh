# shellcheck shell=bash disable=SC2154,SC2317
# The platform that README.md names, against the library that is built.

# Of the first page, and of the table of platforms for this processor.
documented_glibc() {
    sed -nE -e 's/^\| runs on .*glibc ([0-9.]*[0-9]) or later.*/\1/p' \
        -e 's/^\| x86-64 \| glibc ([0-9.]*[0-9]) or later.*/\1/p' "$root/README.md" | sort -u
}

# The linker takes the newest version of each function that the system's glibc has.
glibc_is_that_of_the_readme() {
    local needed documented
    needed=$(glibc_of "$prefix/lib/libkv.so")
    documented=$(documented_glibc)
    echo "# libkv.so needs glibc $needed"
    test "$needed" = "$documented"
    echo "$documented" | grep -Ex '[0-9]+\.[0-9]+'
}

needs_these_libraries_alone() {
    needed_by "$prefix/lib/libkv.so" | LC_ALL=C sort |
        diff - <(printf '%s\n' ld-linux-x86-64.so.2 libc.so.6 libgcc_s.so.1 libm.so.6)
}

# A system that is newer than the oldest that README.md names may have newer versions of functions.
glibc=$(getconf GNU_LIBC_VERSION | cut -d ' ' -f 2)
if [[ $(printf '%s\n2.37\n' "$glibc" | sort -V | tail -n 1) == 2.37 && $(uname -m) == x86_64 ]]; then
    job "glibc is that of README.md" glibc_is_that_of_the_readme
    job "libkv.so needs glibc and libgcc_s alone" needs_these_libraries_alone
else
    skip "glibc is that of README.md" "this system has glibc $glibc on $(uname -m), newer than 2.37 or not x86-64"
fi
