package kv_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"kv.internal/kv"
)

func TestATransactionReadsWhatItHasWrittenAndNobodyElseDoes(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		long := make([]byte, 5000)
		fill(t, store, "g", "a")
		version := must(store.GetEntry(t.Context(), "g", "a"))(t).Version
		tx := must(store.Begin(t.Context()))(t)
		entry := must(tx.GetEntry("g", "a"))(t)
		equal(t, entry.Version, version)
		ok(t, tx.Set("g", "b", long, kv.ExpireAfter(time.Hour)))
		ok(t, tx.Delete("g", "a"))
		ok(t, tx.Delete("g", "a"))
		equal(t, must(tx.Deleted("g", "b"))(t), true)
		ok(t, tx.Set("g", "b", long, kv.ExpireAfter(time.Hour)))
		ok(t, tx.Set("g", "empty", nil))
		own := must(tx.GetEntry("g", "b"))(t)
		equal(t, len(own.Value), 5000)
		equal(t, own.Version, 0)
		equal(t, own.ExpiresAt.IsZero(), false)
		if value := must(tx.Get("g", "empty"))(t); value == nil || len(value) != 0 {
			t.Fatalf("got %v", value)
		}
		_, err := tx.Get("g", "a")
		is(t, err, kv.ErrNotFound)
		equal(t, must(store.Count(t.Context(), "g"))(t), 1)
		ok(t, tx.Commit())
		equal(t, must(store.Exists(t.Context(), "g", "a"))(t), false)
		equal(t, len(must(store.Get(t.Context(), "g", "b"))(t)), 5000)
		for _, err := range []error{tx.Commit(), tx.Set("g", "c", nil), tx.Delete("g", "c")} {
			is(t, err, kv.ErrClosed)
		}
		tx.Rollback()
	})
}

func TestAConditionInATransactionIsLookedAtNow(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		fill(t, store, "g", "a")
		ok(t, store.Update(t.Context(), func(tx *kv.Tx) error {
			is(t, tx.Set("g", "a", nil, kv.IfAbsent()), kv.ErrConflict)
			is(t, tx.Set("g", "b", nil, kv.IfPresent()), kv.ErrConflict)
			is(t, tx.Set("g", "b", nil, kv.IfPresent(), kv.IfAbsent()), kv.ErrArgument)
			ok(t, tx.Set("g", "b", nil, kv.IfAbsent()))
			return tx.Set("g", "b", []byte("2"), kv.IfPresent())
		}))
		equal(t, string(must(store.Get(t.Context(), "g", "b"))(t)), "2")
	})
}

func TestACommitThatReadWhatHasChangedIsRefused(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		tx := must(store.Begin(t.Context()))(t)
		_, err := tx.Get("g", "a")
		is(t, err, kv.ErrNotFound)
		ok(t, tx.Set("g", "b", nil))
		fill(t, store, "g", "a")
		is(t, tx.Commit(), kv.ErrConflict)
		is(t, tx.Commit(), kv.ErrClosed)
		is(t, tx.Rollback(), kv.ErrClosed)
		equal(t, must(store.Exists(t.Context(), "g", "b"))(t), false)
		again := must(store.Begin(t.Context()))(t)
		ok(t, again.Set("g", "b", nil))
		ok(t, again.Rollback())
		is(t, again.Rollback(), kv.ErrClosed)
		is(t, again.Set("g", "b", nil), kv.ErrClosed)
		equal(t, must(store.Exists(t.Context(), "g", "b"))(t), false)
	})
}

func TestUpdateTriesAgainAndGivesUp(t *testing.T) {
	store := openAt(t, "memory:")
	disturbed := func(times int) (tries int, err error) {
		err = store.Update(t.Context(), func(tx *kv.Tx) error {
			tries++
			tx.Get("g", "k")
			if tries <= times {
				ok(t, store.Set(t.Context(), "g", "k", nil))
			}
			return tx.Set("g", "written", []byte(strconv.Itoa(tries)))
		}, kv.Tries(4))
		return tries, err
	}
	tries, err := disturbed(3)
	ok(t, err)
	equal(t, tries, 4)
	equal(t, string(must(store.Get(t.Context(), "g", "written"))(t)), "4")
	tries, err = disturbed(4)
	is(t, err, kv.ErrConflict)
	equal(t, tries, 4)
	tries = 0
	is(t, store.Update(t.Context(), func(tx *kv.Tx) error {
		tries++
		tx.Get("g", "k")
		return store.Set(t.Context(), "g", "k", nil)
	}), kv.ErrConflict)
	equal(t, tries, 16)
}

