//! Being told when a file is written, without opening it.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Hears of writes to one file, by any process.
///
/// It has a descriptor of its own and none of the file, so that closing it drops no lock.
#[derive(Debug)]
pub struct FileWatch(OwnedFd);

impl FileWatch {
    /// Begins to listen for writes to the file at `path`, which must be there.
    pub fn new(path: &Path) -> io::Result<FileWatch> {
        let path = CString::new(path.as_os_str().as_bytes())?;
        // SAFETY: the call takes no pointers.
        let fd = unsafe { libc::inotify_init1(libc::IN_NONBLOCK | libc::IN_CLOEXEC) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor is new and nobody else's.
        let watch = FileWatch(unsafe { OwnedFd::from_raw_fd(fd) });
        // SAFETY: the path ends with a NUL.
        match unsafe { libc::inotify_add_watch(fd, path.as_ptr(), libc::IN_MODIFY) } {
            0.. => Ok(watch),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Returns the descriptor, which is readable after a write.
    pub fn raw(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    /// Forgets the writes so far.
    pub fn clear(&self) {
        let mut buffer = [0u64; 64];
        let len = size_of_val(&buffer);
        // What is said does not matter, only that something was; an empty queue ends it.
        // SAFETY: there is room for `len` bytes.
        while unsafe { libc::read(self.raw(), buffer.as_mut_ptr().cast(), len) } > 0 {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::wait_readable;
    use std::io::Write;
    use std::time::Duration;

    #[test]
    fn a_write_is_heard_once_and_a_missing_file_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        assert!(FileWatch::new(&path).is_err());
        let mut file = std::fs::File::create(&path).expect("a file");
        let watch = FileWatch::new(&path).expect("a watch");
        let heard = || wait_readable(&[watch.raw()], Some(Duration::ZERO)).expect("a poll");
        assert!(!heard());
        file.write_all(b"x").expect("a write");
        assert!(heard());
        watch.clear();
        assert!(!heard());
    }
}
