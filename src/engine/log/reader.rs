//! Reading a file record by record.

use std::fs::File;
use std::io::{BufReader, ErrorKind as IoErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use crate::engine::log::header::{FileKind, HEADER_LEN, Header};
use crate::engine::log::record::{self, RECORD_HEAD_LEN, Record, RecordHead};
use crate::error::{Error, ErrorKind, Result};
use crate::model::reserve;
use crate::os::FileAt;

/// Bytes that a search for later records looks through; behind a gap of more there is none.
const SEARCHED_MAX: u64 = 256 * 1024 * 1024;

/// A file that is read from its beginning.
pub(super) struct FileReader {
    file: BufReader<File>,
    header: Header,
    /// The offset of the next record.
    offset: u64,
    /// The length of the file when it was opened.
    len: u64,
    buffer: Vec<u8>,
}

impl FileReader {
    /// Opens the file at `path`; fails if it does not begin with a header of this kind and number.
    pub(super) fn open(path: &Path, kind: FileKind, number: u64) -> Result<FileReader> {
        let mut file = BufReader::with_capacity(256 * 1024, File::open(path)?);
        let len = file.get_ref().metadata()?.len();
        let mut bytes = [0; HEADER_LEN];
        file.read_exact(&mut bytes).map_err(|error| match error.kind() {
            IoErrorKind::UnexpectedEof => {
                Error::new(ErrorKind::Corrupt, "the file ends within its header")
            }
            _ => error.into(),
        })?;
        let header = Header::decode(kind, &bytes)?;
        if header.number != number {
            let message = format!("the file says that it is number {}", header.number);
            return Err(Error::new(ErrorKind::Corrupt, message));
        }
        Ok(FileReader { file, header, offset: HEADER_LEN as u64, len, buffer: Vec::new() })
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    /// Returns the length of the file when it was opened.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Returns the offset of the next record.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Makes records readable that were appended since the file was opened, up to `end`.
    pub(super) fn extend_to(&mut self, end: u64) -> Result<()> {
        let len = self.file.get_ref().metadata()?.len().min(end);
        if len > self.len {
            self.len = len;
            // The bytes that were read ahead are older.
            self.file.seek(SeekFrom::Start(self.offset))?;
        }
        Ok(())
    }

    /// Returns the next record, or `None` if there is none that is whole at the offset.
    pub(super) fn next(&mut self) -> Result<Option<Record<'_>>> {
        let left = self.len.saturating_sub(self.offset);
        let mut frame = [0; 4];
        if left < RECORD_HEAD_LEN as u64 {
            return Ok(None);
        }
        self.file.read_exact(&mut frame)?;
        let Some(len) = record::frame_len(&frame).filter(|len| *len <= left) else {
            return Ok(None);
        };
        self.buffer.clear();
        reserve(&mut self.buffer, len as usize)?;
        self.buffer.extend_from_slice(&frame);
        let rest = &mut self.file;
        if rest.take(len - 4).read_to_end(&mut self.buffer)? as u64 != len - 4 {
            return Ok(None);
        }
        let found = record::decode(self.header.salt, self.offset, &self.buffer);
        if found.is_some() {
            self.offset += len;
        }
        Ok(found)
    }

    /// Returns whether a record behind the offset proves that the file was synced beyond it.
    /// `last` is the record before the offset.
    pub(super) fn was_synced_beyond(&self, last: Option<&RecordHead>) -> Result<bool> {
        let file = self.file.get_ref();
        let end = self.len.min(self.offset + SEARCHED_MAX);
        let mut bytes = vec![0; usize::try_from(end - self.offset).unwrap_or(0)];
        file.read_exact_at(&mut bytes, self.offset)?;
        let last_seq = last.map_or(self.header.first_seq, |it| it.seq);
        for at in 1..bytes.len().saturating_sub(RECORD_HEAD_LEN) {
            let rest = &bytes[at..];
            let number = |at: usize| {
                rest.get(at..).and_then(|it| it.first_chunk::<8>()).copied().map(u64::from_le_bytes)
            };
            let (Some(frame), Some(seq), Some(synced_to)) =
                (rest.first_chunk::<4>(), number(8), number(16))
            else {
                break;
            };
            let offset = self.offset + at as u64;
            // The checksum is computed only of what may be such a record.
            let is_proof = seq > last_seq && synced_to > self.offset && synced_to <= offset;
            let bytes = record::frame_len(frame).and_then(|len| rest.get(..len as usize));
            if is_proof
                && let Some(bytes) = bytes
                && record::decode(self.header.salt, offset, bytes).is_some()
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
