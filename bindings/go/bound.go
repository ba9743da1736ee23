package kv

import (
	"runtime"
	"time"

	"kv.internal/kv/internal/capi"
)

// BoundStore is a handle of a store whose calls can have a deadline and be cancelled while they
// wait or work: for locks of others, for the turn to write, in scans, counts and calls of a Redis.
// It takes every call of a store, one at a time.
//
//	bound, err := store.Bind()
//	...
//	defer bound.Close()
//	arming, err := bound.Arm(200 * time.Millisecond)
//	stop := context.AfterFunc(ctx, func() { bound.Cancel(arming) })
//	defer stop()
//	value, err := bound.Get(ctx, "config", "colour") // ErrDeadline, or ErrCancelled
//
// A call that ends so has written nothing, except the finished steps of a copy or purge. A call that
// has begun to commit runs to its end and returns its result. Closing a BoundStore cancels a call
// that runs through it, and waits for it.
type BoundStore struct {
	Store
}

// Bind returns a handle of the same store for calls with deadlines. Once the store is closed its
// calls are [ErrClosed].
func (s *Store) Bind() (*BoundStore, error) {
	op := plainOp("bind")
	if err := s.isOpened(op); err != nil {
		return nil, err
	}
	handle, failure := capi.Bind(s.handle)
	runtime.KeepAlive(s)
	if failure != nil {
		return nil, op.failure(failure)
	}
	bound := &BoundStore{Store{handle: handle, name: s.name}}
	bound.cleanup = runtime.AddCleanup(bound, func(handle capi.Store) { go capi.Close(handle) }, handle)
	return bound, nil
}

// Arm sets a deadline for the calls from now on together, and undoes a Cancel; a negative time is
// no deadline. It returns the number of this arming, for Cancel.
func (b *BoundStore) Arm(deadline time.Duration) (uint64, error) {
	op := plainOp("arm")
	if err := b.isOpened(op); err != nil {
		return 0, err
	}
	ms := int64(-1)
	if deadline >= 0 {
		ms = milliseconds(deadline)
	}
	arming, failure := capi.Arm(b.handle, ms)
	runtime.KeepAlive(b)
	return arming, op.failure(failure)
}

// Cancel cancels the calls of an arming, or of the newest with 0; they are [ErrCancelled]. One that
// comes late, when the handle was armed again, does nothing. Any goroutine may call it.
func (b *BoundStore) Cancel(arming uint64) error {
	op := plainOp("cancel")
	if err := b.isOpened(op); err != nil {
		return err
	}
	failure := capi.Cancel(b.handle, arming)
	runtime.KeepAlive(b)
	return op.failure(failure)
}

// isOpened makes a nil BoundStore one that was not opened.
func (b *BoundStore) isOpened(op operation) error {
	if b == nil {
		return op.closed("the bound store is nil; Store.Bind returns one")
	}
	return b.Store.isOpened(op)
}
