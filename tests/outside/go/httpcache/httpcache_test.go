package httpcache_test

import (
	"testing"
	"time"

	suite "github.com/gregjones/httpcache/test"
	"kv.internal/kv"
	"kv.internal/kv/outside/engines"
	"kv.internal/kv/outside/httpcache"
)

func TestSuite(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		suite.Cache(t, httpcache.New(store, "responses", time.Hour))
	})
}

// The interface has no errors: a closed store is an empty cache.
func TestClosedStore(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		cache := httpcache.New(store, "responses", 0)
		cache.Set("key", []byte("response"))
		if _, found := cache.Get("key"); !found {
			t.Fatal("it was not kept")
		}
		store.Close()
		cache.Set("key", nil)
		cache.Delete("key")
		if _, found := cache.Get("key"); found {
			t.Fatal("it is in a closed store")
		}
	})
}
