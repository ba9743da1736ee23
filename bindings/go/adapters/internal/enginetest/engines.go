// Package enginetest runs tests of the adapters on each engine.
package enginetest

import (
	"path/filepath"
	"testing"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/redistest"
)

// Each runs a test on an empty store in memory, in a file, with a log and in a Redis.
func Each(t *testing.T, test func(t *testing.T, store *kv.Store)) {
	t.Helper()
	for engine, location := range map[string]func(*testing.T) string{
		"memory": func(*testing.T) string { return "memory:" },
		"file":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "store.db") },
		"log":    func(t *testing.T) string { return "log:" + filepath.Join(t.TempDir(), "store") },
		"redis":  func(t *testing.T) string { return redistest.Start(t, "").Location() },
	} {
		t.Run(engine, func(t *testing.T) {
			test(t, Open(t, location(t)))
		})
	}
}

// Open opens a store for one test.
func Open(t *testing.T, location string) *kv.Store {
	t.Helper()
	store, err := kv.Open(t.Context(), location)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

// Closed returns a store that was closed.
func Closed(t *testing.T) *kv.Store {
	t.Helper()
	store := Open(t, "memory:")
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return store
}
