package kv

import (
	"context"
	"runtime"
	"time"

	"kv.internal/kv/internal/capi"
)

// Metrics are the figures of a store for monitors, all but those of its calls, which are
// [CallMetrics]. Counters begin at 0 when the file is opened, and are shared by all stores on it in
// this process. A figure that the engine does not have is 0.
type Metrics struct {
	// Reads of one key that found an entry.
	Hits uint64
	// Reads of one key that found no entry.
	Misses uint64
	// Reads of one key that the entry cache has answered.
	CacheHits uint64
	// Times that the entry cache was emptied.
	CacheResets uint64
	// Batches with a write that were applied; a single set is one batch.
	Commits uint64
	// Transactions of the engine for these batches.
	Transactions uint64
	// The most batches in one transaction.
	LargestGroup uint64
	// Waits for locks of other processes.
	BusyWaits uint64
	// The time of these waits.
	BusyWait time.Duration
	// The longest of them.
	LongestBusyWait time.Duration
	// Commits and logs that were synced to the disk.
	Syncs uint64
	// The time of these syncs.
	Sync time.Duration
	// The longest of them.
	LongestSync time.Duration
	// Checkpoints of a WAL, or snapshots of a log.
	Checkpoints uint64
	// The time of these checkpoints.
	Checkpoint time.Duration
	// The longest of them.
	LongestCheckpoint time.Duration
	// Checkpoints that failed.
	FailedCheckpoints uint64
	// Writes that waited for a checkpoint, or were slowed down by one.
	WriteStalls uint64
	// The time of these waits.
	WriteStall time.Duration
	// The longest of them.
	LongestWriteStall time.Duration
	// Purges in the background that removed entries.
	Purges uint64
	// The time of these purges.
	Purge time.Duration
	// Expired entries that were removed.
	Expirations uint64
	// Live entries that were removed to make room for others.
	Evictions uint64
	// Open watches.
	Watches uint64
	// Registered callbacks.
	Callbacks uint64
	// Events in the queues of all watches.
	QueuedEvents uint64
	// Events in the longest of these queues.
	LongestQueue uint64
	// The age of the oldest event in a queue.
	WatchLag time.Duration
	// Events for which a queue had no room.
	LostEvents uint64
	// The age of the oldest open snapshot of a cursor or watch.
	OldestSnapshot time.Duration
	// Open connections for reading.
	Readers uint64
	// The size of the database file, or of the snapshot of a log.
	FileBytes uint64
	// The size of the WAL or of the log.
	WALBytes uint64
	// Bytes of free pages in the database file.
	FreeBytes uint64
	// Memory of the entries of a store in memory or with a log.
	RowBytes uint64
	// Memory of the entry cache.
	CacheBytes uint64
	// Memory of the page caches of idle connections.
	PageBytes uint64
	// Memory of the events in the queues of watches.
	EventBytes uint64
	// The limit of the option max_memory, 0 for none.
	MaxMemory uint64
	// Open connections to Redis servers.
	Connections uint64
	// Connections that were made to Redis servers.
	Connects uint64
	// Connections that could not be made.
	FailedConnects uint64
	// Calls that were sent to a Redis again.
	Retries uint64
	// Calls that a node of a cluster sent to another one.
	Redirections uint64
	// Times that another server became the master of a slot or name.
	Failovers uint64
	// Whether the store refuses writes because it can only be read.
	ReadOnly bool
	// Whether the store refuses writes after a failure.
	Poisoned bool
	// Transactions by the number of their batches, up to those of [GroupBounds], and more.
	GroupSizes [9]uint64
}

// Metrics returns the figures of the store; of a scope they are those of the whole store. It reads
// no entry. On a snapshot it is [ErrUnsupported].
func (s *Store) Metrics(ctx context.Context) (Metrics, error) {
	op := plainOp("metrics")
	in, err := s.enterUntraced(ctx, op)
	if err != nil {
		return Metrics{}, err
	}
	defer in.leave()
	figures, failure := capi.GetMetrics(in.handle)
	runtime.KeepAlive(s)
	return Metrics(figures), op.failure(failure)
}

// MetricsText returns all figures of the store and of its calls in the text format of Prometheus,
// version 0.0.4, for a service without a library for it:
//
//	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
//
// Each line has the label store: the path, or the addresses and the prefix, without user, password
// and options. On a snapshot it is [ErrUnsupported].
func (s *Store) MetricsText(ctx context.Context) (string, error) {
	op := plainOp("metrics text")
	in, err := s.enterUntraced(ctx, op)
	if err != nil {
		return "", err
	}
	defer in.leave()
	value, failure := capi.MetricsText(in.handle, nil)
	runtime.KeepAlive(s)
	if failure != nil {
		return "", op.failure(failure)
	}
	return string(value.Own(nil)), nil
}

// GroupBounds are the upper bounds of the buckets of [Metrics].GroupSizes: so many batches are at most in
// a transaction. The last bucket has no bound.
func GroupBounds() []int { return []int{1, 2, 4, 8, 16, 32, 64, 128} }
