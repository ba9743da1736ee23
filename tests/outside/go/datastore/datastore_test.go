package datastore_test

import (
	"testing"
	"time"

	ds "github.com/ipfs/go-datastore"
	dstest "github.com/ipfs/go-datastore/test"
	"kv.internal/kv"
	"kv.internal/kv/outside/datastore"
	"kv.internal/kv/outside/engines"
)

func TestSuite(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		dstest.SubtestAll(t, datastore.New(store, "blocks"))
	})
}

// The suite has no test of what expires.
func TestExpiry(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		blocks, key := datastore.New(store, "blocks"), ds.NewKey("/a/b")
		if err := blocks.SetTTL(t.Context(), key, time.Hour); err != ds.ErrNotFound {
			t.Fatal("a missing key:", err)
		}
		if err := blocks.PutWithTTL(t.Context(), key, []byte("value"), time.Hour); err != nil {
			t.Fatal(err)
		}
		at, err := blocks.GetExpiration(t.Context(), key)
		if err != nil || at.Before(time.Now()) || at.After(time.Now().Add(2*time.Hour)) {
			t.Fatal(at, err)
		}
		if err := blocks.Put(t.Context(), key, nil); err != nil {
			t.Fatal(err)
		}
		if at, err := blocks.GetExpiration(t.Context(), key); err != nil || !at.IsZero() {
			t.Fatal("a put keeps the expiry:", at, err)
		}
	})
}
