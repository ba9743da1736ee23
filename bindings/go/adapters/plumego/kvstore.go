// Package plumego has plumego's key-value store and its cache interface over a kv store.
//
// A missing and an expired key read the same here, at once and after the entry was purged. Several
// processes may open one data directory.
package plumego

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kv.internal/kv"
)

// Errors of a KVStore.
var (
	// ErrKeyNotFound: the key is absent or expired.
	ErrKeyNotFound = errors.New("kv: key not found")
	// ErrKeyRequired: the key is empty or has a control character.
	ErrKeyRequired = errors.New("kv: key is required")
	// ErrStoreClosed: the store was closed.
	ErrStoreClosed = errors.New("kv: store is closed")
	// ErrValueTooLarge: the value is longer than 512 MiB, or than the store's limit; nothing was
	// stored.
	ErrValueTooLarge = errors.New("kv: value too large")
)

// Options say where a KVStore is.
type Options struct {
	// DataDir is a directory, which is made if it is missing.
	DataDir string
	// MaxEntries is how many entries the store may hold, MaxMemoryMB how many MiB of keys and
	// values. When there is no room, those that were not used for the longest time go. 0 is no
	// limit.
	MaxEntries  int
	MaxMemoryMB int
}

// KVStore keeps bytes under keys in a file. Any number of goroutines may use it.
type KVStore struct{ store *kv.Store }

// NewKVStore opens the store in a directory, and creates both if they are missing.
func NewKVStore(options Options) (*KVStore, error) {
	directory := strings.TrimSpace(options.DataDir)
	if directory == "" {
		return nil, errors.New("kv: data dir is required")
	}
	if options.MaxEntries < 0 {
		return nil, errors.New("kv: max entries must be positive")
	}
	if options.MaxMemoryMB < 0 {
		return nil, errors.New("kv: max memory must be positive")
	}
	directory, err := filepath.Abs(directory)
	if err != nil {
		return nil, fmt.Errorf("kv: %w", err)
	}
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return nil, fmt.Errorf("kv: %w", err)
	}
	evict := "none"
	if options.MaxEntries > 0 || options.MaxMemoryMB > 0 {
		evict = "lru"
	}
	location := fmt.Sprintf("sqlite:%s?max_entries=%d&max_bytes=%dMiB&evict=%s",
		escape.Replace(filepath.Join(directory, "kv.db")), options.MaxEntries, options.MaxMemoryMB, evict)
	store, err := kv.Open(context.Background(), location)
	if err != nil {
		return nil, fmt.Errorf("kv: %w", err)
	}
	return &KVStore{store}, nil
}

// escape takes the meaning from what has one in a location.
var escape = strings.NewReplacer("%", "%25", "?", "%3F")

// Set stores a value; a ttl of 0 or less is none.
func (s *KVStore) Set(key string, value []byte, ttl time.Duration) error {
	if !isKey(key) {
		return ErrKeyRequired
	}
	return storeError(s.store.SetTTL(context.Background(), "", key, value, max(ttl, 0)))
}

// Get returns a value, or [ErrKeyNotFound].
func (s *KVStore) Get(key string) ([]byte, error) {
	if !isKey(key) {
		return nil, ErrKeyRequired
	}
	value, err := s.store.Get(context.Background(), "", key)
	return value, storeError(err)
}

// Delete removes a value, or returns [ErrKeyNotFound].
func (s *KVStore) Delete(key string) error {
	if !isKey(key) {
		return ErrKeyRequired
	}
	deleted, err := s.store.Deleted(context.Background(), "", key)
	if err == nil && !deleted {
		return ErrKeyNotFound
	}
	return storeError(err)
}

// Exists reports whether there is a value. It is false for any error, which
// [KVStore.ExistsContext] returns.
func (s *KVStore) Exists(key string) bool {
	exists, _ := s.ExistsContext(context.Background(), key)
	return exists
}

// ExistsContext reports whether there is a value.
func (s *KVStore) ExistsContext(ctx context.Context, key string) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if !isKey(key) {
		return false, ErrKeyRequired
	}
	exists, err := s.store.Exists(ctx, "", key)
	return exists, storeError(err)
}

// Close closes the file. Closing again does nothing.
func (s *KVStore) Close() error {
	if err := s.store.Close(); err != nil && !errors.Is(err, kv.ErrClosed) {
		return err
	}
	return nil
}

func storeError(err error) error {
	var full *kv.Error
	switch {
	// Without an error of the operating system it is the store's own limit, and not the disk's.
	case errors.Is(err, kv.ErrFull) && errors.As(err, &full) && full.Errno == 0:
		return fmt.Errorf("%w: %w", ErrValueTooLarge, err)
	case errors.Is(err, kv.ErrNotFound):
		return ErrKeyNotFound
	case errors.Is(err, kv.ErrClosed):
		return ErrStoreClosed
	case errors.Is(err, kv.ErrTooLarge):
		return fmt.Errorf("%w: %w", ErrValueTooLarge, err)
	default:
		return err
	}
}

// isKey refuses what is empty or has a control character.
func isKey(key string) bool {
	return key != "" && !strings.ContainsFunc(key, func(r rune) bool { return r < 0x20 || r == 0x7f })
}
