//! Files that are read, and input whose reads a signal ends.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;

/// How often a read that waits for input looks for a signal.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// Bytes of one read.
const CHUNK_LEN: usize = 1 << 16;

/// Opens a file for reading; refuses one of a store that this process has open. A message calls it
/// `name`.
pub fn open_file(path: &Path, name: &str) -> Result<File> {
    kv::check_unused(path).map_err(|error| Failure::other(format!("read {name}: {error}")))?;
    File::open(path).map_err(|error| failed(name, error))
}

/// Returns the failure of a read.
pub fn failed(name: &str, error: io::Error) -> Failure {
    Failure::other(format!("read {name}: {error}"))
}

/// Standard input or a pipe, read by a thread of its own, because a signal does not end a blocked
/// read.
pub struct InterruptibleInput {
    chunks: Receiver<io::Result<Vec<u8>>>,
    chunk: Vec<u8>,
    /// Bytes of the chunk that were returned.
    at: usize,
    interrupt: Interrupt,
}

impl InterruptibleInput {
    /// Begins to read `from`.
    pub fn begin(mut from: impl Read + Send + 'static, interrupt: &Interrupt) -> Self {
        let (sender, chunks) = mpsc::sync_channel(2);
        // The thread ends with the input, with the first failed read, or with the process.
        thread::spawn(move || {
            loop {
                let mut chunk = vec![0; CHUNK_LEN];
                let read = from.read(&mut chunk).map(|len| {
                    chunk.truncate(len);
                    chunk
                });
                let is_last = read.as_ref().map_or(true, Vec::is_empty);
                if sender.send(read).is_err() || is_last {
                    break;
                }
            }
        });
        InterruptibleInput { chunks, chunk: Vec::new(), at: 0, interrupt: interrupt.clone() }
    }
}

impl Read for InterruptibleInput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.chunk.len() {
            match self.chunks.recv_timeout(POLL_INTERVAL) {
                Ok(chunk) => {
                    (self.chunk, self.at) = (chunk?, 0);
                    if self.chunk.is_empty() {
                        return Ok(0);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
                Err(RecvTimeoutError::Timeout) if self.interrupt.is_set() => {
                    return Err(io::Error::other("stopped"));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        let len = self.chunk.get(self.at..).unwrap_or_default().read(buffer)?;
        self.at += len;
        Ok(len)
    }
}
