// Package avalanche is a group of a kv store as a Database of avalanchego: keys and values in bytes,
// iterators over snapshots, batches.
package avalanche

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/ava-labs/avalanchego/database"
	"kv.internal/kv"
)

// Database keeps each value under its key's bytes.
type Database struct {
	store *kv.Store
	group string
	// A cursor returns entries that were read ahead after the store is closed; an iterator must not.
	isClosed atomic.Bool
}

var _ database.Database = (*Database)(nil)

// New returns a group as a database, whose Close closes the store.
func New(store *kv.Store, group string) *Database { return &Database{store: store, group: group} }

// Has reports whether there is a value.
func (d *Database) Has(key []byte) (bool, error) {
	exists, err := d.store.Exists(context.Background(), d.group, string(key))
	return exists, databaseError(err)
}

// Get returns a value, or database.ErrNotFound.
func (d *Database) Get(key []byte) ([]byte, error) {
	value, err := d.store.Get(context.Background(), d.group, string(key))
	return value, databaseError(err)
}

// Put writes a value.
func (d *Database) Put(key, value []byte) error {
	return databaseError(d.store.Set(context.Background(), d.group, string(key), value))
}

// Delete removes a value; a missing one is no error.
func (d *Database) Delete(key []byte) error {
	return databaseError(d.store.Delete(context.Background(), d.group, string(key)))
}

// Compact returns the free space of the file; it has no ranges.
func (d *Database) Compact(_, _ []byte) error {
	return databaseError(d.store.Compact(context.Background()))
}

// HealthCheck returns figures of the store; a closed one is database.ErrClosed.
func (d *Database) HealthCheck(ctx context.Context) (any, error) {
	figures, err := d.store.Stats(ctx)
	if err != nil {
		return nil, databaseError(err)
	}
	return figures, nil
}

// Close closes the store. Closing again is database.ErrClosed.
func (d *Database) Close() error {
	d.isClosed.Store(true)
	return databaseError(d.store.Close())
}

// NewBatch begins a batch, which is written all or nothing.
func (d *Database) NewBatch() database.Batch { return &batch{database: d} }

type batch struct {
	// The steps, which can be replayed.
	database.BatchOps
	database *Database
}

// Write applies the steps. They stay, until Reset.
func (b *batch) Write() error {
	var steps kv.Batch
	for _, it := range b.Ops {
		if it.Delete {
			steps.Delete(b.database.group, string(it.Key))
		} else {
			steps.Set(b.database.group, string(it.Key), it.Value)
		}
	}
	_, err := b.database.store.Commit(context.Background(), &steps)
	return databaseError(err)
}

// Inner returns the batch, which writes to the store itself.
func (b *batch) Inner() database.Batch { return b }

// databaseError returns the error of avalanchego for one of kv.
func databaseError(err error) error {
	switch {
	case errors.Is(err, kv.ErrNotFound):
		return database.ErrNotFound
	case errors.Is(err, kv.ErrClosed):
		return database.ErrClosed
	}
	return err
}
