//! The numbers of the system's errors: those of `GetLastError`.

use windows_sys::Win32::Foundation as win32;

/// There is no such file.
pub(crate) const NOT_FOUND: i32 = win32::ERROR_FILE_NOT_FOUND as i32;
/// A file has the name already.
pub(crate) const EXISTS: i32 = win32::ERROR_FILE_EXISTS as i32;
/// There is not enough memory.
pub(crate) const NO_MEMORY: i32 = win32::ERROR_NOT_ENOUGH_MEMORY as i32;
/// The disk is full.
pub(crate) const DISK_FULL: i32 = win32::ERROR_DISK_FULL as i32;
/// Access is denied.
pub(crate) const DENIED: i32 = win32::ERROR_ACCESS_DENIED as i32;
/// Too many symbolic links.
pub(crate) const TOO_MANY_LINKS: i32 = win32::ERROR_CANT_RESOLVE_FILENAME as i32;
/// Failures to read a file.
pub(crate) const READ_FAILURES: [i32; 3] =
    [win32::ERROR_CRC as i32, win32::ERROR_READ_FAULT as i32, win32::ERROR_IO_DEVICE as i32];
/// Causes that pass for which a file cannot be opened for writing.
pub(crate) const PASSING: [i32; 6] = [
    win32::ERROR_TOO_MANY_OPEN_FILES as i32,
    win32::ERROR_SHARING_VIOLATION as i32,
    win32::ERROR_LOCK_VIOLATION as i32,
    win32::ERROR_IO_DEVICE as i32,
    win32::ERROR_DISK_FULL as i32,
    win32::ERROR_NOT_ENOUGH_MEMORY as i32,
];
/// Causes that last for which a file can be read and not written.
pub(crate) const LASTING: [i32; 2] =
    [win32::ERROR_WRITE_PROTECT as i32, win32::ERROR_ACCESS_DENIED as i32];

/// Returns whether a number means that a file is not there: the file, or its folder.
pub(crate) fn is_missing(number: i32) -> bool {
    [NOT_FOUND, win32::ERROR_PATH_NOT_FOUND as i32].contains(&number)
}

/// Returns the number of the last failed call of this thread.
pub(crate) fn last() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// Sets the number of the last failed call of this thread.
pub(crate) fn set_last(number: i32) {
    // SAFETY: the call takes a number.
    unsafe { win32::SetLastError(number.cast_unsigned()) };
}
