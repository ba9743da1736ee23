//! Metrics: the figures of a store and of the calls on it, for monitors.

use std::ffi::c_char;

use crate::ffi::arguments::{Out, arguments, invalid};
use crate::ffi::observed::Call;
use crate::ffi::sized::{SizedOut, sized_struct};
use crate::ffi::status::{KV_OK, kv_error, kv_status};
use crate::ffi::stores::{kv_store, with_call};
use crate::ffi::value::kv_value;
use crate::{CallFigures, CallKind, Entry, Metrics};

/// The number of buckets of kv_call_metrics.buckets.
pub const KV_DURATION_BUCKETS: usize = 26;
/// The number of buckets of kv_metrics.group_sizes.
pub const KV_GROUP_BUCKETS: usize = 9;

/// Calls that read one key: kv_get, kv_get_into, kv_get_info, kv_exists, kv_ttl.
pub const KV_CALL_GET: i32 = 0;
/// Calls of kv_get_many.
pub const KV_CALL_GET_MANY: i32 = 1;
/// Calls that write one key: kv_set, kv_set_ttl, kv_put.
pub const KV_CALL_SET: i32 = 2;
/// Calls of kv_delete and kv_delete_version.
pub const KV_CALL_DELETE: i32 = 3;
/// Calls of kv_take.
pub const KV_CALL_TAKE: i32 = 4;
/// Calls of kv_increment.
pub const KV_CALL_INCREMENT: i32 = 5;
/// Calls of kv_append.
pub const KV_CALL_APPEND: i32 = 6;
/// Calls of kv_expire and kv_persist.
pub const KV_CALL_EXPIRE: i32 = 7;
/// Calls of kv_scan, kv_groups and kv_snapshot.
pub const KV_CALL_SCAN: i32 = 8;
/// Calls of kv_count and kv_count_all.
pub const KV_CALL_COUNT: i32 = 9;
/// Calls of kv_delete_group, kv_delete_prefix, kv_delete_all and kv_purge_expired.
pub const KV_CALL_DELETE_RANGE: i32 = 10;
/// Calls of kv_batch_commit.
pub const KV_CALL_BATCH: i32 = 11;
/// Calls of kv_txn_commit.
pub const KV_CALL_TRANSACTION: i32 = 12;
/// Calls of kv_watch_open, kv_on_change, kv_changes and kv_changes_oldest.
pub const KV_CALL_WATCH: i32 = 13;
/// Calls on locks, with their waits.
pub const KV_CALL_LOCK: i32 = 14;
/// Calls on idempotency records.
pub const KV_CALL_IDEMPOTENCY: i32 = 15;
/// Calls of kv_writer_open, kv_writer_commit and kv_reader_open.
pub const KV_CALL_STREAM: i32 = 16;
/// Calls on JSON, parts of values and templates.
pub const KV_CALL_TEXT: i32 = 17;
/// Calls of kv_scope, kv_quota_set and kv_quota_get.
pub const KV_CALL_NAMESPACE: i32 = 18;
/// Calls of kv_copy.
pub const KV_CALL_COPY: i32 = 19;
/// Calls of kv_stats_get, kv_usage_get, kv_metrics_get, kv_call_metrics_get, kv_metrics_text,
/// kv_backup, kv_restore, kv_compact, kv_check and kv_flush.
pub const KV_CALL_MAINTENANCE: i32 = 20;
/// The number of kinds of calls that this version knows.
pub const KV_CALL_KINDS: i32 = 21;

/// The numbers of the kinds, which are those of [`CallKind`].
const KINDS: [i32; CallKind::ALL.len()] = [
    KV_CALL_GET,
    KV_CALL_GET_MANY,
    KV_CALL_SET,
    KV_CALL_DELETE,
    KV_CALL_TAKE,
    KV_CALL_INCREMENT,
    KV_CALL_APPEND,
    KV_CALL_EXPIRE,
    KV_CALL_SCAN,
    KV_CALL_COUNT,
    KV_CALL_DELETE_RANGE,
    KV_CALL_BATCH,
    KV_CALL_TRANSACTION,
    KV_CALL_WATCH,
    KV_CALL_LOCK,
    KV_CALL_IDEMPOTENCY,
    KV_CALL_STREAM,
    KV_CALL_TEXT,
    KV_CALL_NAMESPACE,
    KV_CALL_COPY,
    KV_CALL_MAINTENANCE,
];

const _: () = {
    let mut index = 0;
    while index < KINDS.len() {
        assert!(KINDS[index] == CallKind::ALL[index] as i32);
        index += 1;
    }
};
const _: () = assert!(KV_DURATION_BUCKETS == crate::DURATION_BUCKETS);
const _: () = assert!(KV_GROUP_BUCKETS == crate::GROUP_BUCKETS);
const _: () = assert!(KV_CALL_KINDS as usize == CallKind::ALL.len());

