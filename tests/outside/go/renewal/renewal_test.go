package renewal_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/outside/engines"
	"kv.internal/kv/outside/renewal"
)

// acquire acquires the lock of these tests.
func acquire(t *testing.T, store *kv.Store, lease time.Duration) *kv.Lock {
	t.Helper()
	lock, err := store.TryLock(t.Context(), "leader", lease)
	if err != nil {
		t.Fatal(err)
	}
	return lock
}

func TestALockIsRenewedUntilItsContextEnds(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		const lease = 1500 * time.Millisecond
		first := acquire(t, store, lease)
		before, err := store.LockHolder(t.Context(), "leader")
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		lost := renewal.Keep(ctx, first, lease)
		for {
			holder, err := store.LockHolder(t.Context(), "leader")
			if err != nil {
				t.Fatal("it has expired:", err)
			}
			if holder.ExpiresAt.After(before.ExpiresAt) {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		select {
		case <-lost:
			t.Fatal("a renewed lock is lost")
		default:
		}
		stop()
		<-lost
		if err := first.Renew(t.Context(), time.Hour); err != nil {
			t.Fatal("the end of the renewals has ended the lock:", err)
		}
	})
}

func TestALockThatIsReleasedIsLost(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		lock := acquire(t, store, 60*time.Millisecond)
		lost := renewal.Keep(t.Context(), lock, 60*time.Millisecond)
		if err := lock.Release(t.Context()); err != nil && !errors.Is(err, kv.ErrConflict) {
			t.Fatal(err)
		}
		<-lost
	})
}

func TestALockOfAClosedStoreIsLost(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		lost := renewal.Keep(t.Context(), acquire(t, store, time.Second), time.Second)
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		<-lost
	})
}

func TestALockThatWasNotAcquiredIsLost(t *testing.T) {
	for _, lock := range []*kv.Lock{nil, new(kv.Lock)} {
		<-renewal.Keep(t.Context(), lock, 0)
	}
}
