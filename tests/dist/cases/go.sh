# shellcheck shell=bash disable=SC2154,SC2317
# The Go modules: `go get` from the proxy of files, in folders without the library.

need go pkg-config readelf

go_module=$(cd "$root/bindings/go" && go list -m)
go_version=v$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml")
# Third-party modules come from Go's cache, and those that it lacks from the usual proxy.
go_others=file://$(go env GOMODCACHE)/cache/download,$(go env GOPROXY)

# go_folder NAME: an empty folder with a cache of modules of its own, and no way to a library of the
# system.
go_folder() {
    mkdir -p "$scratch/go/$1"
    cd "$scratch/go/$1" || return
    unset PKG_CONFIG_PATH LD_LIBRARY_PATH GOPRIVATE GONOPROXY
    export PKG_CONFIG=false CGO_ENABLED=1 GOTOOLCHAIN=local GOWORK=off
    export GOMODCACHE=$scratch/go/modules-$1 GOFLAGS='-mod=mod -modcacherw'
    export GOPROXY=file://$out/go,off GONOSUMDB=$go_module
}

# go_program NAME [VERSION]: a module in such a folder, with a program that sets and gets.
go_program() {
    go_folder "$1"
    go mod init "example.com/$1"
    cat >main.go <<GO
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"$go_module"
)

func main() {
	ctx := context.Background()
	store, err := kv.Open(ctx, os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	if err := store.Set(ctx, "config", "colour", []byte("blue")); err != nil {
		log.Fatal(err)
	}
	colour, err := store.Get(ctx, "config", "colour")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("colour = %s, kv %s\n", colour, kv.Version())
}
GO
    go get "$go_module${2-}"
}

# go_runs PROGRAM: it prints what go_program says, and leaves its store.
go_runs() {
    local store
    store=$(mktemp -u "$PWD/store-XXXXXX.db")
    test "$("$1" "$store")" = "colour = blue, kv ${go_version#v}"
    test -s "$store"
}

go_needs_the_library() { # PROGRAM
    grep -F '[libkv.so.0]' <(readelf -d "$1")
}

# go_says MESSAGE COMMAND...: the command fails with the message.
go_says() {
    local message=$1
    shift
    must_fail "$@" >said 2>&1
    grep -F -- "$message" said || {
        cat said
        return 1
    }
}

go_gets_and_builds() {
    go_program get "@$go_version"
    go build -o program .
    go_runs ./program
    must_fail go_needs_the_library program
    go version -m program >built
    grep -P "^\tdep\t$go_module/lib/linux_\w+\t$go_version\t" built
    go mod tidy
    go mod verify
    # Its own code, and the packages and examples of the module.
    go vet . "$go_module/..."
}

# A vendor folder is all that a build takes.
go_vendors() {
    go_program vendor
    go mod vendor
    export GOPROXY=off GOMODCACHE=$scratch/go/none GOFLAGS=-mod=vendor
    go build -o program .
    go_runs ./program
    # Controls: the header and the archive are those of the folder.
    local archive
    archive=$(go list -deps -f '{{.Dir}}' . | grep /lib/)/libkv.a
    go_is_taken "vendor/$go_module/internal/library/kv.h"
    go_is_taken "$archive"
}

# go_is_taken FILE: without it nothing is built. A flag that changes little makes Go compile the
# calls of C again.
go_is_taken() {
    mv "$1" kept
    go_says "$(basename "$1")" go build -gcflags="$go_module/internal/capi=-N" -o without .
    mv kept "$1"
}

go_takes_the_system_library() {
    go_program tags
    # Control: there is none but that of the prefix.
    go_says 'Package kv was not found' env PKG_CONFIG=pkg-config PKG_CONFIG_LIBDIR=/nowhere \
        go build -tags kv_pkgconfig .
    export PKG_CONFIG=pkg-config PKG_CONFIG_PATH=$prefix/lib/pkgconfig
    go build -tags kv_pkgconfig -o shared .
    go_needs_the_library shared
    LD_LIBRARY_PATH=$prefix/lib go_runs ./shared
    local tags
    for tags in kv_static kv_static,kv_pkgconfig; do
        go build -tags "$tags" -o static .
        must_fail go_needs_the_library static
        go_runs ./static
        go version -m static >built
        must_fail grep "$go_module/lib/" built
    done
}

