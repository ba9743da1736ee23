// Package bleve is a group of a kv store as a KVStore of bleve, the index of a text search: batches
// with merges, iterators over prefixes and ranges that seek.
//
// A reader is a snapshot of the store, and does not see what is written after its beginning. In a file,
// one that was idle for the store's snapshot_timeout is ended: its calls are kv.ErrCompacted then. A
// Redis has no snapshots: there a Get reads the present value, and an iterator is a scan of its own,
// which is live unless the store was opened with scans=snapshot.
package bleve

import (
	"context"
	"errors"
	"fmt"

	store "github.com/blevesearch/upsidedown_store_api"
	"kv.internal/kv"
)

// Store keeps each value under its key's bytes.
type Store struct {
	store *kv.Store
	group string
	merge store.MergeOperator
}

var _ store.KVStore = (*Store)(nil)

// New returns a group as a store with a merge operator. Its Close closes the store.
func New(opened *kv.Store, group string, merge store.MergeOperator) *Store {
	return &Store{opened, group, merge}
}

// Writer returns a writer; any number may write at once.
func (s *Store) Writer() (store.KVWriter, error) { return &writer{s}, nil }

// Reader returns a reader, which has to be closed. It outlives the store.
func (s *Store) Reader() (store.KVReader, error) {
	snapshot, err := s.store.Snapshot(context.Background())
	if errors.Is(err, kv.ErrUnsupported) {
		return &reader{s.store, s.group, func() error { return nil }}, nil
	}
	if err != nil {
		return nil, err
	}
	return &reader{snapshot, s.group, snapshot.Close}, nil
}

// Close closes the store. Closing again does nothing.
func (s *Store) Close() error {
	if err := s.store.Close(); !errors.Is(err, kv.ErrClosed) {
		return err
	}
	return nil
}

type writer struct{ store *Store }

// NewBatch begins a batch.
func (w *writer) NewBatch() store.KVBatch { return store.NewEmulatedBatch(w.store.merge) }

// NewBatchEx begins a batch, with a buffer for the caller.
func (w *writer) NewBatchEx(options store.KVBatchOptions) ([]byte, store.KVBatch, error) {
	return make([]byte, options.TotalBytes), w.NewBatch(), nil
}

// ExecuteBatch applies a batch, all or nothing: the merges first, on the values before the batch.
func (w *writer) ExecuteBatch(it store.KVBatch) error {
	batch, ok := it.(*store.EmulatedBatch)
	if !ok {
		return fmt.Errorf("bleve: a %T is of another store; call NewBatch of this writer", it)
	}
	return w.store.store.Update(context.Background(), func(tx *kv.Tx) error {
		for key, operands := range batch.Merger.Merges {
			if err := w.mergeInto(tx, key, operands); err != nil {
				return err
			}
		}
		for _, step := range batch.Ops {
			var err error
			if step.V == nil {
				err = tx.Delete(w.store.group, string(step.K))
			} else {
				err = tx.Set(w.store.group, string(step.K), step.V)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *writer) mergeInto(tx *kv.Tx, key string, operands [][]byte) error {
	present, err := tx.Get(w.store.group, key)
	if err != nil && !errors.Is(err, kv.ErrNotFound) {
		return err
	}
	merged, ok := w.store.merge.FullMerge([]byte(key), present, operands)
	if !ok {
		return fmt.Errorf("bleve: the operator %s cannot merge into the value under %q", w.store.merge.Name(), key)
	}
	return tx.Set(w.store.group, key, merged)
}

// Close ends the writer.
func (w *writer) Close() error { return nil }
