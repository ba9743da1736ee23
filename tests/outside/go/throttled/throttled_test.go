package throttled_test

import (
	"testing"

	"github.com/throttled/throttled/v2/store/storetest"
	"kv.internal/kv"
	"kv.internal/kv/outside/engines"
	"kv.internal/kv/outside/throttled"
)

func TestSuiteGCRAStore(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		storetest.TestGCRAStoreCtx(t, throttled.New(store, "limits"))
	})
}

func TestSuiteGCRAStoreTTL(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		storetest.TestGCRAStoreTTLCtx(t, throttled.New(store, "limits"))
	})
}

func TestAValueThatIsNoNumber(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		if err := store.Set(t.Context(), "limits", "key", []byte("many")); err != nil {
			t.Fatal(err)
		}
		limits := throttled.New(store, "limits")
		if _, _, err := limits.GetWithTime(t.Context(), "key"); err == nil {
			t.Error("it was read")
		}
		if swapped, err := limits.CompareAndSwapWithTTL(t.Context(), "key", 0, 1, 0); swapped || err == nil {
			t.Error("it was swapped:", swapped, err)
		}
	})
}
