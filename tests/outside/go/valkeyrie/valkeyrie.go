// Package valkeyrie is a kv store as a Store of valkeyrie: pairs under paths, compare-and-set,
// watches and locks.
package valkeyrie

import (
	"context"
	"errors"
	"strings"

	"github.com/kvtools/valkeyrie/store"
	"kv.internal/kv"
)

// The group of the pairs.
const pairs = "pairs"

// Store keeps each pair under its path, without slashes before it.
type Store struct{ store *kv.Store }

var _ store.Store = (*Store)(nil)

// New returns a store as one of valkeyrie, whose Close closes it.
func New(opened *kv.Store) *Store { return &Store{opened} }

// Put writes a pair, which lives for the options' TTL.
func (s *Store) Put(ctx context.Context, key string, value []byte, options *store.WriteOptions) error {
	_, err := s.put(ctx, key, value, options)
	return err
}

// Get returns a pair, or store.ErrKeyNotFound. Its index is the version of the entry.
func (s *Store) Get(ctx context.Context, key string, _ *store.ReadOptions) (*store.KVPair, error) {
	entry, err := s.store.GetEntry(ctx, pairs, normal(key))
	if err != nil {
		return nil, storeError(err)
	}
	return pair(entry), nil
}

// Delete removes a pair; a missing one is store.ErrKeyNotFound.
func (s *Store) Delete(ctx context.Context, key string) error {
	deleted, err := s.store.Deleted(ctx, pairs, normal(key))
	if err == nil && !deleted {
		return store.ErrKeyNotFound
	}
	return err
}

// Exists reports whether there is a pair.
func (s *Store) Exists(ctx context.Context, key string, _ *store.ReadOptions) (bool, error) {
	return s.store.Exists(ctx, pairs, normal(key))
}

// List returns the pairs below a directory, without the directory's own. A directory without pairs
// and without one of its own is store.ErrKeyNotFound.
func (s *Store) List(ctx context.Context, directory string, options *store.ReadOptions) ([]*store.KVPair, error) {
	found := []*store.KVPair{}
	for entry, err := range s.store.Scan(ctx, pairs, kv.Prefix(below(directory))) {
		if err != nil {
			return nil, err
		}
		found = append(found, pair(entry))
	}
	if len(found) == 0 {
		if exists, err := s.Exists(ctx, directory, options); err != nil || !exists {
			return nil, errors.Join(err, store.ErrKeyNotFound)
		}
	}
	return found, nil
}

// DeleteTree removes the pairs below a directory in one step; none is store.ErrKeyNotFound.
func (s *Store) DeleteTree(ctx context.Context, directory string) error {
	count, err := s.store.DeletePrefix(ctx, pairs, below(directory))
	if err == nil && count == 0 {
		return store.ErrKeyNotFound
	}
	return err
}

// AtomicPut writes a pair that has not changed since previous was read; without previous, one that is
// not there.
func (s *Store) AtomicPut(ctx context.Context, key string, value []byte, previous *store.KVPair, options *store.WriteOptions) (bool, *store.KVPair, error) {
	condition, refused := kv.IfAbsent(), store.ErrKeyExists
	if previous != nil {
		condition, refused = kv.IfVersion(previous.LastIndex), store.ErrKeyModified
	}
	version, err := s.put(ctx, key, value, options, condition)
	if errors.Is(err, kv.ErrConflict) {
		return false, nil, refused
	}
	if err != nil {
		return false, nil, err
	}
	return true, &store.KVPair{Key: normal(key), Value: value, LastIndex: version}, nil
}

// AtomicDelete removes a pair that has not changed since previous was read.
func (s *Store) AtomicDelete(ctx context.Context, key string, previous *store.KVPair) (bool, error) {
	if previous == nil {
		return false, store.ErrPreviousNotSpecified
	}
	err := s.store.DeleteVersion(ctx, pairs, normal(key), previous.LastIndex)
	if errors.Is(err, kv.ErrConflict) {
		return false, store.ErrKeyModified
	}
	return err == nil, storeError(err)
}

// Close closes the store. Closing again does nothing.
func (s *Store) Close() error {
	if err := s.store.Close(); !errors.Is(err, kv.ErrClosed) {
		return err
	}
	return nil
}

func (s *Store) put(ctx context.Context, key string, value []byte, options *store.WriteOptions, conditions ...kv.PutOption) (uint64, error) {
	if options != nil {
		conditions = append(conditions, kv.ExpireAfter(options.TTL))
	}
	return s.store.Put(ctx, pairs, normal(key), value, conditions...)
}

func pair(entry kv.Entry) *store.KVPair {
	return &store.KVPair{Key: entry.Key, Value: entry.Value, LastIndex: entry.Version}
}

func normal(key string) string { return strings.TrimLeft(key, "/") }

// below returns the beginning of the keys below a directory; that of the root is empty.
func below(directory string) string {
	cleaned := strings.Trim(directory, "/")
	if cleaned == "" {
		return ""
	}
	return cleaned + "/"
}

// storeError returns the error of valkeyrie for one of kv.
func storeError(err error) error {
	switch {
	case errors.Is(err, kv.ErrNotFound):
		return store.ErrKeyNotFound
	case errors.Is(err, kv.ErrUnavailable):
		return errors.Join(store.ErrNotReachable, err)
	}
	return err
}
