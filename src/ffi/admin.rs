//! Maintenance: statistics, backups, compaction, checks and flushes.

use std::ffi::{c_char, c_void};
use std::path::Path;

use crate::BackupProgress;
use crate::ffi::arguments::{Out, arguments, invalid};
use crate::ffi::bytes::InText;
use crate::ffi::sized::{SizedOut, sized_struct};
use crate::ffi::status::{KV_OK, kv_error, kv_status};
use crate::ffi::stores::{kv_store, with_store};

/// Statistics of a store. The caller sets `size` to sizeof(kv_stats) first. Counters begin at 0
/// when the engine opens, and are shared by all handles on one file in the process.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_stats {
    /// sizeof(kv_stats), set by the caller.
    pub size: u32,
    /// The format of the database file, 1 or 2; 0 without a file.
    pub format: u32,
    /// The number of live entries.
    pub entries: u64,
    /// The bytes of the groups, keys and values of live entries.
    pub bytes: u64,
    /// The number of expired entries that are not purged yet.
    pub expired_entries: u64,
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

const _: () = assert!(size_of::<kv_stats>() == 200);
sized_struct!(kv_stats { size, format } {
    entries, bytes, expired_entries, hits, misses, commits, transactions, expirations, file_bytes,
    wal_bytes, checkpoints, readers, sqlite_version, evictions, max_bytes, max_entries,
    read_only, write_errno, oldest_snapshot_ms, write_stalls, write_stall_us,
    longest_write_stall_us, cache_hits, cache_resets,
});

/// A function that is called during a backup or a restore with the number of copied pages and of
/// all pages. A return value of 0 continues; any other value ends the call with KV_ERR_CANCELLED.
/// It may call the store, but not close it, and must not throw.
pub type kv_backup_progress_fn =
    Option<unsafe extern "C" fn(user_data: *mut c_void, done: u64, total: u64) -> i32>;

/// Writes the current statistics of a store to `*stats`. The call reads every entry, so its time
/// grows with their number.
///
/// Returns KV_OK; KV_ERR_ARGUMENT also if stats->size is not set.
/// @errors store arguments engine deadline
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_stats_get(
    store: kv_store,
    stats: *mut kv_stats,
    error: *mut kv_error,
) -> kv_status {
    arguments!(SizedOut(stats), Out(error));
    with_store(store, error, |store| {
        let stats = stats.required("stats")?;
        let found = store.stats()?;
        let mut sqlite_version = [0; 16];
        let version = found.sqlite_version.bytes().take(15);
        sqlite_version.iter_mut().zip(version).for_each(|(to, from)| *to = from as c_char);
        stats.fill(kv_stats {
            size: 0,
            format: found.format,
            entries: found.entries,
            bytes: found.bytes,
            expired_entries: found.expired_entries,
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

/// Copies one snapshot of the whole file, including tables of other programs in it, into a new file
/// at `path`, which must not exist. Other threads and processes read and write meanwhile.
/// `progress` may be NULL.
///
/// Returns KV_OK; KV_ERR_ARGUMENT also if the file exists; KV_ERR_UNSUPPORTED also for a store that
/// is not a file; KV_ERR_CANCELLED also if `progress` ended the backup. On any error no file is
/// left.
/// @errors store arguments engine deadline KV_ERR_FULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_backup(
    store: kv_store,
    path: *const c_char,
    progress: kv_backup_progress_fn,
    user_data: *mut c_void,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InText(path), Out(error));
    with_store(store, error, |store| {
        // SAFETY: the caller passed a function that takes this.
        let mut progress = unsafe { reporting(progress, user_data) };
        store.backup(to_path(&path)?, &mut progress)?;
        Ok(KV_OK)
    })
}

/// Replaces everything in the file, including tables of other programs in it, by the backup at
/// `path`, in one step that other threads and processes see as a commit: reads and scans that run
/// see the old contents to their end. Entries, expiries, quotas and limits are those of the backup;
/// every later version is above all versions of both. Watches receive KV_EVENT_LAGGED. It needs
/// twice the space of the backup while it runs. `progress` may be NULL; it is called while the
/// backup is read, before the step, and no longer when writers wait.
///
/// Returns KV_OK; KV_ERR_ARGUMENT also if the backup is the store itself; KV_ERR_FORMAT and
/// KV_ERR_CORRUPT for a file that is no store or is damaged; KV_ERR_UNSUPPORTED also for a store
/// that is not a file, and for a backup of another format or page size; KV_ERR_CANCELLED also if
/// `progress` ended the restore. On any error the store is as it was.
/// @errors store commit deadline KV_ERR_FORMAT KV_ERR_UNSUPPORTED
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_restore(
    store: kv_store,
    path: *const c_char,
    progress: kv_backup_progress_fn,
    user_data: *mut c_void,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InText(path), Out(error));
    with_store(store, error, |store| {
        // SAFETY: the caller passed a function that takes this.
        let mut progress = unsafe { reporting(progress, user_data) };
        store.restore(to_path(&path)?, &mut progress)?;
        Ok(KV_OK)
    })
}

fn to_path<'p>(path: &'p InText<'_>) -> crate::Result<&'p Path> {
    match path.to_str("path")? {
        "" => Err(invalid("path is empty")),
        path => Ok(Path::new(path)),
    }
}

/// Returns the callback that calls `progress`.
///
/// # Safety
///
/// `progress` must be a function that takes `user_data`, or `None`.
unsafe fn reporting(
    progress: kv_backup_progress_fn,
    user_data: *mut c_void,
) -> impl FnMut(BackupProgress) -> bool {
    move |at| match progress {
        None => true,
        // SAFETY: the function takes these, as the caller of `reporting` has promised.
        Some(progress) => unsafe { progress(user_data, at.done, at.total) == 0 },
    }
}

/// Returns unused space in the file to the file system. Writers wait until the call ends. It needs
/// free space of the size of the file while it runs. In memory there is nothing to do; of a Redis
/// the lists of groups and expiries are compared with the groups.
///
/// Returns KV_OK.
/// @errors store commit deadline
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_compact(store: kv_store, error: *mut kv_error) -> kv_status {
    arguments!(Out(error));
    with_store(store, error, |store| store.compact().map(|()| KV_OK))
}

/// Verifies all stored data; of a SQLite store, the whole file, and that no trigger of another
/// program runs in its writes. It counts the usage of quotas and limits again. Other threads and
/// processes read and write meanwhile.
///
/// Returns KV_OK; KV_ERR_CORRUPT with the first fault in the message.
/// @errors store engine deadline
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_check(store: kv_store, error: *mut kv_error) -> kv_status {
    arguments!(Out(error));
    with_store(store, error, |store| store.check().map(|()| KV_OK))
}

/// Waits until every acknowledged write would survive a loss of power. In memory, and on a Redis,
/// whose server decides when it syncs, there is nothing to do.
///
/// Returns KV_OK; KV_ERR_POISONED also if the flush to the disk failed.
/// @errors store commit deadline
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_flush(store: kv_store, error: *mut kv_error) -> kv_status {
    arguments!(Out(error));
    with_store(store, error, |store| store.flush().map(|()| KV_OK))
}
