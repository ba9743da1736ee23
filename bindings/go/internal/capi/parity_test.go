package capi

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sources returns this package's, without its tests.
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
		// It would run Go in calls that are marked as running none. Package kv has a trace of its own.
		if !called[symbol] && symbol != "kv_set_trace" {
			t.Errorf("%s is not called", symbol)
		}
	}
	if functions < 75 {
		t.Fatalf("the list has only %d functions", functions)
	}
}

// mayCallBack are the functions that may run a Go function: a callback of OnChange, the release of
// one, or a progress.
var mayCallBack = strings.Fields(`
	go_set go_set_ttl go_set_json go_put go_delete go_delete_version go_take go_increment go_append
	go_expire go_persist go_delete_group go_delete_prefix go_delete_all go_purge_expired go_quota_set
	go_commit kv_batch_commit go_txn_commit
	go_lock_acquire go_lock_renew go_lock_release
	go_idempotency_begin go_idempotency_complete go_idempotency_forget
	go_writer_open go_writer_write go_writer_commit go_writer_abort go_reader_close
	go_open go_open_config kv_close kv_subscription_close go_set_log kv_compact kv_flush go_backup go_restore go_copy`)

// Every function that is called through cgo says what the compiler may rely on. A mark on one that
// runs a Go function ends the program when it does; one mark without the other has no effect.
func TestEveryCallIsMarkedUnlessItMayCallBack(t *testing.T) {
	text := sources(t)
	marked := map[string]string{}
	for _, mark := range regexp.MustCompile(`#cgo (noescape|nocallback) (\w+)`).FindAllStringSubmatch(text, -1) {
		marked[mark[2]] += mark[1] + " "
	}
	// A type, and functions that return static text or a number.
	without := append([]string{"kv_status", "kv_strerror", "kv_call_name", "kv_version", "kv_version_number", "kv_abi_version"}, mayCallBack...)
	called := map[string]bool{}
	for _, call := range regexp.MustCompile(`\bC\.((?:go|kv)_\w+)\(`).FindAllStringSubmatch(text, -1) {
		called[call[1]] = true
		want := "noescape nocallback "
		if slices.Contains(without, call[1]) {
			want = ""
		}
		if got := marked[call[1]]; got != want {
			t.Errorf("%s is marked %q, not %q", call[1], got, want)
		}
	}
	for _, name := range mayCallBack {
		if !called[name] {
			t.Errorf("%s is not called", name)
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
