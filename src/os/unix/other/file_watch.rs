//! A descriptor that is readable after a write to a file.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::path::Path;

/// A kqueue with the writes to one file, by any process.
///
/// It has a descriptor of the file, whose close would drop the locks of this process on it: it is
/// for files without locks.
#[derive(Debug)]
pub(crate) struct FileWatch {
    queue: OwnedFd,
    file: File,
    is_paused: bool,
}

impl FileWatch {
    /// Begins to watch for writes to the file at `path`; fails if the file is missing.
    pub(crate) fn new(path: &Path) -> io::Result<FileWatch> {
        let file = File::open(path)?;
        // SAFETY: the call takes no pointers.
        let queue = unsafe { libc::kqueue() };
        if queue < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor is new and has no other owner.
        let queue = unsafe { OwnedFd::from_raw_fd(queue) };
        // SAFETY: the descriptor is open, and the call reads no memory.
        unsafe { libc::fcntl(queue.as_raw_fd(), libc::F_SETFD, libc::FD_CLOEXEC) };
        let watch = FileWatch { queue, file, is_paused: false };
        watch.change(libc::EV_ADD | libc::EV_CLEAR).map(|()| watch)
    }

    /// Stops watching: the kernel makes an event of each write, which costs the writer.
    pub(crate) fn pause(&mut self) {
        if !self.is_paused {
            // A watch that goes on costs time, nothing else.
            let _ = self.change(libc::EV_DISABLE);
            self.is_paused = true;
        }
    }

    /// Watches again after a pause. Writes before it may be reported.
    pub(crate) fn resume(&mut self) -> io::Result<()> {
        if self.is_paused {
            self.change(libc::EV_ENABLE)?;
            self.is_paused = false;
        }
        Ok(())
    }

    /// Returns whether it is paused.
    pub(crate) fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// Returns the descriptor, which is readable after a write.
    pub(crate) fn raw(&self) -> RawFd {
        self.queue.as_raw_fd()
    }

    /// Discards the events of the writes so far.
    pub(crate) fn clear(&self) {
        let now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        let mut event = self.event(0);
        // One event stands for all writes so far; the loop ends when there is none.
        // SAFETY: no change is passed, and there is room for one event.
        while unsafe {
            libc::kevent(self.raw(), std::ptr::null(), 0, &raw mut event, 1, &raw const now)
        } > 0
        {}
    }

    fn change(&self, flags: u16) -> io::Result<()> {
        let event = self.event(flags);
        // SAFETY: one change is passed, and no event is asked for.
        let changed = unsafe {
            libc::kevent(self.raw(), &raw const event, 1, std::ptr::null_mut(), 0, std::ptr::null())
        };
        if changed < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    fn event(&self, flags: u16) -> libc::kevent {
        // SAFETY: an event is plain data.
        let mut event: libc::kevent = unsafe { std::mem::zeroed() };
        event.ident = self.file.as_raw_fd() as _;
        event.filter = libc::EVFILT_VNODE;
        event.flags = flags;
        event.fflags = libc::NOTE_WRITE | libc::NOTE_EXTEND;
        event
    }
}
