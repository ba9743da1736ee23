//! Values in pieces: the rows of `kv_streams` and `kv_pieces`.

use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use crate::engine::STEP_BYTES;
use crate::engine::sqlite::file::format::Format;
use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::file::statement::Sql;
use crate::engine::sqlite::native::Parameter::{Blob, Integer};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{PIECE_LEN, STREAM_LEN_MAX, StreamId, check_whole, refill, reserve};

/// The most pieces of a stream: the ids of those of one stream follow each other.
const PIECES_MAX: i64 = 1 << 22;

const _: () = assert!(PIECE_LEN as u64 * PIECES_MAX as u64 >= STREAM_LEN_MAX);

/// The ids are random numbers below this: a reader that is open while another store is restored
/// into the file does not take a stream of that for its own.
const IDS: i64 = 1 << 41;

const _: () =
    assert!(IDS.checked_mul(PIECES_MAX).is_none() && (IDS - 1).checked_mul(PIECES_MAX).is_some());

/// The random numbers that are tried for a stream.
const ATTEMPTS: u32 = 8;

/// The pieces that one step removes.
const PIECES_STEP: i64 = STEP_BYTES as i64 / PIECE_LEN as i64;

/// The largest value whose pieces are removed with it, if no reader has a lease; those of a larger
/// one are removed in steps.
const REMOVED_AT_ONCE: u64 = 4 * STEP_BYTES;

/// The state of a stream that is being written, and of one that is a value.
const WRITTEN: i64 = 0;
const VALUE: i64 = 1;

/// A stream of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoredStream(i64);

impl StoredStream {
    /// Returns the stream to which the `overflow` of an entry leads, or `None` if that is the id of
    /// an overflow row.
    pub(crate) fn of(session: &Session, overflow: i64) -> Option<StoredStream> {
        let is_stream = overflow < 0 && session.format() != Format::One;
        is_stream.then(|| StoredStream(overflow.saturating_neg()))
    }

    /// Returns the stream with a number.
    pub(crate) fn with_id(id: StreamId) -> StoredStream {
        StoredStream(id.0 as i64)
    }

    /// Returns its number.
    pub(crate) fn id(self) -> StreamId {
        StreamId(self.0 as u64)
    }

    /// Returns the `overflow` of the entry whose value it is.
    pub(crate) fn overflow(self) -> i64 {
        -self.0
    }

    /// Begins a stream that is kept until `lease`, in milliseconds since 1970.
    pub(crate) fn begin(session: &mut Session, lease: i64) -> Result<StoredStream> {
        let stream = StoredStream::next(session)?;
        stream.insert(session, 0, WRITTEN, lease)?;
        Ok(stream)
    }

    /// Writes a whole value as a stream.
    pub(crate) fn write(session: &mut Session, value: &[u8]) -> Result<StoredStream> {
        let stream = StoredStream::next(session)?;
        stream.insert(session, value.len() as u64, VALUE, 0)?;
        for (piece, number) in value.chunks(PIECE_LEN).zip(0..) {
            stream.insert_piece(session, number, piece)?;
        }
        Ok(stream)
    }

    /// Appends a piece to a stream of `size` bytes that is being written, and keeps it until
    /// `lease`.
    pub(crate) fn append(
        self,
        session: &mut Session,
        size: u64,
        piece: &[u8],
        lease: i64,
    ) -> Result<()> {
        let end = Integer((size + piece.len() as u64) as i64);
        let parameters = [Integer(self.0), Integer(size as i64), end, Integer(lease)];
        if session.execute(Sql::GrowStream, &parameters)? != 1 {
            return Err(gone_writer());
        }
        self.insert_piece(session, (size / PIECE_LEN as u64) as i64, piece)
    }

    /// Makes a stream of `size` bytes that is being written a value.
    pub(crate) fn adopt(self, session: &mut Session, size: u64) -> Result<()> {
        let parameters = [Integer(self.0), Integer(size as i64)];
        match session.execute(Sql::AdoptStream, &parameters)? {
            1 => Ok(()),
            _ => Err(gone_writer()),
        }
    }

    /// Ends a stream that is a value no longer at `now`, in milliseconds since 1970: removes it,
    /// or leaves that to the purge. Returns whether there is anything to purge.
    pub(crate) fn retire(self, session: &mut Session, now: i64) -> Result<bool> {
        // An entry of a damaged file can be removed.
        let Some((size, lease)) = self.find(session)? else { return Ok(false) };
        if lease < now && size <= REMOVED_AT_ONCE {
            self.remove_pieces(session, PIECES_MAX)?;
            session.execute(Sql::DeleteStream, &[Integer(self.0)])?;
            return Ok(false);
        }
        session.execute(Sql::RetireStream, &[Integer(self.0)])?;
        Ok(true)
    }

    /// Discards a stream, if it is not a value.
    pub(crate) fn discard(self, session: &mut Session) -> Result<()> {
        session.execute(Sql::DiscardStream, &[Integer(self.0)]).map(drop)
    }

    /// Keeps the stream until `lease` at least.
    pub(crate) fn lease(self, session: &mut Session, lease: i64) -> Result<()> {
        session.execute(Sql::LeaseStream, &[Integer(self.0), Integer(lease)]).map(drop)
    }

