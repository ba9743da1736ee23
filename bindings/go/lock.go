package kv

import (
	"context"
	"math"
	"runtime"
	"time"

	"kv.internal/kv/internal/capi"
)

// Lock is a lock that [Store.Lock] or [Store.TryLock] has acquired. Any number of goroutines may use
// it at once. It stays a lock of its store, and after the end of that store its methods are
// [ErrClosed]; the lease goes on. A nil or zero Lock was not acquired, which is [ErrArgument].
type Lock struct {
	store *Store
	name  string
	grant capi.Lock
}

// Lock acquires a lock by its name, of 1 to 65,535 bytes: no other caller, in any goroutine or
// process with the same store, acquires it until it is released or its lease has ended, which is at
// least a millisecond. A lock is not recursive: its owner waits like any other caller.
//
//	lock, err := store.Lock(ctx, "report", 30*time.Second, kv.WithOwner("worker 7"))
//	if err != nil {
//		return err
//	}
//	defer lock.Release(context.WithoutCancel(ctx))
//
// While another owner holds the lock, the call waits until the context ends, which is [ErrDeadline]
// or [ErrCancelled] as for every call, or for the time that [WithWait] gives it, which is
// [ErrConflict]. It sleeps until the lock is released or its lease ends. Waiters acquire it in no
// particular order. Each of them holds a thread. The end of the store ends the wait with [ErrClosed].
//
// A store with evict=lru, which could evict a lock, is [ErrUnsupported]. The locks are the entries of
// the group "kv.lock", which other calls must not write to. A lock is as durable as any write: a
// fail-over of a Redis may lose it, and then another caller acquires it.
func (s *Store) Lock(ctx context.Context, name string, lease time.Duration, options ...LockOption) (*Lock, error) {
	wait := int64(math.MaxInt64)
	op := nameOp("lock", name)
	request := lockRequestOf(options)
	if request.hasWait {
		wait = signedMilliseconds(request.wait)
	}
	return s.acquire(ctx, op, request.owner, lease, wait)
}

// TryLock is [Store.Lock] that does not wait: while another owner holds the lock, it is
// [ErrConflict]. It takes no [WithWait].
func (s *Store) TryLock(ctx context.Context, name string, lease time.Duration, options ...LockOption) (*Lock, error) {
	op := nameOp("try lock", name)
	request := lockRequestOf(options)
	if request.hasWait {
		return nil, op.argument("it does not wait, so WithWait is for Lock")
	}
	return s.acquire(ctx, op, request.owner, lease, 0)
}

func (s *Store) acquire(ctx context.Context, op operation, owner string, lease time.Duration, waitMs int64) (_ *Lock, err error) {
	name := op.key
	in, err := s.enter(ctx, op)
	if err != nil {
		return nil, err
	}
	defer in.end(&err)
	grant, status, failure := capi.LockAcquire(in.handle, name, owner, signedMilliseconds(lease), waitMs)
	runtime.KeepAlive(s)
	if status == capi.Conflict {
		return nil, op.failed(ErrConflict, "another owner holds it")
	}
	if failure != nil {
		return nil, op.failure(failure)
	}
	return &Lock{store: s, name: name, grant: grant}, nil
}

// Name returns the name under which the lock was acquired.
func (l *Lock) Name() string {
	if l == nil {
		return ""
	}
	return l.name
}

// Token returns the fencing token, which is higher than those of all locks that were acquired in the
// store before. An owner cannot know that its lease has just ended, so a system outside of the store
// that is given the token refuses one that is lower than the highest it has seen. The store does the
// same for a batch with [Batch.CheckLock]. The token of a nil or zero Lock is 0.
func (l *Lock) Token() uint64 {
	if l == nil {
		return 0
	}
	return l.grant.Token
}

// Renew gives the lock another lease, which ends that long from now. If the lease has ended already,
// or the lock is another owner's by now, nothing changes, and the error is [ErrConflict].
func (l *Lock) Renew(ctx context.Context, lease time.Duration) error {
	return l.change(ctx, "renew lock", func(in capi.Store) (capi.Status, *capi.Failure) {
		return capi.LockRenew(in, l.name, l.grant, signedMilliseconds(lease))
	})
}

// Release ends the lock, and wakes those that wait for it. If its lease has ended already, nothing
// changes, and the error is [ErrConflict]. With a context that has ended nothing is released, and
// others wait for the end of the lease; a deferred call passes [context.WithoutCancel].
func (l *Lock) Release(ctx context.Context) error {
	return l.change(ctx, "release lock", func(in capi.Store) (capi.Status, *capi.Failure) {
		return capi.LockRelease(in, l.name, l.grant)
	})
}

func (l *Lock) change(ctx context.Context, verb string, cross func(capi.Store) (capi.Status, *capi.Failure)) (err error) {
	if !l.isAcquired() {
		return plainOp(verb).failed(ErrArgument, notAcquired)
	}
	op := nameOp(verb, l.name)
	in, err := l.store.enter(ctx, op)
	if err != nil {
		return err
	}
	defer in.end(&err)
	status, failure := cross(in.handle)
	runtime.KeepAlive(l)
	if status == capi.Conflict {
		return op.failed(ErrConflict, "its lease has ended, or it was released")
	}
	return op.failure(failure)
}

const notAcquired = "the lock was not acquired; Store.Lock and Store.TryLock return one that was"

func (l *Lock) isAcquired() bool { return l != nil && l.store != nil }
