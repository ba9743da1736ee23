package main

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// fill writes users, sessions with a ttl, counters and keys that are no text.
func fill(db *badger.DB) error {
	batch := db.NewWriteBatch()
	defer batch.Cancel()
	for id := range 200 {
		key := fmt.Appendf(nil, "user:%03d", id)
		if err := batch.Set(key, fmt.Appendf(nil, `{"id":%d,"name":"User %d"}`, id, id)); err != nil {
			return err
		}
	}
	for id := range 100 {
		key := fmt.Appendf(nil, "session:%02d", id)
		of := badger.NewEntry(key, fmt.Appendf(nil, "user:%03d", id)).WithTTL(time.Duration(id+1) * time.Hour)
		if err := batch.SetEntry(of); err != nil {
			return err
		}
	}
	for id := range uint64(100) {
		key := binary.BigEndian.AppendUint64([]byte{0xFF}, id)
		if err := batch.SetEntry(badger.NewEntry(key, []byte{byte(id), 0, 0xFF}).WithMeta(byte(id % 2))); err != nil {
			return err
		}
	}
	for id := range 20 {
		if err := batch.Set(fmt.Appendf(nil, "visits:%02d", id), []byte("41")); err != nil {
			return err
		}
	}
	return batch.Flush()
}