    /// Removes some pieces of a stream that no entry has and no lease keeps at `now`. Returns false
    /// if there is none.
    pub(crate) fn purge_step(session: &mut Session, now: i64) -> Result<bool> {
        let dead = session
            .query_first(Sql::DeadStream, &[Integer(now)], |_, row| row.expect_integer(0))?;
        let Some(stream) = dead.map(StoredStream) else { return Ok(false) };
        // Its writer must not go on.
        session.execute(Sql::RetireStream, &[Integer(stream.0)])?;
        if stream.remove_pieces(session, PIECES_STEP)? < PIECES_STEP {
            session.execute(Sql::DeleteStream, &[Integer(stream.0)])?;
        }
        Ok(true)
    }

    /// Returns the size.
    pub(crate) fn size(self, session: &mut Session) -> Result<u64> {
        let missing = || Error::new(ErrorKind::Corrupt, "a value is missing from kv_streams");
        self.find(session)?.map(|(size, _)| size).ok_or_else(missing)
    }

    /// Returns the whole value.
    pub(crate) fn value(self, session: &mut Session) -> Result<Vec<u8>> {
        let size = self.size(session)?;
        check_whole(size)?;
        let mut value = Vec::new();
        reserve(&mut value, size as usize)?;
        let Range { start, end } = self.pieces();
        session.query(Sql::GetPieces, &[Integer(start), Integer(end)], |_, row| {
            let piece = row.expect_blob(0)?;
            // A damaged table may have more.
            let fits = value.len() + piece.len() <= size as usize;
            if fits {
                value.extend_from_slice(piece);
            }
            Ok(fits)
        })?;
        match value.len() as u64 == size {
            true => Ok(value),
            false => Err(missing_piece()),
        }
    }

    /// Calls `read` with piece `number` and returns its result, or `None` if it is gone.
    pub(crate) fn piece<R>(
        self,
        session: &mut Session,
        number: u64,
        read: impl FnOnce(&[u8]) -> Result<R>,
    ) -> Result<Option<R>> {
        let id = self.pieces().start.saturating_add(number as i64);
        session.query_first(Sql::GetPiece, &[Integer(id)], |_, row| read(row.expect_blob(0)?))
    }

    /// Reads the bytes from `offset` on, up to the end of their piece, into `buffer`; none behind
    /// the end of the value.
    pub(crate) fn rest_of_piece(
        self,
        session: &mut Session,
        offset: u64,
        buffer: &mut Vec<u8>,
    ) -> Result<()> {
        buffer.clear();
        let (number, within) = (offset / PIECE_LEN as u64, (offset % PIECE_LEN as u64) as usize);
        let read = |piece: &[u8]| refill(buffer, piece.get(within..).unwrap_or_default());
        self.piece(session, number, read).map(drop)
    }

    fn next(session: &mut Session) -> Result<StoredStream> {
        if session.format() == Format::One {
            let message = "the file is in format 1, which has no values in pieces; close it in all \
                           processes and open it again, which upgrades it";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        for _ in 0..ATTEMPTS {
            let random = RandomState::new().hash_one(std::process::id());
            // The id of the piece behind the last has to be a number, too.
            let stream = StoredStream((random as i64 & (IDS - 1)).clamp(1, IDS - 2));
            if stream.find(session)?.is_none() {
                return Ok(stream);
            }
        }
        Err(Error::new(ErrorKind::Full, "no number is free for another value in pieces"))
    }

    fn insert(self, session: &mut Session, size: u64, state: i64, lease: i64) -> Result<()> {
        let parameters = [Integer(self.0), Integer(size as i64), Integer(state), Integer(lease)];
        session.execute(Sql::InsertStream, &parameters).map(drop)
    }

    fn insert_piece(self, session: &mut Session, number: i64, piece: &[u8]) -> Result<()> {
        let id = self.pieces().start.saturating_add(number);
        session.execute(Sql::InsertPiece, &[Integer(id), Blob(piece)]).map(drop)
    }

    fn remove_pieces(self, session: &mut Session, limit: i64) -> Result<i64> {
        let Range { start, end } = self.pieces();
        let parameters = [Integer(start), Integer(end), Integer(limit)];
        Ok(session.execute(Sql::DeletePieces, &parameters)? as i64)
    }

    /// Returns size and lease; `None` if it is not there.
    fn find(self, session: &mut Session) -> Result<Option<(u64, i64)>> {
        session.query_first(Sql::FindStream, &[Integer(self.0)], |_, row| {
            Ok((row.expect_integer(0)? as u64, row.expect_integer(1)?))
        })
    }

    /// Returns the ids of its pieces.
    fn pieces(self) -> Range<i64> {
        let start = self.0.saturating_mul(PIECES_MAX);
        start..start.saturating_add(PIECES_MAX)
    }
}

fn missing_piece() -> Error {
    Error::new(ErrorKind::Corrupt, "a piece of a value is missing from kv_pieces")
}

/// Returns the error of a write to a stream that was removed.
fn gone_writer() -> Error {
    let message = "the pieces that were written are gone, because their process stood still or the \
                   store was restored; write the value again";
    Error::new(ErrorKind::Closed, message)
}
