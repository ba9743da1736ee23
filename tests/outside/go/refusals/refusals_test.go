// Package refusals tests all adapters on a store that was closed: each call is an error that says so,
// in the adapter's own form, and none panics.
package refusals

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/vault/sdk/physical"
	ds "github.com/ipfs/go-datastore"
	"github.com/ipfs/go-datastore/query"
	"github.com/kvtools/valkeyrie/store"
	ulule "github.com/ulule/limiter/v3"
	"kv.internal/kv"
	"kv.internal/kv/outside/bleve"
	"kv.internal/kv/outside/cometbft"
	"kv.internal/kv/outside/datastore"
	"kv.internal/kv/outside/engines"
	"kv.internal/kv/outside/ethdb"
	"kv.internal/kv/outside/gokv"
	"kv.internal/kv/outside/limiter"
	"kv.internal/kv/outside/objstore"
	"kv.internal/kv/outside/throttled"
	"kv.internal/kv/outside/valkeyrie"
	"kv.internal/kv/outside/vault"
)

// second is the error of a call that also returns something.
func second[T any](_ T, err error) error { return err }

var (
	key   = []byte("key")
	block = ds.NewKey("/key")
	rate  = ulule.Rate{Limit: 1, Period: time.Hour}
)

// calls returns the errors of an adapter's calls, by their names.
var calls = map[string]func(t *testing.T, closed *kv.Store) map[string]error{
	"bleve": func(t *testing.T, closed *kv.Store) map[string]error {
		index := bleve.New(closed, "g", nil)
		writer, _ := index.Writer()
		batch := writer.NewBatch()
		batch.Set(key, key)
		return map[string]error{
			"Reader": second(index.Reader()), "ExecuteBatch": writer.ExecuteBatch(batch),
		}
	},
	"cometbft": func(t *testing.T, closed *kv.Store) map[string]error {
		db := cometbft.New(closed, "g")
		batch := db.NewBatch()
		return map[string]error{
			"Get": second(db.Get(key)), "Has": second(db.Has(key)), "Set": db.Set(key, key), "SetSync": db.SetSync(key, key),
			"Delete": db.Delete(key), "DeleteSync": db.DeleteSync(key), "Iterator": second(db.Iterator(nil, nil)),
			"ReverseIterator": second(db.ReverseIterator(nil, nil)), "Write": errors.Join(batch.Set(key, key), batch.Write()),
			"Compact": db.Compact(nil, nil), "Print": db.Print(),
		}
	},
	"datastore": func(t *testing.T, closed *kv.Store) map[string]error {
		ctx, blocks := t.Context(), datastore.New(closed, "g")
		batch, _ := blocks.Batch(ctx)
		return map[string]error{
			"Put": blocks.Put(ctx, block, key), "Get": second(blocks.Get(ctx, block)), "Has": second(blocks.Has(ctx, block)),
			"GetSize": second(blocks.GetSize(ctx, block)), "Delete": blocks.Delete(ctx, block), "Sync": blocks.Sync(ctx, block),
			"Query": second(blocks.Query(ctx, query.Query{})), "PutWithTTL": blocks.PutWithTTL(ctx, block, key, time.Hour),
			"SetTTL": blocks.SetTTL(ctx, block, time.Hour), "GetExpiration": second(blocks.GetExpiration(ctx, block)),
			"Check": blocks.Check(ctx), "CollectGarbage": blocks.CollectGarbage(ctx), "DiskUsage": second(blocks.DiskUsage(ctx)),
			"Commit": errors.Join(batch.Put(ctx, block, key), batch.Commit(ctx)),
		}
	},
	"ethdb": func(t *testing.T, closed *kv.Store) map[string]error {
		chain := ethdb.New(closed, "g")
		return map[string]error{
			"DeleteRange": chain.DeleteRange(key, nil), "Stat": second(chain.Stat()), "Compact": chain.Compact(nil, nil),
		}
	},
	"gokv": func(t *testing.T, closed *kv.Store) map[string]error {
		values := gokv.New(closed, "g")
		return map[string]error{"Set": values.Set("key", 1), "Get": second(values.Get("key", new(int))), "Delete": values.Delete("key")}
	},
	"limiter": func(t *testing.T, closed *kv.Store) map[string]error {
		ctx, limits := t.Context(), limiter.New(closed, "g")
		return map[string]error{
			"Get": second(limits.Get(ctx, "key", rate)), "Peek": second(limits.Peek(ctx, "key", rate)), "Reset": second(limits.Reset(ctx, "key", rate)),
		}
	},
	"objstore": func(t *testing.T, closed *kv.Store) map[string]error {
		ctx, bucket := t.Context(), objstore.New(closed, "bucket")
		return map[string]error{
			"Iter": bucket.Iter(ctx, "", func(string) error { return nil }), "Get": second(bucket.Get(ctx, "key")),
			"Exists": second(bucket.Exists(ctx, "key")), "Attributes": second(bucket.Attributes(ctx, "key")),
			"Upload": bucket.Upload(ctx, "key", strings.NewReader("object")), "Delete": bucket.Delete(ctx, "key"),
		}
	},
	"throttled": func(t *testing.T, closed *kv.Store) map[string]error {
		ctx, limits := t.Context(), throttled.New(closed, "g")
		_, _, err := limits.GetWithTime(ctx, "key")
		return map[string]error{
			"GetWithTime": err, "SetIfNotExistsWithTTL": second(limits.SetIfNotExistsWithTTL(ctx, "key", 1, 0)),
			"CompareAndSwapWithTTL": second(limits.CompareAndSwapWithTTL(ctx, "key", 1, 2, 0)),
		}
	},
	"valkeyrie": func(t *testing.T, closed *kv.Store) map[string]error {
		ctx, it := t.Context(), valkeyrie.New(closed)
		lock, _ := it.NewLock(ctx, "key", nil)
		swapped, _, err := it.AtomicPut(ctx, "key", key, nil, nil)
		if swapped {
			t.Error("a closed store was written")
		}
		return map[string]error{
			"Put": it.Put(ctx, "key", key, nil), "Get": second(it.Get(ctx, "key", nil)), "Delete": it.Delete(ctx, "key"),
			"Exists": second(it.Exists(ctx, "key", nil)), "List": second(it.List(ctx, "key", nil)), "DeleteTree": it.DeleteTree(ctx, "key"),
			"Watch": second(it.Watch(ctx, "key", nil)), "WatchTree": second(it.WatchTree(ctx, "key", nil)), "AtomicPut": err,
			"AtomicDelete": second(it.AtomicDelete(ctx, "key", &store.KVPair{LastIndex: 1})), "Lock": second(lock.Lock(ctx)),
		}
	},
	"vault": func(t *testing.T, closed *kv.Store) map[string]error {
		ctx, backend := t.Context(), vault.New(closed, "g", time.Hour)
		entry := &physical.Entry{Key: "key"}
		lock, _ := backend.LockWith("key", "value")
		_, _, err := lock.Value()
		return map[string]error{
			"Put": backend.Put(ctx, entry), "Get": second(backend.Get(ctx, "key")), "Delete": backend.Delete(ctx, "key"),
			"List": second(backend.List(ctx, "")), "Lock": second(lock.Lock(nil)), "Value": err,
			"Transaction": backend.Transaction(ctx, []*physical.TxnEntry{{Operation: physical.PutOperation, Entry: entry}}),
		}
	},
}

func TestCallsOnAClosedStoreAreErrors(t *testing.T) {
	for adapter, errorsOf := range calls {
		t.Run(adapter, func(t *testing.T) {
			engines.EachStore(t, func(t *testing.T, store *kv.Store) {
				if err := store.Close(); err != nil {
					t.Fatal(err)
				}
				for name, err := range errorsOf(t, store) {
					if !errors.Is(err, kv.ErrClosed) {
						t.Errorf("%s: %v", name, err)
					}
				}
			})
		})
	}
}
