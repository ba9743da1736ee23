package cache_test

import (
	"bytes"
	"encoding/gob"
	"errors"
	"math"
	"sync"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/enginetest"
	"kv.internal/kv/adapters/plumego/store/cache"
)

func TestACounterCountsFromWhatIsThere(t *testing.T) {
	var legacy bytes.Buffer
	if err := gob.NewEncoder(&legacy).Encode(int64(41)); err != nil {
		t.Fatal(err)
	}
	onEachCache(t, cache.Config{}, func(t *testing.T, c *cache.GroupCache) {
		for key, step := range map[string]struct {
			value []byte
			delta int64
			want  int64
			text  string
		}{
			"missing": {nil, 5, 5, "5"},
			"text":    {[]byte("-7"), 5, -2, "-2"},
			"zero":    {[]byte("0"), 0, 0, "0"},
			"odd":     {[]byte(" +0041\n"), 1, 42, "42"},
			"gob":     {legacy.Bytes(), 1, 42, "42"},
			"largest": {[]byte("9223372036854775806"), 1, math.MaxInt64, "9223372036854775807"},
			"least":   {[]byte("-9223372036854775807 "), -1, math.MinInt64, "-9223372036854775808"},
		} {
			if step.value != nil {
				if err := c.Set(t.Context(), key, step.value, 0); err != nil {
					t.Fatal(err)
				}
			}
			sum, err := c.Incr(t.Context(), key, step.delta)
			if sum != step.want || err != nil {
				t.Errorf("%s: %d, %v", key, sum, err)
			}
			if got, err := c.Get(t.Context(), key); string(got) != step.text || err != nil {
				t.Errorf("%s: %q, %v", key, got, err)
			}
			if back, err := c.Decr(t.Context(), key, step.delta); back != step.want-step.delta || err != nil {
				t.Errorf("%s: %d, %v", key, back, err)
			}
		}
		if sum, err := c.Decr(t.Context(), "other", 3); sum != -3 || err != nil {
			t.Errorf("%d, %v", sum, err)
		}
	})
}

func TestAValueThatIsNoIntegerStaysAndIsErrNotInteger(t *testing.T) {
	onEachCache(t, cache.Config{}, func(t *testing.T, c *cache.GroupCache) {
		for _, step := range []struct {
			value string
			delta int64
			text  string
		}{
			{"", 1, "cache: value is not an integer"},
			{" ", 1, "cache: value is not an integer"},
			{"abc", 1, "cache: value is not an integer"},
			{"1.5", 1, "cache: value is not an integer"},
			{"9223372036854775808", -1, "cache: value is not an integer"},
			{"9223372036854775807", 1, "cache: value is not an integer: integer overflow"},
			{"+9223372036854775807", 1, "cache: value is not an integer: integer overflow"},
			{"-9223372036854775808", -1, "cache: value is not an integer: integer overflow"},
		} {
			if err := c.Set(t.Context(), "n", []byte(step.value), 0); err != nil {
				t.Fatal(err)
			}
			sum, incrErr := c.Incr(t.Context(), "n", step.delta)
			less, decrErr := c.Decr(t.Context(), "n", -step.delta)
			for _, err := range []error{incrErr, decrErr} {
				if !errors.Is(err, cache.ErrNotInteger) || !errors.Is(err, kv.ErrNotInteger) || err.Error() != step.text {
					t.Errorf("%q: %v", step.value, err)
				}
			}
			if got, err := c.Get(t.Context(), "n"); string(got) != step.value || err != nil || sum != 0 || less != 0 {
				t.Errorf("%q became %q, %v; %d, %d", step.value, got, err, sum, less)
			}
		}
		if _, err := c.Decr(t.Context(), "m", math.MinInt64); !errors.Is(err, cache.ErrNotInteger) {
			t.Error(err)
		}
		if there, err := c.Exists(t.Context(), "m"); there || err != nil {
			t.Errorf("%v, %v", there, err)
		}
	})
}

func TestAppendAddsToWhatIsThere(t *testing.T) {
	onEachCache(t, cache.Config{}, func(t *testing.T, c *cache.GroupCache) {
		for _, part := range []string{"one", "", " two"} {
			if err := c.Append(t.Context(), "k", []byte(part)); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := c.Get(t.Context(), "k"); string(got) != "one two" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	})
}

func TestCountingAndAppendingKeepTheExpiryAndGiveANewKeyTheDefaultOne(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, store *kv.Store) {
		expiries := func(t *testing.T, key string) time.Duration {
			t.Helper()
			remaining, _, err := store.TTL(t.Context(), "cache", key)
			if err != nil {
				t.Fatal(err)
			}
			return remaining
		}
		for _, fallback := range []time.Duration{0, time.Hour} {
			c := grouped(t, store, cache.Config{DefaultTTL: fallback})
			if err := c.Clear(t.Context()); err != nil {
				t.Fatal(err)
			}
			for key, value := range map[string]string{"n": "1", "odd": " 1", "text": "a"} {
				if err := c.Set(t.Context(), key, []byte(value), 24*time.Hour); err != nil {
					t.Fatal(err)
				}
			}
			for _, key := range []string{"n", "odd", "new n"} {
				if _, err := c.Incr(t.Context(), key, 1); err != nil {
					t.Fatal(err)
				}
			}
			for _, key := range []string{"text", "new text"} {
				if err := c.Append(t.Context(), key, []byte("b")); err != nil {
					t.Fatal(err)
				}
			}
			for _, key := range []string{"n", "odd", "text"} {
				if got := expiries(t, key); got <= time.Hour || got > 24*time.Hour {
					t.Errorf("%s has %v", key, got)
				}
			}
			for _, key := range []string{"new n", "new text"} {
				if got := expiries(t, key); (got > 0) != (fallback > 0) || got > fallback {
					t.Errorf("%s has %v of %v", key, got, fallback)
				}
			}
		}
	})
}

func TestManyGoroutinesCountWithoutLoss(t *testing.T) {
	onEachCache(t, cache.DefaultConfig(), func(t *testing.T, c *cache.GroupCache) {
		// The first to count meets an integer that kv does not write so.
		if err := c.Set(t.Context(), "n", []byte("+0"), 0); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 8 {
			all.Add(1)
			go func() {
				defer all.Done()
				for range 25 {
					if _, err := c.Incr(t.Context(), "n", 1); err != nil {
						t.Error(err)
					}
				}
			}()
		}
		all.Wait()
		if sum, err := c.Incr(t.Context(), "n", 0); sum != 200 || err != nil {
			t.Errorf("%d, %v", sum, err)
		}
	})
}
