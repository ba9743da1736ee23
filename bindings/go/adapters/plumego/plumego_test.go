package plumego_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/plumego"
)

func openStore(t *testing.T) *plumego.KVStore {
	t.Helper()
	store, err := plumego.NewKVStore(plumego.Options{DataDir: filepath.Join(t.TempDir(), "deep", "data:dir")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

func TestTheQuickExampleWorks(t *testing.T) {
	store := openStore(t)
	if err := store.Set("session:abc", []byte(`{"user":"alice"}`), 30*time.Minute); err != nil {
		t.Fatal(err)
	}
	data, err := store.Get("session:abc")
	if err != nil || string(data) != `{"user":"alice"}` || !store.Exists("session:abc") {
		t.Fatalf("%q, %v", data, err)
	}
	if err := store.Delete("session:abc"); err != nil || store.Exists("session:abc") {
		t.Fatal(err)
	}
}

func TestADataDirIsRequiredAndIsMade(t *testing.T) {
	for _, directory := range []string{"", "  "} {
		if _, err := plumego.NewKVStore(plumego.Options{DataDir: directory}); err == nil || err.Error() != "kv: data dir is required" {
			t.Errorf("%q: %v", directory, err)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := plumego.NewKVStore(plumego.Options{DataDir: filepath.Join(file, "x")}); err == nil {
		t.Error("a file is no directory")
	}
	directory := filepath.Join(t.TempDir(), "data")
	first, err := plumego.NewKVStore(plumego.Options{DataDir: directory})
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Set("k", []byte("kept"), 0); err != nil || first.Close() != nil {
		t.Fatal(err)
	}
	second, err := plumego.NewKVStore(plumego.Options{DataDir: directory})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if data, err := second.Get("k"); string(data) != "kept" || err != nil {
		t.Errorf("%q, %v", data, err)
	}
}

func TestAMissingKeyIsErrKeyNotFoundForGetAndDelete(t *testing.T) {
	store := openStore(t)
	if _, err := store.Get("k"); err != plumego.ErrKeyNotFound {
		t.Errorf("get: %v", err)
	}
	if err := store.Delete("k"); err != plumego.ErrKeyNotFound {
		t.Errorf("delete: %v", err)
	}
}

func TestATTLOfZeroOrLessIsNone(t *testing.T) {
	store := openStore(t)
	for _, ttl := range []time.Duration{0, -1, -time.Hour} {
		if err := store.Set("k", nil, ttl); err != nil || !store.Exists("k") {
			t.Errorf("%v: %v", ttl, err)
		}
	}
	if err := store.Set("brief", nil, time.Millisecond); err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); store.Exists("brief"); {
		if time.Since(begun) > time.Minute {
			t.Fatal("it stays")
		}
	}
	if _, err := store.Get("brief"); err != plumego.ErrKeyNotFound {
		t.Error(err)
	}
}

func TestAnEmptyKeyAndControlCharactersAreRefused(t *testing.T) {
	store := openStore(t)
	for _, key := range []string{"", "a\x00b", "\n", "\x7f"} {
		for name, err := range map[string]error{
			"set":    store.Set(key, nil, 0),
			"get":    func() error { _, err := store.Get(key); return err }(),
			"delete": store.Delete(key),
			"exists": func() error { _, err := store.ExistsContext(t.Context(), key); return err }(),
		} {
			if err != plumego.ErrKeyRequired {
				t.Errorf("%s of %q: %v", name, key, err)
			}
		}
		if store.Exists(key) {
			t.Errorf("%q exists", key)
		}
	}
}

func TestValuesAreCopiedInAndOutAndAnEmptyOneIsThere(t *testing.T) {
	store := openStore(t)
	value := []byte("blue")
	if err := store.Set("k", value, 0); err != nil {
		t.Fatal(err)
	}
	value[0] = 'X'
	got, _ := store.Get("k")
	got[1] = 'Y'
	if got, err := store.Get("k"); string(got) != "blue" || err != nil {
		t.Fatalf("%q, %v", got, err)
	}
	if err := store.Set("k", nil, 0); err != nil {
		t.Fatal(err)
	}
	if got, err := store.Get("k"); got == nil || len(got) != 0 || err != nil {
		t.Fatalf("%#v, %v", got, err)
	}
	if err := store.Set("k", make([]byte, 512<<20+1), 0); !errors.Is(err, plumego.ErrValueTooLarge) {
		t.Fatal(err)
	}
}

func TestAfterCloseEverythingIsErrStoreClosedAndCloseIsIdempotent(t *testing.T) {
	store := openStore(t)
	for range 2 {
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Set("k", nil, 0); err != plumego.ErrStoreClosed {
		t.Error(err)
	}
	if _, err := store.Get("k"); err != plumego.ErrStoreClosed {
		t.Error(err)
	}
	if err := store.Delete("k"); err != plumego.ErrStoreClosed {
		t.Error(err)
	}
	if store.Exists("k") {
		t.Error("it exists")
	}
}

// caches has each Cache there is.
func caches(t *testing.T, config plumego.Config) map[string]plumego.Cache {
	memory, err := plumego.NewMemoryCacheWithConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	store, err := kv.Open(t.Context(), filepath.Join(t.TempDir(), "cache.db"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := plumego.NewCache(store, "cache", config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { memory.Close(); file.Close(); store.Close() })
	return map[string]plumego.Cache{"memory": memory, "file": file}
}

func TestACacheKeepsWhatItIsGivenAndDeleteOfAMissingKeyIsNil(t *testing.T) {
	for name, cache := range caches(t, plumego.DefaultConfig()) {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			if err := cache.Set(ctx, "user:42", []byte("{}"), 5*time.Minute); err != nil {
				t.Fatal(err)
			}
			if data, err := cache.Get(ctx, "user:42"); string(data) != "{}" || err != nil {
				t.Fatalf("%q, %v", data, err)
			}
			for _, want := range []bool{true, false} {
				if there, err := cache.Exists(ctx, "user:42"); there != want || err != nil {
					t.Fatalf("%v, %v", there, err)
				}
				if err := cache.Delete(ctx, "user:42"); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := cache.Get(ctx, "user:42"); err != plumego.ErrNotFound {
				t.Fatal(err)
			}
		})
	}
}

func TestATTLOfZeroOrLessIsTheDefaultOne(t *testing.T) {
	store, err := kv.Open(t.Context(), "memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for _, fallback := range []time.Duration{time.Hour, 0} {
		cache, err := plumego.NewCache(store, "", plumego.Config{DefaultTTL: fallback})
		if err != nil {
			t.Fatal(err)
		}
		for _, ttl := range []time.Duration{0, -time.Second} {
			if err := cache.Set(t.Context(), "k", nil, ttl); err != nil {
				t.Fatal(err)
			}
			remaining, expires, err := store.TTL(t.Context(), "", "k")
			if err != nil || expires != (fallback > 0) || remaining > fallback {
				t.Errorf("%v of %v: %v, %v", ttl, fallback, remaining, err)
			}
		}
	}
}

func TestACacheRefusesKeysAndConfigurations(t *testing.T) {
	for name, cache := range caches(t, plumego.DefaultConfig()) {
		for key, want := range map[string]error{
			"":                       plumego.ErrInvalidKey,
			"a\tb":                   plumego.ErrInvalidKey,
			strings.Repeat("k", 257): plumego.ErrKeyTooLong,
			strings.Repeat("k", 256): nil,
		} {
			if err := cache.Set(t.Context(), key, nil, 0); err != want {
				t.Errorf("%s: %.9q: %v", name, key, err)
			}
		}
	}
	for _, config := range []plumego.Config{{DefaultTTL: -1}, {MaxKeyLength: -1}} {
		if _, err := plumego.NewMemoryCacheWithConfig(config); err != plumego.ErrInvalidConfig {
			t.Error(err)
		}
	}
}

func TestACancelledContextWinsOverEveryOtherErrorAndACloseIsSeen(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, cache := range caches(t, plumego.DefaultConfig()) {
		for range 2 {
			if err := cache.Close(); err != nil {
				t.Fatal(err)
			}
		}
		for ctx, want := range map[context.Context]error{cancelled: context.Canceled, t.Context(): plumego.ErrCacheClosed} {
			if err := cache.Set(ctx, "", nil, 0); err != want {
				t.Errorf("%s: set: %v", name, err)
			}
			if _, err := cache.Get(ctx, "k"); err != want {
				t.Errorf("%s: get: %v", name, err)
			}
			if err := cache.Delete(ctx, "k"); err != want {
				t.Errorf("%s: delete: %v", name, err)
			}
			if _, err := cache.Exists(ctx, "k"); err != want {
				t.Errorf("%s: exists: %v", name, err)
			}
		}
	}
}

func TestAStoreWithALimitLetsGoWhatWasNotUsedForLongest(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "100% ? #1")
	store, err := plumego.NewKVStore(plumego.Options{DataDir: directory, MaxEntries: 3, MaxMemoryMB: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for _, key := range []string{"a", "b", "c", "d"} {
		if key == "d" && !store.Exists("a") {
			t.Fatal("a is gone")
		}
		if err := store.Set(key, []byte(key), 0); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Get("a"); err != nil {
			t.Fatal(err)
		}
	}
	for key, want := range map[string]bool{"a": true, "b": false, "c": true, "d": true} {
		if store.Exists(key) != want {
			t.Errorf("%s: %v", key, !want)
		}
	}
	if err := store.Set("a", make([]byte, 2<<20), 0); !errors.Is(err, plumego.ErrValueTooLarge) {
		t.Error(err)
	}
	if value, err := store.Get("a"); err != nil || string(value) != "a" {
		t.Errorf("%q, %v", value, err)
	}
	if _, err := os.Stat(filepath.Join(directory, "kv.db")); err != nil {
		t.Error(err)
	}
	for options, want := range map[plumego.Options]string{
		{DataDir: directory, MaxEntries: -1}:  "kv: max entries must be positive",
		{DataDir: directory, MaxMemoryMB: -1}: "kv: max memory must be positive",
	} {
		if _, err := plumego.NewKVStore(options); err == nil || err.Error() != want {
			t.Error(err)
		}
	}
}

func TestACacheThatIsFullKeepsTheOldValue(t *testing.T) {
	config := plumego.DefaultConfig()
	config.MaxMemoryUsage = 1000
	cache, err := plumego.NewMemoryCacheWithConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	defer cache.Close()
	if err := cache.Set(t.Context(), "k", []byte("old"), 0); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"k", "l"} {
		if err := cache.Set(t.Context(), key, make([]byte, 2000), 0); !errors.Is(err, plumego.ErrCacheFull) {
			t.Error(err)
		}
	}
	if value, err := cache.Get(t.Context(), "k"); err != nil || string(value) != "old" {
		t.Errorf("%q, %v", value, err)
	}
	store, err := kv.Open(t.Context(), "memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := plumego.NewCache(store, "g", config); !errors.Is(err, plumego.ErrInvalidConfig) {
		t.Error(err)
	}
}
