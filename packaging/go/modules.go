package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// folders are those below bindings/go whose modules are published; the first is the binding's own.
var folders = []string{".", "adapters", "otel", "prometheus"}

// modulesOf returns the modules of the tree, and one for each platform.
func modulesOf(tree Tree, platforms []Platform) ([]Module, error) {
	var modules []Module
	for _, folder := range folders {
		each, err := moduleIn(tree, folder, platforms)
		if err != nil {
			return nil, fmt.Errorf("bindings/go/%s: %w", folder, err)
		}
		if folder == "." {
			// One header serves all platforms.
			each.Files = append(each.Files, linkFiles(tree.Module, platforms)...)
			each.Files = append(each.Files, fileOf("internal/library/kv.h", platforms[0].Prefix, "include/kv.h"))
		}
		modules = append(modules, each)
	}
	for _, platform := range platforms {
		modules = append(modules, moduleOfPlatform(tree, platform))
	}
	return modules, nil
}

// moduleIn returns the module of a folder, without tests, which requires versions and no folders.
func moduleIn(tree Tree, folder string, platforms []Platform) (Module, error) {
	directory := filepath.Join(tree.Root, "bindings", "go", folder)
	goMod, err := publishedGoMod(tree, directory, folder == ".", platforms)
	if err != nil {
		return Module{}, err
	}
	if expected := path.Join(tree.Module, folder); goMod.Module.Mod.Path != expected {
		return Module{}, fmt.Errorf("go.mod says %s, and packaging/names.json %s; packaging/go/rename.sh renames it",
			goMod.Module.Mod.Path, expected)
	}
	text, err := goMod.Format()
	if err != nil {
		return Module{}, err
	}
	files, err := filesBelow(directory)
	files = append(files, textFile("go.mod", text))
	return Module{
		Name:  module.Version{Path: goMod.Module.Mod.Path, Version: tree.Version},
		GoMod: text,
		Files: append(files, licences(tree.Root)...),
	}, err
}

func publishedGoMod(tree Tree, directory string, isBinding bool, platforms []Platform) (*modfile.File, error) {
	goMod, err := readGoMod(directory)
	if err != nil {
		return nil, err
	}
	for _, replaced := range slices.Clone(goMod.Replace) {
		required := replaced.Old.Path
		if err := goMod.DropReplace(required, ""); err != nil {
			return nil, err
		}
		if err := goMod.AddRequire(required, tree.Version); err != nil {
			return nil, err
		}
	}
	for _, platform := range platforms {
		goMod.AddNewRequire(modulePath(tree.Module, platform), tree.Version, !isBinding)
	}
	goMod.SortBlocks()
	goMod.Cleanup()
	return goMod, nil
}

func readGoMod(directory string) (*modfile.File, error) {
	text, err := os.ReadFile(filepath.Join(directory, "go.mod"))
	if err != nil {
		return nil, err
	}
	return modfile.Parse("go.mod", text, nil)
}

var (
	published = regexp.MustCompile(`\.(go|c|h|md)$|^go\.sum$`)
	test      = regexp.MustCompile(`_test\.go$`)
	// Examples are a part of the reference.
	example = regexp.MustCompile(`^example(_\w+)?_test\.go$`)
)

// filesBelow returns the files of a module but for its go.mod, and without those of the tree alone:
// tests, and the file for which each platform has another.
func filesBelow(directory string) ([]File, error) {
	var files []File
	err := filepath.WalkDir(directory, func(place string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			_, err := os.Stat(filepath.Join(place, "go.mod"))
			if place != directory && (err == nil || name == "tests" || name == "testdata" || strings.HasPrefix(name, ".")) {
				return fs.SkipDir
			}
			return nil
		}
		below, err := filepath.Rel(directory, place)
		isLeftOut := test.MatchString(name) && !example.MatchString(name) || below == defaultLink
		if published.MatchString(name) && !isLeftOut {
			files = append(files, fileOf(filepath.ToSlash(below), directory, below))
		}
		return err
	})
	return files, err
}

func licences(directory string) []File {
	return []File{
		fileOf("LICENSE-APACHE", directory, "LICENSE-APACHE"),
		fileOf("LICENSE-MIT", directory, "LICENSE-MIT"),
	}
}
