//! A value of a store, or a part of it, read piece by piece.

use std::io::Read;

use indicatif::ProgressBar;
use kv::{CallContext, Entry, EntryInfo, PIECE_LEN, ValueReader};

use crate::char_pieces::CharPieces;
use crate::failure::{Failure, Result};
use crate::signal;

/// Bytes of each piece but the last: whole pieces of the store, and whole groups of base64.
const LEN: usize = 3 * PIECE_LEN;

/// A value that can be read more than once, or a part of it.
pub struct StoredValue {
    reader: Box<dyn ValueReader>,
    begin: u64,
    end: u64,
    buffer: Vec<u8>,
    /// The offset of the piece in the buffer, once one was read.
    at: Option<u64>,
    bar: ProgressBar,
}

impl StoredValue {
    /// Returns the value of a reader.
    pub fn new(reader: Box<dyn ValueReader>) -> StoredValue {
        let (begin, end, bar) = (0, reader.info().size, ProgressBar::hidden());
        StoredValue { reader, begin, end, buffer: Vec::new(), at: None, bar }
    }

    /// Returns the value of an entry.
    pub fn of_entry(entry: Entry) -> StoredValue {
        StoredValue::new(Box::new(Whole(entry)))
    }

    /// Returns at most `len` bytes of the value from `offset` on; none behind its end.
    pub fn part(mut self, offset: u64, len: Option<u64>) -> StoredValue {
        self.begin = offset.min(self.end);
        self.end = len.map_or(self.end, |len| self.begin.saturating_add(len).min(self.end));
        self
    }

    /// Returns the value with a bar that shows the bytes that were read.
    pub fn with_bar(self, bar: ProgressBar) -> StoredValue {
        StoredValue { bar, ..self }
    }

    /// Returns the size of the whole value, its version and its expiry.
    pub fn info(&self) -> EntryInfo {
        self.reader.info()
    }

    /// Returns the number of bytes that are read.
    pub fn len(&self) -> u64 {
        self.end - self.begin
    }

    /// Returns the piece that begins `offset` bytes behind the beginning; an empty one at the end.
    pub fn piece(&mut self, offset: u64) -> Result<&[u8]> {
        let offset = self.begin.saturating_add(offset).min(self.end);
        if self.at != Some(offset) {
            let left = usize::try_from(self.end - offset).unwrap_or(LEN).min(LEN);
            self.at = None;
            signal::calls().check()?;
            self.buffer.resize(left, 0);
            let len = self.reader.read(signal::calls(), offset, &mut self.buffer)?;
            if len != left {
                let at = offset + len as u64;
                return Err(Failure::other(format!("the value ends after {at} bytes")));
            }
            self.at = Some(offset);
            self.bar.set_position(offset - self.begin + len as u64);
        }
        Ok(&self.buffer)
    }

    /// Calls `found` with one piece after the other.
    pub fn each(&mut self, mut found: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut at = 0;
        while at < self.len() {
            let piece = self.piece(at)?;
            found(piece)?;
            at += piece.len() as u64;
        }
        self.bar.finish_and_clear();
        Ok(())
    }

    /// Calls `found` with one piece after the other, cut between characters.
    pub fn each_text(&mut self, mut found: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut pieces = CharPieces::default();
        self.each(|piece| found(pieces.push(piece)))?;
        found(pieces.rest())
    }
}

/// The value of an entry that was read whole.
struct Whole(Entry);

impl ValueReader for Whole {
    fn info(&self) -> EntryInfo {
        self.0.info()
    }

    fn read(&mut self, _: &CallContext, offset: u64, buffer: &mut [u8]) -> kv::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|at| self.0.value.get(at..));
        // Reading memory does not fail.
        Ok(rest.unwrap_or_default().read(buffer).unwrap_or_default())
    }
}
