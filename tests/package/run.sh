#!/usr/bin/env bash
# shellcheck disable=SC2034  # cases/*.sh use the names.
# Installs the library as docs/installing.md says, moves the installation, and uses it the ways a program would.
#
#   tests/package/run.sh [long]      long: also on the system's SQLite, and with the command
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"
. "$root/scripts/symbols.sh"
. "$root/packaging/elf.sh"

readonly here=$root/tests/package
readonly work=$scratch
# Where the installation is when it is used: not where it was installed to.
readonly prefix=$work/moved/here

cases=(install symbols header consumers static cpp neighbours native-libraries uninstall messages platform)
case ${1-} in
'') ;;
long) cases+=(system-sqlite command) ;;
*)
    echo "usage: $0 [long]" >&2
    exit 2
    ;;
esac

# Runs a consumer on a new file of its own, and expects what consumer.c prints; leaves it in `said`.
run_consumer() {
    local file
    file=$(mktemp -u "$work/consumer-XXXXXX.kv")
    said=$("$@" "$file")
    echo "$said"
    grep -Eq '^greeting=hello kv=[0-9.]+ sqlite=3\.[0-9.]+$' <<<"$said"
    test -s "$file"
}

# Answers whether PROGRAM needs the shared library NAME.
needs() {
    readelf -d "$1" | grep -F '(NEEDED)' | grep -F "[$2]" >/dev/null
}

for name in "${cases[@]}"; do
    # shellcheck source=/dev/null
    . "$here/cases/$name.sh"
done
report
finish
