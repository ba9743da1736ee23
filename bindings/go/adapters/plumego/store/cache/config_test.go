package cache_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/enginetest"
	"kv.internal/kv/adapters/plumego/store/cache"
)

func TestADefaultConfigHasPlumegosSettings(t *testing.T) {
	want := cache.Config{MaxKeyLength: 256, CleanupInterval: 5 * time.Minute, DefaultTTL: 10 * time.Minute}
	if got := cache.DefaultConfig(); got != want || got.Validate() != nil {
		t.Errorf("%+v, %v", got, got.Validate())
	}
	c := cache.NewMemoryCache()
	defer c.Close()
	if err := c.Set(t.Context(), strings.Repeat("k", 257), nil, 0); !errors.Is(err, cache.ErrKeyTooLong) {
		t.Error(err)
	}
}

func TestAConfigurationThatCannotBeIsErrInvalidConfig(t *testing.T) {
	store := enginetest.Open(t, "memory:")
	for config, want := range map[cache.Config]string{
		{MaxKeyLength: -1}:    "cache: invalid config: MaxKeyLength cannot be negative",
		{CleanupInterval: -1}: "cache: invalid config: CleanupInterval cannot be negative",
		{DefaultTTL: -1}:      "cache: invalid config: DefaultTTL cannot be negative",
	} {
		_, memoryErr := cache.NewMemoryCacheWithConfig(config)
		_, groupErr := cache.NewGroupCache(store, "", config)
		for _, err := range []error{config.Validate(), memoryErr, groupErr} {
			if !errors.Is(err, cache.ErrInvalidConfig) || !errors.Is(err, kv.ErrArgument) || err.Error() != want {
				t.Errorf("%+v: %v", config, err)
			}
		}
	}
	_, err := cache.NewGroupCache(store, "", cache.Config{MaxMemoryUsage: 1000})
	if !errors.Is(err, cache.ErrInvalidConfig) || !strings.Contains(err.Error(), "max_bytes=1000") {
		t.Error(err)
	}
}

func TestEveryConfigurationThatIsValidOpens(t *testing.T) {
	for _, config := range []cache.Config{
		{},
		{MaxMemoryUsage: math.MaxUint64},
		{MaxKeyLength: math.MaxInt, CleanupInterval: math.MaxInt64, DefaultTTL: math.MaxInt64},
		{CleanupInterval: 1, DefaultTTL: 1},
	} {
		if err := memory(t, config).Set(t.Context(), "k", []byte("value"), time.Hour); err != nil {
			t.Errorf("%+v: %v", config, err)
		}
	}
}

func TestATTLOfZeroOrLessIsTheDefaultOne(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, store *kv.Store) {
		for _, fallback := range []time.Duration{time.Hour, 0} {
			c := grouped(t, store, cache.Config{DefaultTTL: fallback})
			for _, ttl := range []time.Duration{0, -time.Second} {
				if err := c.Set(t.Context(), "k", nil, ttl); err != nil {
					t.Fatal(err)
				}
				remaining, expires, err := store.TTL(t.Context(), "cache", "k")
				if err != nil || expires != (fallback > 0) || remaining > fallback {
					t.Errorf("%v of %v: %v, %v", ttl, fallback, remaining, err)
				}
			}
		}
	})
}

func TestACacheThatIsFullKeepsTheOldValue(t *testing.T) {
	config := cache.DefaultConfig()
	config.MaxMemoryUsage = 1000
	c := memory(t, config)
	if err := c.Set(t.Context(), "n", []byte("old"), 0); err != nil {
		t.Fatal(err)
	}
	for call, err := range map[string]error{
		"Set of that key":     c.Set(t.Context(), "n", make([]byte, 2000), 0),
		"Set of another":      c.Set(t.Context(), "m", make([]byte, 1000), 0),
		"Append to it":        c.Append(t.Context(), "n", make([]byte, 1000)),
		"Append to a new one": c.Append(t.Context(), "m", make([]byte, 1000)),
	} {
		if !errors.Is(err, cache.ErrCacheFull) || !errors.Is(err, kv.ErrFull) {
			t.Errorf("%s: %v", call, err)
		}
	}
	if value, err := c.Get(t.Context(), "n"); err != nil || string(value) != "old" {
		t.Errorf("%q, %v", value, err)
	}
	if stats := c.Stats(); stats != (cache.Stats{Entries: 1, MemoryUsage: 3}) {
		t.Errorf("%+v", stats)
	}
	// Keys count, and what is replaced does not.
	if err := c.Set(t.Context(), "n", make([]byte, 999), 0); err != nil {
		t.Error(err)
	}
}

func TestAKeyThatAStoreCannotTakeIsErrKeyTooLongAndALongValueIsNot(t *testing.T) {
	tooLarge := make([]byte, 512<<20+1)
	onEachCache(t, cache.Config{}, func(t *testing.T, c *cache.GroupCache) {
		for call, err := range keyErrors(t.Context(), c, strings.Repeat("k", 1<<16)) {
			if !errors.Is(err, cache.ErrKeyTooLong) || !errors.Is(err, kv.ErrTooLarge) {
				t.Errorf("%s: %v", call, err)
			}
		}
		if err := c.Set(t.Context(), strings.Repeat("k", 1<<16-1), nil, 0); err != nil {
			t.Error(err)
		}
		err := c.Set(t.Context(), "k", tooLarge, 0)
		if errors.Is(err, cache.ErrKeyTooLong) || !errors.Is(err, kv.ErrTooLarge) {
			t.Error(err)
		}
	})
}
