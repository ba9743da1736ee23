package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dgraph-io/badger/v4"
	"kv.internal/kv"
)

// back writes the entries of the default group over those of badger and deletes the other keys. Its
// batches are several transactions, so no other process may read the database meanwhile.
func back(ctx context.Context, db *badger.DB, store *kv.Store) error {
	snapshot, err := store.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer snapshot.Close()
	batch := db.NewWriteBatch()
	defer batch.Cancel()
	deleted, err := deleteMissing(ctx, db, snapshot, batch)
	if err != nil {
		return err
	}
	written := 0
	for it, err := range snapshot.All(ctx, "") {
		if err != nil {
			return err
		}
		of := badger.NewEntry([]byte(it.Key), it.Value)
		if !it.ExpiresAt.IsZero() {
			of.ExpiresAt = uint64(inSeconds(it.ExpiresAt).Unix())
		}
		meta, err := snapshot.Get(ctx, "meta", it.Key)
		if err != nil && !errors.Is(err, kv.ErrNotFound) {
			return err
		}
		if len(meta) == 1 {
			of.UserMeta = meta[0]
		}
		if err := batch.SetEntry(of); err != nil {
			return err
		}
		written++
	}
	if err := batch.Flush(); err != nil {
		return err
	}
	fmt.Printf("wrote %d entries back, deleted %d\n", written, deleted)
	return nil
}

// deleteMissing deletes the keys of badger that the store no longer has.
func deleteMissing(ctx context.Context, db *badger.DB, store *kv.Store, batch *badger.WriteBatch) (deleted int, err error) {
	err = db.View(func(tx *badger.Txn) error {
		return walk(tx, func(it entry) error {
			isThere, err := store.Exists(ctx, "", it.key)
			if err != nil || isThere {
				return err
			}
			deleted++
			return batch.Delete([]byte(it.key))
		})
	})
	return deleted, err
}

// inSeconds returns an expiry as badger has it, rounded up to a second; the zero time is never.
func inSeconds(expiresAt time.Time) time.Time {
	if expiresAt.IsZero() {
		return expiresAt
	}
	return expiresAt.Add(time.Second - 1).Truncate(time.Second)
}
