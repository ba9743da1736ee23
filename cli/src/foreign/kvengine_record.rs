//! The records of plumego's `kvengine`: in the log, and the entries of a snapshot.

use data_encoding::{BASE64, HEXLOWER};

use crate::foreign::timestamp::Timestamp;
use crate::json_fields::{Fields, Result};

/// The first bytes of a record.
pub const MAGIC: &[u8] = b"WALE";
/// The operation of a record that sets a key.
pub const SET: u8 = 1;
/// The operation of a record that deletes a key.
pub const DELETE: u8 = 2;

/// A record of the log, or an entry of a snapshot, which has no checksum.
pub struct Record {
    pub op: u8,
    pub key: Vec<u8>,
    pub value: Vec<u8>,
    pub expire_at: Timestamp,
    pub version: i64,
    pub crc: u32,
}

impl Record {
    /// Reads a record, or returns `None` if the bytes end within it.
    pub fn of_bytes(rest: &mut Bytes<'_>) -> Option<Record> {
        rest.take(MAGIC.len())?;
        let op = *rest.take(1)?.first()?;
        let (key, value) = (rest.text()?, rest.text()?);
        let expire_at = Timestamp::from_unix_nanos(rest.i64()?);
        Some(Record { op, key, value, expire_at, version: rest.i64()?, crc: rest.u32()? })
    }

    /// Reads the line of a record or of an entry.
    pub fn of_line(line: &[u8]) -> Result<Record> {
        let mut fields = Fields::parse(line)?;
        let value: Option<String> = fields.take_as("value", "a string")?;
        let expire_at: Option<String> = fields.take_as("expire_at", "a time")?;
        let parse = |text: String| {
            Timestamp::parse(&text)
                .ok_or_else(|| format!("field \"expire_at\" is not a time: {text:?}"))
        };
        Ok(Record {
            op: fields.take_as("op", "a number")?.unwrap_or(SET),
            key: fields.need_bytes("key")?,
            value: BASE64
                .decode(value.unwrap_or_default().as_bytes())
                .map_err(|error| format!("field \"value\" is not base64: {error}"))?,
            expire_at: expire_at.map(parse).transpose()?.unwrap_or_default(),
            version: fields.take_as("version", "a number")?.unwrap_or_default(),
            crc: fields.take_as("crc", "a number")?.unwrap_or_default(),
        })
    }

    /// Returns whether the checksum is that of the record, in the present form or in the older one.
    pub fn is_whole(&self) -> bool {
        let (op, version) = (self.op.to_string(), self.version.to_string());
        let (op, version) = (op.as_bytes(), version.as_bytes());
        let hex = HEXLOWER.encode(&self.value);
        let expiry = self.expire_at.unix_nanos().to_string();
        let (hex, expiry) = (hex.as_bytes(), expiry.as_bytes());
        let nul: &[u8] = b"\0";
        checksum(&[op, nul, &self.key, nul, hex, nul, expiry, nul, version]) == self.crc
            || checksum(&[op, &self.key, &self.value, version]) == self.crc
    }
}

/// Bytes that are read from the front.
pub struct Bytes<'b>(pub &'b [u8]);

impl<'b> Bytes<'b> {
    /// Reads so many bytes, or returns `None` if there are fewer.
    pub fn take(&mut self, len: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    /// Reads a number of four bytes.
    pub fn u32(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    /// Reads a number of eight bytes.
    pub fn i64(&mut self) -> Option<i64> {
        Some(i64::from_be_bytes(self.take(8)?.try_into().ok()?))
    }

    /// Reads a length and so many bytes.
    pub fn text(&mut self) -> Option<Vec<u8>> {
        let len = self.u32()? as usize;
        self.take(len).map(<[u8]>::to_vec)
    }
}

/// Returns the CRC-32 of the parts, one behind the other.
pub fn checksum(parts: &[&[u8]]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize()
}
