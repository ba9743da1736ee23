package kv_test

import (
	"testing"
	"time"

	"kv.internal/kv"
)

// The words of a ttl mean the same in every call, with a default_ttl and without one.
func TestWordsForATTL(t *testing.T) {
	for location, byDefault := range map[string]time.Duration{"memory:?default_ttl=1h": time.Hour, "memory:": 0} {
		for _, c := range []struct {
			name      string
			ttl, want time.Duration
		}{
			{"none given", kv.DefaultTTL, byDefault},
			{"for ever", 0, 0},
			{"a minute", time.Minute, time.Minute},
		} {
			t.Run(location+" "+c.name, func(t *testing.T) {
				store := openAt(t, location)
				ctx := t.Context()
				ok(t, store.SetTTL(ctx, "g", "set", nil, c.ttl))
				must(store.Put(ctx, "g", "put", nil, kv.ExpireAfter(c.ttl)))(t)
				must(store.Increment(ctx, "g", "increment", 1, c.ttl))(t)
				must(store.Append(ctx, "g", "append", nil, c.ttl))(t)
				ok(t, store.SetBatch(ctx, "g", map[string][]byte{"set batch": nil}, kv.ExpireAfter(c.ttl)))
				typed := kv.NewTyped[int](store, "g")
				ok(t, typed.SetTTL(ctx, "typed", 1, c.ttl))
				ok(t, store.Set(ctx, "g", "expire", nil))
				ok(t, store.Expire(ctx, "g", "expire", c.ttl))
				var batch kv.Batch
				batch.Set("g", "batch set", nil, kv.ExpireAfter(c.ttl))
				batch.Increment("g", "batch increment", 1, c.ttl)
				batch.Append("g", "batch append", nil, c.ttl)
				batch.Set("g", "batch expire", nil)
				batch.Expire("g", "batch expire", c.ttl)
				must(store.Commit(ctx, &batch))(t)
				keys := must(store.Keys(ctx, "g"))(t)
				equal(t, len(keys), 11)
				for _, key := range keys {
					livesAbout(t, store, key, c.want)
				}
			})
		}
	}
}

func TestWithoutATTLTheDefaultCounts(t *testing.T) {
	store := openAt(t, "memory:?default_ttl=1h")
	ctx := t.Context()
	ok(t, store.Set(ctx, "g", "set", nil))
	must(store.Put(ctx, "g", "put", nil))(t)
	must(store.Put(ctx, "g", "keep", nil, kv.KeepExpiry()))(t)
	ok(t, store.SetBatch(ctx, "g", map[string][]byte{"batch": nil}))
	for _, key := range []string{"set", "put", "keep", "batch"} {
		livesAbout(t, store, key, time.Hour)
	}
}

func TestAnExpiryThatWasReadMeansTheSameWhenGivenBack(t *testing.T) {
	store := openAt(t, "memory:?default_ttl=1h")
	ctx := t.Context()
	ok(t, store.SetTTL(ctx, "g", "never", nil, 0))
	must(store.Put(ctx, "g", "once", nil, kv.ExpireAt(time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC))))(t)
	for _, key := range []string{"never", "once"} {
		before := must(store.GetEntry(ctx, "g", key))(t)
		must(store.Put(ctx, "g", key, []byte("new"), kv.ExpireAt(before.ExpiresAt)))(t)
		after := must(store.GetEntry(ctx, "g", key))(t)
		equal(t, after.ExpiresAt.Equal(before.ExpiresAt), true)
	}
	must(store.Put(ctx, "g", "past", nil, kv.ExpireAt(time.UnixMilli(-1))))(t)
	equal(t, must(store.Exists(ctx, "g", "past"))(t), false)
}

// livesAbout checks that the ttl of a key, 0 being for ever, is want less the time that has passed.
func livesAbout(t *testing.T, store *kv.Store, key string, want time.Duration) {
	t.Helper()
	remaining, expires, err := store.TTL(t.Context(), "g", key)
	ok(t, err)
	if expires != (want != 0) || remaining > want || remaining < want-30*time.Second {
		t.Errorf("%s lives for %v (expires: %v), not %v", key, remaining, expires, want)
	}
}
