// Package lokstra has lokstra's KvStore over a kv store, and the registry that makes one by name.
//
// Values are JSON. A store with the prefix "myapp" keeps "user:1" under "myapp:user:1" in the
// default group, and sees no other prefix's keys.
package lokstra

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"kv.internal/kv"
)

// Nil is the error of reading a key that is absent or expired, for errors.Is.
const Nil = kv.ErrNotFound

// KvStore keeps values of any type that JSON can hold.
type KvStore interface {
	// Set stores a value; a ttl of 0 is none.
	Set(ctx context.Context, key string, value any, ttl time.Duration) error
	// Get reads a value into what dest points to, or returns Nil.
	Get(ctx context.Context, key string, dest any) error
	// Delete removes a value; a missing one is no error.
	Delete(ctx context.Context, key string) error
	// DeleteKeys removes values; missing ones are no error.
	DeleteKeys(ctx context.Context, keys ...string) error
	// Keys returns the keys that match a glob of Redis', without the prefix.
	Keys(ctx context.Context, pattern string) ([]string, error)
}

// Store is a prefix of a store as a KvStore.
type Store struct {
	store  *kv.Store
	prefix string
}

var _ KvStore = (*Store)(nil)

// New returns the keys of a store that begin with a prefix and a colon, or all for the empty
// prefix.
func New(store *kv.Store, prefix string) *Store {
	if prefix != "" {
		prefix += ":"
	}
	return &Store{store, prefix}
}

// Set stores a value; a ttl of 0 is none, a negative one is refused.
func (s *Store) Set(ctx context.Context, key string, value any, ttl time.Duration) error {
	data, err := kv.JSON{}.Encode(value)
	if err != nil {
		return fmt.Errorf("marshal key %s: %w", key, err)
	}
	return s.store.SetTTL(ctx, "", s.prefix+key, data, ttl)
}

// Get reads a value. Where dest does not say what a number is, it becomes a json.Number, with all
// its digits. A value that cannot be read into dest is not [Nil].
func (s *Store) Get(ctx context.Context, key string, dest any) error {
	data, err := s.store.Get(ctx, "", s.prefix+key)
	if err != nil {
		return err
	}
	if err := (kv.JSON{}).Decode(data, dest); err != nil {
		return fmt.Errorf("unmarshal key %s: %w", key, err)
	}
	return nil
}

// Delete removes a value; a missing one is no error.
func (s *Store) Delete(ctx context.Context, key string) error {
	return s.store.Delete(ctx, "", s.prefix+key)
}

// DeleteKeys removes values in one step; missing ones are no error, nor is no key.
func (s *Store) DeleteKeys(ctx context.Context, keys ...string) error {
	prefixed := make([]string, len(keys))
	for i, key := range keys {
		prefixed[i] = s.prefix + key
	}
	_, err := s.store.DeleteKeys(ctx, "", prefixed...)
	return err
}

// Keys returns keys in byte order; without a match, an empty list. The prefix is literal, whatever
// is in it.
func (s *Store) Keys(ctx context.Context, pattern string) ([]string, error) {
	keys, err := s.store.Keys(ctx, "", kv.RedisGlob(escape.Replace(s.prefix)+pattern))
	for i, key := range keys {
		keys[i] = strings.TrimPrefix(key, s.prefix)
	}
	return keys, err
}

// Close closes the store beneath. Closing again does nothing.
func (s *Store) Close() error {
	if err := s.store.Close(); err != nil && !errors.Is(err, kv.ErrClosed) {
		return err
	}
	return nil
}

// escape takes the meaning from what has one in a glob.
var escape = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)
