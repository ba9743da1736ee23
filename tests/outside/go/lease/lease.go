// Package lease is a lock in a kv store: an entry with its owner that expires unless it is renewed.
//
// It excludes others as long as its owner renews it in time: an owner that was stopped for longer
// than the ttl has lost it, and learns so from the channel of Keep or the next call.
package lease

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"kv.internal/kv"
)

// ErrLost is the error of a lease that has expired, or was never acquired.
var ErrLost = errors.New("lease: it is not held; acquire it again")

const (
	ownerLength = 16
	// A release in another process, of which a file without a change log has no event, is noticed
	// after this time.
	pollInterval = 250 * time.Millisecond
)

// Lease is a lock on a key. One goroutine acquires and releases it at a time.
type Lease struct {
	store *kv.Store
	group string
	key   string
	// The owner, and the value that others may read.
	record []byte
	ttl    time.Duration
}

// New returns a lease of a key of a group, which is not held yet.
func New(store *kv.Store, group, key string, value []byte, ttl time.Duration) *Lease {
	record := make([]byte, ownerLength, ownerLength+len(value))
	rand.Read(record)
	return &Lease{store, group, key, append(record, value...), ttl}
}

// TryAcquire acquires the lease if it is free, and reports whether it did.
func (l *Lease) TryAcquire(ctx context.Context) (bool, error) {
	_, err := l.store.Put(ctx, l.group, l.key, l.record, kv.IfAbsent(), kv.ExpireAfter(l.ttl))
	if errors.Is(err, kv.ErrConflict) {
		return false, nil
	}
	return err == nil, err
}

// Acquire waits until the lease is free, and acquires it.
func (l *Lease) Acquire(ctx context.Context) error {
	watch, err := l.store.Watch(ctx, kv.InGroup(l.group).Key(l.key))
	if err != nil {
		return err
	}
	defer watch.Close()
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	for {
		acquired, err := l.TryAcquire(ctx)
		if acquired || err != nil {
			return err
		}
		select {
		case _, open := <-watch.Events:
			if !open {
				return watch.Err()
			}
		case <-poll.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Renew lets the lease live for its ttl from now; ErrLost if it is not held.
func (l *Lease) Renew(ctx context.Context) error {
	return l.change(ctx, func(tx *kv.Tx) error { return tx.Expire(l.group, l.key, l.ttl) })
}

// Release ends the lease; ErrLost if it is not held.
func (l *Lease) Release(ctx context.Context) error {
	return l.change(ctx, func(tx *kv.Tx) error { return tx.Delete(l.group, l.key) })
}

// change does something to the record if it is this owner's.
func (l *Lease) change(ctx context.Context, change func(tx *kv.Tx) error) error {
	return l.store.Update(ctx, func(tx *kv.Tx) error {
		record, err := tx.Get(l.group, l.key)
		if errors.Is(err, kv.ErrNotFound) || err == nil && owner(record) != owner(l.record) {
			return ErrLost
		}
		if err != nil {
			return err
		}
		return change(tx)
	})
}

// Keep renews the lease three times in its ttl, until stop is closed. The channel that it returns is
// closed when the lease is lost, and when stop is.
func (l *Lease) Keep(stop <-chan struct{}) <-chan struct{} {
	lost := make(chan struct{})
	go func() {
		defer close(lost)
		renewal := time.NewTicker(max(l.ttl/3, time.Millisecond))
		defer renewal.Stop()
		for {
			select {
			case <-stop:
				return
			case <-renewal.C:
				if l.Renew(context.Background()) != nil {
					return
				}
			}
		}
	}()
	return lost
}

// Value returns what the holder has given to New, and whether there is a holder.
func Value(ctx context.Context, store *kv.Store, group, key string) ([]byte, bool, error) {
	record, err := store.Get(ctx, group, key)
	if errors.Is(err, kv.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	return record[len(owner(record)):], true, nil
}

func owner(record []byte) string { return string(record[:min(len(record), ownerLength)]) }
