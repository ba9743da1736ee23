# shellcheck shell=bash disable=SC2034
# A JDK for the binding of Java, for the scripts that source this after scripts/harness.sh.

# Prints the version of the Java in a home, 0 without one.
java_version() {
    local version=
    if [[ -e $1/release ]]; then
        version=$(sed -n 's/^JAVA_VERSION="\(1\.\)\{0,1\}\([0-9]*\).*/\2/p' "$1/release")
    fi
    echo "${version:-0}"
}

# Prints the homes of a Java in the order in which they are tried.
java_homes() {
    local home
    for home in "${KV_JAVA_HOME:-}" "${JAVA_HOME:-}"; do
        if [[ -n $home ]]; then echo "$home"; fi
    done
    if has javac; then dirname "$(dirname "$(readlink -f "$(command -v javac)")")"; fi
    for home in /usr/lib/jvm/*/; do
        if [[ -d $home && ! -L ${home%/} ]]; then echo "${home%/}"; fi
    done
}

# find_java: sets JAVA_HOME_FOUND to a JDK of Java 22 or later, or to nothing, `older` to a Java of 17
# to 21, and `java_tried` to the homes that were looked at.
find_java() {
    local home version
    JAVA_HOME_FOUND=
    older=
    java_tried=
    while read -r home; do
        version=$(java_version "$home")
        if ((version >= 22)) && [[ -z $JAVA_HOME_FOUND && -x $home/bin/javac ]]; then
            JAVA_HOME_FOUND=$home
        elif ((version >= 17 && version < 22)) && [[ -x $home/bin/java ]]; then
            older=$home
        fi
        java_tried+="${java_tried:+, }$home (Java $version)"
    done < <(java_homes)
}
