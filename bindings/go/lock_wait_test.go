package kv_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kv.internal/kv"
)

// acquired is what a waiter has received.
type acquired struct {
	lock *kv.Lock
	err  error
}

// waiting acquires a lock in a goroutine of its own.
func waiting(ctx context.Context, store *kv.Store, options ...kv.LockOption) <-chan acquired {
	received := make(chan acquired, 1)
	go func() {
		lock, err := store.Lock(ctx, "job", time.Hour, options...)
		received <- acquired{lock, err}
	}()
	return received
}

func TestAWaitEndsWithTheReleaseOfTheLock(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		for _, ctx := range []context.Context{context.Background(), ctx} {
			first := must(store.Lock(ctx, "job", time.Hour))(t)
			waiter := waiting(ctx, store, kv.WithWait(time.Hour))
			time.Sleep(10 * time.Millisecond)
			equal(t, len(waiter), 0)
			ok(t, first.Release(ctx))
			second, _ := within(t, waiter)
			ok(t, second.err)
			equal(t, second.lock.Token() > first.Token(), true)
			ok(t, second.lock.Release(ctx))
		}
	})
}

func TestAWaitEndsWithTheLeaseOfTheOwner(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		first := must(store.Lock(t.Context(), "job", time.Hour))(t)
		waiter := waiting(context.Background(), store)
		ok(t, first.Renew(t.Context(), 20*time.Millisecond))
		second, _ := within(t, waiter)
		ok(t, second.err)
		is(t, first.Release(t.Context()), kv.ErrConflict)
		ok(t, second.lock.Release(t.Context()))
	})
}

func TestAContextOrAnOptionEndsTheWaitForALock(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		owner := must(store.Lock(t.Context(), "job", time.Hour))(t)
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		defer cancel()
		late, _ := within(t, waiting(ctx, store))
		is(t, late.err, kv.ErrDeadline)
		is(t, late.err, context.DeadlineExceeded)
		equal(t, errors.Is(late.err, kv.ErrConflict), false)

		ctx, cancel = context.WithCancel(context.Background())
		time.AfterFunc(20*time.Millisecond, cancel)
		cancelled, _ := within(t, waiting(ctx, store, kv.WithWait(time.Hour)))
		is(t, cancelled.err, kv.ErrCancelled)
		is(t, cancelled.err, context.Canceled)
		equal(t, errors.Is(cancelled.err, kv.ErrConflict), false)

		given, _ := within(t, waiting(context.Background(), store, kv.WithWait(time.Nanosecond)))
		is(t, given.err, kv.ErrConflict)
		equal(t, errors.Is(given.err, context.DeadlineExceeded), false)
		for _, received := range []acquired{late, cancelled, given} {
			equal(t, received.lock == nil, true)
		}
		ok(t, owner.Release(t.Context()))
		must(store.TryLock(t.Context(), "job", time.Hour))(t)
	})
}

func TestABoundStoreEndsTheWaitForALockByItsArming(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		must(store.Lock(t.Context(), "job", time.Hour))(t)
		bound := must(store.Bind())(t)
		defer bound.Close()
		must(bound.Arm(20 * time.Millisecond))(t)
		late, _ := within(t, waiting(context.Background(), &bound.Store))
		is(t, late.err, kv.ErrDeadline)
		arming := must(bound.Arm(-1))(t)
		time.AfterFunc(20*time.Millisecond, func() { bound.Cancel(arming) })
		cancelled, _ := within(t, waiting(context.Background(), &bound.Store))
		is(t, cancelled.err, kv.ErrCancelled)
		must(bound.Arm(-1))(t)
		lock := must(bound.Lock(t.Context(), "other", time.Hour))(t)
		ok(t, lock.Renew(t.Context(), time.Hour))
		ok(t, bound.Close())
		is(t, lock.Release(t.Context()), kv.ErrClosed)
	})
}

func TestTheEndOfTheStoreEndsItsWaitsAndItsLocksAndNotTheirLeases(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	engines(t, func(t *testing.T, store *kv.Store) {
		scope := must(store.Scope("tenant"))(t)
		defer scope.Close()
		owner := must(store.Lock(t.Context(), "job", time.Hour))(t)
		var waiters []<-chan acquired
		for _, ctx := range []context.Context{ctx, context.Background()} {
			waiters = append(waiters, waiting(ctx, store))
		}
		time.Sleep(10 * time.Millisecond)
		ok(t, store.Close())
		for _, waiter := range waiters {
			received, _ := within(t, waiter)
			is(t, received.err, kv.ErrClosed)
		}
		is(t, owner.Renew(t.Context(), time.Hour), kv.ErrClosed)
		is(t, owner.Release(t.Context()), kv.ErrClosed)
	})
}

func TestAReleaseWithAContextThatHasEndedReleasesNothing(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ctx, cancel := context.WithCancel(t.Context())
		lock := must(store.Lock(ctx, "job", time.Hour))(t)
		cancel()
		is(t, lock.Release(ctx), context.Canceled)
		is(t, lock.Renew(ctx, time.Minute), context.Canceled)
		holder := must(store.LockHolder(t.Context(), "job"))(t)
		equal(t, time.Until(holder.ExpiresAt).Round(time.Minute), time.Hour)
		ok(t, lock.Release(context.WithoutCancel(ctx)))
	})
}

func TestOfManyGoroutinesOneIsInsideAndAllGetThere(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		const workers, rounds = 16, 10
		var inside, highest atomic.Int64
		var all sync.WaitGroup
		for worker := range workers {
			spawn(&all, func() {
				for range rounds {
					lock, err := store.Lock(t.Context(), "job", time.Hour, kv.WithOwner(fmt.Sprint(worker)))
					if err != nil {
						t.Error(err)
						return
					}
					if others := inside.Add(1); others != 1 {
						t.Errorf("%d are inside", others)
					}
					if before := highest.Swap(int64(lock.Token())); before >= int64(lock.Token()) {
						t.Errorf("token %d follows %d", lock.Token(), before)
					}
					inside.Add(-1)
					if err := lock.Release(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		_, err := store.LockHolder(t.Context(), "job")
		is(t, err, kv.ErrNotFound)
	})
}

// A lock is read alone after it was acquired, so goroutines share it.
func TestALockIsRenewedByOneGoroutineAndCheckedByAnother(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		lock := must(store.Lock(t.Context(), "job", time.Hour))(t)
		var all sync.WaitGroup
		for range 4 {
			spawn(&all, func() {
				for range 20 {
					if err := lock.Renew(t.Context(), time.Hour); err != nil {
						t.Error(err)
					}
					var batch kv.Batch
					batch.CheckLock(lock)
					batch.Increment("g", "n", 1, 0)
					if _, err := store.Commit(t.Context(), &batch); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		equal(t, string(must(store.Get(t.Context(), "g", "n"))(t)), "80")
		ok(t, lock.Release(t.Context()))
	})
}
