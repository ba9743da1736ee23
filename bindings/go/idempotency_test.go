package kv_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kv.internal/kv"
)

func TestAnOperationStartsOnceAndItsResponseIsKept(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		begin := func(key, request string) kv.Idempotency {
			t.Helper()
			return must(store.IdempotencyBegin(t.Context(), key, []byte(request), time.Hour))(t)
		}
		for _, response := range []string{"", "paid", strings.Repeat("long ", 1000)} {
			key := "order " + response
			first := begin(key, "30")
			equal(t, first.State, kv.IdempotencyStarted)
			equal(t, first.Token != 0 && first.Response == nil, true)
			equal(t, begin(key, "30").State, kv.IdempotencyInProgress)
			equal(t, begin(key, "31").State, kv.IdempotencyMismatch)
			equal(t, begin(" "+key, "30").State, kv.IdempotencyStarted)
			equal(t, must(store.IdempotencyGet(t.Context(), key))(t).State, kv.IdempotencyInProgress)
			is(t, store.IdempotencyComplete(t.Context(), key, first.Token+1, nil), kv.ErrConflict)
			ok(t, store.IdempotencyComplete(t.Context(), key, first.Token, []byte(response)))
			is(t, store.IdempotencyComplete(t.Context(), key, first.Token, nil), kv.ErrConflict)
			for _, record := range []kv.Idempotency{begin(key, "30"), must(store.IdempotencyGet(t.Context(), key))(t)} {
				equal(t, record.State, kv.IdempotencyCompleted)
				equal(t, string(record.Response), response)
				equal(t, record.Token == 0 && record.Response != nil, true)
			}
		}
		is(t, store.IdempotencyComplete(t.Context(), "order", 0, nil), kv.ErrArgument)
		_, err := store.IdempotencyBegin(t.Context(), "k", nil, -1)
		is(t, err, kv.ErrArgument)
		_, err = store.IdempotencyBegin(t.Context(), "k", make([]byte, 1025), 0)
		is(t, err, kv.ErrTooLarge)
	})
}

func TestAnOperationThatIsForgottenOrExpiredStartsAnew(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		is(t, store.IdempotencyForget(t.Context(), "k", 0), kv.ErrNotFound)
		first := must(store.IdempotencyBegin(t.Context(), "k", nil, 0))(t)
		is(t, store.IdempotencyForget(t.Context(), "k", first.Token+1), kv.ErrConflict)
		ok(t, store.IdempotencyForget(t.Context(), "k", first.Token))
		is(t, store.IdempotencyComplete(t.Context(), "k", first.Token, nil), kv.ErrNotFound)

		late := must(store.IdempotencyBegin(t.Context(), "k", nil, time.Millisecond))(t)
		second := late
		for second.State != kv.IdempotencyStarted || second.Token == late.Token {
			second = must(store.IdempotencyBegin(t.Context(), "k", nil, time.Hour))(t)
		}
		is(t, store.IdempotencyComplete(t.Context(), "k", late.Token, nil), kv.ErrConflict)
		ok(t, store.IdempotencyComplete(t.Context(), "k", second.Token, []byte("second")))
		ok(t, store.IdempotencyForget(t.Context(), "k", 0))
		_, err := store.IdempotencyGet(t.Context(), "k")
		is(t, err, kv.ErrNotFound)
	})
}

func TestOfManyCallersOneStarts(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		var started atomic.Int32
		var all sync.WaitGroup
		for range 32 {
			spawn(&all, func() {
				record, err := store.IdempotencyBegin(context.Background(), "k", nil, time.Hour)
				if err != nil {
					t.Error(err)
				}
				if record.State == kv.IdempotencyStarted {
					started.Add(1)
				}
			})
		}
		all.Wait()
		equal(t, started.Load(), 1)
	})
}
