package cache_test

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/enginetest"
	"kv.internal/kv/adapters/plumego/store/cache"
)

// The rules of plumego for a Cache hold on each engine.
var contract = map[string]func(t *testing.T, c *cache.GroupCache){
	"a value is read back until it is deleted, which it may be again": func(t *testing.T, c *cache.GroupCache) {
		for _, value := range [][]byte{[]byte("value"), {}, nil, {0, 255, '\n'}, bytes.Repeat([]byte("v"), 1<<20)} {
			err := c.Set(t.Context(), "user:42", value, 5*time.Minute)
			got, getErr := c.Get(t.Context(), "user:42")
			if err != nil || getErr != nil || got == nil || !bytes.Equal(got, value) {
				t.Errorf("%d bytes of %d: %v, %v", len(got), len(value), err, getErr)
			}
		}
		for _, want := range []bool{true, false} {
			if there, err := c.Exists(t.Context(), "user:42"); there != want || err != nil {
				t.Errorf("%v, %v", there, err)
			}
			if err := c.Delete(t.Context(), "user:42"); err != nil {
				t.Error(err)
			}
		}
		if _, err := c.Get(t.Context(), "user:42"); err != cache.ErrNotFound {
			t.Error(err)
		}
	},
	"bytes are copied in and out": func(t *testing.T, c *cache.GroupCache) {
		value := []byte("blue")
		if err := c.Set(t.Context(), "k", value, 0); err != nil {
			t.Fatal(err)
		}
		value[0] = 'X'
		got, _ := c.Get(t.Context(), "k")
		got[1] = 'Y'
		if got, err := c.Get(t.Context(), "k"); string(got) != "blue" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	},
	"what has expired is missing everywhere": func(t *testing.T, c *cache.GroupCache) {
		if err := c.Set(t.Context(), "k", []byte("5"), 20*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		for begun, there := time.Now(), true; there; {
			var err error
			if there, err = c.Exists(t.Context(), "k"); err != nil || time.Since(begun) > time.Minute {
				t.Fatal("it stays", err)
			}
		}
		if _, err := c.Get(t.Context(), "k"); err != cache.ErrNotFound {
			t.Error(err)
		}
		if stats := c.Stats(); stats != (cache.Stats{}) {
			t.Errorf("%+v", stats)
		}
		if sum, err := c.Incr(t.Context(), "k", 1); sum != 1 || err != nil {
			t.Errorf("%d, %v", sum, err)
		}
	},
	"clear removes all, and may find none": func(t *testing.T, c *cache.GroupCache) {
		for range 2 {
			if err := errors.Join(c.Set(t.Context(), "a", nil, 0), c.Set(t.Context(), "b", []byte("22"), 0)); err != nil {
				t.Fatal(err)
			}
			if stats := c.Stats(); stats != (cache.Stats{Entries: 2, MemoryUsage: 2}) {
				t.Errorf("%+v", stats)
			}
			if err := errors.Join(c.Clear(t.Context()), c.Clear(t.Context())); err != nil {
				t.Fatal(err)
			}
			if stats := c.Stats(); stats != (cache.Stats{}) {
				t.Errorf("%+v", stats)
			}
		}
	},
	"a key that is none is refused": func(t *testing.T, c *cache.GroupCache) {
		longest := strings.Repeat("k", cache.DefaultMaxKeyLength)
		for key, want := range map[string]struct {
			err  error
			text string
		}{
			"":            {cache.ErrInvalidKey, "cache: key is required"},
			"a\tb":        {cache.ErrInvalidKey, "cache: key is required: control character at position 1"},
			"\x7f":        {cache.ErrInvalidKey, "cache: key is required: control character at position 0"},
			longest + "k": {cache.ErrKeyTooLong, "cache: key too long: key length 257 exceeds maximum 256"},
		} {
			for call, err := range keyErrors(t.Context(), c, key) {
				if !errors.Is(err, want.err) || errors.Is(err, cache.ErrInvalidConfig) || err.Error() != want.text {
					t.Errorf("%s of %.9q: %v", call, key, err)
				}
			}
		}
		if stats := c.Stats(); stats != (cache.Stats{}) {
			t.Errorf("%+v", stats)
		}
		if err := c.Set(t.Context(), longest, nil, 0); err != nil {
			t.Error(err)
		}
	},
}

func TestACacheKeepsPlumegosContract(t *testing.T) {
	for _, rule := range slices.Sorted(maps.Keys(contract)) {
		t.Run(rule, func(t *testing.T) { onEachCache(t, cache.DefaultConfig(), contract[rule]) })
	}
}

// onEachCache runs a test on a cache of its own memory and on one in a group of each engine.
func onEachCache(t *testing.T, config cache.Config, test func(t *testing.T, c *cache.GroupCache)) {
	t.Helper()
	t.Run("own memory", func(t *testing.T) { test(t, memory(t, config)) })
	enginetest.Each(t, func(t *testing.T, store *kv.Store) { test(t, grouped(t, store, config)) })
}

func memory(t *testing.T, config cache.Config) *cache.MemoryCache {
	t.Helper()
	c, err := cache.NewMemoryCacheWithConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func grouped(t *testing.T, store *kv.Store, config cache.Config) *cache.GroupCache {
	t.Helper()
	c, err := cache.NewGroupCache(store, "cache", config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
