// Command packaging writes the modules of the Go binding, with an archive of the library for each
// platform, into a folder that the go command reads as a module proxy.
//
//	packaging ROOT OUT PREFIX...
//
// ROOT is the tree of kv, and PREFIX an installation of it for one platform. The modules are dated
// by SOURCE_DATE_EPOCH.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("packaging/go: ")
	if len(os.Args) < 4 {
		log.Fatal("usage: packaging ROOT OUT PREFIX...")
	}
	if err := write(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		log.Fatal(err)
	}
}

func write(root, out string, prefixes []string) error {
	tree, err := readTree(root)
	if err != nil {
		return err
	}
	date, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64)
	if err != nil {
		return fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	platforms, err := readPlatforms(prefixes, tree.Version)
	if err != nil {
		return err
	}
	modules, err := modulesOf(tree, platforms)
	if err != nil {
		return err
	}
	for _, each := range modules {
		if err := each.writeTo(out, time.Unix(date, 0).UTC()); err != nil {
			return fmt.Errorf("%s: %w", each.Name, err)
		}
	}
	return nil
}

// Tree is the source that the modules are made of.
type Tree struct {
	Root string
	// Version begins with a v, as those of modules do.
	Version string
	// Module is the path of the binding's module in packaging/names.json.
	Module string
	// Go is the least version of Go.
	Go string
}

func readTree(root string) (Tree, error) {
	cargo, err := os.ReadFile(filepath.Join(root, "Cargo.toml"))
	if err != nil {
		return Tree{}, err
	}
	version := regexp.MustCompile(`(?m)^version = "(.*)"$`).FindSubmatch(cargo)
	if version == nil {
		return Tree{}, fmt.Errorf("Cargo.toml has no version")
	}
	text, err := os.ReadFile(filepath.Join(root, "packaging", "names.json"))
	if err != nil {
		return Tree{}, err
	}
	var names struct{ Go struct{ Module string } }
	if err := json.Unmarshal(text, &names); err != nil {
		return Tree{}, fmt.Errorf("packaging/names.json: %w", err)
	}
	goMod, err := readGoMod(filepath.Join(root, "bindings", "go"))
	if err != nil {
		return Tree{}, err
	}
	return Tree{
		Root: root, Version: "v" + string(version[1]), Module: names.Go.Module, Go: goMod.Go.Version,
	}, nil
}
