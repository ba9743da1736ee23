package kv

import (
	"context"
	"runtime"
	"time"

	"kv.internal/kv/internal/capi"
)

// Statistics are figures of a moment. Counters begin at 0 when the file is opened, and are shared
// by all stores on it in this process.
type Statistics struct {
	// Hits and Misses are reads of one key that found it, or did not.
	Hits   uint64
	Misses uint64
	// Commits are batches with a write that were applied, a single set being one; Transactions what
	// they took, fewer when writers shared one.
	Commits      uint64
	Transactions uint64
	// Expirations are expired entries purged.
	Expirations uint64
	// Format is that of the file, 0 in memory.
	Format uint32
	// FileBytes and WALBytes are those of the file and its write-ahead log, 0 in memory.
	FileBytes uint64
	WALBytes  uint64
	// Checkpoints are the times the log was moved into the file.
	Checkpoints uint64
	// Readers are open read connections.
	Readers uint64
	// SQLiteVersion is the one in use.
	SQLiteVersion string
	// Evictions are live entries that were removed to make room for others.
	Evictions uint64
	// MaxBytes and MaxEntries are what the store may hold, 0 for no limit.
	MaxBytes   uint64
	MaxEntries uint64
	// ReadOnly says that writes are [ErrReadOnly]; WriteErrno is the error number of the system that
	// denies writing, if that is the reason.
	ReadOnly   bool
	WriteErrno int
	// OldestSnapshot is how long the oldest snapshot of a cursor or watch of this process has been open.
	OldestSnapshot time.Duration
	// WriteStalls are writes of this process that a checkpoint delayed, WriteStall is how long all of
	// them waited, and LongestWriteStall how long the one that waited longest.
	WriteStalls       uint64
	WriteStall        time.Duration
	LongestWriteStall time.Duration
	// CacheHits are reads of one key that the entry cache has answered, and CacheResets the times that
	// it was emptied.
	CacheHits   uint64
	CacheResets uint64
}

// Stats returns figures of this moment. It reads no entry; [Store.Usage] counts them.
func (s *Store) Stats(ctx context.Context) (_ Statistics, err error) {
	op := plainOp("stats")
	in, err := s.enter(ctx, op)
	if err != nil {
		return Statistics{}, err
	}
	defer in.end(&err)
	figures, failure := capi.Stats(in.handle)
	runtime.KeepAlive(s)
	return Statistics(figures), op.failure(failure)
}

// Usage is what a store, or the namespace to which it is narrowed, contains.
type Usage struct {
	// Entries are live, Bytes those of their groups, keys and values.
	Entries uint64
	Bytes   uint64
	// ExpiredEntries await the purge.
	ExpiredEntries uint64
}

// Usage counts the entries. It reads each of them, so that it takes time with their number; the end
// of the context ends it.
func (s *Store) Usage(ctx context.Context) (_ Usage, err error) {
	op := plainOp("usage")
	in, err := s.enter(ctx, op)
	if err != nil {
		return Usage{}, err
	}
	defer in.end(&err)
	usage, failure := capi.GetUsage(in.handle)
	runtime.KeepAlive(s)
	return Usage(usage), op.failure(failure)
}

// Backup copies one snapshot of the store, and of whatever else is in its file, into a new file,
// which must not exist. Others read and write meanwhile.
//
// The progress, which may be nil, is called with the number of pages copied and that of all. It may
// use the store, but not close it, and ends the backup by returning false, which is [ErrCancelled].
// A context that is done ends it as well. On any error no file is left. In memory it is
// [ErrUnsupported].
func (s *Store) Backup(ctx context.Context, path string, progress func(done, total uint64) bool) error {
	return s.withPages(ctx, "backup", path, progress, capi.Backup)
}

// Restore replaces everything in the store's file by the backup at path, in one step that others
// see as a commit; watches receive [EventLagged]. A file that is no store is [ErrFormat], a
// damaged one [ErrCorrupt]. On any error the store is as it was. In memory it is [ErrUnsupported].
//
// The progress is that of [Store.Backup], and called while the backup is read, before the step.
func (s *Store) Restore(ctx context.Context, path string, progress func(done, total uint64) bool) error {
	return s.withPages(ctx, "restore", path, progress, capi.Restore)
}

func (s *Store) withPages(ctx context.Context, name, path string, progress func(done, total uint64) bool,
	call func(capi.Store, []byte, capi.Progress) *capi.Failure) (err error) {
	op := plainOp(name)
	in, err := s.enter(ctx, op)
	if err != nil {
		return err
	}
	defer in.end(&err)
	file, err := terminated(op, path)
	if err != nil {
		return err
	}
	var ended contained
	failure := call(in.handle, file, func(done, total uint64) bool {
		if ctx.Err() != nil {
			return false
		}
		return progress == nil || ended.call(func() bool { return progress(done, total) })
	})
	runtime.KeepAlive(s)
	err = op.failure(failure)
	if failure != nil && ctx.Err() != nil {
		err = op.ended(ctx.Err())
	}
	ended.resume()
	return err
}

// Compact returns unused space in the file to the file system. Writers wait until it is done,
// and it needs the file's size again while it runs. In memory there is nothing to do.
func (s *Store) Compact(ctx context.Context) error { return s.care(ctx, "compact", capi.Compact) }

// Check verifies everything in the file; damage is [ErrCorrupt] with the first fault. Others read
// and write meanwhile.
func (s *Store) Check(ctx context.Context) error { return s.care(ctx, "check", capi.Check) }

// Flush returns once every acknowledged write would survive a loss of power. In memory, and on a
// Redis, whose server decides when it syncs, there is nothing to do.
func (s *Store) Flush(ctx context.Context) error { return s.care(ctx, "flush", capi.Flush) }

func (s *Store) care(ctx context.Context, name string, call func(capi.Store) *capi.Failure) (err error) {
	op := plainOp(name)
	in, err := s.enter(ctx, op)
	if err != nil {
		return err
	}
	defer in.end(&err)
	failure := call(in.handle)
	runtime.KeepAlive(s)
	return op.failure(failure)
}

// contained keeps a callback's panic, or its end of the goroutine, from passing through the
// library's frames, which would leave its locks held.
type contained struct {
	panicked any
	exited   bool
}

// call runs a callback on a goroutine of its own, which alone stops a runtime.Goexit. It returns
// false if the callback did not return.
func (c *contained) call(callback func() bool) bool {
	result := make(chan bool)
	go func() {
		goesOn, returned := false, false
		defer func() {
			if !returned {
				c.panicked = recover()
				c.exited = c.panicked == nil
			}
			result <- goesOn
		}()
		goesOn = callback()
		returned = true
	}()
	return <-result
}

// resume lets what was held back go on, in the goroutine that called.
func (c *contained) resume() {
	if c.panicked != nil {
		panic(c.panicked)
	}
	if c.exited {
		runtime.Goexit()
	}
}
