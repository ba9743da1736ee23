//! A value that an import reads in pieces.

use kv::{PIECE_LEN, Put, STREAM_LEN_MAX, Store, ValueWriter};

use crate::failure::{Failure, Result};

/// A value whose pieces are being imported. It appears when all of them were read.
pub struct LongImport<'s> {
    /// The number of the line of its entry.
    line: u64,
    size: u64,
    /// The bytes and the pieces that were read.
    read: u64,
    pieces: u64,
    /// `None` if the pieces are checked and not written.
    writer: Option<(&'s Store, ValueWriter)>,
}

impl<'s> LongImport<'s> {
    /// Begins a value of `size` bytes; fails if that is over the limit.
    pub fn begin(line: u64, size: u64) -> Result<LongImport<'s>> {
        match size {
            0..=STREAM_LEN_MAX => Ok(LongImport { line, size, read: 0, pieces: 0, writer: None }),
            _ => Err(Failure::other(format!(
                "value of {size} bytes is over the limit of {STREAM_LEN_MAX} bytes"
            ))),
        }
    }

    /// Writes the pieces that follow.
    pub fn write_to(&mut self, store: &'s Store, writer: ValueWriter) {
        self.writer = Some((store, writer));
    }

    /// Adds the next piece.
    pub fn add(&mut self, number: u64, bytes: &[u8]) -> Result<()> {
        let refused = |why: String| Err(Failure::other(why));
        if number != self.pieces + 1 {
            return refused(format!("piece {number} in place of {}", self.missing()));
        }
        if !(1..=PIECE_LEN).contains(&bytes.len()) {
            let len = bytes.len();
            return refused(format!("a piece of {len} bytes; it has to have 1 to {PIECE_LEN}"));
        }
        self.read += bytes.len() as u64;
        if self.read > self.size {
            let LongImport { line, size, .. } = self;
            return refused(format!("more bytes than the {size} of the value of line {line}"));
        }
        self.pieces = number;
        match &mut self.writer {
            Some((store, writer)) => Ok(writer.write(store, bytes)?),
            None => Ok(()),
        }
    }

    /// Returns whether all pieces were added.
    pub fn is_whole(&self) -> bool {
        self.read == self.size
    }

    /// Returns the words for the next piece.
    pub fn missing(&self) -> String {
        let LongImport { line, size, read, pieces, .. } = self;
        let next = pieces + 1;
        format!(
            "piece {next} of the value of line {line}, of which {read} of {size} bytes are read"
        )
    }

    /// Commits the whole value; returns whether its condition holds. `None` if it is not written.
    pub fn commit(self) -> Result<Option<bool>> {
        let Some((store, mut writer)) = self.writer else { return Ok(None) };
        Ok(Some(matches!(writer.commit(store)?, Put::Written(_))))
    }
}
