package plumego_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/plumego"
)

func records(t *testing.T, test func(t *testing.T, store *plumego.IdempotencyStore)) {
	for name, location := range map[string]string{"memory": "memory:", "file": filepath.Join(t.TempDir(), "records.db")} {
		t.Run(name, func(t *testing.T) {
			store, err := kv.Open(t.Context(), location)
			if err != nil {
				t.Fatal(err)
			}
			defer store.Close()
			test(t, plumego.NewIdempotencyStore(store, "idem"))
		})
	}
}

func put(t *testing.T, store *plumego.IdempotencyStore, record plumego.Record) bool {
	t.Helper()
	put, err := store.PutIfAbsent(t.Context(), record)
	if err != nil {
		t.Fatal(err)
	}
	return put
}

func TestTheGuardOfTheDocument(t *testing.T) {
	records(t, func(t *testing.T, store *plumego.IdempotencyStore) {
		runs := 0
		guarded := func() string {
			record, err := store.Get(t.Context(), "order-1")
			if err == nil && record.Status == plumego.StatusCompleted {
				return string(record.Response)
			}
			if !errors.Is(err, plumego.ErrRecordNotFound) {
				t.Fatal(err)
			}
			runs++
			done := plumego.Record{Status: plumego.StatusCompleted, Response: []byte("paid")}
			if err := store.Set(t.Context(), "order-1", done); err != nil {
				t.Fatal(err)
			}
			return "paid"
		}
		if guarded() != "paid" || guarded() != "paid" || runs != 1 {
			t.Errorf("%d runs", runs)
		}
	})
}

func TestARecordGoesFromInProgressToCompletedOnceAndKeepsItsTTL(t *testing.T) {
	records(t, func(t *testing.T, store *plumego.IdempotencyStore) {
		expires := time.Now().Add(time.Hour).Truncate(time.Millisecond)
		record := plumego.Record{Key: " k ", RequestHash: "hash", ExpiresAt: expires}
		if !put(t, store, record) || put(t, store, record) {
			t.Fatal("it was not put once")
		}
		if !put(t, store, plumego.Record{Key: "k"}) {
			t.Fatal("keys are trimmed")
		}
		first, err := store.Get(t.Context(), " k ")
		if err != nil || first.Status != plumego.StatusInProgress || first.CreatedAt.IsZero() || first.RequestHash != "hash" {
			t.Fatalf("%+v, %v", first, err)
		}
		if err := store.Complete(t.Context(), " k ", []byte("response")); err != nil {
			t.Fatal(err)
		}
		if err := store.Complete(t.Context(), " k ", []byte("other")); !errors.Is(err, plumego.ErrRecordNotFound) {
			t.Fatal(err)
		}
		second, err := store.Get(t.Context(), " k ")
		if err != nil || second.Status != plumego.StatusCompleted || string(second.Response) != "response" ||
			!second.ExpiresAt.Equal(expires) || !second.CreatedAt.Equal(first.CreatedAt) || second.UpdatedAt.Before(first.UpdatedAt) {
			t.Fatalf("%+v, %v", second, err)
		}
		if put(t, store, record) {
			t.Error("a completed one is put again")
		}
		if store.Delete(t.Context(), " k ") != nil || !errors.Is(store.Delete(t.Context(), " k "), plumego.ErrRecordNotFound) {
			t.Error("it is not deleted once")
		}
	})
}

func TestAnExpiredRecordIsReplacedAndItsCallerIsTooLate(t *testing.T) {
	records(t, func(t *testing.T, store *plumego.IdempotencyStore) {
		if _, err := store.PutIfAbsent(t.Context(), plumego.Record{Key: "k", ExpiresAt: time.Now()}); !errors.Is(err, plumego.ErrRecordExpired) {
			t.Fatal(err)
		}
		late, err := store.Claim(t.Context(), plumego.Record{Key: "k", ExpiresAt: time.Now().Add(20 * time.Millisecond)})
		if err != nil || late == 0 {
			t.Fatal(late, err)
		}
		var token uint64
		for begun := time.Now(); token == 0; {
			if token, err = store.Claim(t.Context(), plumego.Record{Key: "k"}); err != nil || time.Since(begun) > time.Minute {
				t.Fatal(err)
			}
		}
		for _, refused := range []uint64{late, 0, token + 1} {
			if err := store.CompleteClaim(t.Context(), "k", refused, nil); !errors.Is(err, plumego.ErrRecordNotFound) {
				t.Errorf("%d: %v", refused, err)
			}
		}
		if err := store.CompleteClaim(t.Context(), "k", token, []byte("mine")); err != nil {
			t.Fatal(err)
		}
		if record, err := store.Get(t.Context(), "k"); err != nil || string(record.Response) != "mine" {
			t.Fatal(record, err)
		}
	})
}

func TestOf32CallersOneIsFirst(t *testing.T) {
	records(t, func(t *testing.T, store *plumego.IdempotencyStore) {
		var first atomic.Int32
		var all sync.WaitGroup
		for range 32 {
			all.Add(1)
			go func() {
				defer all.Done()
				isPut, err := store.PutIfAbsent(context.Background(), plumego.Record{Key: "k"})
				if err != nil {
					t.Error(err)
				}
				if isPut {
					first.Add(1)
				}
			}()
		}
		all.Wait()
		if first.Load() != 1 {
			t.Errorf("%d were", first.Load())
		}
	})
}

func TestEveryOperationOnARecordRefusesAKeyThatIsNoneAndAContextThatIsDone(t *testing.T) {
	records(t, func(t *testing.T, store *plumego.IdempotencyStore) {
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		for ctx, want := range map[context.Context]error{t.Context(): plumego.ErrInvalidKey, cancelled: context.Canceled} {
			for _, key := range []string{"", "a\x00b", "\n"} {
				_, get := store.Get(ctx, key)
				_, put := store.PutIfAbsent(ctx, plumego.Record{Key: key})
				_, claim := store.Claim(ctx, plumego.Record{Key: key})
				for _, err := range []error{get, put, claim, store.Set(ctx, key, plumego.Record{}), store.Delete(ctx, key),
					store.Complete(ctx, key, nil), store.CompleteClaim(ctx, key, 1, nil)} {
					if !errors.Is(err, want) {
						t.Errorf("%q: %v", key, err)
					}
				}
			}
		}
	})
}
