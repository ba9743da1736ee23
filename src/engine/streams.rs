//! Values that are written and read in pieces.

use crate::call::CallContext;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Durability, Entry, EntryInfo, EntryRef, Group, Key, PIECE_LEN, StreamId};

/// The values that are being written to an engine in pieces; a capability of it.
///
/// A stream is begun for a key, pieces are appended to it, and
/// [`Op::SetStream`](crate::model::Op::SetStream) in a batch makes it the value of that key. Until
/// then no reader sees it. A stream whose process dies is removed by the engine.
pub trait Streams {
    /// Fails if nothing can be written with this durability, because the store is only read or
    /// poisoned, or the engine does not know it.
    fn check_writes(&self, durability: Option<Durability>) -> Result<()>;

    /// Begins a stream for the value of a key.
    fn begin_stream(&self, call: &CallContext, group: Group<'_>, key: Key<'_>) -> Result<StreamId>;

    /// Appends a piece. Fails if the value would exceed a quota or a limit of the store by then.
    fn append_piece(&self, call: &CallContext, piece: Piece<'_>) -> Result<()>;

    /// Discards a stream that was not committed.
    fn discard_stream(&self, group: Group<'_>, key: Key<'_>, stream: StreamId);
}

/// A piece of a value that is being written.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the fields are the vocabulary itself")]
pub struct Piece<'a> {
    pub group: Group<'a>,
    pub key: Key<'a>,
    pub stream: StreamId,
    /// The bytes of the pieces before it, each of which has
    /// [`PIECE_LEN`](crate::model::PIECE_LEN).
    pub at: u64,
    /// At most [`PIECE_LEN`](crate::model::PIECE_LEN) bytes; fewer only of the last piece.
    pub bytes: &'a [u8],
}

impl Piece<'_> {
    /// Returns the size of the value up to the end of the piece.
    pub(crate) fn end(&self) -> u64 {
        self.at + self.bytes.len() as u64
    }
}

/// A value that is read in pieces: the one that was there when the reader was opened, whatever is
/// written meanwhile.
pub trait ValueReader: Send {
    /// Returns the size of the value, with its version and expiry.
    fn info(&self) -> EntryInfo;

    /// Reads from `offset` on into `buffer` and returns the number of bytes: fewer than it has room
    /// for only at the end of the value.
    fn read(&mut self, call: &CallContext, offset: u64, buffer: &mut [u8]) -> Result<usize>;
}

/// Returns a reader of the value of the entry that `get` finds, which is read whole.
pub(crate) fn whole_value(
    get: impl FnOnce(&mut dyn FnMut(EntryRef<'_>)) -> Result<bool>,
) -> Result<Option<Box<dyn ValueReader>>> {
    let mut entry = None;
    get(&mut |found| entry = Some(found.to_entry()))?;
    let entry = entry.transpose()?;
    Ok(entry.map(|entry| Box::new(WholeValue(entry)) as Box<dyn ValueReader>))
}

/// A value that is in memory as a whole.
pub(crate) struct WholeValue(pub Entry);

impl ValueReader for WholeValue {
    fn info(&self) -> EntryInfo {
        self.0.info()
    }

    fn read(&mut self, _: &CallContext, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        Ok(copy_from(&self.0.value, offset, buffer))
    }
}

/// Returns the bytes of a value from `offset` on, at most a piece.
pub(crate) fn piece_at(value: &[u8], offset: u64) -> &[u8] {
    let rest = rest_at(value, offset);
    rest.get(..PIECE_LEN).unwrap_or(rest)
}

/// Copies the bytes of a value from `offset` on into `buffer`; returns how many.
pub(crate) fn copy_from(value: &[u8], offset: u64, buffer: &mut [u8]) -> usize {
    let rest = rest_at(value, offset);
    let len = rest.len().min(buffer.len());
    if let (Some(to), Some(from)) = (buffer.get_mut(..len), rest.get(..len)) {
        to.copy_from_slice(from);
    }
    len
}

fn rest_at(value: &[u8], offset: u64) -> &[u8] {
    usize::try_from(offset).ok().and_then(|offset| value.get(offset..)).unwrap_or_default()
}

/// Returns the error of a live scan that is asked for a value in pieces.
pub(crate) fn of_live_scan() -> Error {
    let message = "a live scan does not read values in pieces; read them by their keys";
    Error::new(ErrorKind::Unsupported, message)
}
