package kv_test

import (
	"errors"
	"math"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kv.internal/kv"
)

func TestALockHasOneOwnerUntilItIsReleasedAndTokensRise(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ctx := t.Context()
		first := must(store.Lock(ctx, "job", time.Hour, kv.WithOwner("worker 1")))(t)
		equal(t, first.Name(), "job")
		_, err := store.TryLock(ctx, "job", time.Hour)
		is(t, err, kv.ErrConflict)
		if err.Error() != "kv: try lock job: another owner holds it" {
			t.Fatalf("got %v", err)
		}
		_, err = store.Lock(ctx, "job", time.Hour, kv.WithWait(0))
		is(t, err, kv.ErrConflict)
		other := must(store.TryLock(ctx, "other", time.Hour))(t)
		equal(t, other.Token() > first.Token(), true)
		ok(t, first.Release(ctx))
		is(t, first.Release(ctx), kv.ErrConflict)
		is(t, first.Renew(ctx, time.Hour), kv.ErrConflict)
		second := must(store.TryLock(ctx, "job", time.Hour))(t)
		equal(t, second.Token() > other.Token(), true)
		is(t, first.Release(ctx), kv.ErrConflict)
		ok(t, second.Release(ctx))
		ok(t, other.Release(ctx))
	})
}

func TestALeaseIsRenewedAndEnds(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ctx := t.Context()
		first := must(store.TryLock(ctx, "job", time.Hour))(t)
		ok(t, first.Renew(ctx, 2*time.Hour))
		equal(t, time.Until(must(store.LockHolder(ctx, "job"))(t).ExpiresAt).Round(time.Minute), 2*time.Hour)
		for _, lease := range []time.Duration{0, -1, -time.Hour, kv.DefaultTTL} {
			is(t, first.Renew(ctx, lease), kv.ErrArgument)
		}
		ok(t, first.Renew(ctx, time.Nanosecond))
		second := must(store.Lock(ctx, "job", time.Duration(math.MaxInt64)))(t)
		for _, err := range []error{first.Renew(ctx, time.Hour), first.Release(ctx)} {
			is(t, err, kv.ErrConflict)
			if !strings.Contains(err.Error(), "lease has ended") {
				t.Fatalf("got %v", err)
			}
		}
		ok(t, second.Release(ctx))
	})
}

func TestALockWithoutANameALeaseOrAPlaceIsRefused(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ctx := t.Context()
		for _, lease := range []time.Duration{0, -1, -time.Hour, kv.DefaultTTL} {
			_, err := store.Lock(ctx, "job", lease)
			is(t, err, kv.ErrArgument)
			_, err = store.TryLock(ctx, "job", lease)
			is(t, err, kv.ErrArgument)
		}
		for _, wait := range []time.Duration{-1, -time.Hour, math.MinInt64} {
			_, err := store.Lock(ctx, "job", time.Hour, kv.WithWait(wait))
			is(t, err, kv.ErrArgument)
		}
		_, err := store.TryLock(ctx, "job", time.Hour, kv.WithWait(time.Second))
		is(t, err, kv.ErrArgument)
		_, err = store.Lock(ctx, "", time.Hour)
		is(t, err, kv.ErrArgument)
		_, err = store.Lock(ctx, strings.Repeat("n", 65_536), time.Hour)
		is(t, err, kv.ErrTooLarge)
		_, err = store.Lock(ctx, "job", time.Hour, kv.WithOwner(strings.Repeat("o", 1025)))
		is(t, err, kv.ErrTooLarge)
		_, err = store.LockHolder(ctx, "job")
		is(t, err, kv.ErrNotFound)
		_, err = store.LockHolder(ctx, "")
		is(t, err, kv.ErrArgument)
		equal(t, must(store.CountAll(ctx, ""))(t), 0)

		name, owner := strings.Repeat("\x00", 65_535), strings.Repeat("\xff", 1024)
		lock := must(store.Lock(ctx, name, time.Hour, kv.WithOwner("earlier"), kv.LockOption{}, kv.WithOwner(owner)))(t)
		equal(t, must(store.LockHolder(ctx, name))(t).Owner, owner)
		ok(t, lock.Release(ctx))
	})
	_, err := openAt(t, "memory:?max_entries=10&evict=lru").TryLock(t.Context(), "job", time.Hour)
	is(t, err, kv.ErrUnsupported)
}

