//! Readers of values in pieces.

use std::sync::Arc;

use crate::call::CallContext;
use crate::engine::ValueReader;
use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::file::stream::StoredStream;
use crate::engine::sqlite::open_streams::KeptStream;
use crate::engine::sqlite::read::reader::ReaderPool;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{EntryInfo, PIECE_LEN, reserve};

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

/// A reader of a stream.
pub(crate) struct StreamReader<S> {
    /// Where its pieces are.
    pub source: S,
    /// The stream.
    pub stream: StoredStream,
    /// The entry, as of the opening of the reader.
    pub info: EntryInfo,
    /// Keeps the pieces, unless the file is only read.
    pub _kept: Option<KeptStream>,
    /// The piece that was read last, and its number.
    pub piece: (u64, Vec<u8>),
}

impl<S: PieceSource> StreamReader<S> {
    /// Reads a piece of `len` bytes into the memory of the reader, unless it is there.
    fn load(&mut self, call: &CallContext, number: u64, len: usize) -> Result<()> {
        let StreamReader { source, stream, piece: (loaded, bytes), .. } = self;
        if *loaded == number && bytes.len() == len {
            return Ok(());
        }
        *loaded = number;
        source.with_session(call, &mut |session| {
            bytes.clear();
            let read = stream.piece(session, number, |piece| {
                reserve(bytes, piece.len())?;
                bytes.extend_from_slice(piece);
                Ok(())
            })?;
            if read.is_some() && bytes.len() == len { Ok(()) } else { Err(gone()) }
        })
    }
}

impl<S: PieceSource> ValueReader for StreamReader<S> {
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
            self.load(call, number, len)?;
            let piece = self.piece.1.get(within..).unwrap_or_default();
            let count = piece.len().min(room.len());
            room.iter_mut().zip(piece).for_each(|(to, from)| *to = *from);
            done += count;
        }
        Ok(done)
    }
}

fn gone() -> Error {
    let message = "the value was overwritten and its pieces were removed, because this process \
                   stood still or only reads the file; open another reader";
    Error::new(ErrorKind::Compacted, message)
}
