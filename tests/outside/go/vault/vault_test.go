package vault_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/vault/sdk/physical"
	"kv.internal/kv"
	"kv.internal/kv/outside/engines"
	"kv.internal/kv/outside/vault"
)

func TestSuite(t *testing.T) {
	for name, exercise := range map[string]func(testing.TB, physical.Backend){
		"Backend": physical.ExerciseBackend, "ListPrefix": physical.ExerciseBackend_ListPrefix,
		"Transactional": physical.ExerciseTransactionalBackend,
	} {
		t.Run(name, func(t *testing.T) {
			engines.EachStore(t, func(t *testing.T, store *kv.Store) {
				exercise(t, vault.New(store, "vault", time.Hour))
			})
		})
	}
}

func TestSuiteHABackend(t *testing.T) {
	engines.Each(t, func(t *testing.T, location string) {
		store, standby := engines.Open(t, location), engines.Open(t, location)
		defer store.Close()
		defer standby.Close()
		physical.ExerciseHABackend(t, vault.New(store, "vault", time.Hour), vault.New(standby, "vault", time.Hour))
	})
}

// The suite leaves these open: names around the slash, reads in transactions, refusals.
func TestBeyondTheSuite(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		backend := vault.New(store, "vault", time.Hour)
		for _, key := range []string{"a", "a!", "a/", "a/b/c", "a/b", "a0", "a/\xff"} {
			if err := backend.Put(t.Context(), &physical.Entry{Key: key, Value: []byte(key)}); err != nil {
				t.Fatal(err)
			}
		}
		root, err := backend.List(t.Context(), "")
		if err != nil || !slices.Equal(root, []string{"a", "a!", "a/", "a0"}) {
			t.Errorf("%q %v", root, err)
		}
		read := &physical.TxnEntry{Operation: physical.GetOperation, Entry: &physical.Entry{Key: "a!"}}
		if err := backend.Transaction(t.Context(), []*physical.TxnEntry{read}); err != nil || string(read.Entry.Value) != "a!" {
			t.Errorf("%q %v", read.Entry.Value, err)
		}
		if err := backend.Transaction(t.Context(), []*physical.TxnEntry{
			{Operation: physical.DeleteOperation, Entry: &physical.Entry{Key: "a"}}, {Operation: "swap", Entry: &physical.Entry{}},
		}); err == nil {
			t.Error("an unknown operation was done")
		}
		if entry, err := backend.Get(t.Context(), "a"); entry == nil || err != nil {
			t.Error("half of a transaction was done:", entry, err)
		}
		err = backend.Put(t.Context(), &physical.Entry{Key: strings.Repeat("k", 70_000)})
		if !errors.Is(err, kv.ErrTooLarge) || !strings.HasPrefix(err.Error(), physical.ErrKeyTooLarge) {
			t.Error(err)
		}
	})
}

// The suite leaves the errors of locks open, and locks of other groups.
func TestALockIsOneOfItsGroup(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		lock, other := lockOf(t, store, "vault", "ada"), lockOf(t, store, "transit", "bob")
		if err := lock.Unlock(); !errors.Is(err, kv.ErrArgument) {
			t.Error("unlocked without a lock:", err)
		}
		for _, it := range []physical.Lock{lock, other} {
			if lost, err := it.Lock(nil); lost == nil || err != nil {
				t.Fatal(err)
			}
		}
		if held, value, err := lockOf(t, store, "vault", "eve").Value(); !held || value != "ada" || err != nil {
			t.Error(held, value, err)
		}
		if err := lock.Unlock(); err != nil {
			t.Error(err)
		}
		if err := lock.Unlock(); !errors.Is(err, kv.ErrConflict) {
			t.Error("unlocked twice:", err)
		}
		if held, value, err := lock.Value(); held || value != "" || err != nil {
			t.Error(held, value, err)
		}
		if held, value, err := other.Value(); !held || value != "bob" || err != nil {
			t.Error(held, value, err)
		}
		long := lockOf(t, store, "vault", strings.Repeat("v", 1025))
		if lost, err := long.Lock(nil); lost != nil || !errors.Is(err, kv.ErrTooLarge) {
			t.Error("a value of 1025 bytes:", err)
		}
	})
}

func lockOf(t *testing.T, store *kv.Store, group, value string) physical.Lock {
	t.Helper()
	lock, err := vault.New(store, group, time.Hour).LockWith("leader", value)
	if err != nil {
		t.Fatal(err)
	}
	return lock
}
