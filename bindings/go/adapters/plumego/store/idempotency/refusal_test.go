package idempotency_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/enginetest"
	"kv.internal/kv/adapters/plumego/store/idempotency"
)

// allErrors returns what each call on a key returns, the last ones those on a record that is there.
func allErrors(ctx context.Context, store *idempotency.GroupStore, key string) map[string]error {
	found := map[string]error{}
	_, _, found["Get"] = store.Get(ctx, key)
	_, found["PutIfAbsent"] = store.PutIfAbsent(ctx, idempotency.Record{Key: key, RequestHash: "h"})
	_, found["Claim"] = store.Claim(ctx, idempotency.Record{Key: key})
	_, found["Guard.Get"] = store.Guard().Get(ctx, key)
	found["CompleteWithRequestHash"] = store.CompleteWithRequestHash(ctx, key, "h", nil)
	found["Guard.Set"] = store.Guard().Set(ctx, key, idempotency.Record{})
	found["Complete"] = store.Complete(ctx, key, nil)
	found["Set"] = store.Set(ctx, key, idempotency.Record{})
	found["Delete"] = store.Delete(ctx, key)
	return found
}

func TestAGroupStoreWithoutAStoreIsErrClosedAndNeverAMissingRecord(t *testing.T) {
	var none context.Context
	for name, store := range map[string]*idempotency.GroupStore{
		"nil":            nil,
		"zero":           {},
		"group of nil":   idempotency.NewGroupStore(nil, "idem"),
		"group of zero":  idempotency.NewGroupStore(&kv.Store{}, "idem"),
		"group of ended": idempotency.NewGroupStore(enginetest.Closed(t), "idem"),
	} {
		for _, ctx := range []context.Context{t.Context(), none} {
			found := allErrors(ctx, store, "k")
			found["CompleteClaim"] = store.CompleteClaim(ctx, "k", 1, nil)
			for call, err := range found {
				if !errors.Is(err, kv.ErrClosed) || errors.Is(err, idempotency.ErrNotFound) {
					t.Errorf("%s, %s: %v", name, call, err)
				}
			}
		}
	}
}

func TestEveryCallRefusesAKeyThatIsNone(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, store *kv.Store) {
		for _, key := range []string{"", " ", "a\x00b", "\n", strings.Repeat("k", 1<<16)} {
			for call, err := range allErrors(t.Context(), idempotency.NewGroupStore(store, "idem"), key) {
				if !errors.Is(err, idempotency.ErrInvalidKey) {
					t.Errorf("%s of %.9q: %v", call, key, err)
				}
			}
		}
		if count, err := store.CountAll(t.Context(), ""); count != 0 || err != nil {
			t.Errorf("%d, %v", count, err)
		}
	})
}

func TestACancelledContextComesBeforeEveryOtherError(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	enginetest.Each(t, func(t *testing.T, store *kv.Store) {
		for name, records := range map[string]*idempotency.GroupStore{
			"open": idempotency.NewGroupStore(store, "idem"), "nil": nil, "zero": {},
		} {
			for _, key := range []string{"k", ""} {
				for call, err := range allErrors(cancelled, records, key) {
					if !errors.Is(err, context.Canceled) {
						t.Errorf("%s, %s of %q: %v", name, call, key, err)
					}
				}
			}
		}
		if count, err := store.CountAll(t.Context(), ""); count != 0 || err != nil {
			t.Errorf("%d, %v", count, err)
		}
	})
}

func TestANilContextIsNoCancellation(t *testing.T) {
	var none context.Context
	enginetest.Each(t, func(t *testing.T, store *kv.Store) {
		for call, err := range allErrors(none, idempotency.NewGroupStore(store, "idem"), "k") {
			if err != nil {
				t.Errorf("%s: %v", call, err)
			}
		}
	})
}

func TestARecordThatCannotBeReadIsNoMissingOne(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, store *kv.Store) {
		if err := store.Set(t.Context(), "idem", "k", []byte("no record")); err != nil {
			t.Fatal(err)
		}
		records := idempotency.NewGroupStore(store, "idem")
		_, isThere, getErr := records.Get(t.Context(), "k")
		_, guardErr := records.Guard().Get(t.Context(), "k")
		for _, err := range []error{getErr, guardErr, records.Complete(t.Context(), "k", nil)} {
			var undecoded *kv.DecodeError
			if isThere || !errors.As(err, &undecoded) || errors.Is(err, idempotency.ErrNotFound) {
				t.Errorf("%v, %v", isThere, err)
			}
		}
		if put(t, records, idempotency.Record{Key: "k"}) {
			t.Error("it was replaced")
		}
	})
}
