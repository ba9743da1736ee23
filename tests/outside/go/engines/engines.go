// Package engines runs a test on an empty store of each engine: in a file, in memory, on a Redis.
package engines

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"kv.internal/kv"
)

// Names are the engines, as the subtests are called.
var Names = []string{"file", "memory", "redis"}

// The variable with the location of a Redis, without options: redis://127.0.0.1:6379/0.
const redisVariable = "KV_OUTSIDE_REDIS"

// Each runs a test for each engine, with the location of an empty store. Every Open of the location
// opens the same store. Without KV_OUTSIDE_REDIS the test on a Redis is skipped.
func Each(t *testing.T, test func(t *testing.T, location string)) {
	t.Helper()
	for _, engine := range Names {
		t.Run(engine, func(t *testing.T) {
			if engine == "redis" && os.Getenv(redisVariable) == "" {
				t.Skip(redisVariable + " names no Redis; scripts/outside.sh starts one")
			}
			location := Location(engine, t.TempDir())
			// In memory the entries last as long as a handle.
			keeper := Open(t, location)
			defer keeper.Close()
			test(t, location)
		})
	}
}

// EachStore is Each for a test that needs one store, which is closed after it.
func EachStore(t *testing.T, test func(t *testing.T, store *kv.Store)) {
	t.Helper()
	Each(t, func(t *testing.T, location string) {
		store := Open(t, location)
		defer store.Close()
		test(t, store)
	})
}

// Open opens a store, and ends the test if that fails.
func Open(t *testing.T, location string) *kv.Store {
	t.Helper()
	store, err := kv.Open(t.Context(), location)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

var stores atomic.Int64

// Location returns the location of a store that is not there yet; that of a file is in a directory.
func Location(engine, directory string) string {
	name := fmt.Sprintf("outside-%d-%d", os.Getpid(), stores.Add(1))
	switch engine {
	case "file":
		return filepath.Join(directory, name+".db")
	case "memory":
		return "memory:" + name
	case "redis":
		return os.Getenv(redisVariable) + "?prefix=" + name
	}
	panic("no engine is called " + engine)
}
