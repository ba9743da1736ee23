package kv_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"kv.internal/kv"
)

func TestABatchOfAllStepsIsAppliedInOrder(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ok(t, store.Set(t.Context(), "g", "old", []byte("7")))
		ok(t, store.Set(t.Context(), "g", "token", []byte("4711")))
		version := must(store.GetEntry(t.Context(), "g", "old"))(t).Version

		var batch kv.Batch
		check := batch.Check("g", "old", version)
		set := batch.Set("g", "new", []byte("blue"), kv.IfAbsent(), kv.ExpireAfter(time.Hour))
		get := batch.Get("g", "new")
		sum := batch.Increment("g", "old", 5, 0)
		take := batch.Take("g", "token")
		again := batch.Take("g", "token")
		appended := batch.Append("g", "new", []byte("ish"), 0)
		expire := batch.Expire("g", "old", time.Hour, kv.ExpireNX)
		refused := batch.Expire("g", "old", time.Hour, kv.ExpireNX)
		deleted := batch.Delete("g", "missing")
		prefix := batch.DeletePrefix("g", "ol")
		final := batch.Get("g", "old")
		equal(t, batch.Len(), 12)
		results := must(store.Commit(t.Context(), &batch))(t)
		equal(t, len(results), 12)

		statuses := map[int]kv.Status{check: kv.OK, set: kv.OK, get: kv.OK, sum: kv.OK, take: kv.OK,
			again: kv.ErrNotFound, appended: kv.OK, expire: kv.OK, refused: kv.ErrConflict,
			deleted: kv.ErrNotFound, prefix: kv.OK, final: kv.ErrNotFound}
		equal(t, len(statuses), 12)
		for step, status := range statuses {
			if results[step].Status != status {
				t.Errorf("step %d: got %v, want %v", step, results[step].Status, status)
			}
			equal(t, results[step].Found(), status == kv.OK)
		}
		equal(t, string(results[get].Value), "blue")
		equal(t, results[get].ExpiresAt.IsZero(), false)
		equal(t, must(results[sum].Integer())(t), 12)
		equal(t, string(results[take].Value), "4711")
		equal(t, results[again].Value == nil, true)
		equal(t, results[set].Version != 0, true)
		equal(t, string(must(store.Get(t.Context(), "g", "new"))(t)), "blueish")

		_, err := results[final].Integer()
		is(t, err, kv.ErrNotFound)
		_, err = results[get].Integer()
		is(t, err, kv.ErrNotInteger)
	})
}

func TestABatchWhoseConditionFailsWritesNothingAndNamesTheStep(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		version := must(store.Put(t.Context(), "g", "k", []byte("v")))(t)
		var batch kv.Batch
		batch.Set("g", "before", nil)
		batch.Get("g", "k")
		failing := batch.Set("g", "k", []byte("w"), kv.IfVersion(version+1))
		batch.Set("g", "after", nil)
		results, err := store.Commit(t.Context(), &batch)
		is(t, err, kv.ErrConflict)
		equal(t, len(results), 0)
		var conflict *kv.ConflictError
		equal(t, errors.As(err, &conflict), true)
		equal(t, conflict.Step, failing)
		equal(t, conflict.Version, version)
		equal(t, conflict.Error(), fmt.Sprintf(
			"kv: commit: step %d (g/k): a condition does not hold: the key is at version %d", failing, version))
		equal(t, must(store.Count(t.Context(), "g"))(t), 1)

		is(t, store.SetBatch(t.Context(), "g", map[string][]byte{"k": nil, "new": nil}, kv.IfAbsent()), kv.ErrConflict)
		equal(t, must(store.Count(t.Context(), "g"))(t), 1)
	})
}

func TestABatchThatFailsWritesNothing(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ok(t, store.Set(t.Context(), "g", "word", []byte("blue")))
		var batch kv.Batch
		batch.Set("g", "before", nil)
		batch.Increment("g", "word", 1, 0)
		_, err := store.Commit(t.Context(), &batch)
		is(t, err, kv.ErrNotInteger)
		equal(t, must(store.Count(t.Context(), "g"))(t), 1)

		batch.Clear()
		equal(t, batch.Len(), 0)
		batch.Set("g", "before", nil)
		batch.Set("g", strings.Repeat("k", 65_536), nil)
		_, err = store.Commit(t.Context(), &batch)
		is(t, err, kv.ErrTooLarge)
		equal(t, must(store.Count(t.Context(), "g"))(t), 1)
	})
}

func TestABatchCanBeCommittedAgainAndToAnotherStore(t *testing.T) {
	first, second := openAt(t, "memory:"), openFile(t)
	var batch kv.Batch
	batch.Increment("g", "n", 2, 0)
	for _, store := range []*kv.Store{first, first, second} {
		must(store.Commit(t.Context(), &batch))(t)
	}
	equal(t, string(must(first.Get(t.Context(), "g", "n"))(t)), "4")
	equal(t, string(must(second.Get(t.Context(), "g", "n"))(t)), "2")
}

func TestAnEmptyBatchIsAppliedAtOnce(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		equal(t, len(must(store.Commit(t.Context(), new(kv.Batch)))(t)), 0)
		ok(t, store.SetBatch(t.Context(), "g", nil))
		values := must(store.GetBatch(t.Context(), "g", nil))(t)
		equal(t, values != nil && len(values) == 0, true)
	})
}

func TestResultsThatDoNotFitOneCrossingComeWhole(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		var keys []string
		values := map[string][]byte{}
		for i := range 500 {
			key := fmt.Sprintf("%03d", i)
			length := i * 7
			if i%100 == 1 {
				length = 64<<10 + i
			}
			keys = append(keys, key, "missing "+key)
			values[key] = []byte(strings.Repeat(key[2:], length))
		}
		ok(t, store.SetBatch(t.Context(), "g", values))
		got := must(store.GetBatch(t.Context(), "g", keys))(t)
		equal(t, len(got), len(values))
		for key, value := range values {
			if string(got[key]) != string(value) || got[key] == nil {
				t.Fatalf("%s: %d bytes of %d", key, len(got[key]), len(value))
			}
		}
	})
}

func TestGetBatchLeavesMissingKeysOutAndTakesOneTwice(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		fill(t, store, "g", "a", "")
		got := must(store.GetBatch(t.Context(), "g", []string{"a", "missing", "", "a"}))(t)
		equal(t, fmt.Sprintf("%q", got), `map["":"value of " "a":"value of a"]`)
	})
}

func TestSetBatchTakesATTL(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		values := map[string][]byte{"a": nil, "b": nil}
		ok(t, store.SetBatch(t.Context(), "g", values, kv.ExpireAfter(time.Hour)))
		for key := range values {
			_, expires, err := store.TTL(t.Context(), "g", key)
			ok(t, err)
			equal(t, expires, true)
		}
		is(t, store.SetBatch(t.Context(), "g", values, kv.ExpireAfter(-1)), kv.ErrArgument)
	})
}