func TestAnUpdateThatFailsOrPanicsOrEndsItselfWritesWhatItSays(t *testing.T) {
	store := openAt(t, "memory:")
	own := errors.New("own")
	is(t, store.Update(t.Context(), func(tx *kv.Tx) error {
		ok(t, tx.Set("g", "k", nil))
		return own
	}), own)
	tries := 0
	is(t, store.Update(t.Context(), func(tx *kv.Tx) error { tries++; return kv.ErrConflict }), kv.ErrConflict)
	equal(t, tries, 1)
	func() {
		defer func() { equal(t, recover(), any("planted")) }()
		store.Update(t.Context(), func(tx *kv.Tx) error {
			ok(t, tx.Set("g", "k", nil))
			panic("planted")
		})
	}()
	ok(t, store.Update(t.Context(), func(tx *kv.Tx) error {
		ok(t, tx.Set("g", "k", nil))
		tx.Rollback()
		return nil
	}))
	equal(t, must(store.CountAll(t.Context(), ""))(t), 0)
	ok(t, store.Update(t.Context(), func(tx *kv.Tx) error {
		ok(t, tx.Set("g", "k", nil))
		return tx.Commit()
	}))
	equal(t, must(store.CountAll(t.Context(), ""))(t), 1)
}

func TestATransactionLooksAtItsContextAndEndsWithItsStore(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ctx, cancel := context.WithCancel(t.Context())
		tx := must(store.Begin(ctx))(t)
		ok(t, tx.Set("g", "k", nil))
		cancel()
		_, err := tx.Get("g", "k")
		for _, err := range []error{err, tx.Set("g", "k", nil), tx.Delete("g", "k"), tx.Commit()} {
			is(t, err, context.Canceled)
		}
		tx.Rollback()
		equal(t, must(store.CountAll(t.Context(), ""))(t), 0)
		late := must(store.Begin(t.Context()))(t)
		ok(t, store.Close())
		is(t, late.Set("g", "k", nil), kv.ErrClosed)
		is(t, late.Commit(), kv.ErrClosed)
		late.Rollback()
	})
}

func TestTransfersBetweenManyKeepTheSum(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		const accounts, start = 5, 100
		for i := range accounts {
			ok(t, store.Set(t.Context(), "bank", strconv.Itoa(i), []byte(strconv.Itoa(start))))
		}
		balance := func(tx *kv.Tx, account int) int {
			value, err := tx.Get("bank", strconv.Itoa(account))
			if err != nil {
				t.Error(err)
			}
			number, _ := strconv.Atoi(string(value))
			return number
		}
		var all sync.WaitGroup
		for worker := range 6 {
			spawn(&all, func() {
				for i := range 30 {
					from, to := (worker+i)%accounts, (worker+2*i+1)%accounts
					err := store.Update(context.Background(), func(tx *kv.Tx) error {
						a, b := balance(tx, from), balance(tx, to)
						if from == to || a == 0 {
							return nil
						}
						if err := tx.Set("bank", strconv.Itoa(from), fmt.Append(nil, a-1)); err != nil {
							return err
						}
						return tx.Set("bank", strconv.Itoa(to), fmt.Append(nil, b+1))
					}, kv.Tries(1000))
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		sum := 0
		ok(t, store.Update(t.Context(), func(tx *kv.Tx) error {
			for account := range accounts {
				sum += balance(tx, account)
			}
			return nil
		}))
		equal(t, sum, accounts*start)
	})
}

func TestATransactionThatHasEndedMakesRoomForAnother(t *testing.T) {
	store := openAt(t, "memory:")
	for range 70_000 {
		tx, err := store.Begin(t.Context())
		ok(t, err)
		tx.Rollback()
	}
}
