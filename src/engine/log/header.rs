//! The header of a log or snapshot: 64 bytes at its beginning.
//!
//! | offset | type | field |
//! |---|---|---|
//! | 0 | 8 bytes | `kv log`, 0 and the format, which is 1; in a snapshot `kv snap` and 1 |
//! | 8 | u64 | salt: a random number, part of all checksums of the file |
//! | 16 | u64 | number of the file |
//! | 24 | u64 | in a snapshot: sequence number of the first record of the log that goes on |
//! | 32 | u64 | in a snapshot: newest version |
//! | 40 | u64 | in a snapshot: number of its entries |
//! | 48 | 12 bytes | zero |
//! | 60 | u32 | CRC-32 of the bytes before |
//!
//! All numbers are little-endian.

use std::hash::{BuildHasher, RandomState};

use crate::error::{Error, ErrorKind, Result};
use crate::model::Version;

/// The bytes of a header.
pub(super) const HEADER_LEN: usize = 64;

const CRC_AT: usize = HEADER_LEN - 4;

/// The format that this version writes.
pub(super) const FORMAT: u8 = 1;

/// The kind of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    /// The changes since a snapshot.
    Log,
    /// All entries of one moment.
    Snapshot,
}

impl FileKind {
    fn magic(self) -> [u8; 7] {
        match self {
            FileKind::Log => *b"kv log\0",
            FileKind::Snapshot => *b"kv snap",
        }
    }

    /// Returns the beginning of the names of such files, which ends with a hyphen.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            FileKind::Log => "log-",
            FileKind::Snapshot => "snapshot-",
        }
    }
}

/// The header of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: FileKind,
    pub(super) salt: u64,
    pub(super) number: u64,
    /// In a snapshot, the sequence number of the first record of the log that goes on.
    pub(super) first_seq: u64,
    /// In a snapshot, the newest version.
    pub(super) version: Version,
    /// In a snapshot, the number of its entries.
    pub(super) entries: u64,
}

/// Returns a random number.
pub(super) fn salt() -> u64 {
    RandomState::new().hash_one(std::process::id())
}

impl Header {
    /// Returns the header of a new log.
    pub(super) fn of_log(number: u64) -> Header {
        Header { kind: FileKind::Log, salt: salt(), number, first_seq: 0, version: 0, entries: 0 }
    }

    /// Returns the bytes of the header.
    pub(super) fn encode(&self) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        let fields = [self.salt, self.number, self.first_seq, self.version, self.entries];
        bytes[..7].copy_from_slice(&self.kind.magic());
        bytes[7] = FORMAT;
        for (at, field) in fields.into_iter().enumerate() {
            let begin = 8 + 8 * at;
            bytes[begin..begin + 8].copy_from_slice(&field.to_le_bytes());
        }
        let crc = crc32fast::hash(&bytes[..CRC_AT]);
        bytes[CRC_AT..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Returns the header of a file of this kind that begins with `bytes`; fails with
    /// [`ErrorKind::Format`] if it is another file, or has a newer format, and with
    /// [`ErrorKind::Corrupt`] if the header is damaged.
    pub(super) fn decode(kind: FileKind, bytes: &[u8; HEADER_LEN]) -> Result<Header> {
        let crc = u32::from_le_bytes(field(bytes, CRC_AT));
        let is_whole = crc == crc32fast::hash(&bytes[..CRC_AT]);
        if bytes[..7] != kind.magic() {
            let message = "the file does not begin as one of kv";
            return Err(Error::new(ErrorKind::Format, message));
        }
        if !is_whole {
            return Err(Error::new(ErrorKind::Corrupt, "the header is damaged"));
        }
        if bytes[7] != FORMAT {
            let message = format!("the file has format {}, which a newer version reads", bytes[7]);
            return Err(Error::new(ErrorKind::Format, message));
        }
        let number = |at| u64::from_le_bytes(field(bytes, at));
        Ok(Header {
            kind,
            salt: number(8),
            number: number(16),
            first_seq: number(24),
            version: number(32),
            entries: number(40),
        })
    }
}

/// Returns the bytes of a field.
fn field<const N: usize>(bytes: &[u8; HEADER_LEN], at: usize) -> [u8; N] {
    bytes[at..].first_chunk::<N>().copied().unwrap_or([0; N])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_it_was_written_and_each_changed_bit_is_noticed() {
        let header = Header { entries: 5, version: 1, first_seq: 9, ..Header::of_log(3) };
        let bytes = header.encode();
        assert_eq!(Header::decode(FileKind::Log, &bytes), Ok(header));
        assert!(Header::decode(FileKind::Snapshot, &bytes).is_err());
        for bit in 0..HEADER_LEN * 8 {
            let mut damaged = bytes;
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(Header::decode(FileKind::Log, &damaged).is_err(), "bit {bit}");
        }
    }
}