go_refuses_other_platforms() {
    go_program platforms
    local none="kv has no archive for this platform"
    go_says "kv calls C: build with CGO_ENABLED=1 and a C compiler" env CGO_ENABLED=0 go build .
    go_says "kv calls C: build with CGO_ENABLED=1 and a C compiler" env GOARCH=riscv64 CGO_ENABLED=0 go build .
    go_says "$none" env GOARCH=riscv64 go build .
    go_says "$none" env GOOS=darwin go build .
    if [[ -d $(go_archive linux_amd64_musl) ]]; then return; fi
    go_says "$none" go build -tags musl .
    go_says "build with -tags kv_pkgconfig" go vet -tags musl .
}

# go_archive PLATFORM: prints the folder of the module with its archive.
go_archive() { echo "$out/go/$go_module/lib/$1"; }

# With the compiler that has built the archive, and an emulator for another processor.
go_runs_on() { # PLATFORM TARGET
    local -A architectures=([x86_64]=amd64 [aarch64]=arm64)
    local words=()
    # shellcheck source=packaging/targets/target.sh
    . "$root/packaging/targets/target.sh"
    target_of "$2" "${KV_TARGETS:-$target/targets}"
    # A program on musl is static: this system has no such loader in its place.
    if [[ $2 == *-musl ]]; then words=(-tags musl -ldflags "-linkmode external -extldflags '-static -Wl,--eh-frame-hdr'"); fi
    go_program "$1"
    GOARCH=${architectures[$processor]} CC=$compiler go build "${words[@]}" -o program .
    test "$("${emulator[@]}" ./program "$PWD/store.db")" = "colour = blue, kv ${go_version#v}"
    test -s store.db
    go version -m program | grep -P "^\tdep\t$go_module/lib/$1\t"
}

# The commands of the README, in this shell.
go_does_as_the_readme_says() {
    export GOPROXY=$go_others GONOSUMDB=
    awk '/^## /{ chapter = $0 } /^```/{ inside = $0 == "```sh" && !inside; next }
        chapter == "## Without a library of the system" && inside' "$root/bindings/go/README.md" |
        sed "s|/path/to/OUT|$out|" >commands
    grep '^go get ' commands
    # shellcheck source=/dev/null
    . ./commands
}

# The modules beside that of the binding; go_others has what they require.
go_gets_the_others() {
    go_folder others
    go mod init example.com/others
    go_does_as_the_readme_says
    cat >main.go <<GO
package main

import (
	"context"
	"fmt"
	"log"

	"$go_module"
	"$go_module/adapters/petrock"
	"$go_module/otel"
	"$go_module/prometheus"
	prometheusclient "github.com/prometheus/client_golang/prometheus"
)

var (
	_ = petrock.New
	_ = kvotel.NewTrace
)

func main() {
	store, err := kv.Open(context.Background(), "memory:")
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	registry := prometheusclient.NewRegistry()
	registry.MustRegister(kvprometheus.NewCollector(store, nil))
	families, err := registry.Gather()
	fmt.Println(len(families) > 10, err)
}
GO
    go get "$go_module/adapters@$go_version" "$go_module/otel@$go_version" "$go_module/prometheus@$go_version"
    go mod tidy
    go build -o program .
    test "$(./program)" = "true <nil>"
    must_fail go_needs_the_library program
    go vet "$go_module/adapters/..." "$go_module/otel/..." "$go_module/prometheus/..."
}

job "go get builds a program without a library of the system" go_gets_and_builds
if [[ -z $is_long ]]; then return; fi
job "go mod vendor keeps the header and the archive" go_vendors
job "the tags take the library of the system" go_takes_the_system_library
job "a build for another platform says what to do" go_refuses_other_platforms
job "go get of the modules for adapters, OpenTelemetry and Prometheus" go_gets_the_others
for each in linux_amd64_musl=x86_64-unknown-linux-musl linux_arm64=aarch64-unknown-linux-gnu \
    linux_arm64_musl=aarch64-unknown-linux-musl; do
    if [[ -d $(go_archive "${each%=*}") ]]; then
        job "go get builds a program for ${each%=*}, and it runs" go_runs_on "${each%=*}" "${each#*=}"
    fi
done
