package capi

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// sources gives this package's, without its tests.
func sources(t *testing.T) string {
	var all strings.Builder
	for _, pattern := range []string{"*.go", "*.c", "*.h"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
		}
	}
	return all.String()
}

func TestEveryFunctionOfTheLibraryIsCalled(t *testing.T) {
	symbols, err := os.ReadFile("../../../../include/symbols.txt")
	if err != nil {
		t.Fatal(err)
	}
	called := map[string]bool{}
	for _, call := range regexp.MustCompile(`\b(kv_[a-z_]+)\(`).FindAllStringSubmatch(sources(t), -1) {
		called[call[1]] = true
	}
	functions := 0
	for _, symbol := range strings.Fields(string(symbols)) {
		if !strings.HasPrefix(symbol, "kv_") {
			continue
		}
		functions++
		if !called[symbol] {
			t.Errorf("%s is not called", symbol)
		}
	}
	if functions < 75 {
		t.Fatalf("the list has only %d functions", functions)
	}
}

// Every function that is called through cgo says what the compiler may rely on.
func TestEveryCallIsMarked(t *testing.T) {
	text := sources(t)
	marked := map[string]string{}
	for _, mark := range regexp.MustCompile(`#cgo (noescape|nocallback) (\w+)`).FindAllStringSubmatch(text, -1) {
		marked[mark[2]] += mark[1] + " "
	}
	// A type; texts that are static; and a backup and a copy, which call back.
	without := map[string]string{"kv_status": "", "kv_strerror": "", "kv_version": "", "kv_version_number": "", "kv_abi_version": "",
		"go_backup": "noescape ", "go_copy": "noescape "}
	for _, call := range regexp.MustCompile(`\bC\.((?:go|kv)_\w+)\(`).FindAllStringSubmatch(text, -1) {
		want, isException := without[call[1]]
		if !isException {
			want = "noescape nocallback "
		}
		got := marked[call[1]]
		if got != want && got != "nocallback noescape " {
			t.Errorf("%s is marked %q", call[1], got)
		}
	}
}

func TestNoOtherPackageCallsC(t *testing.T) {
	err := filepath.WalkDir("../..", func(path string, entry os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || filepath.Dir(path) == filepath.Join("..", "..", "internal", "capi") {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), "import \"C\"\n") {
			t.Errorf("%s does", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