/// The metrics of a store, all but those of its calls. The caller sets `size` to sizeof(kv_metrics)
/// first. Counters begin at 0 when the engine opens, and are shared by all handles on one file in
/// the process. A figure that the engine does not have is 0.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_metrics {
    /// sizeof(kv_metrics), set by the caller.
    pub size: u32,
    /// Reserved; 0.
    pub reserved: u32,
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
    /// The time of these waits, in microseconds.
    pub busy_wait_us: u64,
    /// The longest of them, in microseconds.
    pub longest_busy_wait_us: u64,
    /// Commits and logs that were synced to the disk.
    pub syncs: u64,
    /// The time of these syncs, in microseconds.
    pub sync_us: u64,
    /// The longest of them, in microseconds.
    pub longest_sync_us: u64,
    /// Checkpoints of a WAL, or snapshots of a log.
    pub checkpoints: u64,
    /// The time of these checkpoints, in microseconds.
    pub checkpoint_us: u64,
    /// The longest of them, in microseconds.
    pub longest_checkpoint_us: u64,
    /// Checkpoints that failed.
    pub failed_checkpoints: u64,
    /// Writes that waited for a checkpoint, or were slowed down by one.
    pub write_stalls: u64,
    /// The time of these waits, in microseconds.
    pub write_stall_us: u64,
    /// The longest of them, in microseconds.
    pub longest_write_stall_us: u64,
    /// Purges in the background that removed entries.
    pub purges: u64,
    /// The time of these purges, in microseconds.
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
    /// The age of the oldest event in a queue, in milliseconds.
    pub watch_lag_ms: u64,
    /// Events for which a queue had no room.
    pub lost_events: u64,
    /// The age of the oldest open snapshot of a cursor or watch, in milliseconds.
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
    /// Transactions by the number of their batches: 1, 2, up to 4, 8, 16, 32, 64, 128, and more.
    pub group_sizes: [u64; KV_GROUP_BUCKETS],
}

const _: () = assert!(size_of::<kv_metrics>() == 464);
sized_struct!(kv_metrics { size, reserved } {
    hits, misses, cache_hits, cache_resets, commits, transactions, largest_group, busy_waits, busy_wait_us, longest_busy_wait_us, syncs, sync_us, longest_sync_us, checkpoints, checkpoint_us, longest_checkpoint_us, failed_checkpoints, write_stalls, write_stall_us, longest_write_stall_us, purges, purge_us, expirations, evictions, watches, callbacks, queued_events, longest_queue, watch_lag_ms, lost_events, oldest_snapshot_ms, readers, file_bytes, wal_bytes, free_bytes, row_bytes, cache_bytes, page_bytes, event_bytes, max_memory, connections, connects, failed_connects, retries, redirections, failovers, read_only, poisoned, group_sizes
});

/// The metrics of the calls of one kind on a store. The caller sets `size` to
/// sizeof(kv_call_metrics) first. The counters begin at 0 when the engine opens, and are shared by
/// all handles on one file in the process.
///
/// Of the calls that read one key, one in 64 is timed and counted 64 times; so are those that write
/// one key of a store in memory. All others are timed.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_call_metrics {
    /// sizeof(kv_call_metrics), set by the caller.
    pub size: u32,
    /// The kind, one of KV_CALL_*.
    pub kind: i32,
    /// The calls, those that failed included.
    pub calls: u64,
    /// The calls that returned an error.
    pub errors: u64,
    /// The duration of all calls, in nanoseconds.
    pub total_ns: u64,
    /// The duration of the longest call that was timed, in nanoseconds.
    pub longest_ns: u64,
    /// The calls by their duration: up to 100, 200, 500 ns, 1, 2, 5 us and so on to 1, 2, 5, 10 s,
    /// and longer.
    pub buckets: [u64; KV_DURATION_BUCKETS],
}

const _: () = assert!(size_of::<kv_call_metrics>() == 248);
sized_struct!(kv_call_metrics { size, kind } { calls, errors, total_ns, longest_ns, buckets });

/// Writes the metrics of a store to `*metrics`. The call reads no entry; on a scope the metrics are
/// those of the whole store.
///
/// Returns KV_OK; KV_ERR_ARGUMENT also if metrics->size is not set; KV_ERR_UNSUPPORTED on a
/// snapshot.
/// @errors store arguments engine deadline
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_metrics_get(
    store: kv_store,
    metrics: *mut kv_metrics,
    error: *mut kv_error,
) -> kv_status {
    arguments!(SizedOut(metrics), Out(error));
    let call = Call::of(CallKind::Maintenance);
    with_call(store, &call, error, |store| {
        let metrics = metrics.required("metrics")?;
        metrics.fill(kv_metrics::of(&store.metrics()?));
        Ok(KV_OK)
    })
}

