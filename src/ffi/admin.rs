//! Looking after a store: figures, copies, checks.

use std::ffi::{c_char, c_void};
use std::path::Path;

use crate::ffi::bytes::{invalid, text};
use crate::ffi::sized::{SizedOut, sized_struct};
use crate::ffi::status::{KV_OK, kv_error, kv_status};
use crate::ffi::stores::{kv_store, with_store};

/// Figures of a store. Set `size` to sizeof(kv_stats) first; counters begin at 0 when the engine
/// opens, and are shared by all handles on one file.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_stats {
    /// sizeof(kv_stats), set by the caller.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Live entries.
    pub entries: u64,
    /// Bytes of their groups, keys and values.
    pub bytes: u64,
    /// Expired entries that await the purge.
    pub expired_entries: u64,
    /// Reads of one key that found it.
    pub hits: u64,
    /// Reads of one key that did not.
    pub misses: u64,
    /// Batches with a write in them that were applied; a single set is one.
    pub commits: u64,
    /// Transactions these took; fewer than commits when writers shared one.
    pub transactions: u64,
    /// Expired entries purged.
    pub expirations: u64,
    /// Bytes of the database file, 0 in memory.
    pub file_bytes: u64,
    /// Bytes of the write-ahead log, 0 in memory.
    pub wal_bytes: u64,
    /// Times the log was moved into the file.
    pub checkpoints: u64,
    /// Read connections open.
    pub readers: u64,
    /// The version of SQLite in use, ended by a NUL.
    pub sqlite_version: [c_char; 16],
    /// Live entries removed to make room for others.
    pub evictions: u64,
    /// Bytes that the store may hold, 0 for no limit.
    pub max_bytes: u64,
    /// Entries that the store may hold, 0 for no limit.
    pub max_entries: u64,
}

const _: () = assert!(size_of::<kv_stats>() == 144);
sized_struct!(kv_stats { size, reserved } {
    entries, bytes, expired_entries, hits, misses, commits, transactions, expirations, file_bytes,
    wal_bytes, checkpoints, readers, sqlite_version, evictions, max_bytes, max_entries,
});

/// Called during a backup with the pages copied and all pages. Returns 0 to go on; anything else
/// ends the backup with KV_ERR_CANCELLED. It may call the store, but not close it, and must not throw.
pub type kv_backup_progress_fn =
    Option<unsafe extern "C" fn(user_data: *mut c_void, done: u64, total: u64) -> i32>;

/// Gives figures of this moment. Looks at every entry, so it takes time with their number.
///
/// Returns KV_OK; KV_ERR_ARGUMENT if stats->size is not set.
/// @errors store arguments engine deadline
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_stats_get(
    store: kv_store,
    stats: *mut kv_stats,
    error: *mut kv_error,
) -> kv_status {
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let stats = unsafe { SizedOut::new("stats", stats) }?;
        let found = store.stats()?;
        let mut sqlite_version = [0; 16];
        let version = found.sqlite_version.bytes().take(15);
        sqlite_version.iter_mut().zip(version).for_each(|(to, from)| *to = from as c_char);
        stats.fill(kv_stats {
            size: 0,
            reserved: 0,
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
        });
        Ok(KV_OK)
    })
}

/// Copies one snapshot of the store, and of whatever else is in its file, into a new file at
/// `path`, which must not exist. Others read and write meanwhile. `progress` may be NULL.
///
/// Returns KV_OK; KV_ERR_ARGUMENT if the file exists; KV_ERR_UNSUPPORTED in memory; KV_ERR_CANCELLED
/// if `progress` ended it. On any error no file is left.
/// @errors store arguments engine deadline KV_ERR_FULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_backup(
    store: kv_store,
    path: *const c_char,
    progress: kv_backup_progress_fn,
    user_data: *mut c_void,
    error: *mut kv_error,
) -> kv_status {
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let path = unsafe { text("path", path) }?;
        if path.is_empty() {
            return Err(invalid("path is empty"));
        }
        store.backup(Path::new(path), &mut |at| match progress {
            None => true,
            // SAFETY: the caller passed a function that takes these.
            Some(progress) => unsafe { progress(user_data, at.done, at.total) == 0 },
        })?;
        Ok(KV_OK)
    })
}

/// Gives unused space in the file back to the file system. Writers wait until it is done, and it
/// needs the file's size again while it runs.
///
/// Returns KV_OK.
/// @errors store commit deadline
#[unsafe(no_mangle)]
pub extern "C" fn kv_compact(store: kv_store, error: *mut kv_error) -> kv_status {
    with_store(store, error, |store| store.compact().map(|()| KV_OK))
}

/// Verifies everything in the file. Others read and write meanwhile.
///
/// Returns KV_OK; KV_ERR_CORRUPT with the first fault in the message.
/// @errors store engine deadline
#[unsafe(no_mangle)]
pub extern "C" fn kv_check(store: kv_store, error: *mut kv_error) -> kv_status {
    with_store(store, error, |store| store.check().map(|()| KV_OK))
}

/// Returns once every acknowledged write would survive a loss of power.
///
/// Returns KV_OK; KV_ERR_POISONED if the disk refused.
/// @errors store commit deadline
#[unsafe(no_mangle)]
pub extern "C" fn kv_flush(store: kv_store, error: *mut kv_error) -> kv_status {
    with_store(store, error, |store| store.flush().map(|()| KV_OK))
}
