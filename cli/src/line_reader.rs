//! The lines of a file or of standard input.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use crate::escape::escaped;
use crate::failure::{Failure, Result};
use crate::input::{self, InterruptibleInput};
use crate::session::Session;

/// Bytes of the longest line: the largest value with every byte escaped, and room for the key.
const LINE_LEN_MAX: u64 = 6 * kv::VALUE_LEN_MAX as u64 + (1 << 20);
/// Bytes of one read.
const CHUNK_LEN: usize = 1 << 16;
/// The bytes with which some programs begin a text in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

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
        found.map(drop).map_err(|error| input::failed(&name, error))
    }

    /// Opens a file; `None` or `-` is standard input. A signal ends a read that waits.
    pub fn open(session: &Session, path: Option<&Path>) -> Result<LineReader> {
        let lines = |from, len, name| LineReader { from, len, name, number: 0, line: Vec::new() };
        let Some(path) = path.filter(|path| *path != Path::new("-")) else {
            session.claim_input()?;
            let input = InterruptibleInput::stdin()?;
            let from = Box::new(BufReader::with_capacity(CHUNK_LEN, input));
            return Ok(lines(from, None, "standard input".to_owned()));
        };
        let name = escaped(path.as_os_str().as_encoded_bytes());
        let file = input::open_file(path, &name)?;
        let metadata = file.metadata().map_err(|error| input::failed(&name, error))?;
        let len = metadata.is_file().then_some(metadata.len());
        let input = InterruptibleInput::of_file(file);
        Ok(lines(Box::new(BufReader::with_capacity(CHUNK_LEN, input)), len, name))
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
            .map_err(|error| input::failed(&self.name, error))?;
        if len as u64 == LINE_LEN_MAX {
            return Err(Failure::other(format!(
                "line {}: longer than {LINE_LEN_MAX} bytes",
                self.number + 1
            )));
        }
        self.number += 1;
        if self.number == 1 && self.line.starts_with(BYTE_ORDER_MARK) {
            self.line.drain(..BYTE_ORDER_MARK.len());
        }
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
