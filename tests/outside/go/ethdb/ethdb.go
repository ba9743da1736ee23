// Package ethdb is a group of a kv store as a KeyValueStore of go-ethereum: keys and values in
// bytes, iterators in byte order, batches that can be replayed. An iterator is over a snapshot; on a
// Redis it is live, unless the store was opened with scans=snapshot.
package ethdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/ethdb"
	"kv.internal/kv"
)

// Keys that one step of DeleteRange removes.
const rangeStep = 1000

// Database keeps each value under its key's bytes.
type Database struct {
	store *kv.Store
	group string
}

var _ ethdb.KeyValueStore = (*Database)(nil)

// New returns a group as a database, whose Close closes the store.
func New(store *kv.Store, group string) *Database { return &Database{store, group} }

// Has reports whether there is a value.
func (d *Database) Has(key []byte) (bool, error) {
	return d.store.Exists(context.Background(), d.group, string(key))
}

// Get returns a value; a missing one is kv.ErrNotFound.
func (d *Database) Get(key []byte) ([]byte, error) {
	return d.store.Get(context.Background(), d.group, string(key))
}

// Put writes a value.
func (d *Database) Put(key, value []byte) error {
	return d.store.Set(context.Background(), d.group, string(key), value)
}

// Delete removes a value; a missing one is no error.
func (d *Database) Delete(key []byte) error {
	return d.store.Delete(context.Background(), d.group, string(key))
}

// DeleteRange removes the values from start to before end, in steps, each of which is whole.
func (d *Database) DeleteRange(start, end []byte) error {
	for {
		keys, err := d.store.Keys(context.Background(), d.group,
			kv.From(string(start)), kv.Below(string(end)), kv.Limit(rangeStep))
		if err != nil || len(keys) == 0 {
			return err
		}
		if _, err := d.store.DeleteKeys(context.Background(), d.group, keys...); err != nil {
			return err
		}
	}
}

// NewBatch begins a batch.
func (d *Database) NewBatch() ethdb.Batch { return &batch{database: d} }

// NewBatchWithSize begins a batch; the size is only a hint.
func (d *Database) NewBatchWithSize(int) ethdb.Batch { return d.NewBatch() }

// NewIterator begins a scan of the keys with a prefix, from prefix and start together on. An error of
// its beginning is the iterator's.
func (d *Database) NewIterator(prefix, start []byte) ethdb.Iterator {
	cursor, err := d.store.OpenCursor(context.Background(), d.group,
		kv.Prefix(string(prefix)), kv.From(string(prefix)+string(start)))
	return &iterator{cursor: cursor, err: err}
}

// Stat returns figures for a reader.
func (d *Database) Stat() (string, error) {
	figures, err := d.store.Stats(context.Background())
	if err != nil {
		return "", err
	}
	usage, err := d.store.Usage(context.Background())
	return fmt.Sprintf("%+v %+v", usage, figures), err
}

// Compact returns the free space of the file; it has no ranges.
func (d *Database) Compact(_, _ []byte) error { return d.store.Compact(context.Background()) }

// Close closes the store. Closing again does nothing.
func (d *Database) Close() error {
	if err := d.store.Close(); !errors.Is(err, kv.ErrClosed) {
		return err
	}
	return nil
}
