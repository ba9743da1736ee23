//! Files that are read, and input whose reads a signal ends.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::failure::{Failure, Result};
use crate::signal;

/// How often a wait for input, or for the reader of a pipe, looks for a signal.
pub const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Opens a file for reading; refuses one of a store that this process has open. A message calls it
/// `name`. It is read as an [`InterruptibleInput`].
pub fn open_file(path: &Path, name: &str) -> Result<File> {
    kv::check_unused(path).map_err(|error| Failure::other(format!("read {name}: {error}")))?;
    // A named pipe without a writer is opened at once, and its first read waits for one.
    let flags = OFlags::NONBLOCK.bits() as i32;
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
    opened.map_err(|error| failed(name, error))
}

/// Returns the failure of a read.
pub fn failed(name: &str, error: io::Error) -> Failure {
    match signal::received() {
        Some(number) => Failure::Interrupted(number, "stopped".to_owned()),
        None => Failure::other(format!("read {name}: {error}")),
    }
}

/// Fails if a signal was received.
pub fn fail_if_stopped() -> io::Result<()> {
    match signal::received() {
        Some(_) => Err(io::Error::other("stopped")),
        None => Ok(()),
    }
}

/// Standard input or a file. A signal ends a read that waits, which the system would go on with.
pub struct InterruptibleInput(File);

impl InterruptibleInput {
    /// Returns standard input. Nothing else may read it meanwhile.
    pub fn stdin() -> io::Result<InterruptibleInput> {
        let descriptor = io::stdin().as_fd().try_clone_to_owned()?;
        Ok(InterruptibleInput(File::from(descriptor)))
    }

    /// Returns the input in a file.
    pub fn of_file(file: File) -> InterruptibleInput {
        InterruptibleInput(file)
    }
}

impl Read for InterruptibleInput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let timeout = Timespec::try_from(POLL_INTERVAL).map_err(io::Error::other)?;
        loop {
            fail_if_stopped()?;
            match poll(&mut [PollFd::new(&self.0, PollFlags::IN)], Some(&timeout)) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => match self.0.read(buffer) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    read => return read,
                },
                Err(error) => return Err(error.into()),
            }
        }
    }
}
