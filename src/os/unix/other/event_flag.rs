//! A flag with a descriptor: readable while the flag is up.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsRawFd, RawFd};

/// A flag that programs can wait for with poll or select: a pipe with a byte in it while it is up.
#[derive(Debug)]
pub(crate) struct EventFlag {
    reader: PipeReader,
    writer: PipeWriter,
}

impl EventFlag {
    /// Returns a flag that is down.
    pub(crate) fn new() -> io::Result<EventFlag> {
        let (reader, writer) = io::pipe()?;
        for descriptor in [reader.as_raw_fd(), writer.as_raw_fd()] {
            // SAFETY: the descriptor is open, and the call reads no memory.
            if unsafe { libc::fcntl(descriptor, libc::F_SETFL, libc::O_NONBLOCK) } < 0 {
                return Err(io::Error::last_os_error());
            }
        }
        Ok(EventFlag { reader, writer })
    }

    /// Returns the descriptor, which is closed with `self`.
    pub(crate) fn raw(&self) -> RawFd {
        self.reader.as_raw_fd()
    }

    /// Raises the flag.
    pub(crate) fn signal(&self) {
        // The write can only fail when the pipe is full, and then the flag is up.
        let _ = (&self.writer).write(&[1]);
    }

    /// Takes the flag down.
    pub(crate) fn clear(&self) {
        let mut bytes = [0; 512];
        // The loop ends when the pipe is empty.
        while (&self.reader).read(&mut bytes).is_ok_and(|len| len > 0) {}
    }
}
