package main

import (
	"context"
	"fmt"

	"github.com/dgraph-io/badger/v4"
	"kv.internal/kv"
)

// A batch is written in one step. It is large enough that its fsync costs little for an entry.
const (
	batchEntries = 1_000
	batchBytes   = 1 << 20
)

// copyAll writes the keys of one transaction into the store. The byte UserMeta of a key has no place
// in kv; it goes into the group "meta" where it is not 0. A copy that was ended may be made again.
func copyAll(ctx context.Context, db *badger.DB, store *kv.Store) error {
	copied, metas, entries, bytes := 0, 0, 0, 0
	var batch kv.Batch
	flush := func() error {
		if entries == 0 {
			return nil
		}
		if _, err := store.Commit(ctx, &batch); err != nil {
			return err
		}
		copied += entries
		batch, entries, bytes = kv.Batch{}, 0, 0
		return nil
	}
	err := db.View(func(tx *badger.Txn) error {
		return walk(tx, func(it entry) error {
			batch.Set("", it.key, it.value, kv.ExpireAt(it.expiresAt))
			if it.userMeta != 0 {
				batch.Set("meta", it.key, []byte{it.userMeta}, kv.ExpireAt(it.expiresAt))
				metas++
			}
			entries, bytes = entries+1, bytes+len(it.key)+len(it.value)
			if entries < batchEntries && bytes < batchBytes {
				return nil
			}
			return flush()
		})
	})
	if err != nil {
		return err
	}
	if err := flush(); err != nil {
		return err
	}
	fmt.Printf("copied %d entries, %d with a meta byte\n", copied, metas)
	return store.Flush(ctx) // The copied entries survive a loss of power, too.
}
