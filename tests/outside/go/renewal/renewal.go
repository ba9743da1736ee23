// Package renewal keeps a lock of kv for an owner that does not know how long its work takes.
package renewal

import (
	"context"
	"time"

	"kv.internal/kv"
)

// Keep renews a lock three times in its lease, until a context ends. The channel that it returns is
// closed then, and when the lock is lost: it was released, or could not be renewed before the end of
// its lease. A renewal that fails is not tried again.
func Keep(ctx context.Context, lock *kv.Lock, lease time.Duration) <-chan struct{} {
	lost := make(chan struct{})
	interval := max(lease/3, 1)
	go func() {
		defer close(lost)
		renewals := time.NewTicker(interval)
		defer renewals.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-renewals.C:
				if renew(ctx, lock, lease, lease-interval) != nil {
					return
				}
			}
		}
	}()
	return lost
}

// renew renews a lock within the time that is left of its lease.
func renew(ctx context.Context, lock *kv.Lock, lease, left time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	return lock.Renew(ctx, lease)
}
