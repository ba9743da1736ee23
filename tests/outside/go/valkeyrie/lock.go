package valkeyrie

import (
	"context"
	"errors"
	"time"

	"github.com/kvtools/valkeyrie/store"
	"kv.internal/kv/outside/lease"
)

// The time that a lock lives without a renewal if its options say nothing.
const defaultLockTTL = 20 * time.Second

// NewLock returns a lock of a key, which is not held yet. While it is held the pair under the key has
// the options' value. The lease itself is in a group of its own, where no list finds it.
func (s *Store) NewLock(_ context.Context, key string, options *store.LockOptions) (store.Locker, error) {
	it := &locker{store: s, key: normal(key)}
	if options != nil {
		it.options = *options
	}
	if it.options.TTL <= 0 {
		it.options.TTL = defaultLockTTL
	}
	it.lease = lease.New(s.store, locks, it.key, nil, it.options.TTL)
	return it, nil
}

type locker struct {
	store   *Store
	key     string
	options store.LockOptions
	lease   *lease.Lease
	// Closed by Unlock; nil while the lock is not held.
	unlocked chan struct{}
}

// Lock waits for the lock. It is renewed until Unlock, or until RenewLock of the options is closed; the
// channel is closed when it is lost.
func (l *locker) Lock(ctx context.Context) (<-chan struct{}, error) {
	if err := l.lease.Acquire(ctx); err != nil {
		return nil, errors.Join(store.ErrCannotLock, err)
	}
	if err := l.store.Put(ctx, l.key, l.options.Value, nil); err != nil {
		return nil, errors.Join(err, l.lease.Release(context.WithoutCancel(ctx)))
	}
	l.unlocked = make(chan struct{})
	stop := make(chan struct{})
	go func(unlocked <-chan struct{}) {
		defer close(stop)
		select {
		case <-unlocked:
		case <-l.options.RenewLock:
		}
	}(l.unlocked)
	return l.lease.Keep(stop), nil
}

// Unlock gives the lock up, and removes the pair if the options say so.
func (l *locker) Unlock(ctx context.Context) error {
	if l.unlocked == nil {
		return lease.ErrLost
	}
	close(l.unlocked)
	l.unlocked = nil
	if l.options.DeleteOnUnlock {
		if err := l.store.Delete(ctx, l.key); err != nil && !errors.Is(err, store.ErrKeyNotFound) {
			return err
		}
	}
	return l.lease.Release(ctx)
}
