package kv_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"kv.internal/kv"
)

// The name of the variable that makes this program one that writes to a location and ends.
const writerVariable = "KV_TEST_WRITE_TO"

func TestMain(m *testing.M) {
	location := os.Getenv(writerVariable)
	if location == "" {
		os.Exit(m.Run())
	}
	ctx := context.Background()
	store, err := kv.Open(ctx, location)
	if err == nil {
		err = store.Set(ctx, "g", "k", []byte("of another process"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	// Without a close, as one that is killed.
	os.Exit(0)
}

func TestWatchesAndCallbacksHearOfAnotherProcess(t *testing.T) {
	location := "sqlite:" + filepath.Join(t.TempDir(), "store.db") + "?changes=on"
	store := openAt(t, location)
	w := watch(t, store, kv.InGroup("g"))
	heard := make(chan string, 10)
	onChange(t, store, func(event kv.Event) { heard <- told(event) })
	writer := exec.Command(must(os.Executable())(t))
	writer.Env = append(os.Environ(), writerVariable+"="+location)
	if output, err := writer.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	const want = "set g/k of another process"
	hears(t, w, want)
	got, _ := within(t, heard)
	equal(t, got, want)
	ok(t, store.Delete(t.Context(), "g", "k"))
	got, _ = within(t, heard)
	equal(t, got, "delete g/k")
}
