package valkeyrie_test

import (
	"testing"

	"github.com/kvtools/valkeyrie/store"
	"github.com/kvtools/valkeyrie/testsuite"
	"kv.internal/kv"
	"kv.internal/kv/outside/engines"
	"kv.internal/kv/outside/valkeyrie"
)

func TestSuite(t *testing.T) {
	for name, run := range map[string]func(*testing.T, store.Store){
		"Common": testsuite.RunTestCommon, "ListLock": testsuite.RunTestListLock,
		"Atomic": testsuite.RunTestAtomic, "Watch": testsuite.RunTestWatch, "Lock": testsuite.RunTestLock,
	} {
		t.Run(name, func(t *testing.T) {
			engines.EachStore(t, func(t *testing.T, opened *kv.Store) {
				it := valkeyrie.New(opened)
				defer testsuite.RunCleanup(t, it)
				run(t, it)
			})
		})
	}
}

func TestSuiteOfTwoConnections(t *testing.T) {
	for name, run := range map[string]func(*testing.T, store.Store, store.Store){
		"LockTTL": testsuite.RunTestLockTTL, "TTL": testsuite.RunTestTTL,
	} {
		t.Run(name, func(t *testing.T) {
			engines.Each(t, func(t *testing.T, location string) {
				it := valkeyrie.New(engines.Open(t, location))
				defer it.Close()
				// The suite closes this one.
				run(t, it, valkeyrie.New(engines.Open(t, location)))
			})
		})
	}
}
