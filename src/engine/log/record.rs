//! Records: what a file consists of behind its header.
//!
//! | offset | type | field |
//! |---|---|---|
//! | 0 | u32 | length of the rest behind the checksum |
//! | 4 | u32 | CRC-32 of the salt of the file, the offset of the record, and the rest |
//! | 8 | u64 | sequence number |
//! | 16 | u64 | offset below which the file was synced when the record was written |
//! | 24 | u64 | newest version after the record |
//! | 32 | i64 | time of its commit in microseconds since 1970 |
//! | 40 | u8 | kind |
//! | 41 | | steps |
//!
//! A record has the same place and sequence number for ever, so that one of an earlier life of the
//! file is never taken for one of this.

use crate::clock::Timestamp;
use crate::engine::log::step::{self, Step};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Version;

/// The bytes before the steps.
pub(super) const RECORD_HEAD_LEN: usize = 41;

/// The bytes before the sequence number.
const FRAME_LEN: usize = 8;

/// The kind of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RecordKind {
    /// The first record of a log: the log before it is synced as a whole. Its place of the synced
    /// offset has the length of that log.
    Begin,
    /// A transaction, or a part of a snapshot.
    Steps,
    /// The last record of a snapshot.
    End,
}

impl RecordKind {
    fn code(self) -> u8 {
        match self {
            RecordKind::Begin => 1,
            RecordKind::Steps => 2,
            RecordKind::End => 3,
        }
    }

    fn from_code(code: u8) -> Option<RecordKind> {
        [RecordKind::Begin, RecordKind::Steps, RecordKind::End]
            .into_iter()
            .find(|it| it.code() == code)
    }
}

/// The fields of a record before its steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RecordHead {
    pub(super) kind: RecordKind,
    pub(super) seq: u64,
    /// The offset below which the file was synced when the record was written.
    pub(super) synced_to: u64,
    /// The newest version after the record.
    pub(super) version: Version,
    pub(super) time: Timestamp,
}

/// A record that was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record<'a> {
    pub(super) head: RecordHead,
    /// Its steps, for [`Steps`](step::Steps).
    pub(super) steps: &'a [u8],
}

/// A record as it is put together.
#[derive(Default)]
pub(super) struct RecordBuffer {
    bytes: Vec<u8>,
    /// The place of the name of the last step's group.
    group: Option<(usize, usize)>,
}

impl RecordBuffer {
    /// A larger buffer is released after its record.
    const KEPT_MAX: usize = 1024 * 1024;

    /// Begins a new record.
    pub(super) fn clear(&mut self) {
        if self.bytes.capacity() > Self::KEPT_MAX {
            self.bytes = Vec::new();
        }
        self.bytes.clear();
        self.bytes.resize(RECORD_HEAD_LEN, 0);
        self.group = None;
    }

    /// Appends a step.
    pub(super) fn add(&mut self, step: &Step<'_>) -> Result<()> {
        let last = self.group.and_then(|(begin, end)| self.bytes.get(begin..end));
        let is_same = last == Some(step.group());
        let begin = self.bytes.len() + 3;
        let last = is_same.then(|| step.group());
        step::encode(step, last, &mut self.bytes)?;
        if !is_same {
            self.group = Some((begin, begin + step.group().len()));
        }
        Ok(())
    }

    /// Returns the bytes of the steps so far.
    pub(super) fn steps_len(&self) -> usize {
        self.bytes.len().saturating_sub(RECORD_HEAD_LEN)
    }

