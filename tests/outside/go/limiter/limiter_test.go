package limiter_test

import (
	"testing"
	"time"

	ulule "github.com/ulule/limiter/v3"
	"github.com/ulule/limiter/v3/drivers/store/tests"
	"kv.internal/kv"
	"kv.internal/kv/outside/engines"
	"kv.internal/kv/outside/limiter"
)

func TestSuiteSequentialAccess(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		tests.TestStoreSequentialAccess(t, limiter.New(store, "limits"))
	})
}

// 250,000 increments of one counter by 500 goroutines. The suite does not read the sum.
func TestSuiteConcurrentAccess(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		counters := limiter.New(store, "limits")
		tests.TestStoreConcurrentAccess(t, counters)
	})
}

func TestNoCountIsLost(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		counters := limiter.New(store, "limits")
		rate := ulule.Rate{Limit: 1000, Period: time.Hour}
		done := make(chan error)
		for range 20 {
			go func() {
				var err error
				for range 50 {
					if _, failed := counters.Get(t.Context(), "key", rate); failed != nil {
						err = failed
					}
				}
				done <- err
			}()
		}
		for range 20 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		state, err := counters.Increment(t.Context(), "key", 0, rate)
		if err != nil || state.Remaining != 0 || state.Reached {
			t.Fatalf("%+v %v", state, err)
		}
	})
}
