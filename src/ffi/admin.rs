//! Maintenance: backups, compaction, checks and flushes.

use std::ffi::{c_char, c_void};
use std::path::Path;

use crate::ffi::arguments::{Out, arguments, invalid};
use crate::ffi::bytes::InText;
use crate::ffi::observed::Call;
use crate::ffi::status::{KV_OK, kv_error, kv_status};
use crate::ffi::stores::{kv_store, with_call};
use crate::{BackupProgress, CallKind};

/// A function that is called during a backup or a restore with the number of copied pages and of
/// all pages. A return value of 0 continues; any other value ends the call with KV_ERR_CANCELLED.
/// It may call the store, but not close it, and must not throw.
pub type kv_backup_progress_fn =
    Option<unsafe extern "C" fn(user_data: *mut c_void, done: u64, total: u64) -> i32>;

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
    let call = Call::of(CallKind::Maintenance);
    with_call(store, &call, error, |store| {
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
    let call = Call::of(CallKind::Maintenance);
    with_call(store, &call, error, |store| {
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
    let call = Call::of(CallKind::Maintenance);
    with_call(store, &call, error, |store| store.compact().map(|()| KV_OK))
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
    let call = Call::of(CallKind::Maintenance);
    with_call(store, &call, error, |store| store.check().map(|()| KV_OK))
}

/// Waits until every acknowledged write would survive a loss of power. In memory, and on a Redis,
/// whose server decides when it syncs, there is nothing to do.
///
/// Returns KV_OK; KV_ERR_POISONED also if the flush to the disk failed.
/// @errors store commit deadline
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_flush(store: kv_store, error: *mut kv_error) -> kv_status {
    arguments!(Out(error));
    let call = Call::of(CallKind::Maintenance);
    with_call(store, &call, error, |store| store.flush().map(|()| KV_OK))
}
