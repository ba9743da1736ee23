package main

import (
	"encoding/binary"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
)

// entry is what a key of bbolt is in the store. Its bytes are those of the transaction.
type entry struct {
	group, key string
	value      []byte
	expiresAt  time.Time // The zero time is never.
}

// walk calls found for each entry of all buckets, in order, and counter for each bucket that has
// used NextSequence.
func walk(tx *bbolt.Tx, found func(entry) error, counter func(group string, last uint64) error) error {
	return tx.ForEach(func(name []byte, bucket *bbolt.Bucket) error {
		return walkBucket(string(name), bucket, found, counter)
	})
}

// walkBucket names the group of a bucket in another one by the path, such as "users/by-email".
func walkBucket(group string, bucket *bbolt.Bucket, found func(entry) error, counter func(string, uint64) error) error {
	if last := bucket.Sequence(); last > 0 {
		if err := counter(group, last); err != nil {
			return err
		}
	}
	return bucket.ForEach(func(key, value []byte) error {
		if value == nil {
			return walkBucket(group+"/"+string(key), bucket.Bucket(key), found, counter)
		}
		it := entry{group: group, key: string(key), value: value}
		if withExpiry[group] {
			if len(value) < 8 {
				return fmt.Errorf("%s/%q: the value has no expiry", group, key)
			}
			it.expiresAt = time.Unix(int64(binary.BigEndian.Uint64(value)), 0)
			it.value = value[8:]
		}
		return found(it)
	})
}
