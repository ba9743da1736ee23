package main

import (
	"time"

	"github.com/dgraph-io/badger/v4"
)

// entry is what a key of badger is in the store.
type entry struct {
	key       string
	value     []byte
	expiresAt time.Time // The zero time is never.
	userMeta  byte
}

// walk calls found for each live key of one transaction, in order. Its value is borrowed.
func walk(tx *badger.Txn, found func(entry) error) error {
	cursor := tx.NewIterator(badger.DefaultIteratorOptions)
	defer cursor.Close()
	for cursor.Rewind(); cursor.Valid(); cursor.Next() {
		item := cursor.Item()
		it := entry{key: string(item.Key()), userMeta: item.UserMeta()}
		if seconds := item.ExpiresAt(); seconds > 0 {
			it.expiresAt = time.Unix(int64(seconds), 0)
		}
		err := item.Value(func(value []byte) error {
			it.value = value
			return found(it)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
