package main

import (
	"fmt"
	"strings"

	"golang.org/x/mod/module"
)

// defaultLink is the file of the tree that links the library of the system; the published module
// has those of linkFiles in its place.
const defaultLink = "internal/capi/link_default.go"

// bundled holds in a build that takes the archive of a platform's module.
const bundled = "!kv_pkgconfig && !kv_static"

// modulePath returns the path of a platform's module.
func modulePath(binding string, platform Platform) string {
	return binding + "/lib/" + platform.Name()
}

// linkFiles returns the files by which the binding takes the archive of each platform, and refuses
// other platforms.
func linkFiles(binding string, platforms []Platform) []File {
	var files []File
	refused, names := "cgo && "+bundled, []string{}
	for _, platform := range platforms {
		files = append(files, textFile("internal/capi/link_"+platform.Name()+".go",
			fmt.Appendf(nil, linkFile, platform.Constraint(), bundled, modulePath(binding, platform))))
		refused += " && !(" + platform.Constraint() + ")"
		names = append(names, platform.Name())
	}
	return append(files, textFile("internal/library/no_archive.go",
		fmt.Appendf(nil, refusalFile, refused, strings.Join(names, ", "))))
}

const linkFile = `//go:build %s && %s

package capi

// #cgo CFLAGS: -I${SRCDIR}/../library
import "C"

import _ "%s"
`

const refusalFile = `//go:build %s

package library

const _ int = "kv has no archive for this platform, only for %s: install the library, and build with -tags kv_pkgconfig"
`

// moduleOfPlatform returns the module that has the archive of a platform.
func moduleOfPlatform(tree Tree, platform Platform) Module {
	name := module.Version{Path: modulePath(tree.Module, platform), Version: tree.Version}
	goMod := fmt.Appendf(nil, "module %s\n\ngo %s\n", name.Path, tree.Go)
	documents := platform.Prefix + "/share/doc/kv"
	files := []File{
		textFile("go.mod", goMod),
		textFile("lib.go", fmt.Appendf(nil, archiveFile, platform.Name(), tree.Module, platform.Libraries)),
		fileOf("libkv.a", platform.Prefix, "lib/libkv.a"),
		fileOf("THIRD-PARTY-NOTICES.txt", documents, "THIRD-PARTY-NOTICES.txt"),
	}
	return Module{Name: name, GoMod: goMod, Files: append(files, licences(documents)...)}
}

const archiveFile = `// Package %[1]s is the static library of kv for this platform. Package %[2]s imports it.
package %[1]s

// #cgo LDFLAGS: ${SRCDIR}/libkv.a %[3]s
import "C"
`
