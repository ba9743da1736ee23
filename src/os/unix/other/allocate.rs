//! The allocation of space for a file.

use std::fs::File;
use std::io;
#[cfg(not(target_vendor = "apple"))]
use std::os::fd::AsRawFd;

/// Makes a file at least `len` bytes long, with space on the disk for those from `from` on, which
/// are zero. Fails where the file system cannot, and on a full disk.
#[cfg(not(target_vendor = "apple"))]
pub(crate) fn allocate(file: &File, from: u64, len: u64) -> io::Result<()> {
    let end = |at: u64| libc::off_t::try_from(at).map_err(|_| io::ErrorKind::FileTooLarge);
    let (at, count) = (end(from)?, end(len.saturating_sub(from))?);
    // SAFETY: the descriptor is open, and the call reads no memory.
    match unsafe { libc::posix_fallocate(file.as_raw_fd(), at, count) } {
        0 => Ok(()),
        number => Err(io::Error::from_raw_os_error(number)),
    }
}

/// Fails: the system allocates space behind the end of a file, which stays where it is.
#[cfg(target_vendor = "apple")]
pub(crate) fn allocate(_: &File, _: u64, _: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
