// Package petrock has petrock's KVStore over a kv store: JSON values under keys, found by globs; and
// the commands `kv get`, `kv set` and `kv list` of petrock's applications, see [Run].
//
// The package core beside it has the names that petrock's documents use in an application.
//
// The store may be in the application's own database file, if both use one copy of SQLite: kv is
// built with KV_SYSTEM_SQLITE=ON, and the application with the tag libsqlite3 of mattn/go-sqlite3.
// With two copies kv.Open is kv.ErrBusy while the application has the file open. A file that still
// has petrock's own table kv_store, and no store, is kv.ErrFormat, with the command that imports it.
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

// SQLiteKVStore is the default group of a store as a KVStore. The store may be one of any kind, not
// only a file. Every call of the zero SQLiteKVStore and of a nil one is [kv.ErrClosed].
type SQLiteKVStore struct{ store *kv.Store }

var _ KVStore = (*SQLiteKVStore)(nil)

// NewSQLiteKVStore returns the default group of a store, which the caller closes. No store is
// [kv.ErrClosed].
func NewSQLiteKVStore(store *kv.Store) (*SQLiteKVStore, error) {
	if store == nil {
		return nil, errNoStore
	}
	return &SQLiteKVStore{store}, nil
}

// New is [NewSQLiteKVStore], of which without a store every call fails.
func New(store *kv.Store) KVStore { return &SQLiteKVStore{store} }

// Get reads a value. Where dest does not say what a number is, it becomes a json.Number, with all
// its digits. A value that is text and no JSON, as programs that know nothing of petrock store it,
// is read into a *string or *any as it is; so are a number, true and false into a *string. A key
// that is absent is kv.ErrNotFound.
func (s *SQLiteKVStore) Get(key string, dest any) error {
	data, err := s.read(key)
	if err != nil {
		return err
	}
	if err := decode(data, dest); err != nil {
		return fmt.Errorf("failed to unmarshal value for key %s: %w", key, err)
	}
	return nil
}

// Set stores a value as JSON.
func (s *SQLiteKVStore) Set(key string, value any) error {
	data, err := kv.JSON{}.Encode(value)
	if err != nil {
		return fmt.Errorf("failed to marshal value for key %s: %w", key, err)
	}
	if s == nil || s.store == nil {
		err = errNoStore
	} else {
		err = s.store.Set(context.Background(), "", key, data)
	}
	if err != nil {
		return fmt.Errorf("failed to set value for key %s: %w", key, err)
	}
	return nil
}

// List returns keys in byte order; without a match, an empty list.
func (s *SQLiteKVStore) List(glob string) ([]string, error) {
	if s == nil || s.store == nil {
		return nil, fmt.Errorf("failed to list keys: %w", errNoStore)
	}
	keys, err := s.store.Keys(context.Background(), "", kv.Glob(glob))
	if err != nil {
		return nil, fmt.Errorf("failed to list keys: %w", err)
	}
	return keys, nil
}

// read returns the bytes of a value.
func (s *SQLiteKVStore) read(key string) ([]byte, error) {
	if s == nil || s.store == nil {
		return nil, fmt.Errorf("failed to get value for key %s: %w", key, errNoStore)
	}
	data, err := s.store.Get(context.Background(), "", key)
	switch {
	case errors.Is(err, kv.ErrNotFound):
		return nil, &missingError{key}
	case err != nil:
		return nil, fmt.Errorf("failed to get value for key %s: %w", key, err)
	default:
		return data, nil
	}
}

// errNoStore is the error of a SQLiteKVStore that was made of nothing.
var errNoStore error = &kv.Error{Status: kv.ErrClosed, Message: "petrock: there is no store; open one with kv.Open"}

type missingError struct{ key string }

func (e *missingError) Error() string { return "key not found: " + e.key }

func (e *missingError) Is(target error) bool { return target == kv.ErrNotFound }
