//! The figures of a store as a monitor reads them, and their table.

use crate::observe::metrics::Kind::{Counter, Gauge};

/// The figures of a store at a moment, all but those of its calls. Counters begin at 0 when the
/// engine opens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Metrics {
    /// Reads of one key that found an entry.
    pub hits: u64,
    /// Reads of one key that found no entry.
    pub misses: u64,
    /// Reads of one key that the entry cache has answered.
    pub cache_hits: u64,
    /// Times that the entry cache was emptied.
    pub cache_resets: u64,
    /// Batches with a write that were applied; a single set is one batch.
    pub commits: u64,
    /// Transactions of the engine for these batches.
    pub transactions: u64,
    /// The most batches in one transaction.
    pub largest_group: u64,
    /// Waits for locks of other processes.
    pub busy_waits: u64,
    /// The time of these waits.
    pub busy_wait_us: u64,
    /// The longest of them.
    pub longest_busy_wait_us: u64,
    /// Commits and logs that were synced to the disk.
    pub syncs: u64,
    /// The time of these syncs.
    pub sync_us: u64,
    /// The longest of them.
    pub longest_sync_us: u64,
    /// Checkpoints of a WAL, or snapshots of a log.
    pub checkpoints: u64,
    /// The time of these checkpoints.
    pub checkpoint_us: u64,
    /// The longest of them.
    pub longest_checkpoint_us: u64,
    /// Checkpoints that failed.
    pub failed_checkpoints: u64,
    /// Writes that waited for a checkpoint, or were slowed down by one.
    pub write_stalls: u64,
    /// The time of these waits.
    pub write_stall_us: u64,
    /// The longest of them.
    pub longest_write_stall_us: u64,
    /// Purges in the background that removed entries.
    pub purges: u64,
    /// The time of these purges.
    pub purge_us: u64,
    /// Expired entries that were removed.
    pub expirations: u64,
    /// Live entries that were removed to make room for others.
    pub evictions: u64,
    /// Open watches.
    pub watches: u64,
    /// Registered callbacks.
    pub callbacks: u64,
    /// Events in the queues of all watches.
    pub queued_events: u64,
    /// Events in the longest of these queues.
    pub longest_queue: u64,
    /// The age of the oldest event in a queue.
    pub watch_lag_ms: u64,
    /// Events for which a queue had no room.
    pub lost_events: u64,
    /// The age of the oldest open snapshot of a cursor or watch.
    pub oldest_snapshot_ms: u64,
    /// Open connections for reading.
    pub readers: u64,
    /// The size of the database file, or of the snapshot of a log.
    pub file_bytes: u64,
    /// The size of the WAL or of the log.
    pub wal_bytes: u64,
    /// Bytes of free pages in the database file.
    pub free_bytes: u64,
    /// Memory of the entries of a store in memory or with a log.
    pub row_bytes: u64,
    /// Memory of the entry cache.
    pub cache_bytes: u64,
    /// Memory of the page caches of idle connections.
    pub page_bytes: u64,
    /// Memory of the events in the queues of watches.
    pub event_bytes: u64,
    /// The limit of the option max_memory; 0 for none.
    pub max_memory: u64,
    /// Open connections to Redis servers.
    pub connections: u64,
    /// Connections that were made to Redis servers.
    pub connects: u64,
    /// Connections that could not be made.
    pub failed_connects: u64,
    /// Calls that were sent to a Redis again.
    pub retries: u64,
    /// Calls that a node of a cluster sent to another one.
    pub redirections: u64,
    /// Times that another server became the master of a slot or name.
    pub failovers: u64,
    /// 1 if the store refuses writes because it can only be read.
    pub read_only: u64,
    /// 1 if the store refuses writes after a failure.
    pub poisoned: u64,
    /// Transactions by the number of their batches, as [`GROUP_BOUNDS`] divides them.
    pub group_sizes: [u64; GROUP_BUCKETS],
}

/// The upper bounds of the buckets of [`Metrics::group_sizes`]. A last bucket has no bound.
pub const GROUP_BOUNDS: [u64; 8] = [1, 2, 4, 8, 16, 32, 64, 128];

/// The number of these buckets.
pub const GROUP_BUCKETS: usize = GROUP_BOUNDS.len() + 1;

/// Whether a figure only rises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It rises from 0 on.
    Counter,
    /// It rises and falls.
    Gauge,
}

/// A figure in the table of metrics.
#[derive(Debug, Clone, Copy)]
pub struct MetricRow {
    /// Its name in the text for monitors.
    pub name: &'static str,
    /// Whether it only rises.
    pub kind: Kind,
    /// How many of its units make one of the unit that the name ends with.
    pub scale: u32,
    /// A sentence.
    pub help: &'static str,
    /// Returns the figure.
    pub value: fn(&Metrics) -> u64,
}

const fn row(
    name: &'static str,
    kind: Kind,
    scale: u32,
    help: &'static str,
    value: fn(&Metrics) -> u64,
) -> MetricRow {
    MetricRow { name, kind, scale, help, value }
}

