# shellcheck shell=bash disable=SC2154,SC2317
# packaging/go: two builds are the same, each platform has its module, and a module has another name
# after rename.sh.

need go git readelf

readonly go_build=$root/packaging/go

build_is_formed() {
    cd "$go_build" || return
    test -z "$(gofmt -l .)"
    go vet ./...
    go mod tidy -diff
}

build_is_reproducible() {
    # Not dist/go, which may have other systems besides.
    "$go_build/build.sh" "$prefix" "$scratch/go-first"
    "$go_build/build.sh" "$prefix" "$scratch/go-again"
    diff -r "$scratch/go-first" "$scratch/go-again"
    # Control: another date is seen.
    SOURCE_DATE_EPOCH=1 "$go_build/build.sh" "$prefix" "$scratch/go-other"
    must_fail diff -rq "$scratch/go-first" "$scratch/go-other"
}

# for_platform NAME COMMAND...: a copy of the installation in $scratch/NAME, with a libkv.so that a
# command changes.
for_platform() {
    local to=$scratch/$1
    shift
    mkdir -p "$to/lib/pkgconfig" "$to/share/doc"
    cp -rL "$prefix/include" "$to"
    cp -rL "$prefix/share/doc/kv" "$to/share/doc"
    cp "$prefix/lib/pkgconfig/kv-static.pc" "$to/lib/pkgconfig"
    cp "$prefix/lib/libkv.so" "$prefix/lib/libkv.a" "$to/lib"
    "$@" "$to/lib/libkv.so"
}

# At 18 in an ELF file is the number of the processor, and 183 is that of arm64.
of_arm64() { printf '\xb7\x00' | dd of="$1" bs=1 seek=18 conv=notrunc status=none; }
of_sparc() { printf '\x02\x00' | dd of="$1" bs=1 seek=18 conv=notrunc status=none; }
of_musl() { sed -i 's/libc\.so\.6/libc.musl/g' "$1"; }

# The module of a platform is the one that a build for it takes.
each_platform_has_its_module() {
    for_platform arm64 of_arm64
    for_platform musl of_musl
    "$go_build/build.sh" "$prefix" "$scratch/arm64" "$scratch/musl" "$scratch/go-platforms"
    unset GOPRIVATE GONOPROXY
    export GOMODCACHE=$scratch/go-platforms/modules GOFLAGS='-mod=mod -modcacherw' GOTOOLCHAIN=local
    local module
    module=$(cd "$root/bindings/go" && GOFLAGS='' go list -m)
    export GOPROXY=file://$scratch/go-platforms/go,off GONOSUMDB=$module
    mkdir "$scratch/go-platforms/program"
    cd "$scratch/go-platforms/program" || return
    go mod init example.com/program
    go get "$module"
    takes() { # NAME, of which none is expected where it is empty
        test "$(go list -deps "${@:2}" "$module" | sed -n "s|^$module/lib/||p")" = "$1"
    }
    export CGO_ENABLED=1
    GOARCH=amd64 takes linux_amd64
    GOARCH=amd64 takes linux_amd64_musl -tags musl
    GOARCH=arm64 takes linux_arm64
    GOARCH=arm64 takes '' -tags musl
    GOARCH=arm64 takes '' -tags kv_pkgconfig
    GOARCH=riscv64 takes ''
}

# build_refuses MESSAGE PREFIX...: the build of this tree, or the one that `build` names.
build_refuses() {
    must_fail "${build:-$go_build/build.sh}" "${@:2}" "$scratch/go-refused" 2>"$scratch/go-refusal"
    grep -F "$1" "$scratch/go-refusal" || {
        cat "$scratch/go-refusal"
        return 1
    }
}

build_refuses_what_does_not_fit() {
    for_platform old true
    sed -i 's/^Version: .*/Version: 0.1.9/' "$scratch/old/lib/pkgconfig/kv-static.pc"
    build_refuses "the installation is v0.1.9, and the tree v" "$scratch/old"
    for_platform system-sqlite true
    sed -i 's/^Requires:.*/Requires: sqlite3/' "$scratch/system-sqlite/lib/pkgconfig/kv-static.pc"
    build_refuses "the archive requires sqlite3 of the system" "$scratch/system-sqlite"
    for_platform sparc of_sparc
    build_refuses "libkv.so is for the processor EM_SPARC" "$scratch/sparc"
    build_refuses "another of linux_" "$prefix" "$prefix"
    build_refuses "no such file or directory" "$scratch"
}

readonly renamed=$scratch/renamed
readonly new_module=example.org/store/kv

copies_the_tree() {
    mkdir "$renamed"
    git -C "$root" ls-files -z --cached --others --exclude-standard |
        tar -C "$root" --null --files-from=- -c | tar -C "$renamed" -x
}

renames_the_module() {
    local old
    old=$(cd "$root/bindings/go" && go list -m)
    cd "$renamed" || return
    rename_refuses "is no path of a module" "$old" "store/kv"
    rename_refuses "is no path of a module" "$old" "example.org/a b"
    rename_refuses "the module is not example.org/another" example.org/another "$new_module"
    packaging/go/rename.sh "$old" "$new_module"
    must_fail grep -rIF "$old" . --exclude=names.json
    test -z "$(gofmt -l bindings docs examples tests)"
    # The modules are named by names.json, which is renamed apart.
    export SOURCE_DATE_EPOCH=1
    build=packaging/go/build.sh build_refuses "packaging/go/rename.sh renames it" "$prefix"
    sed -i "s#\"$old\"#\"$new_module\"#" packaging/names.json
    packaging/go/build.sh "$prefix" "$scratch/go-renamed"
    test -s "$scratch/go-renamed/go/$new_module/@v/list"
}

rename_refuses() { # MESSAGE OLD NEW
    must_fail packaging/go/rename.sh "${@:2}" 2>"$scratch/rename-refusal"
    grep -F "$1" "$scratch/rename-refusal"
}

# The tree is as it was, under the new name.
renamed_tree_builds() {
    export PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib
    local module
    for module in . adapters otel prometheus; do
        cd "$renamed/bindings/go/$module" || return
        go build ./...
        go vet ./...
        go mod tidy -diff
    done
    cd "$renamed/bindings/go" || return
    go test -run 'Readme|Example' . ./internal/...
}

# All other modules find their packages.
renamed_modules_load() {
    local file
    find "$renamed" -name go.mod -not -path "$renamed/bindings/go/*" \
        -not -path "$renamed/packaging/*" >"$scratch/renamed-modules"
    test "$(wc -l <"$scratch/renamed-modules")" -ge 5
    find "$renamed/bindings/go/tests" -name go.mod >>"$scratch/renamed-modules"
    while read -r file; do
        cd "$(dirname "$file")" || return
        go list -deps -test ./... >"$scratch/renamed-packages"
        grep -m 1 "^$new_module" "$scratch/renamed-packages"
    done <"$scratch/renamed-modules"
}

job "the program that writes the Go modules is formed, vetted and tidy" build_is_formed
job "two builds of the Go modules are the same" build_is_reproducible
if [[ -z $is_long ]]; then return; fi
job "each platform has its Go module" each_platform_has_its_module
job "a build of the Go modules refuses an installation that does not fit" build_refuses_what_does_not_fit
check "the tree is copied" copies_the_tree
check "the Go module is renamed" renames_the_module
job "the renamed tree builds" renamed_tree_builds
job "the renamed modules find their packages" renamed_modules_load
