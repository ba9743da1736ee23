package kv_test

import (
	"testing"
	"time"

	"kv.internal/kv"
)

func TestAnEntryIsThereUntilItsTTLEndsAndThenIsNot(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		written := time.Now()
		const ttl = 50 * time.Millisecond
		ok(t, store.SetTTL(t.Context(), "g", "k", []byte("v"), ttl))
		for must(store.Exists(t.Context(), "g", "k"))(t) {
			if time.Since(written) > time.Minute {
				t.Fatal("it does not expire")
			}
		}
		// Milliseconds are whole on both sides.
		if lived := time.Since(written); lived < ttl-time.Millisecond {
			t.Fatalf("it expired after %v", lived)
		}
		_, err := store.Get(t.Context(), "g", "k")
		is(t, err, kv.ErrNotFound)
	})
}

func TestWhatHasExpiredIsAbsentForEveryOperation(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		_, err := store.Put(t.Context(), "g", "k", []byte("7"), kv.ExpireAt(time.UnixMilli(1)))
		ok(t, err)
		equal(t, must(store.Exists(t.Context(), "g", "k"))(t), false)
		equal(t, must(store.Count(t.Context(), "g"))(t), 0)
		equal(t, must(store.CountAll(t.Context(), ""))(t), 0)
		equal(t, len(must(store.List(t.Context(), "g", "", 0))(t)), 0)
		equal(t, len(must(store.GetBatch(t.Context(), "g", []string{"k"}))(t)), 0)
		equal(t, must(store.Deleted(t.Context(), "g", "k"))(t), false)
		_, _, err = store.TTL(t.Context(), "g", "k")
		is(t, err, kv.ErrNotFound)
		is(t, store.Expire(t.Context(), "g", "k", time.Hour), kv.ErrNotFound)
		is(t, store.Persist(t.Context(), "g", "k"), kv.ErrNotFound)
		equal(t, must(store.Increment(t.Context(), "g", "k", 1, 0))(t), 1)
	})
}

func TestTTLOfZeroIsForEverAndANegativeOneIsRefused(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ok(t, store.SetTTL(t.Context(), "g", "k", nil, 0))
		remaining, expires, err := store.TTL(t.Context(), "g", "k")
		ok(t, err)
		equal(t, remaining, 0)
		equal(t, expires, false)
		for _, ttl := range []time.Duration{-1, -time.Hour} {
			is(t, store.SetTTL(t.Context(), "g", "k", nil, ttl), kv.ErrArgument)
			is(t, store.Expire(t.Context(), "g", "k", ttl), kv.ErrArgument)
			_, err := store.Put(t.Context(), "g", "k", nil, kv.ExpireAfter(ttl))
			is(t, err, kv.ErrArgument)
			_, err = store.Increment(t.Context(), "g", "n", 1, ttl)
			is(t, err, kv.ErrArgument)
		}
	})
}

func TestATTLBelowAMillisecondIsNotForEver(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		_, err := store.Increment(t.Context(), "g", "k", 1, time.Nanosecond)
		ok(t, err)
		for must(store.Exists(t.Context(), "g", "k"))(t) {
			_, expires, err := store.TTL(t.Context(), "g", "k")
			if err == nil && !expires {
				t.Fatal("it never expires")
			}
		}
	})
}

func TestAPlainSetClearsAnExpiryAndKeepKeepsIt(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		expires := func() bool {
			remaining, expires, err := store.TTL(t.Context(), "g", "k")
			ok(t, err)
			if expires && (remaining <= 0 || remaining > time.Hour) {
				t.Fatalf("remaining %v", remaining)
			}
			return expires
		}
		ok(t, store.SetTTL(t.Context(), "g", "k", []byte("1"), time.Hour))
		equal(t, expires(), true)
		_, err := store.Put(t.Context(), "g", "k", []byte("2"), kv.KeepExpiry())
		ok(t, err)
		equal(t, expires(), true)
		_, err = store.Increment(t.Context(), "g", "k", 1, 0)
		ok(t, err)
		_, err = store.Append(t.Context(), "g", "k", []byte("0"), 0)
		ok(t, err)
		equal(t, expires(), true)
		ok(t, store.Persist(t.Context(), "g", "k"))
		equal(t, expires(), false)
		_, err = store.Put(t.Context(), "g", "k", nil, kv.ExpireAt(time.Now().Add(time.Hour)))
		ok(t, err)
		equal(t, expires(), true)
		ok(t, store.Set(t.Context(), "g", "k", nil))
		equal(t, expires(), false)
		equal(t, must(store.GetEntry(t.Context(), "g", "k"))(t).ExpiresAt.IsZero(), true)
	})
}

func TestExpireTakesRedisFlags(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		expire := func(ttl time.Duration, flags ...kv.ExpireFlags) error {
			return store.Expire(t.Context(), "g", "k", ttl, flags...)
		}
		is(t, expire(time.Hour), kv.ErrNotFound)
		ok(t, store.Set(t.Context(), "g", "k", nil))
		is(t, expire(time.Hour, kv.ExpireXX), kv.ErrConflict)
		is(t, expire(time.Hour, kv.ExpireGT), kv.ErrConflict)
		ok(t, expire(time.Hour, kv.ExpireNX))
		is(t, expire(time.Hour, kv.ExpireNX), kv.ErrConflict)
		is(t, expire(time.Minute, kv.ExpireGT), kv.ErrConflict)
		ok(t, expire(2*time.Hour, kv.ExpireXX, kv.ExpireGT))
		ok(t, expire(time.Minute, kv.ExpireXX|kv.ExpireLT))
		is(t, expire(time.Minute, kv.ExpireNX, kv.ExpireGT), kv.ErrArgument)
		is(t, expire(time.Minute, 1<<10), kv.ErrArgument)
	})
}
