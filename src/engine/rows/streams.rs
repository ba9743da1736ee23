//! Values that are written in pieces, before they are rows; and rows that are read in pieces.

use parking_lot::Mutex;

use crate::call::CallContext;
use crate::engine::rows::row::{Row, RowBytes};
use crate::engine::streams::{ValueReader, copy_from};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{EntryInfo, Expiry, Key, Op, StreamId, Version};

/// The streams of a store that are being written.
#[derive(Default)]
pub(crate) struct RowStreams(Mutex<Streams>);

#[derive(Default)]
struct Streams {
    last: u64,
    /// A program writes few at once.
    open: Vec<Stream>,
}

struct Stream {
    id: StreamId,
    bytes: RowBytes,
    size: u64,
}

impl RowStreams {
    /// Begins the value of a key.
    pub(crate) fn begin(&self, key: Key<'_>) -> StreamId {
        let mut streams = self.0.lock();
        streams.last += 1;
        let id = StreamId(streams.last);
        streams.open.push(Stream { id, bytes: RowBytes::new(key.as_bytes()), size: 0 });
        id
    }

    /// Appends a piece to a stream of `size` bytes.
    pub(crate) fn append(&self, id: StreamId, size: u64, piece: &[u8]) -> Result<()> {
        let mut streams = self.0.lock();
        let stream = streams.open.iter_mut().find(|it| it.id == id && it.size == size);
        let stream = stream.ok_or_else(gone)?;
        stream.bytes.append(piece)?;
        stream.size += piece.len() as u64;
        Ok(())
    }

    /// Discards a stream.
    pub(crate) fn discard(&self, id: StreamId) {
        let mut streams = self.0.lock();
        let place = streams.open.iter().position(|it| it.id == id);
        let stream = place.map(|place| streams.open.swap_remove(place));
        // Large values take long to free.
        drop(streams);
        drop(stream);
    }

    /// Ends the streams that a batch has made values.
    pub(crate) fn end(&self, ops: &[Op<'_>]) {
        ops.iter().filter_map(Op::stream).for_each(|stream| self.discard(stream));
    }

    /// Returns the row whose value is a stream.
    pub(super) fn row(
        &self,
        id: StreamId,
        size: u64,
        version: Version,
        expires_at: Option<Expiry>,
    ) -> Result<Row> {
        let streams = self.0.lock();
        let stream = streams.open.iter().find(|it| it.id == id && it.size == size);
        let stream = stream.ok_or_else(gone)?;
        stream.bytes.row(version, expires_at)
    }
}

fn gone() -> Error {
    Error::new(ErrorKind::Closed, "the value that is written has ended; write it again")
}

/// A reader of the value of a row.
pub(crate) struct RowReader(pub(super) Row);

impl ValueReader for RowReader {
    fn info(&self) -> EntryInfo {
        self.0.info()
    }

    fn read(&mut self, _: &CallContext, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        Ok(copy_from(self.0.value(), offset, buffer))
    }
}
