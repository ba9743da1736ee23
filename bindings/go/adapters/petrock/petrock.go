// Package petrock has petrock's KVStore over a kv store: JSON values under keys, found by globs.
//
// The store may be in the application's own database file, if both use one copy of SQLite: kv is
// built with KV_SYSTEM_SQLITE=ON, and the application with the tag libsqlite3 of mattn/go-sqlite3.
// With two copies kv.Open is kv.ErrBusy while the application has the file open.
package petrock

import (
	"context"
	"errors"
	"fmt"

	"kv.internal/kv"
)

// KVStore keeps values of any type that JSON can hold.
type KVStore interface {
	// Get reads the value under a key into what dest points to.
	Get(key string, dest any) error
	// Set stores a value under a key.
	Set(key string, value any) error
	// List returns all keys that match a glob of SQLite's.
	List(glob string) ([]string, error)
}

// New returns the default group of a store as a KVStore. The caller closes the store.
func New(store *kv.Store) KVStore { return kvStore{store} }

type kvStore struct{ store *kv.Store }

// Get reads a value. Where dest does not say what a number is, it becomes a json.Number, with all
// its digits. A key that is absent is kv.ErrNotFound.
func (s kvStore) Get(key string, dest any) error {
	data, err := s.store.Get(context.Background(), "", key)
	switch {
	case errors.Is(err, kv.ErrNotFound):
		return &missingError{key}
	case err != nil:
		return fmt.Errorf("failed to get value for key %s: %w", key, err)
	}
	if err := (kv.JSON{}).Decode(data, dest); err != nil {
		return fmt.Errorf("failed to unmarshal value for key %s: %w", key, err)
	}
	return nil
}

func (s kvStore) Set(key string, value any) error {
	data, err := kv.JSON{}.Encode(value)
	if err != nil {
		return fmt.Errorf("failed to marshal value for key %s: %w", key, err)
	}
	if err := s.store.Set(context.Background(), "", key, data); err != nil {
		return fmt.Errorf("failed to set value for key %s: %w", key, err)
	}
	return nil
}

// List returns keys in byte order; without a match, an empty list.
func (s kvStore) List(glob string) ([]string, error) {
	keys, err := s.store.Keys(context.Background(), "", kv.Glob(glob))
	if err != nil {
		return nil, fmt.Errorf("failed to list keys: %w", err)
	}
	return keys, nil
}

type missingError struct{ key string }

func (e *missingError) Error() string { return "key not found: " + e.key }

func (e *missingError) Is(target error) bool { return target == kv.ErrNotFound }
