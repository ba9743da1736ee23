// Package kvstore is plumego's store/kv over a kv store.
//
// [NewKVStore] keeps its entries in the file kv.db of a directory, which several processes may open
// at once; a write has reached the disk when it returns. [NewGroupStore] keeps them in a group of a
// store of the caller's: a file, memory or a Redis.
//
// The names are those of plumego's page and of its code. Exists, Keys, Size and GetStats, which
// take no context and return no error, are those of the page and of earlier versions of the code;
// each has a twin that ends in Context and returns its error. A nil context is no cancellation.
//
// Differences: an expired key is [ErrKeyNotFound] at once and ever after, where plumego returns
// [ErrKeyExpired] until it prunes the entry; a nil value is read back as an empty one; and with
// limits the entry that goes first is the one not used for the longest time, not the one that was
// written first.
package kvstore

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/contexts"
	"kv.internal/kv/adapters/internal/keys"
	"kv.internal/kv/adapters/plumego/internal/group"
)

// KVStore keeps bytes under keys. Any number of goroutines may use it. Every operation of a nil
// one, of the zero KVStore and of one that was closed is [ErrStoreClosed].
type KVStore struct {
	group *group.Group
	// The largest size of an entry, 0 for no limit but that of the store.
	sizeMax      int64
	hits, misses atomic.Int64
}

// NewGroupStore returns a group of a store, which the caller closes. How much it may hold is the
// store's.
func NewGroupStore(store *kv.Store, name string) *KVStore {
	return &KVStore{group: group.Of(store, name)}
}

// Set is [KVStore.SetContext] without a context.
func (s *KVStore) Set(key string, value []byte, ttl time.Duration) error {
	return s.SetContext(context.Background(), key, value, ttl)
}

// SetContext writes a value; a ttl of 0 or less is none. An entry that is larger than the store may
// be is [ErrValueTooLarge].
func (s *KVStore) SetContext(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	ctx, err := s.enterKey(ctx, key)
	if err != nil {
		return err
	}
	if size := entrySize(len(key), int64(len(value))); s.sizeMax > 0 && size > s.sizeMax {
		return fmt.Errorf("%w: size %d limit %d", ErrValueTooLarge, size, s.sizeMax)
	}
	return storeError(s.group.Store.SetTTL(ctx, s.group.Name, key, value, max(ttl, 0)), key)
}

// Get is [KVStore.GetContext] without a context.
func (s *KVStore) Get(key string) ([]byte, error) {
	return s.GetContext(context.Background(), key)
}

// GetContext returns a value, or [ErrKeyNotFound]. The bytes are the caller's own.
func (s *KVStore) GetContext(ctx context.Context, key string) ([]byte, error) {
	ctx, err := s.enterKey(ctx, key)
	if err != nil {
		return nil, err
	}
	value, err := s.group.Store.Get(ctx, s.group.Name, key)
	switch err = storeError(err, key); err {
	case nil:
		s.hits.Add(1)
	case ErrKeyNotFound:
		s.misses.Add(1)
	}
	return value, err
}

// Delete is [KVStore.DeleteContext] without a context.
func (s *KVStore) Delete(key string) error {
	return s.DeleteContext(context.Background(), key)
}

// DeleteContext removes a value, or returns [ErrKeyNotFound].
func (s *KVStore) DeleteContext(ctx context.Context, key string) error {
	ctx, err := s.enterKey(ctx, key)
	if err != nil {
		return err
	}
	deleted, err := s.group.Store.Deleted(ctx, s.group.Name, key)
	if err == nil && !deleted {
		return ErrKeyNotFound
	}
	return storeError(err, key)
}

// Close closes the store, and the file that [NewKVStore] has opened. Closing again does nothing.
func (s *KVStore) Close() error {
	if s == nil {
		return nil
	}
	return s.group.Close()
}

// enter returns the context of a call, or the error that comes first: a context that is done before
// all others.
func (s *KVStore) enter(ctx context.Context) (context.Context, error) {
	return contexts.Enter(ctx, s != nil && s.group.IsOpen(), ErrStoreClosed)
}

func (s *KVStore) enterKey(ctx context.Context, key string) (context.Context, error) {
	ctx, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	if key == "" {
		return nil, ErrInvalidKey
	}
	if at := keys.ControlAt(key); at >= 0 {
		return nil, fmt.Errorf("%w: control character at position %d", ErrInvalidKey, at)
	}
	return ctx, nil
}
