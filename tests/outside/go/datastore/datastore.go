// Package datastore is a group of a kv store as a Datastore of go-datastore, with batches that are
// all or nothing, and entries that expire.
package datastore

import (
	"context"
	"errors"
	"time"

	ds "github.com/ipfs/go-datastore"
	"kv.internal/kv"
)

// Datastore keeps each value under its key's text.
type Datastore struct {
	store *kv.Store
	group string
}

var (
	_ ds.Batching            = (*Datastore)(nil)
	_ ds.TTLDatastore        = (*Datastore)(nil)
	_ ds.CheckedDatastore    = (*Datastore)(nil)
	_ ds.GCDatastore         = (*Datastore)(nil)
	_ ds.PersistentDatastore = (*Datastore)(nil)
)

// New returns a group as a datastore, whose Close closes the store.
func New(store *kv.Store, group string) *Datastore { return &Datastore{store, group} }

// Put writes a value, which does not expire.
func (d *Datastore) Put(ctx context.Context, key ds.Key, value []byte) error {
	return d.store.Set(ctx, d.group, key.String(), value)
}

// Get returns a value, or ds.ErrNotFound.
func (d *Datastore) Get(ctx context.Context, key ds.Key) ([]byte, error) {
	value, err := d.store.Get(ctx, d.group, key.String())
	return value, datastoreError(err)
}

// Has reports whether there is a value.
func (d *Datastore) Has(ctx context.Context, key ds.Key) (bool, error) {
	return d.store.Exists(ctx, d.group, key.String())
}

// GetSize returns the size of a value without reading it; -1 with ds.ErrNotFound.
func (d *Datastore) GetSize(ctx context.Context, key ds.Key) (int, error) {
	info, err := d.store.Info(ctx, d.group, key.String())
	if err != nil {
		return -1, datastoreError(err)
	}
	return int(info.Size), nil
}

// Delete removes a value; a missing one is no error.
func (d *Datastore) Delete(ctx context.Context, key ds.Key) error {
	return d.store.Delete(ctx, d.group, key.String())
}

// Sync returns once all writes so far would survive a loss of power.
func (d *Datastore) Sync(ctx context.Context, _ ds.Key) error { return d.store.Flush(ctx) }

// Close closes the store. Closing again does nothing.
func (d *Datastore) Close() error {
	if err := d.store.Close(); !errors.Is(err, kv.ErrClosed) {
		return err
	}
	return nil
}

// PutWithTTL writes a value that expires after a time.
func (d *Datastore) PutWithTTL(ctx context.Context, key ds.Key, value []byte, ttl time.Duration) error {
	return d.store.SetTTL(ctx, d.group, key.String(), value, ttl)
}

// SetTTL lets a value expire after a time; a missing one is ds.ErrNotFound.
func (d *Datastore) SetTTL(ctx context.Context, key ds.Key, ttl time.Duration) error {
	return datastoreError(d.store.Expire(ctx, d.group, key.String(), ttl))
}

// GetExpiration returns when a value expires, the zero time for never.
func (d *Datastore) GetExpiration(ctx context.Context, key ds.Key) (time.Time, error) {
	info, err := d.store.Info(ctx, d.group, key.String())
	return info.ExpiresAt, datastoreError(err)
}

// Check verifies the file of the store.
func (d *Datastore) Check(ctx context.Context) error { return d.store.Check(ctx) }

// CollectGarbage removes what has expired, and returns the free space of the file.
func (d *Datastore) CollectGarbage(ctx context.Context) error {
	if _, err := d.store.PurgeExpired(ctx); err != nil {
		return err
	}
	return d.store.Compact(ctx)
}

// DiskUsage returns the bytes of the file and its log.
func (d *Datastore) DiskUsage(ctx context.Context) (uint64, error) {
	figures, err := d.store.Stats(ctx)
	return figures.FileBytes + figures.WALBytes, err
}

// Batch begins a batch of writes.
func (d *Datastore) Batch(context.Context) (ds.Batch, error) { return &batch{datastore: d}, nil }

type batch struct {
	datastore *Datastore
	steps     kv.Batch
}

func (b *batch) Put(_ context.Context, key ds.Key, value []byte) error {
	b.steps.Set(b.datastore.group, key.String(), value)
	return nil
}

func (b *batch) Delete(_ context.Context, key ds.Key) error {
	b.steps.Delete(b.datastore.group, key.String())
	return nil
}

// Commit writes the batch, all or nothing.
func (b *batch) Commit(ctx context.Context) error {
	_, err := b.datastore.store.Commit(ctx, &b.steps)
	return err
}

// datastoreError returns the error of go-datastore for one of kv.
func datastoreError(err error) error {
	if errors.Is(err, kv.ErrNotFound) {
		return ds.ErrNotFound
	}
	return err
}
