package ethdb

import (
	"bytes"
	"context"

	"github.com/ethereum/go-ethereum/ethdb"
	"kv.internal/kv"
)

// batch keeps its steps for Replay, and is written all or nothing.
type batch struct {
	database *Database
	steps    []step
	size     int
}

type step struct {
	key, value []byte
	isDelete   bool
}

// Put keeps a write.
func (b *batch) Put(key, value []byte) error {
	b.keep(step{key: bytes.Clone(key), value: bytes.Clone(value)})
	return nil
}

// Delete keeps a removal.
func (b *batch) Delete(key []byte) error {
	b.keep(step{key: bytes.Clone(key), isDelete: true})
	return nil
}

func (b *batch) keep(it step) {
	b.steps = append(b.steps, it)
	b.size += len(it.key) + len(it.value)
}

// ValueSize returns the bytes of the steps' keys and values.
func (b *batch) ValueSize() int { return b.size }

// Write applies the steps. They stay, until Reset.
func (b *batch) Write() error {
	var steps kv.Batch
	for _, it := range b.steps {
		if it.isDelete {
			steps.Delete(b.database.group, string(it.key))
		} else {
			steps.Set(b.database.group, string(it.key), it.value)
		}
	}
	_, err := b.database.store.Commit(context.Background(), &steps)
	return err
}

// Reset forgets the steps.
func (b *batch) Reset() { b.steps, b.size = b.steps[:0], 0 }

// Replay does the steps one after the other on a writer, and ends at its first error.
func (b *batch) Replay(writer ethdb.KeyValueWriter) error {
	for _, it := range b.steps {
		var err error
		if it.isDelete {
			err = writer.Delete(it.key)
		} else {
			err = writer.Put(it.key, it.value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
