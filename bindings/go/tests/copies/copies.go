//go:build kv_copies

// Package copies copies what must not be copied, each in a line of its own, for go vet to find.
package copies

import "kv.internal/kv"

func copies(store *kv.Store, bound *kv.BoundStore, batch *kv.Batch, cursor *kv.Cursor, tx *kv.Tx, watch *kv.Watch,
	writer *kv.Writer, reader *kv.Reader) {
	storeCopy := *store
	boundCopy := *bound
	batchCopy := *batch
	cursorCopy := *cursor
	txCopy := *tx
	watchCopy := *watch
	writerCopy := *writer
	readerCopy := *reader
	_, _, _ = &storeCopy, &boundCopy, &batchCopy
	_, _, _ = &cursorCopy, &txCopy, &watchCopy
	_, _ = &writerCopy, &readerCopy
}
