package cache_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/enginetest"
	"kv.internal/kv/adapters/plumego/store/cache"
)

// keyErrors returns what each call on a key returns.
func keyErrors(ctx context.Context, c *cache.GroupCache, key string) map[string]error {
	found := map[string]error{"Set": c.Set(ctx, key, []byte("1"), time.Hour)}
	_, found["Get"] = c.Get(ctx, key)
	_, found["Exists"] = c.Exists(ctx, key)
	_, found["Incr"] = c.Incr(ctx, key, 1)
	_, found["Decr"] = c.Decr(ctx, key, 1)
	found["Append"] = c.Append(ctx, key, []byte("2"))
	found["Delete"] = c.Delete(ctx, key)
	return found
}

// withoutStore has each cache that has no store, or none that is open.
func withoutStore(t *testing.T) map[string]*cache.GroupCache {
	t.Helper()
	closed := memory(t, cache.DefaultConfig())
	shared := grouped(t, enginetest.Open(t, "memory:"), cache.DefaultConfig())
	for range 2 {
		if err := errors.Join(closed.Close(), shared.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return map[string]*cache.GroupCache{
		"nil":            nil,
		"zero":           {},
		"group of nil":   grouped(t, nil, cache.DefaultConfig()),
		"group of zero":  grouped(t, &kv.Store{}, cache.DefaultConfig()),
		"group of ended": grouped(t, enginetest.Closed(t), cache.DefaultConfig()),
		"closed":         closed,
		"closed group":   shared,
	}
}

func TestACacheWithoutAStoreIsErrCacheClosedAndDoesNotPanic(t *testing.T) {
	var none context.Context
	for name, c := range withoutStore(t) {
		for _, ctx := range []context.Context{t.Context(), none} {
			found := keyErrors(ctx, c, "k")
			found["Clear"] = c.Clear(ctx)
			for call, err := range found {
				if err != cache.ErrCacheClosed || !errors.Is(err, kv.ErrClosed) || err.Error() != "cache: cache is closed" {
					t.Errorf("%s, %s: %v", name, call, err)
				}
			}
			if stats, err := c.StatsContext(ctx); stats != (cache.Stats{Closed: true}) || err != nil {
				t.Errorf("%s: %+v, %v", name, stats, err)
			}
		}
		if stats := c.Stats(); stats != (cache.Stats{Closed: true}) {
			t.Errorf("%s: %+v", name, stats)
		}
		if err := c.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestACacheInItsOwnMemoryKeepsItsLastFigures(t *testing.T) {
	c := memory(t, cache.DefaultConfig())
	if err := errors.Join(c.Set(t.Context(), "k", []byte("value"), 0), c.Close(), c.Close()); err != nil {
		t.Fatal(err)
	}
	if stats := c.Stats(); stats != (cache.Stats{Entries: 1, MemoryUsage: 5, Closed: true}) {
		t.Errorf("%+v", stats)
	}
}

func TestAClosedGroupCacheLeavesItsStoreOpen(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, store *kv.Store) {
		c := grouped(t, store, cache.DefaultConfig())
		if err := errors.Join(c.Set(t.Context(), "k", []byte("kept"), 0), c.Close()); err != nil {
			t.Fatal(err)
		}
		if value, err := store.Get(t.Context(), "cache", "k"); string(value) != "kept" || err != nil {
			t.Errorf("%q, %v", value, err)
		}
	})
}

func TestClearLeavesOtherGroups(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, store *kv.Store) {
		c := grouped(t, store, cache.DefaultConfig())
		err := errors.Join(store.Set(t.Context(), "other", "k", nil), c.Set(t.Context(), "k", nil, 0), c.Clear(t.Context()))
		if err != nil {
			t.Fatal(err)
		}
		if there, err := store.Exists(t.Context(), "other", "k"); !there || err != nil {
			t.Errorf("%v, %v", there, err)
		}
	})
}

func TestACancelledContextComesBeforeEveryOtherError(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	caches := withoutStore(t)
	onEachCache(t, cache.DefaultConfig(), func(t *testing.T, c *cache.GroupCache) {
		caches["open"] = c
		for name, c := range caches {
			for _, key := range []string{"k", ""} {
				for call, err := range keyErrors(cancelled, c, key) {
					if !errors.Is(err, context.Canceled) {
						t.Errorf("%s, %s of %q: %v", name, call, key, err)
					}
				}
			}
			_, statsErr := c.StatsContext(cancelled)
			for _, err := range []error{c.Clear(cancelled), statsErr} {
				if !errors.Is(err, context.Canceled) {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		if stats := c.Stats(); stats.Entries != 0 {
			t.Errorf("%+v", stats)
		}
	})
}

func TestANilContextIsNoCancellation(t *testing.T) {
	var none context.Context
	onEachCache(t, cache.DefaultConfig(), func(t *testing.T, c *cache.GroupCache) {
		found := keyErrors(none, c, "k")
		found["Clear"] = c.Clear(none)
		for call, err := range found {
			if err != nil {
				t.Errorf("%s: %v", call, err)
			}
		}
	})
}
