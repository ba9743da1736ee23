package kv_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"kv.internal/kv"
)

func servicesFile(t *testing.T, text string) string {
	path := filepath.Join(t.TempDir(), "services.yaml")
	ok(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestAServicesFileOpensStoresByName(t *testing.T) {
	directory := t.TempDir()
	t.Setenv("KV_TEST_DIRECTORY", directory)
	config := servicesFile(t, `
services:
  sessions: {type: kvstore_sqlite, config: {path: "${KV_TEST_DIRECTORY}/sessions.db", changes: on}}
  cache: {type: kvstore_memory, config: {max_entries: 2, evict: lru}}
  broken: {type: kvstore_sqlite, config: {path: a.db, colour: blue}}
`)
	sessions := must(kv.OpenConfig(t.Context(), config, "sessions"))(t)
	defer sessions.Close()
	fill(t, sessions, "g", "a")
	ok(t, last(sessions.Changes(t.Context(), 0)))
	again := openAt(t, filepath.Join(directory, "sessions.db"))
	equal(t, must(again.Count(t.Context(), "g"))(t), 1)

	cache := must(kv.OpenConfig(t.Context(), config, "cache"))(t)
	defer cache.Close()
	for _, key := range []string{"a", "b", "c"} {
		ok(t, cache.Set(t.Context(), "g", key, nil))
	}
	equal(t, must(cache.Exists(t.Context(), "g", "a"))(t), false)
	figures := must(cache.Stats(t.Context()))(t)
	equal(t, figures.Evictions, 1)
	equal(t, figures.MaxEntries, 2)
	equal(t, figures.MaxBytes, 0)

	_, err := kv.OpenConfig(t.Context(), config, "broken")
	is(t, err, kv.ErrConfig)
	if !strings.Contains(err.Error(), "colour") || !strings.Contains(err.Error(), "line 5") {
		t.Fatal(err)
	}
	_, err = kv.OpenConfig(t.Context(), config, "missing")
	is(t, err, kv.ErrConfig)
	_, err = kv.OpenConfig(t.Context(), filepath.Join(directory, "missing.yaml"), "cache")
	is(t, err, syscall.ENOENT)
	for _, text := range []string{"a\x00b", "\xff"} {
		_, err = kv.OpenConfig(t.Context(), text, "cache")
		is(t, err, kv.ErrArgument)
		_, err = kv.OpenConfig(t.Context(), config, text)
		is(t, err, kv.ErrArgument)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = kv.OpenConfig(cancelled, config, "cache")
	is(t, err, context.Canceled)
}

func TestAFullCacheThatEvictsNothingIsErrFull(t *testing.T) {
	store := openAt(t, "memory:?max_bytes=1KiB")
	fill(t, store, "g", "a")
	is(t, store.Set(t.Context(), "g", "a", make([]byte, 2000)), kv.ErrFull)
	equal(t, string(must(store.Get(t.Context(), "g", "a"))(t)), "value of a")
}
