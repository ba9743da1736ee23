//! The names and properties that a new file gets.

use std::fs::{File, Metadata};
use std::io;
use std::os::windows::ffi::OsStrExt;
use std::path::Path;

use windows_sys::Win32::Foundation::{
    ERROR_ALREADY_EXISTS, ERROR_INVALID_FUNCTION, ERROR_NOT_SUPPORTED,
};
use windows_sys::Win32::Storage::FileSystem::{MOVEFILE_WRITE_THROUGH, MoveFileExW};

use super::error_code::EXISTS;

/// Renames a file; fails if something has the new name.
pub(crate) fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    let wide = |path: &Path| path.as_os_str().encode_wide().chain([0]).collect::<Vec<u16>>();
    let (from, to) = (wide(from), wide(to));
    // SAFETY: both paths end with a NUL.
    if unsafe { MoveFileExW(from.as_ptr(), to.as_ptr(), MOVEFILE_WRITE_THROUGH) } != 0 {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    let is_taken = error.raw_os_error() == Some(ERROR_ALREADY_EXISTS.cast_signed());
    Err(if is_taken { io::Error::from_raw_os_error(EXISTS) } else { error })
}

/// A new file has the rights of its folder, also one that replaces another.
pub(crate) fn take_over(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// The system itself makes names survive a loss of power, in the order in which they changed.
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Returns whether a file system lacks what it was asked for.
pub(crate) fn is_unsupported(error: &io::Error) -> bool {
    let lacking = [ERROR_INVALID_FUNCTION, ERROR_NOT_SUPPORTED];
    error.raw_os_error().is_some_and(|it| lacking.contains(&it.cast_unsigned()))
}

/// Returns what a file is that is not a regular one.
pub(crate) fn kind_of(metadata: &Metadata) -> &'static str {
    if metadata.is_dir() { "folder" } else { "device" }
}
