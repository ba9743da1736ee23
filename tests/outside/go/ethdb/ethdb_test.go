package ethdb_test

import (
	"errors"
	"testing"

	suite "github.com/ethereum/go-ethereum/ethdb"
	"github.com/ethereum/go-ethereum/ethdb/dbtest"
	"kv.internal/kv"
	"kv.internal/kv/outside/engines"
	"kv.internal/kv/outside/ethdb"
)

func TestSuite(t *testing.T) {
	engines.Each(t, func(t *testing.T, location string) {
		number := 0
		dbtest.TestDatabaseSuite(t, func() suite.KeyValueStore {
			// Each database of the suite is empty.
			number++
			store := engines.Open(t, location)
			if _, err := store.DeleteAll(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
			return ethdb.New(store, "chain")
		})
		if number == 0 {
			t.Fatal("the suite has opened no database")
		}
	})
}

func TestAnIteratorOfAClosedDatabase(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		database := ethdb.New(store, "chain")
		if err := errors.Join(database.Put([]byte("key"), nil), database.Close(), database.Close()); err != nil {
			t.Fatal(err)
		}
		it := database.NewIterator(nil, nil)
		defer it.Release()
		if it.Next() || !errors.Is(it.Error(), kv.ErrClosed) || it.Key() != nil || it.Value() != nil {
			t.Fatal("it goes on:", it.Error())
		}
	})
}
