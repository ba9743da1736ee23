package kvstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/enginetest"
	kvstore "kv.internal/kv/adapters/plumego/store/kv"
)

// keyErrors returns what each call on a key returns.
func keyErrors(ctx context.Context, store *kvstore.KVStore, key string) map[string]error {
	found := map[string]error{"SetContext": store.SetContext(ctx, key, []byte("value"), time.Hour)}
	_, found["GetContext"] = store.GetContext(ctx, key)
	_, found["ExistsContext"] = store.ExistsContext(ctx, key)
	found["DeleteContext"] = store.DeleteContext(ctx, key)
	return found
}

// allErrors returns what each call with a context returns.
func allErrors(ctx context.Context, store *kvstore.KVStore) map[string]error {
	found := keyErrors(ctx, store, "k")
	_, found["KeysContext"] = store.KeysContext(ctx)
	_, found["SizeContext"] = store.SizeContext(ctx)
	_, found["GetStatsContext"] = store.GetStatsContext(ctx)
	return found
}

// withoutStore has each KVStore that has no store, or none that is open.
func withoutStore(t *testing.T) map[string]*kvstore.KVStore {
	t.Helper()
	closed := open(t, t.TempDir())
	for range 2 {
		if err := closed.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return map[string]*kvstore.KVStore{
		"nil":            nil,
		"zero":           {},
		"group of nil":   kvstore.NewGroupStore(nil, ""),
		"group of zero":  kvstore.NewGroupStore(&kv.Store{}, ""),
		"closed":         closed,
		"group of ended": kvstore.NewGroupStore(enginetest.Closed(t), ""),
	}
}

func TestAKVStoreWithoutAStoreIsErrStoreClosedAndDoesNotPanic(t *testing.T) {
	for name, store := range withoutStore(t) {
		found := allErrors(t.Context(), store)
		found["Set"], found["Delete"] = store.Set("k", nil, 0), store.Delete("k")
		_, found["Get"] = store.Get("k")
		for call, err := range found {
			if err != kvstore.ErrStoreClosed || !errors.Is(err, kv.ErrClosed) || err.Error() != "kv: store is closed" {
				t.Errorf("%s, %s: %v", name, call, err)
			}
		}
		if store.Exists("k") || store.Keys() != nil || store.Size() != 0 || store.GetStats() != (kvstore.Stats{}) {
			t.Errorf("%s has something", name)
		}
		if err := store.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestACancelledContextComesBeforeEveryOtherError(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	stores := withoutStore(t)
	enginetest.Each(t, func(t *testing.T, store *kv.Store) {
		open := kvstore.NewGroupStore(store, "")
		stores["open"] = open
		for name, store := range stores {
			for call, err := range allErrors(cancelled, store) {
				if !errors.Is(err, context.Canceled) {
					t.Errorf("%s, %s: %v", name, call, err)
				}
			}
			for call, err := range keyErrors(cancelled, store, "") {
				if !errors.Is(err, context.Canceled) {
					t.Errorf("%s, %s of no key: %v", name, call, err)
				}
			}
		}
		if open.Size() != 0 {
			t.Error("something was written")
		}
	})
}

func TestANilContextIsNoCancellation(t *testing.T) {
	var none context.Context
	enginetest.Each(t, func(t *testing.T, store *kv.Store) {
		for call, err := range allErrors(none, kvstore.NewGroupStore(store, "")) {
			if err != nil {
				t.Errorf("%s: %v", call, err)
			}
		}
	})
	for name, store := range withoutStore(t) {
		for call, err := range allErrors(none, store) {
			if err != kvstore.ErrStoreClosed {
				t.Errorf("%s, %s: %v", name, call, err)
			}
		}
	}
}
