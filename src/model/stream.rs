//! Streams: values that are written and read in pieces.

use crate::error::{Error, ErrorKind, Result};
use crate::model::key::{VALUE_LEN_MAX, check_value};

/// The bytes of each piece of a stream but the last.
pub const PIECE_LEN: usize = 256 * 1024;

/// The longest value that is written in pieces, in bytes.
pub const STREAM_LEN_MAX: u64 = 1 << 40;

/// The number of a stream in its engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub u64);

/// The value that a write stores.
#[derive(Debug, Clone, Copy)]
pub(crate) enum NewValue<'a> {
    /// These bytes.
    Bytes(&'a [u8]),
    /// The bytes of a stream, and their number.
    Stream(StreamId, u64),
}

impl<'a> NewValue<'a> {
    /// No value, of a removal.
    pub(crate) const NONE: NewValue<'static> = NewValue::Bytes(b"");

    /// Returns the number of bytes.
    pub(crate) fn size(self) -> u64 {
        match self {
            NewValue::Bytes(bytes) => bytes.len() as u64,
            NewValue::Stream(_, size) => size,
        }
    }

    /// Returns the bytes that the change of the write has: none of a stream.
    pub(crate) fn of_change(self) -> &'a [u8] {
        match self {
            NewValue::Bytes(bytes) => bytes,
            NewValue::Stream(..) => b"",
        }
    }
}

/// Fails with [`ErrorKind::TooLarge`] if a stream of `size` bytes is over its limit.
pub(crate) fn check_stream(size: u64) -> Result<()> {
    if size <= STREAM_LEN_MAX {
        return Ok(());
    }
    let message = format!("value of {size} bytes is over the limit of {STREAM_LEN_MAX} bytes");
    Err(Error::new(ErrorKind::TooLarge, message))
}

/// Fails with [`ErrorKind::TooLarge`] if a value of `size` bytes is returned in pieces alone.
pub(crate) fn check_whole(size: u64) -> Result<()> {
    if usize::try_from(size).is_ok_and(|len| check_value(len).is_ok()) {
        return Ok(());
    }
    let message = format!(
        "the value has {size} bytes, and a call that returns it whole takes at most \
         {VALUE_LEN_MAX}; read it in pieces with kv_reader_open"
    );
    Err(Error::new(ErrorKind::TooLarge, message))
}
