package lease_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"kv.internal/kv/outside/engines"
	"kv.internal/kv/outside/lease"
)

func TestALeaseIsHeldByOne(t *testing.T) {
	engines.Each(t, func(t *testing.T, location string) {
		store, other := engines.Open(t, location), engines.Open(t, location)
		defer store.Close()
		defer other.Close()
		first := lease.New(store, "locks", "leader", []byte("ada"), time.Hour)
		second := lease.New(other, "locks", "leader", []byte("bob"), time.Hour)
		if err := first.Release(t.Context()); err != lease.ErrLost {
			t.Fatal("released without one:", err)
		}
		if acquired, err := first.TryAcquire(t.Context()); !acquired || err != nil {
			t.Fatal(acquired, err)
		}
		if acquired, err := second.TryAcquire(t.Context()); acquired || err != nil {
			t.Fatal("it is held twice:", acquired, err)
		}
		if err := second.Renew(t.Context()); err != lease.ErrLost {
			t.Fatal("renewed by another:", err)
		}
		if err := second.Release(t.Context()); err != lease.ErrLost {
			t.Fatal("released by another:", err)
		}
		if value, held, err := lease.Value(t.Context(), other, "locks", "leader"); string(value) != "ada" || !held || err != nil {
			t.Fatal(string(value), held, err)
		}
		waits := make(chan error)
		go func() { waits <- second.Acquire(context.Background()) }()
		if err := first.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := <-waits; err != nil {
			t.Fatal(err)
		}
		if err := first.Renew(t.Context()); err != lease.ErrLost {
			t.Fatal("renewed after the release:", err)
		}
	})
}

func TestAnAcquireEndsWithItsContextAndItsStore(t *testing.T) {
	engines.Each(t, func(t *testing.T, location string) {
		store, other := engines.Open(t, location), engines.Open(t, location)
		defer store.Close()
		if acquired, err := lease.New(store, "locks", "leader", nil, time.Hour).TryAcquire(t.Context()); !acquired {
			t.Fatal(err)
		}
		waiting := lease.New(other, "locks", "leader", nil, time.Hour)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		if err := waiting.Acquire(ctx); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		time.AfterFunc(20*time.Millisecond, func() { other.Close() })
		if err := waiting.Acquire(t.Context()); err == nil {
			t.Fatal("acquired in a closed store")
		}
	})
}

func TestALeaseThatIsTakenAwayIsLost(t *testing.T) {
	engines.Each(t, func(t *testing.T, location string) {
		store := engines.Open(t, location)
		defer store.Close()
		held := lease.New(store, "locks", "leader", nil, 60*time.Millisecond)
		if acquired, err := held.TryAcquire(t.Context()); !acquired {
			t.Fatal(err)
		}
		stop := make(chan struct{})
		defer close(stop)
		lost := held.Keep(stop)
		if err := store.Delete(t.Context(), "locks", "leader"); err != nil {
			t.Fatal(err)
		}
		<-lost
	})
}
