// Package cometbft is a group of a kv store as a DB of cometbft-db: keys and values in bytes,
// iterators in both directions, batches. An iterator is over a snapshot; on a Redis it is live, unless
// the store was opened with scans=snapshot.
package cometbft

import (
	"context"
	"errors"
	"fmt"

	db "github.com/cometbft/cometbft-db"
	"kv.internal/kv"
)

// Errors of arguments, with the texts of cometbft-db, which keeps its own to itself.
var (
	ErrKeyEmpty = errors.New("key cannot be empty")
	ErrValueNil = errors.New("value cannot be nil")
)

// DB keeps each value under its key's bytes.
type DB struct {
	store *kv.Store
	group string
}

var _ db.DB = (*DB)(nil)

// New returns a group as a database, whose Close closes the store.
func New(store *kv.Store, group string) *DB { return &DB{store, group} }

// Get returns a value, nil for a missing one.
func (d *DB) Get(key []byte) ([]byte, error) {
	if len(key) == 0 {
		return nil, ErrKeyEmpty
	}
	value, err := d.store.Get(context.Background(), d.group, string(key))
	if errors.Is(err, kv.ErrNotFound) {
		return nil, nil
	}
	return value, err
}

// Has reports whether there is a value.
func (d *DB) Has(key []byte) (bool, error) {
	if len(key) == 0 {
		return false, ErrKeyEmpty
	}
	return d.store.Exists(context.Background(), d.group, string(key))
}

// Set writes a value.
func (d *DB) Set(key, value []byte) error {
	if err := check(key, value); err != nil {
		return err
	}
	return d.store.Set(context.Background(), d.group, string(key), value)
}

// SetSync writes a value that survives a loss of power.
func (d *DB) SetSync(key, value []byte) error {
	return d.flushAfter(d.Set(key, value))
}

// Delete removes a value; a missing one is no error.
func (d *DB) Delete(key []byte) error {
	if len(key) == 0 {
		return ErrKeyEmpty
	}
	return d.store.Delete(context.Background(), d.group, string(key))
}

// DeleteSync removes a value; the removal survives a loss of power.
func (d *DB) DeleteSync(key []byte) error {
	return d.flushAfter(d.Delete(key))
}

// Close closes the store. Closing again does nothing.
func (d *DB) Close() error {
	if err := d.store.Close(); !errors.Is(err, kv.ErrClosed) {
		return err
	}
	return nil
}

// Print writes all keys and values to the standard output.
func (d *DB) Print() error {
	for entry, err := range d.store.All(context.Background(), d.group) {
		if err != nil {
			return err
		}
		fmt.Printf("[%X]:\t[%X]\n", entry.Key, entry.Value)
	}
	return nil
}

// Stats returns figures of the store; without any if the store is closed.
func (d *DB) Stats() map[string]string {
	figures, err := d.store.Stats(context.Background())
	if err != nil {
		return map[string]string{}
	}
	usage, err := d.store.Usage(context.Background())
	if err != nil {
		return map[string]string{}
	}
	return map[string]string{
		"entries": fmt.Sprint(usage.Entries), "bytes": fmt.Sprint(usage.Bytes),
		"file_bytes": fmt.Sprint(figures.FileBytes), "commits": fmt.Sprint(figures.Commits),
	}
}

// Compact returns the free space of the file; it has no ranges.
func (d *DB) Compact(_, _ []byte) error { return d.store.Compact(context.Background()) }

func (d *DB) flushAfter(err error) error {
	if err != nil {
		return err
	}
	return d.store.Flush(context.Background())
}

func check(key, value []byte) error {
	if len(key) == 0 {
		return ErrKeyEmpty
	}
	if value == nil {
		return ErrValueNil
	}
	return nil
}
