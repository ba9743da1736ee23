//! Locks on files.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::AsRawHandle;
use std::path::Path;

use windows_sys::Win32::Foundation::{ERROR_IO_PENDING, ERROR_LOCK_VIOLATION};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_SHARE_DELETE, LOCKFILE_EXCLUSIVE_LOCK, LOCKFILE_FAIL_IMMEDIATELY, LockFileEx,
};
use windows_sys::Win32::System::IO::OVERLAPPED;

use crate::os::file_id::Identity;
use crate::os::file_lock::FileLock;

/// The upper half of the offset of the byte that is locked: a byte that one handle has locked
/// cannot be read by another, and there the file has none.
const LOCKED_AT: u32 = 1 << 30;

/// Opens the file at `path` for this handle alone, until the returned file is closed; `None` if it
/// is open. It can be removed meanwhile.
pub(crate) fn lock_alone(path: &Path) -> Option<File> {
    OpenOptions::new().read(true).write(true).share_mode(FILE_SHARE_DELETE).open(path).ok()
}

/// Locks an open file until it is closed; returns whether that was free. Other processes may read
/// the file.
pub(crate) fn try_lock(file: &File) -> io::Result<bool> {
    // SAFETY: the structure is plain data.
    let mut at: OVERLAPPED = unsafe { std::mem::zeroed() };
    at.Anonymous.Anonymous.OffsetHigh = LOCKED_AT;
    let flags = LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY;
    // SAFETY: the handle is open, and the call ends before the structure does.
    if unsafe { LockFileEx(file.as_raw_handle(), flags, 0, 1, 0, &raw mut at) } != 0 {
        return Ok(true);
    }
    let error = io::Error::last_os_error();
    let number = error.raw_os_error().unwrap_or(0).cast_unsigned();
    match [ERROR_LOCK_VIOLATION, ERROR_IO_PENDING].contains(&number) {
        true => Ok(false),
        false => Err(error),
    }
}

/// Returns no lock: the system does not show them.
pub(crate) fn file_locks(_: Identity) -> Vec<FileLock> {
    Vec::new()
}

/// Returns no name.
pub(crate) fn process_name(_: u32) -> Option<String> {
    None
}
