package cache

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"math"
	"strconv"

	"kv.internal/kv"
)

// Incr adds to the integer under a key and returns the sum. A missing key counts as 0 and lives for
// the default ttl; another keeps its expiry. A value that is no integer, and a sum that is none of
// 64 bits, is [ErrNotInteger], and nothing is written.
//
// An integer is decimal text, and may have a sign, zeros before it and space around it; or a gob of
// an int64, as plumego's caches once wrote it. The sum is written as decimal text.
func (c *GroupCache) Incr(ctx context.Context, key string, delta int64) (int64, error) {
	ctx, err := c.enterKey(ctx, key)
	if err != nil {
		return 0, err
	}
	sum, err := c.group.Store.Increment(ctx, c.group.Name, key, delta, c.config.DefaultTTL)
	if errors.Is(err, kv.ErrNotInteger) {
		sum, err = c.addToText(ctx, key, delta)
	}
	return sum, cacheError(err, key)
}

// Decr subtracts from the integer under a key, as [GroupCache.Incr] adds.
func (c *GroupCache) Decr(ctx context.Context, key string, delta int64) (int64, error) {
	if delta == math.MinInt64 {
		if _, err := c.enterKey(ctx, key); err != nil {
			return 0, err
		}
		return 0, errOverflow
	}
	return c.Incr(ctx, key, -delta)
}

var errOverflow = fmt.Errorf("%w: integer overflow", ErrNotInteger)

// addToText adds to an integer that is not written as kv writes it.
func (c *GroupCache) addToText(ctx context.Context, key string, delta int64) (int64, error) {
	var sum int64
	err := c.group.Store.Update(ctx, func(tx *kv.Tx) error {
		value, err := tx.Get(c.group.Name, key)
		if errors.Is(err, kv.ErrNotFound) {
			// It has gone since it was looked at.
			sum, err = tx.Increment(c.group.Name, key, delta, c.config.DefaultTTL)
			return err
		}
		if err != nil {
			return err
		}
		if sum, err = add(value, delta); err != nil {
			return err
		}
		return tx.Set(c.group.Name, key, strconv.AppendInt(nil, sum, 10), kv.KeepExpiry())
	})
	if err != nil {
		return 0, err
	}
	return sum, nil
}

// add returns the sum of the integer in a value and another.
func add(value []byte, delta int64) (int64, error) {
	number, err := strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 64)
	if err != nil && gob.NewDecoder(bytes.NewReader(value)).Decode(&number) != nil {
		return 0, ErrNotInteger
	}
	if delta > 0 && number > math.MaxInt64-delta || delta < 0 && number < math.MinInt64-delta {
		return 0, errOverflow
	}
	return number + delta, nil
}
