package kv_test

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"kv.internal/kv"
)

// engines are the locations on which behaviour is tested: each engine there is.
func engines(t *testing.T, test func(t *testing.T, store *kv.Store)) {
	t.Run("memory", func(t *testing.T) { test(t, openAt(t, "memory:")) })
	t.Run("sqlite", func(t *testing.T) { test(t, openFile(t)) })
}

func openAt(t testing.TB, location string) *kv.Store {
	t.Helper()
	store, err := kv.Open(t.Context(), location)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil && !errors.Is(err, kv.ErrClosed) {
			t.Error(err)
		}
	})
	return store
}

func openFile(t testing.TB) *kv.Store {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "store.db"))
}

// openLog opens a file that keeps a log of changes.
func openLog(t testing.TB) *kv.Store {
	t.Helper()
	return openAt(t, "sqlite:"+filepath.Join(t.TempDir(), "store.db")+"?changes=on")
}

// within ends the test if something does not come in a time in which it always does.
func within[T any](t testing.TB, from <-chan T) (T, bool) {
	t.Helper()
	select {
	case value, isOpen := <-from:
		return value, isOpen
	case <-time.After(time.Minute):
		t.Fatal("nothing comes")
		panic("unreachable")
	}
}

// spawn runs a function on a goroutine of its own, for the group to wait for.
func spawn(group *sync.WaitGroup, run func()) {
	group.Add(1)
	go func() {
		defer group.Done()
		run()
	}()
}

// must returns a value or ends the test.
func must[T any](value T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// is ends the test unless an error is of a kind.
func is(t testing.TB, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("got %v, want %v", err, kind)
	}
}

func equal[T comparable](t testing.TB, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("got %v, want %v", got, want)
	}
}
