package vault

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/vault/sdk/physical"
	"kv.internal/kv"
	"kv.internal/kv/outside/renewal"
)

// HAEnabled reports that locks work; across servers they do if the store is one that servers share.
func (b *Backend) HAEnabled() bool { return true }

// LockWith returns a lock of a key, which is not held yet, with a value of at most 1,024 bytes for
// others to read. It is a lock of kv, which no list shows.
func (b *Backend) LockWith(key, value string) (physical.Lock, error) {
	name := fmt.Sprintf("%q/%s", b.group, key)
	return &lock{backend: b, name: name, value: value, stop: func() {}}, nil
}

type lock struct {
	backend     *Backend
	name, value string
	// nil before the first Lock.
	held *kv.Lock
	// Ends the renewals.
	stop func()
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
	held, err := l.backend.store.Lock(ctx, l.name, l.backend.lockTTL, kv.WithOwner(l.value))
	if errors.Is(err, context.Canceled) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	renewed, end := context.WithCancel(context.Background())
	l.held, l.stop = held, end
	return renewal.Keep(renewed, held, l.backend.lockTTL), nil
}

// Unlock releases the lock. One that is not held, or was lost, is an error.
func (l *lock) Unlock() error {
	l.stop()
	return l.held.Release(context.Background())
}

// Value reports whether anybody holds the lock, and the holder's value.
func (l *lock) Value() (bool, string, error) {
	holder, err := l.backend.store.LockHolder(context.Background(), l.name)
	if errors.Is(err, kv.ErrNotFound) {
		return false, "", nil
	}
	return err == nil, holder.Owner, err
}