/// Writes the metrics of the calls of one kind, one of KV_CALL_*, to `*metrics`.
///
/// Returns KV_OK; KV_ERR_ARGUMENT also for an unknown kind, and if metrics->size is not set.
/// @errors store arguments
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_call_metrics_get(
    store: kv_store,
    kind: i32,
    metrics: *mut kv_call_metrics,
    error: *mut kv_error,
) -> kv_status {
    arguments!(SizedOut(metrics), Out(error));
    let call = Call::of(CallKind::Maintenance);
    with_call(store, &call, error, |store| {
        let metrics = metrics.required("metrics")?;
        let known = CallKind::of_number(kind)
            .ok_or_else(|| invalid(format!("kind {kind} is not one of KV_CALL_*")))?;
        let CallFigures { calls, errors, total_ns, longest_ns, buckets } =
            store.calls().figures(known);
        metrics.fill(kv_call_metrics {
            size: 0,
            kind,
            calls,
            errors,
            total_ns,
            longest_ns,
            buckets,
        });
        Ok(KV_OK)
    })
}

/// Returns all metrics of a store as text in the format of Prometheus (version 0.0.4), and pins it;
/// kv_value_free releases it. Each line has the label `store`: the path, or the addresses and the
/// prefix, without user, password and options. The version of the result is 0. On failure `text` is
/// zeroed.
///
/// Returns KV_OK; KV_ERR_UNSUPPORTED on a snapshot; KV_ERR_MEMORY when 1,048,576 values are pinned.
/// @errors store arguments engine deadline
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_metrics_text(
    store: kv_store,
    text: *mut kv_value,
    error: *mut kv_error,
) -> kv_status {
    arguments!(Out(text), Out(error));
    text.reset(kv_value::NONE);
    let call = Call::of(CallKind::Maintenance);
    with_call(store, &call, error, |store| {
        let text = text.required("text")?;
        let value = store.metrics_text()?.into_bytes().into();
        text.write(kv_value::pin(Entry { value, version: 0, expires_at: None })?);
        Ok(KV_OK)
    })
}

/// Returns the name of a kind of calls, such as "get"; the string is static. It is "unknown" for a
/// number that is none of KV_CALL_*.
#[unsafe(no_mangle)]
pub extern "C" fn kv_call_name(kind: i32) -> *const c_char {
    CallKind::of_number(kind).map_or(c"unknown", CallKind::c_name).as_ptr()
}

impl kv_metrics {
    fn of(it: &Metrics) -> kv_metrics {
        kv_metrics {
            size: 0,
            reserved: 0,
            hits: it.hits,
            misses: it.misses,
            cache_hits: it.cache_hits,
            cache_resets: it.cache_resets,
            commits: it.commits,
            transactions: it.transactions,
            largest_group: it.largest_group,
            busy_waits: it.busy_waits,
            busy_wait_us: it.busy_wait_us,
            longest_busy_wait_us: it.longest_busy_wait_us,
            syncs: it.syncs,
            sync_us: it.sync_us,
            longest_sync_us: it.longest_sync_us,
            checkpoints: it.checkpoints,
            checkpoint_us: it.checkpoint_us,
            longest_checkpoint_us: it.longest_checkpoint_us,
            failed_checkpoints: it.failed_checkpoints,
            write_stalls: it.write_stalls,
            write_stall_us: it.write_stall_us,
            longest_write_stall_us: it.longest_write_stall_us,
            purges: it.purges,
            purge_us: it.purge_us,
            expirations: it.expirations,
            evictions: it.evictions,
            watches: it.watches,
            callbacks: it.callbacks,
            queued_events: it.queued_events,
            longest_queue: it.longest_queue,
            watch_lag_ms: it.watch_lag_ms,
            lost_events: it.lost_events,
            oldest_snapshot_ms: it.oldest_snapshot_ms,
            readers: it.readers,
            file_bytes: it.file_bytes,
            wal_bytes: it.wal_bytes,
            free_bytes: it.free_bytes,
            row_bytes: it.row_bytes,
            cache_bytes: it.cache_bytes,
            page_bytes: it.page_bytes,
            event_bytes: it.event_bytes,
            max_memory: it.max_memory,
            connections: it.connections,
            connects: it.connects,
            failed_connects: it.failed_connects,
            retries: it.retries,
            redirections: it.redirections,
            failovers: it.failovers,
            read_only: it.read_only,
            poisoned: it.poisoned,
            group_sizes: it.group_sizes,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    const NAMES: [&str; CallKind::ALL.len()] = [
        "get",
        "get_many",
        "set",
        "delete",
        "take",
        "increment",
        "append",
        "expire",
        "scan",
        "count",
        "delete_range",
        "batch",
        "transaction",
        "watch",
        "lock",
        "idempotency",
        "stream",
        "text",
        "namespace",
        "copy",
        "maintenance",
    ];

    #[test]
    fn the_names_are_those_of_the_kinds() {
        for ((kind, number), name) in CallKind::ALL.into_iter().zip(KINDS).zip(NAMES) {
            // SAFETY: the call returns a static string with a final NUL.
            let of_number = unsafe { CStr::from_ptr(kv_call_name(number)) };
            assert_eq!((number, of_number.to_str()), (kind as i32, Ok(name)));
            assert_eq!(kind.name(), name);
        }
    }
}
