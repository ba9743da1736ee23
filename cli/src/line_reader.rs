//! The lines of a file or of standard input.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::escape::escaped;
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use crate::session::Session;

/// Bytes of the longest line: the largest value with every byte escaped, and room for the key.
const LINE_LEN_MAX: u64 = 6 * kv::VALUE_LEN_MAX as u64 + (1 << 20);
/// How often a read that waits for input looks for a signal.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// Bytes of one read.
const CHUNK_LEN: usize = 1 << 16;

/// Reads lines, one at a time into the same buffer.
pub struct LineReader {
    from: Box<dyn BufRead>,
    len: Option<u64>,
    name: String,
    number: u64,
    line: Vec<u8>,
}

impl LineReader {
    /// Fails if a file is named that is missing.
    pub fn expect_file(path: Option<&Path>) -> Result<()> {
        let Some(path) = path.filter(|path| *path != Path::new("-")) else { return Ok(()) };
        let name = escaped(path.as_os_str().as_encoded_bytes());
        let found = path.metadata();
        found.map(drop).map_err(|error| Failure::other(format!("read {name}: {error}")))
    }

    /// Opens a file; `None` or `-` is standard input, where `interrupt` ends a read that waits.
    pub fn open(
        session: &Session,
        path: Option<&Path>,
        interrupt: &Interrupt,
    ) -> Result<LineReader> {
        let lines = |from, len, name| LineReader { from, len, name, number: 0, line: Vec::new() };
        let Some(path) = path.filter(|path| *path != Path::new("-")) else {
            session.claim_input()?;
            let from =
                Box::new(BufReader::with_capacity(CHUNK_LEN, InterruptibleInput::begin(interrupt)));
            return Ok(lines(from, None, "standard input".to_owned()));
        };
        let name = escaped(path.as_os_str().as_encoded_bytes());
        let failed = |error: io::Error| Failure::other(format!("read {name}: {error}"));
        kv::check_unused(path).map_err(|error| Failure::other(format!("read {name}: {error}")))?;
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        let len = metadata.is_file().then_some(metadata.len());
        Ok(lines(Box::new(BufReader::with_capacity(CHUNK_LEN, file)), len, name))
    }

    /// Returns the size in bytes, if it is known.
    pub fn len(&self) -> Option<u64> {
        self.len
    }

    /// Reads the next line and returns its length in bytes, or `None` at the end.
    pub fn advance(&mut self) -> Result<Option<u64>> {
        self.line.clear();
        let len = (&mut self.from)
            .take(LINE_LEN_MAX)
            .read_until(b'\n', &mut self.line)
            .map_err(|error| Failure::other(format!("read {}: {error}", self.name)))?;
        if len as u64 == LINE_LEN_MAX {
            return Err(Failure::other(format!(
                "line {}: longer than {LINE_LEN_MAX} bytes",
                self.number + 1
            )));
        }
        self.number += 1;
        if self.line.last() == Some(&b'\n') {
            self.line.pop();
        }
        Ok((len > 0).then_some(len as u64))
    }

    /// Returns the number of the line that was read; the first is 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Returns the line that was read, without its end.
    pub fn line(&self) -> &[u8] {
        &self.line
    }
}

/// Standard input, read by a thread of its own, because a signal does not end a blocked read.
struct InterruptibleInput {
    chunks: Receiver<io::Result<Vec<u8>>>,
    chunk: Vec<u8>,
    /// Bytes of the chunk that were returned.
    at: usize,
    interrupt: Interrupt,
}

impl InterruptibleInput {
    fn begin(interrupt: &Interrupt) -> InterruptibleInput {
        let (sender, chunks) = mpsc::sync_channel(2);
        // The thread ends with the input, with the first failed read, or with the process.
        thread::spawn(move || {
            loop {
                let mut chunk = vec![0; CHUNK_LEN];
                let read = io::stdin().lock().read(&mut chunk).map(|len| {
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
        let rest = self.chunk.get(self.at..).unwrap_or_default();
        let len = rest.len().min(buffer.len());
        let (to, from) = (buffer.iter_mut(), rest.iter());
        to.zip(from).for_each(|(to, from)| *to = *from);
        self.at += len;
        Ok(len)
    }
}
