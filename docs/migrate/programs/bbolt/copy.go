package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"go.etcd.io/bbolt"
	"kv.internal/kv"
)

// A batch is written in one step. It is large enough that its fsync costs little for an entry.
const (
	batchEntries = 1_000
	batchBytes   = 1 << 20
)

// copyAll writes the entries of one read transaction into the store. An entry that has expired is
// left out. A copy that was ended may be made again from the start.
func copyAll(ctx context.Context, db *bbolt.DB, store *kv.Store) error {
	now := time.Now()
	copied, expired, entries, bytes := 0, 0, 0, 0
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
	err := db.View(func(tx *bbolt.Tx) error {
		return walk(tx, func(it entry) error {
			if !it.expiresAt.IsZero() && !it.expiresAt.After(now) {
				expired++
				return nil
			}
			batch.Set(it.group, it.key, it.value, kv.ExpireAt(it.expiresAt))
			entries, bytes = entries+1, bytes+len(it.key)+len(it.value)
			if entries < batchEntries && bytes < batchBytes {
				return nil
			}
			return flush()
		}, func(group string, last uint64) error {
			return store.Set(ctx, "sequences", group, strconv.AppendUint(nil, last, 10))
		})
	})
	if err != nil {
		return err
	}
	if err := flush(); err != nil {
		return err
	}
	fmt.Printf("copied %d entries, left out %d that have expired\n", copied, expired)
	return store.Flush(ctx) // The copied entries survive a loss of power, too.
}
