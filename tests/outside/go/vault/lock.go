package vault

import (
	"context"
	"errors"

	"github.com/hashicorp/vault/sdk/physical"
	"kv.internal/kv/outside/lease"
)

// locks returns the group of the leases, which no list shows.
func (b *Backend) locks() string { return b.group + "/locks" }

// HAEnabled reports that locks work; across servers they do if the store is one that servers share.
func (b *Backend) HAEnabled() bool { return true }

// LockWith returns a lock of a key, which is not held yet, with a value for others to read.
func (b *Backend) LockWith(key, value string) (physical.Lock, error) {
	return &lock{b, key, lease.New(b.store, b.locks(), key, []byte(value), b.lockTTL), nil}, nil
}

type lock struct {
	backend *Backend
	key     string
	lease   *lease.Lease
	// Closed by Unlock; nil while the lock is not held.
	unlocked chan struct{}
}

// Lock waits for the lock until stop is closed, and returns nil then. The channel is closed when the
// lock is lost.
func (l *lock) Lock(stop <-chan struct{}) (<-chan struct{}, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	err := l.lease.Acquire(ctx)
	if errors.Is(err, context.Canceled) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	l.unlocked = make(chan struct{})
	return l.lease.Keep(l.unlocked), nil
}

// Unlock gives the lock up.
func (l *lock) Unlock() error {
	if l.unlocked == nil {
		return lease.ErrLost
	}
	close(l.unlocked)
	l.unlocked = nil
	return l.lease.Release(context.Background())
}

// Value reports whether anybody holds the lock, and the holder's value.
func (l *lock) Value() (bool, string, error) {
	value, held, err := lease.Value(context.Background(), l.backend.store, l.backend.locks(), l.key)
	return held, string(value), err
}
