package valkeyrie_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/kvtools/valkeyrie/store"
	"github.com/kvtools/valkeyrie/testsuite"
	"kv.internal/kv"
	"kv.internal/kv/outside/engines"
	"kv.internal/kv/outside/valkeyrie"
)

func TestSuite(t *testing.T) {
	for name, run := range map[string]func(*testing.T, store.Store){
		"Common": testsuite.RunTestCommon, "ListLock": testsuite.RunTestListLock,
		"Atomic": testsuite.RunTestAtomic, "Watch": testsuite.RunTestWatch, "Lock": testsuite.RunTestLock,
	} {
		t.Run(name, func(t *testing.T) {
			engines.EachStore(t, func(t *testing.T, opened *kv.Store) {
				it := valkeyrie.New(opened)
				defer testsuite.RunCleanup(t, it)
				run(t, it)
			})
		})
	}
}

func TestSuiteOfTwoConnections(t *testing.T) {
	for name, run := range map[string]func(*testing.T, store.Store, store.Store){
		"LockTTL": testsuite.RunTestLockTTL, "TTL": testsuite.RunTestTTL,
	} {
		t.Run(name, func(t *testing.T) {
			engines.Each(t, func(t *testing.T, location string) {
				it := valkeyrie.New(engines.Open(t, location))
				defer it.Close()
				// The suite closes this one.
				run(t, it, valkeyrie.New(engines.Open(t, location)))
			})
		})
	}
}

// The suite has no owner that is late.
func TestAnUnlockOfALostLockLeavesThePairOfTheNextOwner(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, opened *kv.Store) {
		it := valkeyrie.New(opened)
		late, next := lockOf(t, it, "late"), lockOf(t, it, "next")
		if err := late.Unlock(t.Context()); !errors.Is(err, kv.ErrArgument) {
			t.Fatal("unlocked without a lock:", err)
		}
		if _, err := late.Lock(t.Context()); err != nil {
			t.Fatal(err)
		}
		// As if the lease had ended.
		if _, err := opened.DeleteGroup(t.Context(), "kv.lock"); err != nil {
			t.Fatal(err)
		}
		if _, err := next.Lock(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := late.Unlock(t.Context()); !errors.Is(err, kv.ErrConflict) {
			t.Fatal("a lost lock was unlocked:", err)
		}
		if pair, err := it.Get(t.Context(), "key", nil); err != nil || string(pair.Value) != "next" {
			t.Fatal(pair, err)
		}
		if err := next.Unlock(t.Context()); err != nil {
			t.Fatal(err)
		}
		if exists, err := it.Exists(t.Context(), "key", nil); exists || err != nil {
			t.Fatal("the pair of a lock that was unlocked is there:", err)
		}
	})
}

func TestAWaitForALockEndsWithItsContext(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, opened *kv.Store) {
		it := valkeyrie.New(opened)
		if _, err := lockOf(t, it, "first").Lock(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		lost, err := lockOf(t, it, "second").Lock(ctx)
		if lost != nil || !errors.Is(err, context.Canceled) || !errors.Is(err, store.ErrCannotLock) {
			t.Fatal(err)
		}
	})
}

func lockOf(t *testing.T, it *valkeyrie.Store, value string) store.Locker {
	t.Helper()
	options := &store.LockOptions{Value: []byte(value), TTL: time.Hour, DeleteOnUnlock: true}
	lock, err := it.NewLock(t.Context(), "/key", options)
	if err != nil {
		t.Fatal(err)
	}
	return lock
}
