package main

import (
	"encoding/binary"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
)

// fill makes a database with users, sessions that expire, binary keys and a nested bucket.
func fill(path string) error {
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Update(func(tx *bbolt.Tx) error {
		users, err := tx.CreateBucketIfNotExists([]byte("users"))
		if err != nil {
			return err
		}
		emails, err := users.CreateBucketIfNotExists([]byte("by-email"))
		if err != nil {
			return err
		}
		for range 200 {
			id, err := users.NextSequence()
			if err != nil {
				return err
			}
			key := fmt.Appendf(nil, "user:%03d", id)
			if err := users.Put(key, fmt.Appendf(nil, `{"id":%d,"name":"User %d"}`, id, id)); err != nil {
				return err
			}
			if err := emails.Put(fmt.Appendf(nil, "u%03d@example.com", id), key); err != nil {
				return err
			}
		}
		points, err := tx.CreateBucketIfNotExists([]byte("points"))
		if err != nil {
			return err
		}
		// Keys of 8 bytes, most of them no text, and values with every byte.
		for id := range uint64(100) {
			key := binary.BigEndian.AppendUint64(nil, id<<56|id)
			if err := points.Put(key, []byte{byte(id), 0, 0xFF}); err != nil {
				return err
			}
		}
		sessions, err := tx.CreateBucketIfNotExists([]byte("sessions"))
		if err != nil {
			return err
		}
		// Of 100 sessions 20 have expired, and nothing has removed them yet.
		for id := range 100 {
			until := time.Now().Add(time.Duration(id-20)*time.Hour + 30*time.Minute)
			if err := sessions.Put(fmt.Appendf(nil, "s%02d", id), session(until, fmt.Sprintf("user:%03d", id))); err != nil {
				return err
			}
		}
		return nil
	})
}

// session is a value of a bucket with expiry: the second at which it ends, then the user.
func session(until time.Time, user string) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(until.Unix())), user...)
}