func TestTheHolderOfALockIsItsOwnerAndTheEndOfItsLease(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ctx := t.Context()
		must(store.Lock(ctx, "plain", time.Hour))(t)
		holder := must(store.LockHolder(ctx, "plain"))(t)
		equal(t, holder.Owner, "")
		equal(t, time.Until(holder.ExpiresAt).Round(time.Minute), time.Hour)
		ok(t, store.Set(ctx, "kv.lock", "planted", []byte("no lock")))
		_, err := store.LockHolder(ctx, "planted")
		is(t, err, kv.ErrCorrupt)

		scope := must(store.Scope("tenant"))(t)
		defer scope.Close()
		_, err = scope.LockHolder(ctx, "plain")
		is(t, err, kv.ErrNotFound)
		must(scope.TryLock(ctx, "plain", time.Hour, kv.WithOwner("of the scope")))(t)
		equal(t, must(store.LockHolder(ctx, "plain"))(t).Owner, "")
		equal(t, must(snapshotOf(t, scope).LockHolder(ctx, "plain"))(t).Owner, "of the scope")
	})
}

func TestALockIsThatOfAllStoresOfAFileInAllProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	first, second := openAt(t, path), openAt(t, path)
	lock := must(first.TryLock(t.Context(), "job", time.Hour))(t)
	_, err := second.TryLock(t.Context(), "job", time.Hour)
	is(t, err, kv.ErrConflict)
	output, failed := part(t, "owner", path).CombinedOutput()
	if failed == nil || !strings.Contains(string(output), "another owner holds it") {
		t.Fatalf("%v: %s", failed, output)
	}
	ok(t, lock.Release(t.Context()))
	if output, failed := part(t, "owner", path).CombinedOutput(); failed != nil {
		t.Fatalf("%v: %s", failed, output)
	}
	_, err = second.TryLock(t.Context(), "job", time.Hour)
	is(t, err, kv.ErrConflict)
	equal(t, must(second.LockHolder(t.Context(), "job"))(t).Owner, "another process")
}

func TestALockThatWasNotAcquiredIsErrArgument(t *testing.T) {
	store := openAt(t, "memory:")
	for _, lock := range []*kv.Lock{nil, new(kv.Lock)} {
		is(t, lock.Release(t.Context()), kv.ErrArgument)
		is(t, lock.Renew(t.Context(), time.Hour), kv.ErrArgument)
		equal(t, lock.Token(), 0)
		equal(t, lock.Name(), "")
		var batch kv.Batch
		batch.Set("g", "k", nil)
		equal(t, batch.CheckLock(lock), 1)
		equal(t, batch.Len(), 2)
		_, err := store.Commit(t.Context(), &batch)
		is(t, err, kv.ErrArgument)
		if !strings.Contains(err.Error(), "Store.Lock") {
			t.Fatalf("got %v", err)
		}
		equal(t, must(store.CountAll(t.Context(), ""))(t), 0)
		batch.Clear()
		batch.Set("g", "k", nil)
		must(store.Commit(t.Context(), &batch))(t)
		must(store.DeleteGroup(t.Context(), "g"))(t)
	}
}

func TestABatchOfAnOwnerThatHasLostItsLockIsRefused(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ctx := t.Context()
		first := must(store.Lock(ctx, "job", time.Hour))(t)
		var batch kv.Batch
		batch.Set("g", "k", []byte("first"), kv.WithDurability(kv.DurabilityFull))
		check := batch.CheckLock(first)
		results := must(store.Commit(ctx, &batch))(t)
		equal(t, results[check].Status, kv.OK)
		ok(t, first.Renew(ctx, time.Hour))
		must(store.Commit(ctx, &batch))(t)

		ok(t, first.Release(ctx))
		second := must(store.Lock(ctx, "job", time.Hour))(t)
		ok(t, store.Set(ctx, "g", "k", []byte("second")))
		_, err := store.Commit(ctx, &batch)
		var conflict *kv.ConflictError
		equal(t, errors.As(err, &conflict), true)
		equal(t, conflict.Step, check)
		equal(t, string(must(store.Get(ctx, "g", "k"))(t)), "second")
		ok(t, second.Release(ctx))
		_, err = store.Commit(ctx, &batch)
		is(t, err, kv.ErrConflict)
	})
}

// The callbacks run in the goroutine of the call, and their frames are deep enough to move its stack.
func TestCallsOfLocksRunCallbacks(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		var events atomic.Int32
		onChange(t, store, func(event kv.Event) {
			if event.Group == "kv.lock" && event.Key == "job" {
				events.Add(int32(descend(1000)))
			}
		})
		lock := must(store.Lock(t.Context(), "job", time.Hour))(t)
		equal(t, events.Load(), 1)
		ok(t, lock.Renew(t.Context(), time.Hour))
		ok(t, lock.Release(t.Context()))
		equal(t, events.Load(), 2)
		again := must(store.Lock(t.Context(), "job", time.Hour))(t)
		equal(t, again.Token() > lock.Token(), true)
	})
}

// descend returns 1 from the end of a deep recursion.
func descend(depth int) int {
	var frame [256]byte
	if depth > 0 {
		frame[depth%256] = byte(descend(depth - 1))
	} else {
		frame[0] = 1
	}
	return int(frame[depth%256])
}
