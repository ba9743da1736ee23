package kvprometheus

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kv.internal/kv"
)

// figure is a metric without a label of its own.
type figure struct {
	name  string
	kind  prometheus.ValueType
	help  string
	value func(m *kv.Metrics) float64
}

const (
	counter = prometheus.CounterValue
	gauge   = prometheus.GaugeValue
)

// figures has names, types and sentences of the text of the library, with which a test compares it.
var figures = []figure{
	{"kv_reads_found_total", counter, "Reads of one key that found an entry.",
		func(m *kv.Metrics) float64 { return float64(m.Hits) }},
	{"kv_reads_missed_total", counter, "Reads of one key that found no entry.",
		func(m *kv.Metrics) float64 { return float64(m.Misses) }},
	{"kv_cache_hits_total", counter, "Reads of one key that the entry cache has answered.",
		func(m *kv.Metrics) float64 { return float64(m.CacheHits) }},
	{"kv_cache_resets_total", counter, "Times that the entry cache was emptied.",
		func(m *kv.Metrics) float64 { return float64(m.CacheResets) }},
	{"kv_commits_total", counter, "Batches with a write that were applied; a single set is one batch.",
		func(m *kv.Metrics) float64 { return float64(m.Commits) }},
	{"kv_transactions_total", counter, "Transactions of the engine for these batches.",
		func(m *kv.Metrics) float64 { return float64(m.Transactions) }},
	{"kv_largest_commit_group", gauge, "The most batches in one transaction.",
		func(m *kv.Metrics) float64 { return float64(m.LargestGroup) }},
	{"kv_busy_waits_total", counter, "Waits for locks of other processes.",
		func(m *kv.Metrics) float64 { return float64(m.BusyWaits) }},
	{"kv_busy_wait_seconds_total", counter, "The time of these waits.",
		func(m *kv.Metrics) float64 { return seconds(m.BusyWait) }},
	{"kv_longest_busy_wait_seconds", gauge, "The longest of them.",
		func(m *kv.Metrics) float64 { return seconds(m.LongestBusyWait) }},
	{"kv_syncs_total", counter, "Commits and logs that were synced to the disk.",
		func(m *kv.Metrics) float64 { return float64(m.Syncs) }},
	{"kv_sync_seconds_total", counter, "The time of these syncs.",
		func(m *kv.Metrics) float64 { return seconds(m.Sync) }},
	{"kv_longest_sync_seconds", gauge, "The longest of them.",
		func(m *kv.Metrics) float64 { return seconds(m.LongestSync) }},
	{"kv_checkpoints_total", counter, "Checkpoints of a WAL, or snapshots of a log.",
		func(m *kv.Metrics) float64 { return float64(m.Checkpoints) }},
	{"kv_checkpoint_seconds_total", counter, "The time of these checkpoints.",
		func(m *kv.Metrics) float64 { return seconds(m.Checkpoint) }},
	{"kv_longest_checkpoint_seconds", gauge, "The longest of them.",
		func(m *kv.Metrics) float64 { return seconds(m.LongestCheckpoint) }},
	{"kv_failed_checkpoints_total", counter, "Checkpoints that failed.",
		func(m *kv.Metrics) float64 { return float64(m.FailedCheckpoints) }},
	{"kv_write_stalls_total", counter, "Writes that waited for a checkpoint, or were slowed down by one.",
		func(m *kv.Metrics) float64 { return float64(m.WriteStalls) }},
	{"kv_write_stall_seconds_total", counter, "The time of these waits.",
		func(m *kv.Metrics) float64 { return seconds(m.WriteStall) }},
	{"kv_longest_write_stall_seconds", gauge, "The longest of them.",
		func(m *kv.Metrics) float64 { return seconds(m.LongestWriteStall) }},
	{"kv_purges_total", counter, "Purges in the background that removed entries.",
		func(m *kv.Metrics) float64 { return float64(m.Purges) }},
	{"kv_purge_seconds_total", counter, "The time of these purges.",
		func(m *kv.Metrics) float64 { return seconds(m.Purge) }},
	{"kv_expirations_total", counter, "Expired entries that were removed.",
		func(m *kv.Metrics) float64 { return float64(m.Expirations) }},
	{"kv_evictions_total", counter, "Live entries that were removed to make room for others.",
		func(m *kv.Metrics) float64 { return float64(m.Evictions) }},
	{"kv_watches", gauge, "Open watches.",
		func(m *kv.Metrics) float64 { return float64(m.Watches) }},
	{"kv_callbacks", gauge, "Registered callbacks.",
		func(m *kv.Metrics) float64 { return float64(m.Callbacks) }},
	{"kv_queued_events", gauge, "Events in the queues of all watches.",
		func(m *kv.Metrics) float64 { return float64(m.QueuedEvents) }},
	{"kv_longest_event_queue", gauge, "Events in the longest of these queues.",
		func(m *kv.Metrics) float64 { return float64(m.LongestQueue) }},
	{"kv_watch_lag_seconds", gauge, "The age of the oldest event in a queue.",
		func(m *kv.Metrics) float64 { return seconds(m.WatchLag) }},
	{"kv_lost_events_total", counter, "Events for which a queue had no room.",
		func(m *kv.Metrics) float64 { return float64(m.LostEvents) }},
	{"kv_oldest_snapshot_seconds", gauge, "The age of the oldest open snapshot of a cursor or watch.",
		func(m *kv.Metrics) float64 { return seconds(m.OldestSnapshot) }},
	{"kv_readers", gauge, "Open connections for reading.",
		func(m *kv.Metrics) float64 { return float64(m.Readers) }},
	{"kv_file_bytes", gauge, "The size of the database file, or of the snapshot of a log.",
		func(m *kv.Metrics) float64 { return float64(m.FileBytes) }},
	{"kv_wal_bytes", gauge, "The size of the WAL or of the log.",
		func(m *kv.Metrics) float64 { return float64(m.WALBytes) }},
	{"kv_free_bytes", gauge, "Bytes of free pages in the database file.",
		func(m *kv.Metrics) float64 { return float64(m.FreeBytes) }},
	{"kv_memory_row_bytes", gauge, "Memory of the entries of a store in memory or with a log.",
		func(m *kv.Metrics) float64 { return float64(m.RowBytes) }},
	{"kv_memory_cache_bytes", gauge, "Memory of the entry cache.",
		func(m *kv.Metrics) float64 { return float64(m.CacheBytes) }},
	{"kv_memory_page_bytes", gauge, "Memory of the page caches of idle connections.",
		func(m *kv.Metrics) float64 { return float64(m.PageBytes) }},
	{"kv_memory_event_bytes", gauge, "Memory of the events in the queues of watches.",
		func(m *kv.Metrics) float64 { return float64(m.EventBytes) }},
	{"kv_memory_limit_bytes", gauge, "The limit of the option max_memory; 0 for none.",
		func(m *kv.Metrics) float64 { return float64(m.MaxMemory) }},
	{"kv_connections", gauge, "Open connections to Redis servers.",
		func(m *kv.Metrics) float64 { return float64(m.Connections) }},
	{"kv_connects_total", counter, "Connections that were made to Redis servers.",
		func(m *kv.Metrics) float64 { return float64(m.Connects) }},
	{"kv_failed_connects_total", counter, "Connections that could not be made.",
		func(m *kv.Metrics) float64 { return float64(m.FailedConnects) }},
	{"kv_retries_total", counter, "Calls that were sent to a Redis again.",
		func(m *kv.Metrics) float64 { return float64(m.Retries) }},
	{"kv_redirections_total", counter, "Calls that a node of a cluster sent to another one.",
		func(m *kv.Metrics) float64 { return float64(m.Redirections) }},
	{"kv_failovers_total", counter, "Times that another server became the master of a slot or name.",
		func(m *kv.Metrics) float64 { return float64(m.Failovers) }},
	{"kv_read_only", gauge, "1 if the store refuses writes because it can only be read.",
		func(m *kv.Metrics) float64 { return flag(m.ReadOnly) }},
	{"kv_poisoned", gauge, "1 if the store refuses writes after a failure.",
		func(m *kv.Metrics) float64 { return flag(m.Poisoned) }},
}

// seconds divides once, so that the number is the one that the text has in decimal.
func seconds(duration time.Duration) float64 { return float64(duration) / float64(time.Second) }

func flag(isSet bool) float64 {
	if isSet {
		return 1
	}
	return 0
}