    /// Returns the bytes of the record in a file with this salt at `offset`. Fails if it is too
    /// long.
    pub(super) fn finish(&mut self, salt: u64, offset: u64, head: &RecordHead) -> Result<&[u8]> {
        if self.bytes.len() < RECORD_HEAD_LEN {
            self.clear();
        }
        let Ok(len) = u32::try_from(self.bytes.len() - FRAME_LEN) else {
            let message = "the batch is larger than 4 GiB; divide it";
            return Err(Error::new(ErrorKind::TooLarge, message));
        };
        let RecordHead { kind, seq, synced_to, version, time } = *head;
        self.bytes[..4].copy_from_slice(&len.to_le_bytes());
        self.bytes[8..16].copy_from_slice(&seq.to_le_bytes());
        self.bytes[16..24].copy_from_slice(&synced_to.to_le_bytes());
        self.bytes[24..32].copy_from_slice(&version.to_le_bytes());
        self.bytes[32..40].copy_from_slice(&time.as_micros().to_le_bytes());
        self.bytes[40] = kind.code();
        let crc = checksum(salt, offset, &self.bytes[FRAME_LEN..]);
        self.bytes[4..8].copy_from_slice(&crc.to_le_bytes());
        Ok(&self.bytes)
    }
}

/// The longest value in a record, which has room for names beside it.
const VALUE_LEN_MAX: u64 = (1 << 32) - (1 << 20);

/// Fails if a value of `size` bytes has no room in a record.
pub(super) fn check_value(size: u64) -> Result<()> {
    if size <= VALUE_LEN_MAX {
        return Ok(());
    }
    let message = format!(
        "value of {size} bytes is over the limit of {VALUE_LEN_MAX} bytes in a store with a log; \
         a store in a file takes larger ones"
    );
    Err(Error::new(ErrorKind::TooLarge, message))
}

/// Returns the length of the record at the beginning of `bytes`, if it may be one: its length is
/// that of a record.
pub(super) fn frame_len(bytes: &[u8; 4]) -> Option<u64> {
    let len = u64::from(u32::from_le_bytes(*bytes));
    (len >= (RECORD_HEAD_LEN - FRAME_LEN) as u64).then_some(len + FRAME_LEN as u64)
}

/// Returns the record whose bytes these are, if its checksum is right.
pub(super) fn decode(salt: u64, offset: u64, bytes: &[u8]) -> Option<Record<'_>> {
    let (frame, rest) = bytes.split_first_chunk::<FRAME_LEN>()?;
    let crc = u32::from_le_bytes(*frame.last_chunk::<4>()?);
    if crc != checksum(salt, offset, rest) {
        return None;
    }
    let number = |at: usize| Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk::<8>()?));
    let head = RecordHead {
        kind: RecordKind::from_code(*bytes.get(40)?)?,
        seq: number(8)?,
        synced_to: number(16)?,
        version: number(24)?,
        time: Timestamp::from_micros(number(32)? as i64),
    };
    Some(Record { head, steps: bytes.get(RECORD_HEAD_LEN..)? })
}

fn checksum(salt: u64, offset: u64, rest: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    let mut place = [0; 16];
    place[..8].copy_from_slice(&salt.to_le_bytes());
    place[8..].copy_from_slice(&offset.to_le_bytes());
    hasher.update(&place);
    hasher.update(rest);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_belongs_to_its_file_and_place() {
        let mut buffer = RecordBuffer::default();
        buffer.clear();
        let step = Step::Remove { group: b"g", key: b"k", change: None };
        buffer.add(&step).expect("memory");
        buffer.add(&step).expect("memory");
        let head = RecordHead {
            kind: RecordKind::Steps,
            seq: 4,
            synced_to: 100,
            version: 7,
            time: Timestamp::from_micros(-9),
        };
        let bytes = buffer.finish(1, 200, &head).expect("a record").to_vec();
        assert_eq!(frame_len(bytes.first_chunk().expect("a frame")), Some(bytes.len() as u64));
        let record = decode(1, 200, &bytes).expect("a record");
        assert_eq!(record.head, head);
        let steps: Vec<_> = step::Steps::new(record.steps).collect();
        assert_eq!(steps, [Ok(step), Ok(step)]);
        assert!(decode(2, 200, &bytes).is_none() && decode(1, 201, &bytes).is_none());
        for bit in 32..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(1, 200, &damaged).is_none(), "bit {bit}");
        }
    }
}
