//! Files that are read, and input whose reads a signal ends.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::failure::{Failure, Result};
use crate::signal;

/// How often a read that waits for input looks for a signal.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Opens a file for reading; refuses one of a store that this process has open. A message calls it
/// `name`.
pub fn open_file(path: &Path, name: &str) -> Result<File> {
    kv::check_unused(path).map_err(|error| Failure::other(format!("read {name}: {error}")))?;
    let is_pipe = fs::metadata(path).is_ok_and(|it| it.file_type().is_fifo());
    let opened = if is_pipe { open_pipe(path.to_owned()) } else { File::open(path) };
    opened.map_err(|error| failed(name, error))
}

/// Opens a named pipe as soon as it has a writer, unless a signal ends the wait.
fn open_pipe(path: PathBuf) -> io::Result<File> {
    let (sender, opened) = mpsc::sync_channel(1);
    // The thread ends with the wait for a writer, or with the process.
    thread::spawn(move || sender.send(File::open(path)));
    loop {
        match opened.recv_timeout(POLL_INTERVAL) {
            Ok(opened) => return opened,
            Err(RecvTimeoutError::Timeout) => fail_if_stopped()?,
            Err(error) => return Err(io::Error::other(error)),
        }
    }
}

/// Returns the failure of a read.
pub fn failed(name: &str, error: io::Error) -> Failure {
    match signal::received() {
        Some(number) => Failure::Interrupted(number, "stopped".to_owned()),
        None => Failure::other(format!("read {name}: {error}")),
    }
}

fn fail_if_stopped() -> io::Result<()> {
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
        let timeout = PollTimeout::try_from(POLL_INTERVAL).map_err(io::Error::other)?;
        loop {
            fail_if_stopped()?;
            match poll(&mut [PollFd::new(self.0.as_fd(), PollFlags::POLLIN)], timeout) {
                Ok(0) | Err(Errno::EINTR) => {}
                Ok(_) => return self.0.read(buffer),
                Err(error) => return Err(error.into()),
            }
        }
    }
}
