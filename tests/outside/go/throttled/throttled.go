// Package throttled is a group of a kv store as the store of throttled's rate limiter (GCRA): a
// number under each key, which is swapped if it has not changed.
package throttled

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/throttled/throttled/v2"
	"kv.internal/kv"
)

// Store keeps the numbers as decimal text.
type Store struct {
	store *kv.Store
	group string
}

var _ throttled.GCRAStoreCtx = (*Store)(nil)

// New returns a group as a store of a rate limiter.
func New(store *kv.Store, group string) *Store { return &Store{store, group} }

// GetWithTime returns the number under a key, -1 if there is none, and the time.
func (s *Store) GetWithTime(ctx context.Context, key string) (int64, time.Time, error) {
	number, _, err := s.read(ctx, key)
	if errors.Is(err, kv.ErrNotFound) {
		return -1, time.Now(), nil
	}
	return number, time.Now(), err
}

// SetIfNotExistsWithTTL writes a number unless there is one, and reports whether it did.
func (s *Store) SetIfNotExistsWithTTL(ctx context.Context, key string, number int64, ttl time.Duration) (bool, error) {
	return s.write(ctx, key, number, ttl, kv.IfAbsent())
}

// CompareAndSwapWithTTL replaces one number by another, and reports whether it was there to replace.
func (s *Store) CompareAndSwapWithTTL(ctx context.Context, key string, old, new int64, ttl time.Duration) (bool, error) {
	number, version, err := s.read(ctx, key)
	if errors.Is(err, kv.ErrNotFound) || err == nil && number != old {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return s.write(ctx, key, new, ttl, kv.IfVersion(version))
}

func (s *Store) read(ctx context.Context, key string) (number int64, version uint64, err error) {
	entry, err := s.store.GetEntry(ctx, s.group, key)
	if err != nil {
		return 0, 0, err
	}
	number, err = strconv.ParseInt(string(entry.Value), 10, 64)
	if err != nil {
		return 0, 0, fmt.Errorf("throttled: the value under %q is no number: %w", key, err)
	}
	return number, entry.Version, nil
}

func (s *Store) write(ctx context.Context, key string, number int64, ttl time.Duration, condition kv.PutOption) (bool, error) {
	value := strconv.AppendInt(nil, number, 10)
	_, err := s.store.Put(ctx, s.group, key, value, condition, kv.ExpireAfter(ttl))
	if errors.Is(err, kv.ErrConflict) {
		return false, nil
	}
	return err == nil, err
}
