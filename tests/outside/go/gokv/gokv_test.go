package gokv_test

import (
	"errors"
	"testing"

	suite "github.com/philippgille/gokv/test"
	"kv.internal/kv"
	"kv.internal/kv/outside/engines"
	"kv.internal/kv/outside/gokv"
)

func TestSuiteStore(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		suite.TestStore(gokv.New(store, "values"), t)
	})
}

func TestSuiteTypes(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		suite.TestTypes(gokv.New(store, "values"), t)
	})
}

func TestSuiteConcurrentInteractions(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		suite.TestConcurrentInteractions(t, 1000, gokv.New(store, "values"))
	})
}

// The suite of gokv leaves these to its stores.
func TestArguments(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		values := gokv.New(store, "values")
		if err := values.Set("", 1); !errors.Is(err, gokv.ErrNoKey) {
			t.Error("set without a key:", err)
		}
		if err := values.Delete(""); !errors.Is(err, gokv.ErrNoKey) {
			t.Error("delete without a key:", err)
		}
		if err := values.Set("key", nil); !errors.Is(err, gokv.ErrNoValue) {
			t.Error("set of nil:", err)
		}
		if _, err := values.Get("key", (*int)(nil)); !errors.Is(err, gokv.ErrNoValue) {
			t.Error("get into nil:", err)
		}
		if err := errors.Join(values.Close(), values.Close()); err != nil {
			t.Error("closed twice:", err)
		}
	})
}
