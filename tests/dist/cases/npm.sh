# shellcheck shell=bash disable=SC2154,SC2164
# The packages for npm: a program installs them from files and from a registry, and uses them.
. "$here/foreign.sh"
need node npm python3 readelf

npm_tools=$scratch/npm-tools
binding=$root/bindings/node
main=$out/libkv-kv-$version.tgz
platform=$(node -p '`linux-${process.arch}-${process.report.getReport().header.glibcVersionRuntime ? "gnu" : "musl"}`')
library=$out/libkv-$platform-$version.tgz
unset LD_LIBRARY_PATH KV_LIBRARY NODE_PATH

# Fetches koffi and TypeScript, which are from then on in npm's cache.
make_npm_tools() {
    mkdir "$npm_tools"
    cp "$binding"/package*.json "$binding/.npmrc" "$npm_tools"
    (cd "$npm_tools" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
}

# new_program NAME: begins a program in an empty folder.
new_program() {
    mkdir "$scratch/$1"
    cd "$scratch/$1"
    echo '{ "private": true }' >package.json
}

# install ARGUMENT...: into the program in this folder.
install() { npm install --ignore-scripts --no-audit --no-fund --loglevel=error "$@"; }

# with_both NAME: begins a program with both packages, from their files alone.
with_both() {
    new_program "$1"
    install --offline "$main" "$library"
}

# uses_kv MODULE: the program in this folder, by require and by import, with the library of its package.
uses_kv() {
    node -e '
        const kv = require(process.argv[1]);
        const store = kv.open("app.db");
        store.set("config", "colour", "blue");
        store.close();
        console.log(kv.version());' "$1" | grep -x "$version"
    node --input-type=module -e '
        import fs from "node:fs";
        const { open, setLog, version } = await import(process.argv[1]);
        // The log loads the library in another thread too.
        const store = open("app.db");
        console.log(version(), await store.async.getString("config", "colour"));
        setLog("info", () => {});
        setLog("off");
        const maps = fs.readFileSync("/proc/self/maps", "utf8");
        console.log(/\S*libkv\.so\.0/.exec(maps)[0]);' "$1" >printed
    printf '%s\n' "$version blue" "$PWD/node_modules/@libkv/$platform/libkv.so.0" | diff - printed
}

a_program_uses_both() {
    with_both both
    uses_kv @libkv/kv
    npm ls
    npm uninstall --no-audit --no-fund --loglevel=error @libkv/kv "@libkv/$platform"
    find node_modules -name '*kv*' -type f | (! grep .)
}

# The pages of kv call the package so.
it_has_another_name_by_an_alias() {
    new_program alias
    install --offline "kv@$main" "$library"
    uses_kv kv
}

# The second program has an error that only types show.
the_types_resolve() {
    local name
    with_both types
    ln -s "$npm_tools/node_modules/@types" node_modules/@types
    cp "$binding/tests/types/tsconfig.json" .
    for name in types.ts module.mts; do
        sed "s|'kv'|'@libkv/kv'|" "$binding/tests/types/$name" >"$name"
    done
    "$npm_tools/node_modules/.bin/tsc" --project .
    echo "import { open } from '@libkv/kv'; open(5);" >wrong.mts
    must_fail "$npm_tools/node_modules/.bin/tsc" --project . | tee found
    grep 'wrong.mts.*TS2345' found
}

# refusal: the message with which the program in this folder ends.
refusal() {
    must_fail node -e 'require("@libkv/kv")' 2>message
    grep LibraryError message
}

without_its_package_the_message_says_so() {
    with_both without
    rm -r "node_modules/@libkv/$platform"
    refusal
    grep "the package @libkv/$platform is not installed: npm install @libkv/kv adds it" message
    # The system's library is the next, and KV_LIBRARY the first of all.
    LD_LIBRARY_PATH=$prefix/lib node -p 'require("@libkv/kv").version()' | grep -x "$version"
    KV_LIBRARY=$prefix/lib/libkv.so.0 node -p 'require("@libkv/kv").version()' | grep -x "$version"
}

the_variable_comes_first() {
    with_both variable
    export KV_LIBRARY=/dev/null/libkv.so
    refusal
    grep 'the variable KV_LIBRARY has /dev/null/libkv.so' message
}

another_version_is_refused() {
    with_both version
    sed -i "s/\"version\": \"$version\"/\"version\": \"0.1.9\"/" "node_modules/@libkv/$platform/package.json"
    refusal
    grep "@libkv/$platform has version 0.1.9, and @libkv/kv has version $version; install the two from" message
}

a_platform_without_a_package_is_named() {
    with_both unknown
    sed -i '/"@libkv\/linux-/d' node_modules/@libkv/kv/package.json
    refusal
    grep "$platform has no package of the library" message
}

# description TARBALL: its package.json.
description() { tar -xOzf "$1" package/package.json; }

# Fields that a tree needs and a registry does not take, and scripts, which nothing of kv runs.
the_descriptions_are_for_a_registry() {
    local tarball
    for tarball in "$main" "$library"; do
        description "$tarball" | (! grep -E '"(private|scripts|devDependencies)"')
    done
    description "$main" | node -e '
        const assert = require("node:assert");
        const names = require(process.argv[1] + "/packaging/names.json").npm;
        const platforms = Object.keys(require(process.argv[1] + "/packaging/npm/platforms.json"));
        const { name, version, optionalDependencies } = JSON.parse(require("node:fs").readFileSync(0));
        assert.strictEqual(name, names.package);
        const expected = platforms.map((it) => [names.platform.replace("{platform}", it), version]);
        assert.deepStrictEqual(Object.entries(optionalDependencies), expected);' "$root"
    tar -xOzf "$main" package/README.md >"$scratch/page"
    grep "require('@libkv/kv')" "$scratch/page"
    must_fail grep -nE "(require\(|from )'kv'|\]\((\.|[a-z]+/)" "$scratch/page"
}

files_of() { tar -tzf "$1" | sed 's/^package\///' | sort; }

the_files_are_those_expected() {
    {
        printf '%s\n' LICENSE-APACHE LICENSE-MIT README.md package.json
        (cd "$binding" && git ls-files index.js index.mjs index.d.ts index.d.mts lib types)
    } | sort | diff - <(files_of "$main")
    printf '%s\n' LICENSE-APACHE LICENSE-MIT README.md THIRD-PARTY-NOTICES.txt libkv.so.0 package.json |
        diff - <(files_of "$library")
    tar -xOzf "$library" package/libkv.so.0 >"$scratch/packed.so"
    "$root/packaging/library.sh" "$prefix" "$(mktemp -d)" >"$scratch/packed-from"
    cmp "$scratch/packed.so" "$(cat "$scratch/packed-from")"
    readelf -SW "$scratch/packed.so" | (! grep -E ' \.(symtab|debug_info) ')
}

# publish ADDRESS TARBALL: as far as npm goes without sending it.
publish() { npm publish --dry-run --ignore-scripts --registry "$1" "$2" 2>&1; }

# The address with a path has no package yet; the other one has these.
a_registry_takes_it() {
    local tarball address
    address=$(cat "$scratch/address")
    for tarball in "$main" "$library"; do
        publish "$address/empty" "$tarball" | tee "$scratch/published"
        grep 'public access (dry-run)' "$scratch/published"
        must_fail publish "$address" "$tarball" | tee "$scratch/published"
        grep 'previously published' "$scratch/published"
    done
}

# built NAME PROCESSOR LIBC [VERSION]: a library like this makes the package of that platform.
built() {
    foreign_installation "$@"
    "$root/packaging/npm/build.sh" "$scratch/$1" "$scratch/$1/out"
    test -e "$scratch/$1/out/libkv-$1-$version.tgz"
    cmp "$main" "$scratch/$1/out/$(basename "$main")"
}

no_package_is_for_an_unknown_libc() {
    foreign_installation unknown-libc x86_64 libother.so
    must_fail "$root/packaging/npm/build.sh" "$scratch/unknown-libc" "$scratch/unknown-libc/out" 2>"$scratch/refused"
    grep 'needs neither glibc nor musl' "$scratch/refused"
}

# A registry with the packages of all platforms; npm takes the one that fits, or that it is asked for.
open_registry() {
    mkdir "$scratch/registry"
    cp "$main" "$scratch"/linux-*/out/libkv-linux-*.tgz "$scratch/registry"
    cp "$library" "$scratch/registry"
    # No job of this shell, which waits for its jobs.
    (
        timeout 300 node "$here/registry.js" "$scratch/registry" >"$scratch/address" 2>&1 &
        echo $! >"$scratch/registry.pid"
    )
    until [[ -s $scratch/address ]]; do sleep 0.1; done
}

# chosen NAME PLATFORM OPTION...
chosen() {
    new_program "$1"
    install --prefer-offline "--@libkv:registry=$(cat "$scratch/address")" "${@:3}" @libkv/kv
    printf '%s\n' kv "$2" | diff - <(ls node_modules/@libkv)
}

npm_chooses_this_platform() {
    chosen chosen "$platform"
    uses_kv @libkv/kv
}

# In other surroundings, with other modes of files.
a_second_build_is_equal() {
    local tarball
    (umask 077 && TZ=Asia/Tokyo "$root/packaging/npm/build.sh" "$prefix" "$scratch/second-npm")
    for tarball in "$main" "$library"; do cmp "$tarball" "$scratch/second-npm/$(basename "$tarball")"; done
}

check "the tools for npm are installed as the lock file says" make_npm_tools
job "the files of the packages for npm are those expected" the_files_are_those_expected
job "the descriptions of the packages for npm are for a registry" the_descriptions_are_for_a_registry
job "a program uses the packages by require and import, and removes them" a_program_uses_both
job "the types resolve, and find an error" the_types_resolve
job "without the package of the library the message says so" without_its_package_the_message_says_so
job "KV_LIBRARY comes before the package of the library" the_variable_comes_first
job "a library of another version is refused" another_version_is_refused
if [[ -z $is_long ]]; then return; fi
job "musl makes a package for it" built linux-x64-musl x86_64 libc.musl-x86_64.so.1
job "aarch64 makes a package for it" built linux-arm64-gnu aarch64 libc.so.6 GLIBC_2.17
job "musl on aarch64 makes a package for it" built linux-arm64-musl aarch64 libc.musl-aarch64.so.1
job "a library of no known libc is refused" no_package_is_for_an_unknown_libc
job "a second build of the packages for npm is equal" a_second_build_is_equal
job "an alias gives the package the name kv" it_has_another_name_by_an_alias
job "a platform without a package is named" a_platform_without_a_package_is_named
report
open_registry
job "a registry takes the packages" a_registry_takes_it
job "npm chooses the package of this platform" npm_chooses_this_platform
job "npm chooses that of musl when asked" chosen chosen-musl linux-x64-musl --os=linux --cpu=x64 --libc=musl
job "npm chooses that of aarch64 when asked" chosen chosen-arm64 linux-arm64-gnu --os=linux --cpu=arm64 --libc=glibc
report
end_process "$(cat "$scratch/registry.pid")"
