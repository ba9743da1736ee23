//! Readers of values in pieces.

use std::sync::Arc;

use crate::call::CallContext;
use crate::engine::ValueReader;
use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::file::stream::StoredStream;
use crate::engine::sqlite::open_streams::KeptStream;
use crate::engine::sqlite::read::lookup::FoundValue;
use crate::engine::sqlite::read::reader::ReaderPool;
use crate::engine::streams::{WholeValue, copy_from};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{EntryInfo, PIECE_LEN, refill};

/// The file, or a snapshot of it, as a reader reads it.
pub(crate) trait PieceSource: Send {
    /// Runs `read` on a session, again if the file changes meanwhile.
    fn with_session(
        &self,
        call: &CallContext,
        read: &mut dyn FnMut(&mut Session) -> Result<()>,
    ) -> Result<()>;
}

impl PieceSource for Arc<ReaderPool> {
    fn with_session(
        &self,
        call: &CallContext,
        read: &mut dyn FnMut(&mut Session) -> Result<()>,
    ) -> Result<()> {
        self.read(call, read)
    }
}

/// Returns the reader of a value that was found in `source`; `kept` keeps its pieces, unless they
/// cannot go.
pub(crate) fn reader_of<S: PieceSource + Clone + 'static>(
    found: FoundValue,
    source: &S,
    kept: Option<KeptStream>,
) -> Box<dyn ValueReader> {
    match found {
        FoundValue::Whole(entry) => Box::new(WholeValue(entry)),
        FoundValue::Stream(stream, info) => {
            let (source, piece) = (Box::new(source.clone()), Default::default());
            Box::new(StreamReader { source, stream, info, _kept: kept, piece })
        }
    }
}

/// A reader of a stream.
struct StreamReader {
    /// Where its pieces are.
    source: Box<dyn PieceSource>,
    stream: StoredStream,
    /// The entry, as of the opening of the reader.
    info: EntryInfo,
    /// Keeps the pieces, unless the file is only read.
    _kept: Option<KeptStream>,
    /// The piece that was read last, and its number.
    piece: (u64, Vec<u8>),
}

impl StreamReader {
    /// Calls `read` with a piece of `len` bytes; fails if it is gone.
    fn with_piece(
        &self,
        call: &CallContext,
        number: u64,
        len: usize,
        read: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        self.source.with_session(call, &mut |session| {
            let read = |piece: &[u8]| if piece.len() == len { read(piece) } else { Err(gone()) };
            self.stream.piece(session, number, read)?.ok_or_else(gone)
        })
    }

    /// Copies a piece of `len` bytes from `within` on to the start of `room`; returns how many
    /// bytes that were. A piece that is copied in parts stays in the memory of the reader.
    fn copy_piece(
        &mut self,
        call: &CallContext,
        (number, len): (u64, usize),
        within: usize,
        room: &mut [u8],
    ) -> Result<usize> {
        if within == 0
            && let Some(room) = room.get_mut(..len)
        {
            self.with_piece(call, number, len, &mut |piece| {
                room.copy_from_slice(piece);
                Ok(())
            })?;
            return Ok(len);
        }
        if self.piece.0 != number || self.piece.1.len() != len {
            let mut bytes = std::mem::take(&mut self.piece.1);
            self.with_piece(call, number, len, &mut |piece| refill(&mut bytes, piece))?;
            self.piece = (number, bytes);
        }
        Ok(copy_from(&self.piece.1, within as u64, room))
    }
}

impl ValueReader for StreamReader {
    fn info(&self) -> EntryInfo {
        self.info
    }

    fn read(&mut self, call: &CallContext, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let rest = self.info.size.saturating_sub(offset);
        let wanted = usize::try_from(rest).unwrap_or(usize::MAX).min(buffer.len());
        let mut done = 0;
        while let Some(room) = buffer.get_mut(done..wanted).filter(|room| !room.is_empty()) {
            let at = offset + done as u64;
            let (number, within) = (at / PIECE_LEN as u64, (at % PIECE_LEN as u64) as usize);
            let len = (self.info.size - number * PIECE_LEN as u64).min(PIECE_LEN as u64) as usize;
            done += self.copy_piece(call, (number, len), within, room)?;
        }
        Ok(done)
    }
}

fn gone() -> Error {
    let message = "the value was overwritten and its pieces were removed, because this process \
                   stood still or only reads the file; open another reader";
    Error::new(ErrorKind::Compacted, message)
}
