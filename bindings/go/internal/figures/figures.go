// Package figures has the table of the metrics of a store for the modules that hand them to monitors.
package figures

import (
	"time"

	"kv.internal/kv"
)

// Figure is a metric of a store, without those of its calls.
type Figure struct {
	// Name is that in the text of the library.
	Name string
	// IsCounter is whether it only rises.
	IsCounter bool
	// Divisor is how many of Value make one of the unit that the name ends with.
	Divisor uint64
	// Help is the sentence in the text of the library.
	Help string
	// Value returns the figure.
	Value func(m *kv.Metrics) uint64
}

const (
	counter, gauge = true, false
	one            = 1
	second         = uint64(time.Second)
)

// All has all figures in the order of [kv.Metrics]. A test of each module compares its names, types
// and sentences with the text of the library.
var All = []Figure{
	{"kv_reads_found_total", counter, one,
		"Reads of one key that found an entry.",
		func(m *kv.Metrics) uint64 { return m.Hits }},
	{"kv_reads_missed_total", counter, one,
		"Reads of one key that found no entry.",
		func(m *kv.Metrics) uint64 { return m.Misses }},
	{"kv_cache_hits_total", counter, one,
		"Reads of one key that the entry cache has answered.",
		func(m *kv.Metrics) uint64 { return m.CacheHits }},
	{"kv_cache_resets_total", counter, one,
		"Times that the entry cache was emptied.",
		func(m *kv.Metrics) uint64 { return m.CacheResets }},
	{"kv_commits_total", counter, one,
		"Batches with a write that were applied; a single set is one batch.",
		func(m *kv.Metrics) uint64 { return m.Commits }},
	{"kv_transactions_total", counter, one,
		"Transactions of the engine for these batches.",
		func(m *kv.Metrics) uint64 { return m.Transactions }},
	{"kv_largest_commit_group", gauge, one,
		"The most batches in one transaction.",
		func(m *kv.Metrics) uint64 { return m.LargestGroup }},
	{"kv_busy_waits_total", counter, one,
		"Waits for locks of other processes.",
		func(m *kv.Metrics) uint64 { return m.BusyWaits }},
	{"kv_busy_wait_seconds_total", counter, second,
		"The time of these waits.",
		func(m *kv.Metrics) uint64 { return uint64(m.BusyWait) }},
	{"kv_longest_busy_wait_seconds", gauge, second,
		"The longest of them.",
		func(m *kv.Metrics) uint64 { return uint64(m.LongestBusyWait) }},
	{"kv_syncs_total", counter, one,
		"Commits and logs that were synced to the disk.",
		func(m *kv.Metrics) uint64 { return m.Syncs }},
	{"kv_sync_seconds_total", counter, second,
		"The time of these syncs.",
		func(m *kv.Metrics) uint64 { return uint64(m.Sync) }},
	{"kv_longest_sync_seconds", gauge, second,
		"The longest of them.",
		func(m *kv.Metrics) uint64 { return uint64(m.LongestSync) }},
	{"kv_checkpoints_total", counter, one,
		"Checkpoints of a WAL, or snapshots of a log.",
		func(m *kv.Metrics) uint64 { return m.Checkpoints }},
	{"kv_checkpoint_seconds_total", counter, second,
		"The time of these checkpoints.",
		func(m *kv.Metrics) uint64 { return uint64(m.Checkpoint) }},
	{"kv_longest_checkpoint_seconds", gauge, second,
		"The longest of them.",
		func(m *kv.Metrics) uint64 { return uint64(m.LongestCheckpoint) }},
	{"kv_failed_checkpoints_total", counter, one,
		"Checkpoints that failed.",
		func(m *kv.Metrics) uint64 { return m.FailedCheckpoints }},
	{"kv_write_stalls_total", counter, one,
		"Writes that waited for a checkpoint, or were slowed down by one.",
		func(m *kv.Metrics) uint64 { return m.WriteStalls }},
	{"kv_write_stall_seconds_total", counter, second,
		"The time of these waits.",
		func(m *kv.Metrics) uint64 { return uint64(m.WriteStall) }},
	{"kv_longest_write_stall_seconds", gauge, second,
		"The longest of them.",
		func(m *kv.Metrics) uint64 { return uint64(m.LongestWriteStall) }},
	{"kv_purges_total", counter, one,
		"Purges in the background that removed entries.",
		func(m *kv.Metrics) uint64 { return m.Purges }},
	{"kv_purge_seconds_total", counter, second,
		"The time of these purges.",
		func(m *kv.Metrics) uint64 { return uint64(m.Purge) }},
	{"kv_expirations_total", counter, one,
		"Expired entries that were removed.",
		func(m *kv.Metrics) uint64 { return m.Expirations }},
	{"kv_evictions_total", counter, one,
		"Live entries that were removed to make room for others.",
		func(m *kv.Metrics) uint64 { return m.Evictions }},
	{"kv_watches", gauge, one,
		"Open watches.",
		func(m *kv.Metrics) uint64 { return m.Watches }},
	{"kv_callbacks", gauge, one,
		"Registered callbacks.",
		func(m *kv.Metrics) uint64 { return m.Callbacks }},
	{"kv_queued_events", gauge, one,
		"Events in the queues of all watches.",
		func(m *kv.Metrics) uint64 { return m.QueuedEvents }},
	{"kv_longest_event_queue", gauge, one,
		"Events in the longest of these queues.",
		func(m *kv.Metrics) uint64 { return m.LongestQueue }},
	{"kv_watch_lag_seconds", gauge, second,
		"The age of the oldest event in a queue.",
		func(m *kv.Metrics) uint64 { return uint64(m.WatchLag) }},
	{"kv_lost_events_total", counter, one,
		"Events for which a queue had no room.",
		func(m *kv.Metrics) uint64 { return m.LostEvents }},
	{"kv_oldest_snapshot_seconds", gauge, second,
		"The age of the oldest open snapshot of a cursor or watch.",
		func(m *kv.Metrics) uint64 { return uint64(m.OldestSnapshot) }},
	{"kv_readers", gauge, one,
		"Open connections for reading.",
		func(m *kv.Metrics) uint64 { return m.Readers }},
	{"kv_file_bytes", gauge, one,
		"The size of the database file, or of the snapshot of a log.",
		func(m *kv.Metrics) uint64 { return m.FileBytes }},
	{"kv_wal_bytes", gauge, one,
		"The size of the WAL or of the log.",
		func(m *kv.Metrics) uint64 { return m.WALBytes }},
	{"kv_free_bytes", gauge, one,
		"Bytes of free pages in the database file.",
		func(m *kv.Metrics) uint64 { return m.FreeBytes }},
	{"kv_memory_row_bytes", gauge, one,
		"Memory of the entries of a store in memory or with a log.",
		func(m *kv.Metrics) uint64 { return m.RowBytes }},
	{"kv_memory_cache_bytes", gauge, one,
		"Memory of the entry cache.",
		func(m *kv.Metrics) uint64 { return m.CacheBytes }},
	{"kv_memory_page_bytes", gauge, one,
		"Memory of the page caches of idle connections.",
		func(m *kv.Metrics) uint64 { return m.PageBytes }},
	{"kv_memory_event_bytes", gauge, one,
		"Memory of the events in the queues of watches.",
		func(m *kv.Metrics) uint64 { return m.EventBytes }},
	{"kv_memory_limit_bytes", gauge, one,
		"The limit of the option max_memory; 0 for none.",
		func(m *kv.Metrics) uint64 { return m.MaxMemory }},
	{"kv_connections", gauge, one,
		"Open connections to Redis servers.",
		func(m *kv.Metrics) uint64 { return m.Connections }},
	{"kv_connects_total", counter, one,
		"Connections that were made to Redis servers.",
		func(m *kv.Metrics) uint64 { return m.Connects }},
	{"kv_failed_connects_total", counter, one,
		"Connections that could not be made.",
		func(m *kv.Metrics) uint64 { return m.FailedConnects }},
	{"kv_retries_total", counter, one,
		"Calls that were sent to a Redis again.",
		func(m *kv.Metrics) uint64 { return m.Retries }},
	{"kv_redirections_total", counter, one,
		"Calls that a node of a cluster sent to another one.",
		func(m *kv.Metrics) uint64 { return m.Redirections }},
	{"kv_failovers_total", counter, one,
		"Times that another server became the master of a slot or name.",
		func(m *kv.Metrics) uint64 { return m.Failovers }},
	{"kv_read_only", gauge, one,
		"1 if the store refuses writes because it can only be read.",
		func(m *kv.Metrics) uint64 { return flag(m.ReadOnly) }},
	{"kv_poisoned", gauge, one,
		"1 if the store refuses writes after a failure.",
		func(m *kv.Metrics) uint64 { return flag(m.Poisoned) }},
}

// Scaled returns the figure in its unit. It divides once, so that the number is the one that the
// text of the library has in decimal.
func (f *Figure) Scaled(m *kv.Metrics) float64 { return float64(f.Value(m)) / float64(f.Divisor) }

func flag(isSet bool) uint64 {
	if isSet {
		return 1
	}
	return 0
}
