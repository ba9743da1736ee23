# shellcheck shell=bash disable=SC2154,SC2317
# The checklist of a release, on copies of the tree, and the script that gives packages an address.

# new_tree NAME: a copy of the commit that is ready for a release, whose path is printed.
new_tree() {
    local at=$scratch/release/$1
    git clone --quiet "$root" "$at"
    sed -i "s/^## $version - .*/## $version - 2026-11-30/" "$at/CHANGELOG.md"
    commit_all "$at"
    echo "$at"
}

commit_all() { # TREE
    git -C "$1" -c user.name=kv -c user.email=kv@localhost.invalid commit --quiet --all --allow-empty -m release
}

# The last argument is what the checklist prints for the point.
checklist_says() { # TREE TEXT
    KV_TREE=$1 "$root/scripts/release.sh" quick >"$1.said" 2>&1 || true
    grep -F -- "$2" "$1.said" || {
        cat "$1.said"
        return 1
    }
}

a_ready_tree_passes() {
    local at
    at=$(new_tree ready)
    checklist_says "$at" "6 passed, 0 failed"
    grep "git tag -s v$version" "$at.said"
}

what_is_missing_is_said() {
    local at
    at=$(new_tree faults)
    echo '# later' >>"$at/Makefile"
    checklist_says "$at" "FAILED everything is committed"
    sed -i "s/\"version\": \"$version\"/\"version\": \"0.1.9\"/" "$at/bindings/node/package.json"
    checklist_says "$at" "bindings/node/package.json does not state the version $version"
    sed -i "s/^## $version - .*/## $version - unreleased/; s/^### Upgrading/### Notes/" "$at/CHANGELOG.md"
    checklist_says "$at" "CHANGELOG.md needs a section \"## $version - YYYY-MM-DD\""
    grep -F 'needs a part "### Upgrading from' "$at.said"
    sed -i 's/^#define KV_TTL_NEVER .*/#define KV_TTL_NEVER (-2)/' "$at/include/kv.h"
    checklist_says "$at" "FAILED include/abi describes this header"
}

# A later release that moves a function to another version breaks programs that were linked before.
released_versions_are_kept() {
    local at
    at=$(new_tree versions)
    git -C "$at" -c user.name=kv -c user.email=kv@localhost.invalid tag -m first v0.2.0
    checklist_says "$at" "ok functions of releases keep their versions"
    sed -i 's/^KV_0.2 {/KV_0.3 {/' "$at/include/kv.map"
    commit_all "$at"
    checklist_says "$at" "KV_0.2 kv_open"
    grep -F "these functions of v0.2.0 have another version" "$at.said"
}

names_are_given() {
    local at=$scratch/release/names
    git clone --quiet "$root" "$at"
    "$at/packaging/address.sh" homepage https://example.org/kv | grep -Fx 'homepage: https://example.org/kv'
    "$at/packaging/address.sh" go.module example.org/kv
    grep -Fx 'module example.org/kv' "$at/bindings/go/go.mod"
    test "$("$at/packaging/name.sh" go.module)" = example.org/kv
    test "$(git -C "$at" diff --numstat packaging/names.json | cut -f 1,2)" = "$(printf '2\t2')"
    refuses 'has no text unknown.key' "$at/packaging/address.sh" unknown.key value
    refuses 'is no path of a module' "$at/packaging/address.sh" go.module 'no module'
}

job "release: a tree that is ready passes" a_ready_tree_passes
job "release: the checklist says what is missing" what_is_missing_is_said
job "release: functions that were released keep their versions" released_versions_are_kept
job "release: a name and an address are given by one script" names_are_given
