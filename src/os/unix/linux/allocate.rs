//! The allocation of space for a file.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

/// Makes a file at least `len` bytes long, with space on the disk for those from `from` on, which
/// are zero. Fails where the file system cannot, and on a full disk.
pub(crate) fn allocate(file: &File, from: u64, len: u64) -> io::Result<()> {
    let end = |at: u64| libc::off64_t::try_from(at).map_err(|_| io::ErrorKind::FileTooLarge);
    let (at, count) = (end(from)?, end(len.saturating_sub(from))?);
    // SAFETY: the descriptor is open, and the call reads no memory.
    match unsafe { libc::fallocate64(file.as_raw_fd(), 0, at, count) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_allocated_is_longer_and_zero() {
        let file = tempfile::tempfile().expect("a file");
        std::os::unix::fs::FileExt::write_all_at(&file, b"abc", 0).expect("written");
        allocate(&file, 3, 10_000).expect("a file system that can");
        let mut bytes = vec![1; 10_000];
        std::os::unix::fs::FileExt::read_exact_at(&file, &mut bytes, 0).expect("read");
        assert_eq!((&bytes[..3], bytes[3..].iter().any(|it| *it != 0)), (&b"abc"[..], false));
        assert_eq!(file.metadata().expect("a file").len(), 10_000);
        assert!(allocate(&file, 0, u64::MAX).is_err());
    }
}
