package kv_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"kv.internal/kv"
)

var durabilities = []kv.Durability{kv.DurabilityDefault, kv.DurabilityNormal, kv.DurabilityFull}

func TestAWriteMayHaveADurabilityOfItsOwn(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		for _, durability := range durabilities {
			as := kv.WithDurability(durability)
			ctx := t.Context()
			version := must(store.Put(ctx, "g", "put", nil, as, kv.ExpireAfter(time.Hour)))(t)
			equal(t, must(store.Info(ctx, "g", "put"))(t).Version, version)
			livesAbout(t, store, "put", time.Hour)
			_, err := store.Put(ctx, "g", "put", nil, as, kv.IfAbsent())
			is(t, err, kv.ErrConflict)
			ok(t, store.SetBatch(ctx, "g", map[string][]byte{"a": nil, "b": []byte("2")}, as))
			ok(t, store.Update(ctx, func(tx *kv.Tx) error { return tx.Set("g", "tx", []byte("3"), as) }))
			typed := kv.NewTyped[int](store, "g")
			must(typed.Put(ctx, "typed", 4, as))(t)
			equal(t, strings.Join(must(store.Keys(ctx, "g"))(t), " "), "a b put tx typed")
			equal(t, must(store.DeleteGroup(ctx, "g"))(t), 5)
		}
	})
}

func TestABatchHasTheStrictestDurabilityOfItsSets(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		normal, full := kv.WithDurability(kv.DurabilityNormal), kv.WithDurability(kv.DurabilityFull)
		long := make([]byte, 100_000)
		ok(t, store.Set(t.Context(), "g", "old", []byte("7")))
		var batch kv.Batch
		batch.Increment("g", "old", 5, 0)
		batch.Set("g", "a", []byte("1"), normal)
		batch.Set("", "", nil, full, kv.IfAbsent(), kv.ExpireAfter(time.Hour))
		read := batch.Get("", "")
		batch.Set("g", "c", long, full)
		last := batch.Get("g", "c")
		results := must(store.Commit(t.Context(), &batch))(t)
		equal(t, len(results), 6)
		sum := must(results[0].Integer())(t)
		equal(t, sum, 12)
		equal(t, results[read].Value != nil && len(results[read].Value) == 0, true)
		equal(t, results[read].ExpiresAt.IsZero(), false)
		equal(t, len(results[last].Value), len(long))
		equal(t, must(store.CountAll(t.Context(), ""))(t), 4)

		_, err := store.Commit(t.Context(), &batch)
		var conflict *kv.ConflictError
		equal(t, errors.As(err, &conflict), true)
		equal(t, conflict.Step, 2)
		equal(t, conflict.Version, results[2].Version)

		batch.Clear()
		batch.Set("g", "a", []byte("2"), full, kv.IfVersion(results[1].Version))
		must(store.Commit(t.Context(), &batch))(t)
		_, err = store.Commit(t.Context(), &batch)
		is(t, err, kv.ErrConflict)
	})
}

func TestADurabilityThatIsUnknownOrGivenTwiceIsErrArgument(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		for _, options := range [][]kv.PutOption{
			{kv.WithDurability(7)},
			{kv.WithDurability(kv.DurabilityFull), kv.WithDurability(kv.DurabilityNormal)},
		} {
			_, err := store.Put(t.Context(), "g", "k", nil, options...)
			is(t, err, kv.ErrArgument)
			var batch kv.Batch
			batch.Set("g", "before", nil, kv.WithDurability(kv.DurabilityFull))
			batch.Set("g", "k", nil, options...)
			batch.Set("g", "after", nil)
			_, err = store.Commit(t.Context(), &batch)
			is(t, err, kv.ErrArgument)
			ok(t, store.Update(t.Context(), func(tx *kv.Tx) error {
				is(t, tx.Set("g", "k", nil, options...), kv.ErrArgument)
				return nil
			}))
			equal(t, must(store.CountAll(t.Context(), ""))(t), 0)
			// A batch that is cleared has forgotten it.
			batch.Clear()
			batch.Set("g", "k", nil)
			must(store.Commit(t.Context(), &batch))(t)
			equal(t, must(store.DeleteAll(t.Context(), ""))(t), 1)
		}
	})
}
