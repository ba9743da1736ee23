package main

import (
	"context"
	"time"

	"go.etcd.io/bbolt"
)

// boltSessions keeps sessions in a bucket, with the expiry in front of the value.
type boltSessions struct{ db *bbolt.DB }

func (s *boltSessions) Save(_ context.Context, id, user string, until time.Time) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		bucket, err := tx.CreateBucketIfNotExists([]byte("sessions"))
		if err != nil {
			return err
		}
		return bucket.Put([]byte(id), session(until, user))
	})
}

func (s *boltSessions) User(_ context.Context, id string) (user string, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket([]byte("sessions"))
		if bucket == nil {
			return nil
		}
		value := bucket.Get([]byte(id))
		if value == nil {
			return nil
		}
		// A job of the program has to delete what has expired.
		if until, of := untilOf(value); time.Now().Before(until) {
			user = of
		}
		return nil
	})
	return user, err
}

func (s *boltSessions) Remove(_ context.Context, id string) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket([]byte("sessions"))
		if bucket == nil {
			return nil
		}
		return bucket.Delete([]byte(id))
	})
}
