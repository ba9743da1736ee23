package kv

import (
	"context"
	"runtime"

	"kv.internal/kv/internal/capi"
)

// Snapshot opens a store that reads this one as it is now, for several calls that have to see one
// state, whatever is written meanwhile. Its entries neither change nor expire, and a ttl is what was
// left now. A scan alone reads one state already, and so does [Store.GetBatch].
//
//	then, err := store.Snapshot(ctx)
//	...
//	defer then.Close()
//	users, err := then.Count(ctx, "users")
//	for user, err := range then.All(ctx, "users") { ... }
//
// It takes every call that reads, and transactions that do, and is closed like any store; it stays
// open when this one is closed. A call that writes is [ErrReadOnly]; watches, callbacks,
// statistics, quotas, backups, restores and checks are [ErrUnsupported].
//
// In a file the snapshot keeps the write-ahead log from shrinking, so close it soon. One that was not
// used for the snapshot_timeout of the store is ended: its calls are [ErrCompacted]. In memory a value
// that is overwritten is kept as long as the snapshot. A Redis has no snapshots: [ErrUnsupported].
func (s *Store) Snapshot(ctx context.Context) (_ *Store, err error) {
	op := plainOp("snapshot")
	in, err := s.enter(ctx, op)
	if err != nil {
		return nil, err
	}
	defer in.end(&err)
	handle, failure := capi.Snapshot(in.handle)
	runtime.KeepAlive(s)
	if failure != nil {
		return nil, op.failure(failure)
	}
	return newStore(handle, s.name.snapshot()), nil
}
