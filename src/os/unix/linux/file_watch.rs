//! A descriptor that is readable after a write to a file, without an open file.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// An inotify watch of the writes to one file, by any process.
///
/// It has an inotify descriptor and none of the file, so that closing it drops no lock.
#[derive(Debug)]
pub(crate) struct FileWatch {
    fd: OwnedFd,
    path: CString,
    /// The number of the watch; `None` while it is paused.
    watch: Option<i32>,
}

impl FileWatch {
    /// Begins to watch for writes to the file at `path`; fails if the file is missing.
    pub(crate) fn new(path: &Path) -> io::Result<FileWatch> {
        let path = CString::new(path.as_os_str().as_bytes())?;
        // SAFETY: the call takes no pointers.
        let fd = unsafe { libc::inotify_init1(libc::IN_NONBLOCK | libc::IN_CLOEXEC) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor is new and has no other owner.
        let mut watch = FileWatch { fd: unsafe { OwnedFd::from_raw_fd(fd) }, path, watch: None };
        watch.resume().map(|()| watch)
    }

    /// Stops watching: the kernel makes an event of each write, which costs the writer about a
    /// tenth of a commit.
    pub(crate) fn pause(&mut self) {
        if let Some(watch) = self.watch.take() {
            // SAFETY: the call takes no pointers. It can only fail if the kernel has ended the
            // watch with the file.
            unsafe { libc::inotify_rm_watch(self.raw(), watch) };
        }
    }

    /// Watches again after a pause. Writes before it are not reported.
    pub(crate) fn resume(&mut self) -> io::Result<()> {
        if self.watch.is_none() {
            // SAFETY: the path ends with a NUL.
            match unsafe {
                libc::inotify_add_watch(self.raw(), self.path.as_ptr(), libc::IN_MODIFY)
            } {
                watch @ 0.. => self.watch = Some(watch),
                _ => return Err(io::Error::last_os_error()),
            }
        }
        Ok(())
    }

    /// Returns whether it is paused.
    pub(crate) fn is_paused(&self) -> bool {
        self.watch.is_none()
    }

    /// Returns the descriptor, which is readable after a write.
    pub(crate) fn raw(&self) -> RawFd {
        self.fd.as_raw_fd()
    }

    /// Discards the events of the writes so far.
    pub(crate) fn clear(&self) {
        let mut buffer = [0u64; 64];
        let len = size_of_val(&buffer);
        // The events are discarded unread; the loop ends when their queue is empty.
        // SAFETY: the buffer has room for `len` bytes and outlives the call.
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
    fn a_write_is_reported_until_it_is_cleared_and_a_missing_file_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        assert!(FileWatch::new(&path).is_err());
        let mut file = std::fs::File::create(&path).expect("a file");
        let mut watch = FileWatch::new(&path).expect("a watch");
        let is_readable = |watch: &FileWatch| {
            wait_readable(&[watch.raw()], Some(Duration::ZERO)).expect("a poll")
        };
        assert!(!is_readable(&watch));
        file.write_all(b"x").expect("a write");
        assert!(is_readable(&watch));
        watch.clear();
        assert!(!is_readable(&watch));

        watch.pause();
        watch.clear();
        file.write_all(b"x").expect("a write");
        assert!(watch.is_paused() && !is_readable(&watch));
        watch.resume().expect("it watches again");
        file.write_all(b"x").expect("a write");
        assert!(!watch.is_paused() && is_readable(&watch));
    }
}
