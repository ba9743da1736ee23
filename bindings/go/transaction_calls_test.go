package kv_test

import (
	"context"
	"math"
	"reflect"
	"testing"
	"time"

	"kv.internal/kv"
)

// txCalls has each operation of a transaction but Rollback, with arguments with which it writes, or
// finds something.
func txCalls() map[string]func(*kv.Tx) error {
	one := []byte("1")
	return map[string]func(*kv.Tx) error{
		"Get":       func(tx *kv.Tx) error { _, err := tx.Get("g", "k"); return err },
		"GetEntry":  func(tx *kv.Tx) error { _, err := tx.GetEntry("g", "k"); return err },
		"Exists":    func(tx *kv.Tx) error { _, err := tx.Exists("g", "k"); return err },
		"TTL":       func(tx *kv.Tx) error { _, _, err := tx.TTL("g", "k"); return err },
		"All":       func(tx *kv.Tx) error { return last(tx.All("g")) },
		"Scan":      func(tx *kv.Tx) error { return last(tx.Scan("g", kv.Prefix("k"))) },
		"List":      func(tx *kv.Tx) error { _, err := tx.List("g", "k", 1); return err },
		"Keys":      func(tx *kv.Tx) error { _, err := tx.Keys("g", kv.Glob("k*")); return err },
		"Set":       func(tx *kv.Tx) error { return tx.Set("g", "k", one) },
		"Delete":    func(tx *kv.Tx) error { return tx.Delete("g", "k") },
		"Deleted":   func(tx *kv.Tx) error { _, err := tx.Deleted("g", "k"); return err },
		"Increment": func(tx *kv.Tx) error { _, err := tx.Increment("g", "k", 1, 0); return err },
		"Append":    func(tx *kv.Tx) error { _, err := tx.Append("g", "k", one, 0); return err },
		"Expire":    func(tx *kv.Tx) error { return tx.Expire("g", "k", time.Hour) },
		"Commit":    func(tx *kv.Tx) error { return tx.Commit() },
	}
}

func TestEveryOperationOfATransactionIsAmongItsCalls(t *testing.T) {
	tested := txCalls()
	tested["Rollback"] = (*kv.Tx).Rollback
	methods := reflect.TypeFor[*kv.Tx]()
	for i := range methods.NumMethod() {
		if name := methods.Method(i).Name; tested[name] == nil {
			t.Errorf("no call of %s", name)
		}
	}
	equal(t, methods.NumMethod(), len(tested))
}

func TestEveryOperationOfATransactionWorksUntilItsEnd(t *testing.T) {
	for name, call := range txCalls() {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, store *kv.Store) {
				ok(t, store.Set(t.Context(), "g", "k", []byte("7")))
				ctx, cancel := context.WithCancel(t.Context())
				cancelled := must(store.Begin(ctx))(t)
				defer cancelled.Rollback()
				cancel()
				is(t, call(cancelled), context.Canceled)

				committed := must(store.Begin(t.Context()))(t)
				ok(t, call(committed))
				if name != "Commit" {
					ok(t, committed.Commit())
				}
				rolledBack := must(store.Begin(t.Context()))(t)
				ok(t, rolledBack.Rollback())
				late := must(store.Begin(t.Context()))(t)
				defer late.Rollback()
				ok(t, store.Close())
				for _, tx := range []*kv.Tx{committed, rolledBack, late} {
					is(t, call(tx), kv.ErrClosed)
				}
			})
		})
	}
}

// txTTL returns how long a key has to live as a transaction sees it, 0 for ever.
func txTTL(t *testing.T, tx *kv.Tx, key string) time.Duration {
	t.Helper()
	remaining, expires, err := tx.TTL("g", key)
	ok(t, err)
	equal(t, expires, remaining > 0)
	return remaining.Round(time.Minute)
}

