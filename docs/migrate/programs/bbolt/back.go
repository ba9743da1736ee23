package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.etcd.io/bbolt"
	"kv.internal/kv"
)

// back replaces the content of every bucket by that of its group, in one transaction of bbolt.
func back(ctx context.Context, db *bbolt.DB, store *kv.Store) error {
	snapshot, err := store.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer snapshot.Close()
	written := 0
	err = db.Update(func(tx *bbolt.Tx) error {
		for group, err := range snapshot.Groups(ctx, "") {
			switch {
			case err != nil:
				return err
			case group == "sequences":
				continue
			}
			bucket, err := emptied(tx, group)
			if err != nil {
				return err
			}
			if err := setSequence(ctx, snapshot, group, bucket); err != nil {
				return err
			}
			for it, err := range snapshot.All(ctx, group) {
				if err != nil {
					return err
				}
				value := it.Value
				if withExpiry[group] {
					value = session(expiryOf(it), string(it.Value))
				}
				if err := bucket.Put([]byte(it.Key), value); err != nil {
					return fmt.Errorf("%s/%q: %w", group, it.Key, err)
				}
				written++
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Printf("wrote %d entries back\n", written)
	return nil
}

// emptied returns the bucket of a group, without its entries and with the buckets in it.
func emptied(tx *bbolt.Tx, group string) (*bbolt.Bucket, error) {
	path := strings.Split(group, "/")
	bucket, err := tx.CreateBucketIfNotExists([]byte(path[0]))
	for _, name := range path[1:] {
		if err != nil {
			return nil, err
		}
		bucket, err = bucket.CreateBucketIfNotExists([]byte(name))
	}
	if err != nil {
		return nil, err
	}
	var keys [][]byte
	err = bucket.ForEach(func(key, value []byte) error {
		if value != nil {
			keys = append(keys, key)
		}
		return nil
	})
	for _, key := range keys {
		err = errors.Join(err, bucket.Delete(key))
	}
	return bucket, err
}

// setSequence gives a bucket the last number that its group has used.
func setSequence(ctx context.Context, store *kv.Store, group string, bucket *bbolt.Bucket) error {
	last, err := sequenceOf(ctx, store, group)
	if errors.Is(err, kv.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return bucket.SetSequence(last)
}

// sequenceOf returns the last number that a group has used, or kv.ErrNotFound.
func sequenceOf(ctx context.Context, store *kv.Store, group string) (uint64, error) {
	text, err := store.Get(ctx, "sequences", group)
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(string(text), 10, 64)
}

// expiryOf returns the second of bbolt's value, rounded up; without an expiry the year 9999.
func expiryOf(it kv.Entry) time.Time {
	if it.ExpiresAt.IsZero() {
		return time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
	}
	return it.ExpiresAt.Add(time.Second - 1).Truncate(time.Second)
}

// untilOf returns the time at which a value of bbolt ends, and the rest of the value.
func untilOf(value []byte) (time.Time, string) {
	return time.Unix(int64(binary.BigEndian.Uint64(value)), 0), string(value[8:])
}
