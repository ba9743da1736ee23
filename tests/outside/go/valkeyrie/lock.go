package valkeyrie

import (
	"context"
	"errors"
	"time"

	"github.com/kvtools/valkeyrie/store"
	"kv.internal/kv"
	"kv.internal/kv/outside/renewal"
)

// The lease of a lock if its options have none.
const defaultLockTTL = 20 * time.Second

// NewLock returns a lock of a key, which is not held yet. While it is held the pair under the key has
// the options' value. It is a lock of kv, so that no list finds it.
//
// The pair is written and deleted together with a check of the lock, in one batch: in a cluster of
// Redis that takes a store that is a scope, whose groups are in one slot.
func (s *Store) NewLock(_ context.Context, key string, options *store.LockOptions) (store.Locker, error) {
	it := &locker{store: s.store, key: normal(key), stop: func() {}}
	if options != nil {
		it.options = *options
	}
	if it.options.TTL <= 0 {
		it.options.TTL = defaultLockTTL
	}
	return it, nil
}

type locker struct {
	store   *kv.Store
	key     string
	options store.LockOptions
	// nil before the first Lock.
	held *kv.Lock
	// Ends the renewals.
	stop func()
}

// Lock waits for the lock. It is renewed until Unlock, or until RenewLock of the options is closed; the
// channel is closed when it is lost.
func (l *locker) Lock(ctx context.Context) (<-chan struct{}, error) {
	held, err := l.store.Lock(ctx, pairs+"/"+l.key, l.options.TTL)
	if err != nil {
		return nil, errors.Join(store.ErrCannotLock, err)
	}
	var batch kv.Batch
	batch.CheckLock(held)
	batch.Set(pairs, l.key, l.options.Value)
	if _, err := l.store.Commit(ctx, &batch); err != nil {
		return nil, errors.Join(store.ErrCannotLock, err, held.Release(context.WithoutCancel(ctx)))
	}
	renewed, stop := context.WithCancel(context.Background())
	l.held, l.stop = held, stop
	lost := renewal.Keep(renewed, held, l.options.TTL)
	go func() {
		defer stop()
		select {
		case <-lost:
		case <-l.options.RenewLock:
		}
	}()
	return lost, nil
}

// Unlock releases the lock, and deletes the pair if the options say so. A lock that was lost is
// kv.ErrConflict, and its pair stays, which may be the next owner's.
func (l *locker) Unlock(ctx context.Context) error {
	l.stop()
	if l.held == nil || !l.options.DeleteOnUnlock {
		return l.held.Release(ctx)
	}
	var batch kv.Batch
	batch.CheckLock(l.held)
	batch.Delete(pairs, l.key)
	_, err := l.store.Commit(ctx, &batch)
	return errors.Join(err, l.held.Release(ctx))
}