/// All figures, in the order of the structure.
#[rustfmt::skip]
pub const METRICS: &[MetricRow] = &[
    row("kv_reads_found_total", Counter, 1, "Reads of one key that found an entry.", |it| it.hits),
    row("kv_reads_missed_total", Counter, 1, "Reads of one key that found no entry.", |it| it.misses),
    row("kv_cache_hits_total", Counter, 1, "Reads of one key that the entry cache has answered.", |it| it.cache_hits),
    row("kv_cache_resets_total", Counter, 1, "Times that the entry cache was emptied.", |it| it.cache_resets),
    row("kv_commits_total", Counter, 1, "Batches with a write that were applied; a single set is one batch.", |it| it.commits),
    row("kv_transactions_total", Counter, 1, "Transactions of the engine for these batches.", |it| it.transactions),
    row("kv_largest_commit_group", Gauge, 1, "The most batches in one transaction.", |it| it.largest_group),
    row("kv_busy_waits_total", Counter, 1, "Waits for locks of other processes.", |it| it.busy_waits),
    row("kv_busy_wait_seconds_total", Counter, 1000000, "The time of these waits.", |it| it.busy_wait_us),
    row("kv_longest_busy_wait_seconds", Gauge, 1000000, "The longest of them.", |it| it.longest_busy_wait_us),
    row("kv_syncs_total", Counter, 1, "Commits and logs that were synced to the disk.", |it| it.syncs),
    row("kv_sync_seconds_total", Counter, 1000000, "The time of these syncs.", |it| it.sync_us),
    row("kv_longest_sync_seconds", Gauge, 1000000, "The longest of them.", |it| it.longest_sync_us),
    row("kv_checkpoints_total", Counter, 1, "Checkpoints of a WAL, or snapshots of a log.", |it| it.checkpoints),
    row("kv_checkpoint_seconds_total", Counter, 1000000, "The time of these checkpoints.", |it| it.checkpoint_us),
    row("kv_longest_checkpoint_seconds", Gauge, 1000000, "The longest of them.", |it| it.longest_checkpoint_us),
    row("kv_failed_checkpoints_total", Counter, 1, "Checkpoints that failed.", |it| it.failed_checkpoints),
    row("kv_write_stalls_total", Counter, 1, "Writes that waited for a checkpoint, or were slowed down by one.", |it| it.write_stalls),
    row("kv_write_stall_seconds_total", Counter, 1000000, "The time of these waits.", |it| it.write_stall_us),
    row("kv_longest_write_stall_seconds", Gauge, 1000000, "The longest of them.", |it| it.longest_write_stall_us),
    row("kv_purges_total", Counter, 1, "Purges in the background that removed entries.", |it| it.purges),
    row("kv_purge_seconds_total", Counter, 1000000, "The time of these purges.", |it| it.purge_us),
    row("kv_expirations_total", Counter, 1, "Expired entries that were removed.", |it| it.expirations),
    row("kv_evictions_total", Counter, 1, "Live entries that were removed to make room for others.", |it| it.evictions),
    row("kv_watches", Gauge, 1, "Open watches.", |it| it.watches),
    row("kv_callbacks", Gauge, 1, "Registered callbacks.", |it| it.callbacks),
    row("kv_queued_events", Gauge, 1, "Events in the queues of all watches.", |it| it.queued_events),
    row("kv_longest_event_queue", Gauge, 1, "Events in the longest of these queues.", |it| it.longest_queue),
    row("kv_watch_lag_seconds", Gauge, 1000, "The age of the oldest event in a queue.", |it| it.watch_lag_ms),
    row("kv_lost_events_total", Counter, 1, "Events for which a queue had no room.", |it| it.lost_events),
    row("kv_oldest_snapshot_seconds", Gauge, 1000, "The age of the oldest open snapshot of a cursor or watch.", |it| it.oldest_snapshot_ms),
    row("kv_readers", Gauge, 1, "Open connections for reading.", |it| it.readers),
    row("kv_file_bytes", Gauge, 1, "The size of the database file, or of the snapshot of a log.", |it| it.file_bytes),
    row("kv_wal_bytes", Gauge, 1, "The size of the WAL or of the log.", |it| it.wal_bytes),
    row("kv_free_bytes", Gauge, 1, "Bytes of free pages in the database file.", |it| it.free_bytes),
    row("kv_memory_row_bytes", Gauge, 1, "Memory of the entries of a store in memory or with a log.", |it| it.row_bytes),
    row("kv_memory_cache_bytes", Gauge, 1, "Memory of the entry cache.", |it| it.cache_bytes),
    row("kv_memory_page_bytes", Gauge, 1, "Memory of the page caches of idle connections.", |it| it.page_bytes),
    row("kv_memory_event_bytes", Gauge, 1, "Memory of the events in the queues of watches.", |it| it.event_bytes),
    row("kv_memory_limit_bytes", Gauge, 1, "The limit of the option max_memory; 0 for none.", |it| it.max_memory),
    row("kv_connections", Gauge, 1, "Open connections to Redis servers.", |it| it.connections),
    row("kv_connects_total", Counter, 1, "Connections that were made to Redis servers.", |it| it.connects),
    row("kv_failed_connects_total", Counter, 1, "Connections that could not be made.", |it| it.failed_connects),
    row("kv_retries_total", Counter, 1, "Calls that were sent to a Redis again.", |it| it.retries),
    row("kv_redirections_total", Counter, 1, "Calls that a node of a cluster sent to another one.", |it| it.redirections),
    row("kv_failovers_total", Counter, 1, "Times that another server became the master of a slot or name.", |it| it.failovers),
    row("kv_read_only", Gauge, 1, "1 if the store refuses writes because it can only be read.", |it| it.read_only),
    row("kv_poisoned", Gauge, 1, "1 if the store refuses writes after a failure.", |it| it.poisoned),
];
