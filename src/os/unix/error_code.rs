//! The numbers of the system's errors: those of `errno`.

/// There is no such file.
pub(crate) const NOT_FOUND: i32 = libc::ENOENT;
/// A file has the name already.
pub(crate) const EXISTS: i32 = libc::EEXIST;
/// There is not enough memory.
pub(crate) const NO_MEMORY: i32 = libc::ENOMEM;
/// The disk is full.
pub(crate) const DISK_FULL: i32 = libc::ENOSPC;
/// Access is denied.
pub(crate) const DENIED: i32 = libc::EACCES;
/// Too many symbolic links.
pub(crate) const TOO_MANY_LINKS: i32 = libc::ELOOP;
/// Failures to read a file.
pub(crate) const READ_FAILURES: [i32; 3] = [libc::EIO, libc::ENXIO, libc::ERANGE];
/// Causes that pass for which a file cannot be opened for writing.
pub(crate) const PASSING: [i32; 6] =
    [libc::EMFILE, libc::ENFILE, libc::EIO, libc::ENOSPC, libc::EDQUOT, libc::ENOMEM];
/// Causes that last for which a file can be read and not written.
pub(crate) const LASTING: [i32; 3] = [libc::EROFS, libc::EACCES, libc::EPERM];

/// Returns whether a number means that a file is not there.
pub(crate) fn is_missing(number: i32) -> bool {
    number == NOT_FOUND
}

/// Returns the number of the last failed call of this thread.
pub(crate) fn last() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// Sets the number of the last failed call of this thread.
pub(crate) fn set_last(number: i32) {
    // SAFETY: the number belongs to this thread, and lives as long as it.
    unsafe { *super::kernel::errno_location() = number };
}
