//! The figures of a store: what is known at once, and what has to be counted.

use std::ffi::c_char;

use crate::CallKind;
use crate::ffi::arguments::{Out, arguments};
use crate::ffi::observed::Call;
use crate::ffi::sized::{SizedOut, sized_struct};
use crate::ffi::status::{KV_OK, kv_error, kv_status};
use crate::ffi::stores::{kv_store, with_call};

/// Statistics of a store, which are known without reading its entries. The caller sets `size` to
/// sizeof(kv_stats) first. Counters begin at 0 when the engine opens, and are shared by all handles
/// on one file in the process.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_stats {
    /// sizeof(kv_stats), set by the caller.
    pub size: u32,
    /// The format of the database file, 1 or 2; 0 without a file.
    pub format: u32,
    /// Reads of one key that found an entry.
    pub hits: u64,
    /// Reads of one key that found no entry.
    pub misses: u64,
    /// Batches with a write that were applied; a single set is one batch.
    pub commits: u64,
    /// Transactions of the engine for these batches; fewer than commits if batches shared one.
    pub transactions: u64,
    /// Expired entries that were purged.
    pub expirations: u64,
    /// The size of the database file in bytes; 0 without a file.
    pub file_bytes: u64,
    /// The size of the WAL in bytes; 0 without a file.
    pub wal_bytes: u64,
    /// Checkpoints that this engine has made.
    pub checkpoints: u64,
    /// Open connections for reading.
    pub readers: u64,
    /// The version of SQLite in use, with a final NUL; empty without SQLite.
    pub sqlite_version: [c_char; 16],
    /// Live entries that were evicted to make room for others.
    pub evictions: u64,
    /// The limit of the bytes of the store; 0 for no limit.
    pub max_bytes: u64,
    /// The limit of the entries of the store; 0 for no limit.
    pub max_entries: u64,
    /// 1 if writes return KV_ERR_READ_ONLY, else 0.
    pub read_only: u32,
    /// The error number of the system that denies writing, such as EROFS or EACCES, if the store is
    /// read only for that; else 0.
    pub write_errno: i32,
    /// Milliseconds, rounded up, for which the oldest snapshot of a cursor or a watch of this
    /// process on the file has been open; 0 without one. As long as it is open, the WAL grows with
    /// each write of any process. See the option snapshot_timeout.
    pub oldest_snapshot_ms: u64,
    /// Writes of this process that waited for a checkpoint, or were slowed down by one.
    pub write_stalls: u64,
    /// The microseconds of all these waits.
    pub write_stall_us: u64,
    /// The microseconds of the longest of them.
    pub longest_write_stall_us: u64,
    /// Reads of one key that the entry cache of this process has answered: entries and absent keys.
    pub cache_hits: u64,
    /// Times that the entry cache was emptied, by a commit of another process or a change of many
    /// keys.
    pub cache_resets: u64,
}

const _: () = assert!(size_of::<kv_stats>() == 176);
sized_struct!(kv_stats { size, format } {
    hits, misses, commits, transactions, expirations, file_bytes,
    wal_bytes, checkpoints, readers, sqlite_version, evictions, max_bytes, max_entries,
    read_only, write_errno, oldest_snapshot_ms, write_stalls, write_stall_us,
    longest_write_stall_us, cache_hits, cache_resets,
});

/// The contents of a store or of a namespace. The caller sets `size` to sizeof(kv_usage) first.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_usage {
    /// sizeof(kv_usage), set by the caller.
    pub size: u32,
    /// Reserved; 0.
    pub reserved: u32,
    /// The number of live entries.
    pub entries: u64,
    /// The bytes of the groups, keys and values of live entries.
    pub bytes: u64,
    /// The number of expired entries that are not purged yet.
    pub expired_entries: u64,
}

const _: () = assert!(size_of::<kv_usage>() == 32);
sized_struct!(kv_usage { size, reserved } { entries, bytes, expired_entries });

/// Writes the current statistics of a store to `*stats`. The call reads no entry: its time does not
/// grow with their number. kv_usage_get counts the entries.
///
/// Returns KV_OK; KV_ERR_ARGUMENT also if stats->size is not set; KV_ERR_UNSUPPORTED on a snapshot.
/// @errors store arguments engine deadline
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_stats_get(
    store: kv_store,
    stats: *mut kv_stats,
    error: *mut kv_error,
) -> kv_status {
    arguments!(SizedOut(stats), Out(error));
    let call = Call::of(CallKind::Maintenance);
    with_call(store, &call, error, |store| {
        let stats = stats.required("stats")?;
        let found = store.stats()?;
        let mut sqlite_version = [0; 16];
        let version = found.sqlite_version.bytes().take(15);
        sqlite_version.iter_mut().zip(version).for_each(|(to, from)| *to = from as c_char);
        stats.fill(kv_stats {
            size: 0,
            format: found.format,
            hits: found.hits,
            misses: found.misses,
            commits: found.commits,
            transactions: found.transactions,
            expirations: found.expirations,
            file_bytes: found.file_bytes,
            wal_bytes: found.wal_bytes,
            checkpoints: found.checkpoints,
            readers: found.readers,
            sqlite_version,
            evictions: found.evictions,
            max_bytes: found.max_bytes,
            max_entries: found.max_entries,
            read_only: u32::from(found.read_only),
            write_errno: found.write_errno,
            oldest_snapshot_ms: found.oldest_snapshot_ms,
            write_stalls: found.write_stalls,
            write_stall_us: found.write_stall_us,
            longest_write_stall_us: found.longest_write_stall_us,
            cache_hits: found.cache_hits,
            cache_resets: found.cache_resets,
        });
        Ok(KV_OK)
    })
}

/// Counts the entries of a store, or of the namespace to which it is narrowed, and writes the
/// result to `*usage`. The call reads every entry, so its time grows with their number; on a bound
/// handle it ends by the deadline. Other threads and processes read and write meanwhile.
///
/// Returns KV_OK; KV_ERR_ARGUMENT also if usage->size is not set; KV_ERR_UNSUPPORTED on a snapshot.
/// @errors store arguments engine deadline
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_usage_get(
    store: kv_store,
    usage: *mut kv_usage,
    error: *mut kv_error,
) -> kv_status {
    arguments!(SizedOut(usage), Out(error));
    let call = Call::of(CallKind::Maintenance);
    with_call(store, &call, error, |store| {
        let usage = usage.required("usage")?;
        let found = store.usage()?;
        usage.fill(kv_usage {
            size: 0,
            reserved: 0,
            entries: found.entries,
            bytes: found.bytes,
            expired_entries: found.expired_entries,
        });
        Ok(KV_OK)
    })
}
