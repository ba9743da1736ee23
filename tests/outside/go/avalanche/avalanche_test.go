package avalanche_test

import (
	"testing"

	"github.com/ava-labs/avalanchego/database"
	"github.com/ava-labs/avalanchego/database/dbtest"
	"kv.internal/kv"
	"kv.internal/kv/outside/avalanche"
	"kv.internal/kv/outside/engines"
)

func TestSuite(t *testing.T) {
	for name, test := range dbtest.Tests {
		t.Run(name, func(t *testing.T) {
			engines.EachStore(t, func(t *testing.T, store *kv.Store) { test(t, avalanche.New(store, "chain")) })
		})
	}
}

func TestHealth(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		chain := avalanche.New(store, "chain")
		if figures, err := chain.HealthCheck(t.Context()); figures == nil || err != nil {
			t.Fatal(figures, err)
		}
		if err := chain.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := chain.HealthCheck(t.Context()); err != database.ErrClosed {
			t.Fatal("a closed store is healthy:", err)
		}
	})
}
