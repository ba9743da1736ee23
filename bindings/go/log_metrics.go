package kv

import "log/slog"

// String returns the attributes of the log value in one line.
func (m Metrics) String() string { return textOf(m.LogValue()) }

// LogValue returns all figures, under their names with underscores; durations as such.
func (m Metrics) LogValue() slog.Value {
	return slog.GroupValue(
		slog.Uint64("hits", m.Hits),
		slog.Uint64("misses", m.Misses),
		slog.Uint64("cache_hits", m.CacheHits),
		slog.Uint64("cache_resets", m.CacheResets),
		slog.Uint64("commits", m.Commits),
		slog.Uint64("transactions", m.Transactions),
		slog.Uint64("largest_group", m.LargestGroup),
		slog.Uint64("busy_waits", m.BusyWaits),
		slog.Duration("busy_wait", m.BusyWait),
		slog.Duration("longest_busy_wait", m.LongestBusyWait),
		slog.Uint64("syncs", m.Syncs),
		slog.Duration("sync", m.Sync),
		slog.Duration("longest_sync", m.LongestSync),
		slog.Uint64("checkpoints", m.Checkpoints),
		slog.Duration("checkpoint", m.Checkpoint),
		slog.Duration("longest_checkpoint", m.LongestCheckpoint),
		slog.Uint64("failed_checkpoints", m.FailedCheckpoints),
		slog.Uint64("write_stalls", m.WriteStalls),
		slog.Duration("write_stall", m.WriteStall),
		slog.Duration("longest_write_stall", m.LongestWriteStall),
		slog.Uint64("purges", m.Purges),
		slog.Duration("purge", m.Purge),
		slog.Uint64("expirations", m.Expirations),
		slog.Uint64("evictions", m.Evictions),
		slog.Uint64("watches", m.Watches),
		slog.Uint64("callbacks", m.Callbacks),
		slog.Uint64("queued_events", m.QueuedEvents),
		slog.Uint64("longest_queue", m.LongestQueue),
		slog.Duration("watch_lag", m.WatchLag),
		slog.Uint64("lost_events", m.LostEvents),
		slog.Duration("oldest_snapshot", m.OldestSnapshot),
		slog.Uint64("readers", m.Readers),
		slog.Uint64("file_bytes", m.FileBytes),
		slog.Uint64("wal_bytes", m.WALBytes),
		slog.Uint64("free_bytes", m.FreeBytes),
		slog.Uint64("row_bytes", m.RowBytes),
		slog.Uint64("cache_bytes", m.CacheBytes),
		slog.Uint64("page_bytes", m.PageBytes),
		slog.Uint64("event_bytes", m.EventBytes),
		slog.Uint64("max_memory", m.MaxMemory),
		slog.Uint64("connections", m.Connections),
		slog.Uint64("connects", m.Connects),
		slog.Uint64("failed_connects", m.FailedConnects),
		slog.Uint64("retries", m.Retries),
		slog.Uint64("redirections", m.Redirections),
		slog.Uint64("failovers", m.Failovers),
		slog.Bool("read_only", m.ReadOnly),
		slog.Bool("poisoned", m.Poisoned),
		slog.Any("group_sizes", m.GroupSizes[:]),
	)
}

// String returns the attributes of the log value in one line.
func (m CallMetrics) String() string { return textOf(m.LogValue()) }

// LogValue returns kind, calls, errors, total and longest.
func (m CallMetrics) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("kind", m.Kind.String()), slog.Uint64("calls", m.Calls), slog.Uint64("errors", m.Errors),
		slog.Duration("total", m.Total), slog.Duration("longest", m.Longest))
}
