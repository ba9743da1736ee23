// Package gostore has go-store's Store over a kv store: text under keys in groups.
//
// Where its document leaves a choice, or it has a bug that its users have met, this is decided:
// names of groups are matched byte for byte, a quota belongs to the namespace for every writer, a
// delete of nothing is no event, a purged entry is one (EventDelete), and the delete of a group is
// received by a watcher of one key of it.
//
// The package store beside it has the same names under that of go-store's package, so that of a
// program only the path of the module changes.
//
//	storeInstance, err := gostore.New(":memory:")
//	err = storeInstance.Set("config", "colour", "blue")
//	colourValue, err := storeInstance.Get("config", "colour")
package gostore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kv.internal/kv"
)

// NotFoundError is the error of reading a key that does not exist or has expired, for errors.Is.
const NotFoundError = kv.ErrNotFound

// QuotaExceededError is the error of a write that a namespace has no room for, for errors.Is.
const QuotaExceededError = kv.ErrQuotaExceeded

// Store is an open store. Any number of goroutines may use it, also while they range over it. Every
// call of the zero Store and of a nil one is [kv.ErrClosed].
type Store struct {
	store     *kv.Store
	listeners listeners
	scopes    scopes
}

// New opens a database, and creates it if its directory is there.
func New(databasePath string) (*Store, error) {
	store, err := kv.Open(context.Background(), databasePath)
	if err != nil {
		return nil, fmt.Errorf("store.New: %w", err)
	}
	return &Store{store: store}, nil
}

// Close closes the database, ends its callbacks and closes the channels of its watchers, those of
// scopes too. It waits for writes and their callbacks; in a callback it is an error. Closing again
// does nothing; other calls then fail.
func (s *Store) Close() error {
	if s == nil {
		return nil
	}
	// First the store itself, so that no scope can be made after that.
	err := s.close()
	if err == nil {
		err = s.scopes.close()
	}
	if err != nil {
		return fmt.Errorf("store.Close: %w", err)
	}
	return nil
}

// opened returns the store of kv; of a Store that was not made by New, one that is closed.
func (s *Store) opened() *kv.Store {
	if s == nil || s.store == nil {
		return &unopened
	}
	return s.store
}

var unopened kv.Store

func (s *Store) close() error {
	if err := s.opened().Close(); err != nil && !errors.Is(err, kv.ErrClosed) {
		return err
	}
	s.listeners.close()
	return nil
}

// Get returns a value, or [NotFoundError] with the group and key.
func (s *Store) Get(group, key string) (string, error) {
	value, err := s.opened().Get(context.Background(), group, key)
	return string(value), entryError("Get", group, key, err)
}

// Set stores a value and clears any ttl.
func (s *Store) Set(group, key, value string) error {
	err := s.opened().Set(context.Background(), group, key, []byte(value))
	return entryError("Set", group, key, err)
}

// SetWithTTL stores a value that expires after a time. With 0 or less it has expired already.
func (s *Store) SetWithTTL(group, key, value string, ttl time.Duration) error {
	expiry := kv.ExpireAfter(ttl)
	if ttl <= 0 {
		expiry = kv.ExpireAt(longAgo)
	}
	_, err := s.opened().Put(context.Background(), group, key, []byte(value), expiry)
	return entryError("SetWithTTL", group, key, err)
}

// longAgo is a time that has passed, wherever the clock is set to.
var longAgo = time.UnixMilli(1)

// Delete removes a key; a missing one is no error.
func (s *Store) Delete(group, key string) error {
	return entryError("Delete", group, key, s.opened().Delete(context.Background(), group, key))
}

// DeleteGroup removes every key in a group; a missing group is no error.
func (s *Store) DeleteGroup(group string) error {
	_, err := s.opened().DeleteGroup(context.Background(), group)
	return callError("DeleteGroup", err)
}

// Count counts the keys in a group that have not expired.
func (s *Store) Count(group string) (int, error) {
	count, err := s.opened().Count(context.Background(), group)
	return count, callError("Count", err)
}

// CountAll counts the keys that have not expired in all groups with a prefix, which is literal.
func (s *Store) CountAll(groupPrefix string) (int, error) {
	count, err := s.opened().CountAll(context.Background(), groupPrefix)
	return count, callError("CountAll", err)
}

// PurgeExpired removes what has expired now and returns how many there were. The store does so by
// itself, too.
func (s *Store) PurgeExpired() (int64, error) {
	removed, err := s.opened().PurgeExpired(context.Background())
	return int64(removed), callError("PurgeExpired", err)
}

func entryError(operation, group, key string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("store.%s: %s/%s: %w", operation, group, key, err)
}

func callError(operation string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("store.%s: %w", operation, err)
}
