#!/usr/bin/env bash
# The checklist of a release: checks each point, and ends with the steps that are left to a person.
#
#   scripts/release.sh [quick]      quick: without the tests and the artefacts, which take more than an hour
#
# KV_TREE names another tree than the one around, for tests.
. "$(dirname "${BASH_SOURCE[0]}")/harness.sh"

case ${1-} in
'' | quick) ;;
*)
    echo "usage: $0 [quick]" >&2
    exit 2
    ;;
esac

tree=$(realpath "${KV_TREE:-$root}")
cd "$tree"
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml)

# Prints the section of CHANGELOG.md about this version.
changes() {
    awk -v head="## $version " 'index($0, head) == 1 { inside = 1; print; next } /^## / { inside = 0 } inside' CHANGELOG.md
}

everything_is_committed() {
    test -z "$(git status --porcelain)" || {
        git status --short
        echo "commit these files, or remove them"
        return 1
    }
}

# The files that state the version, and that cannot read it from Cargo.toml.
every_file_states_this_version() {
    local file wrong=0
    for file in cli/Cargo.toml tests/Cargo.toml bindings/node/package.json bindings/node/package-lock.json; do
        if ! grep -Eq "^ *\"?version\"?( =|:) \"${version//./\\.}\",?$" "$file"; then
            echo "$file does not state the version $version of Cargo.toml"
            wrong=1
        fi
    done
    return "$wrong"
}

the_changelog_dates_this_version() {
    # All of the section is read: a pipe that is closed early would fail.
    changes | sed -n 1p | grep -E "^## ${version//./\\.} - [0-9]{4}-[0-9]{2}-[0-9]{2}$" || {
        echo "CHANGELOG.md needs a section \"## $version - YYYY-MM-DD\" with the day of the release"
        return 1
    }
}

the_changelog_says_how_to_upgrade() {
    changes | grep -E '^### Upgrading' || {
        echo "the section of $version in CHANGELOG.md needs a part \"### Upgrading from ...\""
        return 1
    }
}

# An empty difference: additions since the last release are in the description as well.
the_interface_is_described() {
    cp -r include/abi "$scratch/abi"
    KV_ABI_DESCRIPTIONS=$scratch/abi KV_ABI_LIBRARY=$scratch/none scripts/abi.sh bless
    diff -r include/abi "$scratch/abi" || {
        echo "include/abi is not of this header; write it with: scripts/abi.sh bless"
        return 1
    }
}

# Prints the functions of a version script, each after its version.
versions_of() {
    awk '/^KV_/ { version = $1 } /^    kv_/ { print version, $1 }' "$1" | LC_ALL=C sort
}

# A program that was linked with a release finds every function under the version it had there.
released_functions_keep_their_versions() {
    local last
    last=$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null) || {
        echo "# no version was released before"
        return 0
    }
    git show "$last:include/kv.map" >"$scratch/released.map"
    versions_of "$scratch/released.map" >"$scratch/released"
    versions_of include/kv.map | comm -23 "$scratch/released" - >"$scratch/gone"
    if [[ -s $scratch/gone ]]; then
        cat "$scratch/gone"
        echo "these functions of $last have another version in include/kv.map, or none"
        return 1
    fi
}

# The last lines of a long step, in place of all of them.
last_lines_of() { # COMMAND...
    "$@" >"$scratch/step" 2>&1 || {
        tail -n 50 "$scratch/step"
        return 1
    }
    echo "# $(tail -n 1 "$scratch/step")"
}

check "everything is committed" everything_is_committed
check "every file states version $version" every_file_states_this_version
check "the changelog dates this version" the_changelog_dates_this_version
check "the changelog says how to upgrade" the_changelog_says_how_to_upgrade
check "include/abi describes this header" the_interface_is_described
check "functions of releases keep their versions" released_functions_keep_their_versions
if [[ -z ${1-} ]]; then
    check "the checks pass" last_lines_of make check
    check "the tests pass" last_lines_of make test
    check "the long tests pass" last_lines_of make torture
    check "the artefacts are made" last_lines_of make dist
    check "the artefacts install and work, and two builds are equal" last_lines_of tests/dist/run.sh long
fi
report
if ((failed == 0)); then
    cat <<STEPS
Left to do:
  cargo audit                      where the database of advisories can be fetched
  git tag -s v$version && git push --tags
  sign dist/SHA256SUMS, and upload dist as packaging/README.md describes
STEPS
fi
finish