func TestATransactionCountsAppendsAndExpiresWhatItSees(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ctx := t.Context()
		ok(t, store.SetTTL(ctx, "g", "n", []byte("5"), time.Hour))
		version := must(store.Put(ctx, "g", "k", []byte("v")))(t)
		tx := must(store.Begin(ctx))(t)
		equal(t, must(tx.Increment("g", "n", 2, 0))(t), 7)
		equal(t, must(tx.Increment("g", "n", -10, kv.DefaultTTL))(t), -3)
		equal(t, must(tx.Increment("g", "new", math.MinInt64, 2*time.Hour))(t), math.MinInt64)
		equal(t, must(tx.Append("g", "n", []byte("0"), 0))(t), 3)
		equal(t, must(tx.Append("g", "text", nil, 3*time.Hour))(t), 0)
		equal(t, must(tx.Append("g", "text", make([]byte, 5000), 0))(t), 5000)
		ok(t, tx.Expire("g", "k", time.Hour, kv.ExpireNX))
		ok(t, tx.Expire("g", "k", 4*time.Hour, kv.ExpireXX, kv.ExpireGT))
		equal(t, txTTL(t, tx, "n"), time.Hour)
		equal(t, txTTL(t, tx, "new"), 2*time.Hour)
		equal(t, txTTL(t, tx, "text"), 3*time.Hour)
		equal(t, txTTL(t, tx, "k"), 4*time.Hour)
		equal(t, string(must(tx.Get("g", "n"))(t)), "-30")
		equal(t, must(tx.Exists("g", "new"))(t), true)
		equal(t, must(store.Exists(ctx, "g", "new"))(t), false)
		ok(t, tx.Delete("g", "new"))
		equal(t, must(tx.Exists("g", "new"))(t), false)
		_, _, err := tx.TTL("g", "new")
		is(t, err, kv.ErrNotFound)
		ok(t, tx.Commit())
		equal(t, string(must(store.Get(ctx, "g", "n"))(t)), "-30")
		livesAbout(t, store, "n", time.Hour)
		livesAbout(t, store, "text", 3*time.Hour)
		livesAbout(t, store, "k", 4*time.Hour)
		equal(t, must(store.Info(ctx, "g", "k"))(t).Version, version)
		equal(t, must(store.Count(ctx, "g"))(t), 3)
	})
}

func TestARefusalLeavesATransactionAsItWas(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ok(t, store.Set(t.Context(), "g", "text", []byte("seven")))
		ok(t, store.Set(t.Context(), "g", "most", []byte("9223372036854775807")))
		tx := must(store.Begin(t.Context()))(t)
		for _, key := range []string{"text", "most"} {
			_, err := tx.Increment("g", key, 1, 0)
			is(t, err, kv.ErrNotInteger)
		}
		for _, ttl := range []time.Duration{-1, -time.Hour} {
			_, err := tx.Increment("g", "new", 1, ttl)
			is(t, err, kv.ErrArgument)
			_, err = tx.Append("g", "new", nil, ttl)
			is(t, err, kv.ErrArgument)
			is(t, tx.Expire("g", "text", ttl), kv.ErrArgument)
		}
		is(t, tx.Expire("g", "none", time.Hour), kv.ErrNotFound)
		is(t, tx.Expire("g", "text", time.Hour, kv.ExpireXX), kv.ErrConflict)
		is(t, tx.Expire("g", "text", time.Hour, kv.ExpireGT), kv.ErrConflict)
		is(t, tx.Expire("g", "text", time.Hour, kv.ExpireNX, kv.ExpireGT), kv.ErrArgument)
		is(t, tx.Expire("g", "text", time.Hour, 1<<10), kv.ErrArgument)
		equal(t, txTTL(t, tx, "text"), 0)
		equal(t, must(tx.Exists("g", "new"))(t), false)
		equal(t, must(tx.Append("g", "text", []byte("s"), 0))(t), 6)
		ok(t, tx.Commit())
		equal(t, string(must(store.Get(t.Context(), "g", "text"))(t)), "sevens")
		equal(t, string(must(store.Get(t.Context(), "g", "most"))(t)), "9223372036854775807")
		equal(t, must(store.Count(t.Context(), "g"))(t), 2)
	})
}

func TestWhatATransactionHasLookedAtMustNotChange(t *testing.T) {
	looks := txCalls()
	for _, name := range []string{"Exists", "TTL", "Increment", "Append", "Expire", "All", "Scan", "List", "Keys"} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, store *kv.Store) {
				ok(t, store.Set(t.Context(), "g", "k", []byte("7")))
				tx := must(store.Begin(t.Context()))(t)
				ok(t, looks[name](tx))
				ok(t, tx.Set("g", "other", nil))
				ok(t, store.Set(t.Context(), "g", "k", []byte("8")))
				is(t, tx.Commit(), kv.ErrConflict)
				equal(t, string(must(store.Get(t.Context(), "g", "k"))(t)), "8")
				equal(t, must(store.Count(t.Context(), "g"))(t), 1)
			})
		})
	}
}
