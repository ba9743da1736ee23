package cometbft

import (
	"context"
	"errors"

	db "github.com/cometbft/cometbft-db"
	"kv.internal/kv"
)

// ErrBatchClosed is the error of a batch that was written or closed.
var ErrBatchClosed = errors.New("batch has been written or closed")

// NewBatch begins a batch, which is written all or nothing.
func (d *DB) NewBatch() db.Batch { return &batch{database: d, steps: new(kv.Batch)} }

type batch struct {
	database *DB
	// nil after the end.
	steps *kv.Batch
}

// Set keeps a write.
func (b *batch) Set(key, value []byte) error {
	if err := check(key, value); err != nil {
		return err
	}
	if b.steps == nil {
		return ErrBatchClosed
	}
	b.steps.Set(b.database.group, string(key), value)
	return nil
}

// Delete keeps a removal.
func (b *batch) Delete(key []byte) error {
	if len(key) == 0 {
		return ErrKeyEmpty
	}
	if b.steps == nil {
		return ErrBatchClosed
	}
	b.steps.Delete(b.database.group, string(key))
	return nil
}

// Write applies the steps, and ends the batch.
func (b *batch) Write() error {
	if b.steps == nil {
		return ErrBatchClosed
	}
	if _, err := b.database.store.Commit(context.Background(), b.steps); err != nil {
		return err
	}
	return b.Close()
}

// WriteSync applies the steps, which then survive a loss of power.
func (b *batch) WriteSync() error { return b.database.flushAfter(b.Write()) }

// Close ends the batch. Closing again does nothing.
func (b *batch) Close() error {
	b.steps = nil
	return nil
}
