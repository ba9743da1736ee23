package idempotency_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/enginetest"
	"kv.internal/kv/adapters/plumego/store/idempotency"
)

// The rules of plumego for a HashAwareStore hold on each engine.
var contract = map[string]func(t *testing.T, store *idempotency.GroupStore){
	"a record goes from in progress to completed once and keeps its ttl": func(t *testing.T, store *idempotency.GroupStore) {
		expires := time.Now().Add(time.Hour).Truncate(time.Millisecond)
		record := idempotency.Record{Key: "k", RequestHash: "hash", ExpiresAt: expires}
		if !put(t, store, record) || put(t, store, record) {
			t.Fatal("it was not put once")
		}
		first := get(t, store, "k")
		if first.Status != idempotency.StatusInProgress || first.CreatedAt.IsZero() || first.RequestHash != "hash" {
			t.Fatalf("%+v", first)
		}
		if err := store.Complete(t.Context(), "k", []byte("response")); err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{
			store.Complete(t.Context(), "k", []byte("other")),
			store.CompleteWithRequestHash(t.Context(), "k", "hash", []byte("other")),
		} {
			if err != idempotency.ErrAlreadyCompleted {
				t.Error(err)
			}
		}
		second := get(t, store, "k")
		want := first
		want.Status, want.Response, want.UpdatedAt = idempotency.StatusCompleted, []byte("response"), second.UpdatedAt
		if !isSame(second, want) || !second.ExpiresAt.Equal(expires) || second.UpdatedAt.Before(first.UpdatedAt) {
			t.Fatalf("%+v", second)
		}
		if put(t, store, record) {
			t.Error("a completed one is put again")
		}
	},
	"a missing record is no error of get, and ErrNotFound of all else": func(t *testing.T, store *idempotency.GroupStore) {
		if record, isThere, err := store.Get(t.Context(), "k"); isThere || err != nil || !isSame(record, idempotency.Record{}) {
			t.Errorf("%+v, %v, %v", record, isThere, err)
		}
		put(t, store, idempotency.Record{Key: "k"})
		if err := store.Delete(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		_, guarded := store.Guard().Get(t.Context(), "k")
		for call, err := range map[string]error{
			"Delete":                  store.Delete(t.Context(), "k"),
			"Complete":                store.Complete(t.Context(), "k", nil),
			"CompleteWithRequestHash": store.CompleteWithRequestHash(t.Context(), "k", "h", nil),
			"CompleteClaim":           store.CompleteClaim(t.Context(), "k", 1, nil),
			"Guard.Get":               guarded,
		} {
			if err != idempotency.ErrNotFound {
				t.Errorf("%s: %v", call, err)
			}
		}
	},
	"a hash must be the record's": func(t *testing.T, store *idempotency.GroupStore) {
		put(t, store, idempotency.Record{Key: "k", RequestHash: "h"})
		put(t, store, idempotency.Record{Key: "bare"})
		for _, c := range []struct {
			key, hash string
			want      error
		}{
			{"k", "other", idempotency.ErrRequestMismatch},
			{"k", "", idempotency.ErrInvalidRecord},
			{"bare", "h", idempotency.ErrInvalidRecord},
		} {
			if err := store.CompleteWithRequestHash(t.Context(), c.key, c.hash, nil); !errors.Is(err, c.want) {
				t.Errorf("%s, %q: %v", c.key, c.hash, err)
			}
			if record := get(t, store, c.key); record.Status != idempotency.StatusInProgress {
				t.Errorf("%+v", record)
			}
		}
		if err := store.CompleteWithRequestHash(t.Context(), "k", "h", []byte("paid")); err != nil {
			t.Error(err)
		}
		if record := get(t, store, "k"); record.Status != idempotency.StatusCompleted || string(record.Response) != "paid" {
			t.Errorf("%+v", record)
		}
	},
	"a record that cannot be is not put": func(t *testing.T, store *idempotency.GroupStore) {
		now := time.Now()
		for _, c := range []struct {
			record idempotency.Record
			want   error
		}{
			{idempotency.Record{Key: "k", ExpiresAt: now}, idempotency.ErrExpired},
			{idempotency.Record{Key: "k", Status: "x"}, idempotency.ErrInvalidRecord},
			{idempotency.Record{Key: "k", CreatedAt: now.Add(2 * time.Hour), ExpiresAt: now.Add(time.Hour)}, idempotency.ErrInvalidRecord},
		} {
			isPut, err := store.PutIfAbsent(t.Context(), c.record)
			token, claimErr := store.Claim(t.Context(), c.record)
			for _, err := range []error{err, claimErr, store.Set(t.Context(), "k", c.record)} {
				if !errors.Is(err, c.want) || isPut || token != 0 {
					t.Errorf("%+v: %v, %d, %v", c.record, isPut, token, err)
				}
			}
		}
		if _, isThere, err := store.Get(t.Context(), "k"); isThere || err != nil {
			t.Errorf("%v, %v", isThere, err)
		}
	},
	"keys are used as they are": func(t *testing.T, store *idempotency.GroupStore) {
		for _, key := range []string{"k", " k", "k ", "é/*?"} {
			if !put(t, store, idempotency.Record{Key: key, RequestHash: key}) || get(t, store, key).RequestHash != key {
				t.Errorf("%q", key)
			}
		}
	},
	"a set writes over what is there": func(t *testing.T, store *idempotency.GroupStore) {
		put(t, store, idempotency.Record{Key: "k", RequestHash: "first"})
		record := idempotency.Record{Key: "other", Status: idempotency.StatusCompleted, Response: []byte{}}
		if err := store.Set(t.Context(), "k", record); err != nil {
			t.Fatal(err)
		}
		got := get(t, store, "k")
		if got.Key != "k" || got.RequestHash != "" || got.Status != idempotency.StatusCompleted || got.Response == nil {
			t.Errorf("%+v", got)
		}
	},
	"an expired record is replaced and its caller is too late": func(t *testing.T, store *idempotency.GroupStore) {
		late, err := store.Claim(t.Context(), idempotency.Record{Key: "k", ExpiresAt: time.Now().Add(20 * time.Millisecond)})
		if err != nil || late == 0 {
			t.Fatal(late, err)
		}
		var token uint64
		for begun := time.Now(); token == 0; {
			if token, err = store.Claim(t.Context(), idempotency.Record{Key: "k"}); err != nil || time.Since(begun) > time.Minute {
				t.Fatal("it stays", err)
			}
		}
		for _, refused := range []uint64{late, 0, token + 1} {
			if err := store.CompleteClaim(t.Context(), "k", refused, nil); err != idempotency.ErrNotFound {
				t.Errorf("%d: %v", refused, err)
			}
		}
		if err := store.CompleteClaim(t.Context(), "k", token, []byte("mine")); err != nil {
			t.Fatal(err)
		}
		if err := store.CompleteClaim(t.Context(), "k", token, []byte("again")); err != idempotency.ErrNotFound {
			t.Error(err)
		}
		if record := get(t, store, "k"); string(record.Response) != "mine" {
			t.Errorf("%+v", record)
		}
	},
	"of 32 callers one is first, and one completes": func(t *testing.T, store *idempotency.GroupStore) {
		var claimed, completed atomic.Int32
		var all sync.WaitGroup
		for caller := range 32 {
			all.Add(1)
			go func() {
				defer all.Done()
				isPut, err := store.PutIfAbsent(context.Background(), idempotency.Record{Key: "k", RequestHash: "h"})
				if err != nil {
					t.Error(err)
				}
				if isPut {
					claimed.Add(1)
				}
				switch err := store.CompleteWithRequestHash(context.Background(), "k", "h", []byte(fmt.Sprint(caller))); err {
				case nil:
					completed.Add(1)
				case idempotency.ErrAlreadyCompleted:
				default:
					t.Error(err)
				}
			}()
		}
		all.Wait()
		if claimed.Load() != 1 || completed.Load() != 1 {
			t.Errorf("%d were first, %d have completed", claimed.Load(), completed.Load())
		}
	},
}

func TestAGroupStoreKeepsPlumegosContract(t *testing.T) {
	for _, rule := range slices.Sorted(maps.Keys(contract)) {
		t.Run(rule, func(t *testing.T) {
			enginetest.Each(t, func(t *testing.T, store *kv.Store) {
				contract[rule](t, idempotency.NewGroupStore(store, "idem"))
			})
		})
	}
}

func put(t *testing.T, store idempotency.Store, record idempotency.Record) bool {
	t.Helper()
	isPut, err := store.PutIfAbsent(t.Context(), record)
	if err != nil {
		t.Fatal(err)
	}
	return isPut
}

func get(t *testing.T, store idempotency.Store, key string) idempotency.Record {
	t.Helper()
	record, isThere, err := store.Get(t.Context(), key)
	if err != nil || !isThere || record.Key != key {
		t.Fatalf("%q: %+v, %v, %v", key, record, isThere, err)
	}
	return record
}
