//! Rows: an entry in one piece of memory, which clones share.

use std::sync::atomic::{AtomicU32, Ordering};

use triomphe::ThinArc;

use crate::clock::Timestamp;
use crate::error::Result;
use crate::model::{Entry, EntryInfo, EntryRef, Expiry, Version, check_whole, no_memory, reserve};

/// The expiry of a row that never expires. An entry with this very expiry, the most distant past,
/// gets the next one.
const NEVER: i64 = i64::MIN;

/// The bytes of the length of the key, before the key.
const KEY_LEN_BYTES: usize = 2;

/// An entry with its key, live or expired.
#[derive(Clone)]
pub(crate) struct Row(ThinArc<Meta, u8>);

struct Meta {
    version: Version,
    expires_at: i64,
    /// The id of its group; set once, before others see the row.
    group: AtomicU32,
}

/// Memory in which a row is put together; it is used again for the next.
#[derive(Default)]
pub(crate) struct RowBuffer(Vec<u8>);

impl RowBuffer {
    /// A larger buffer is released after its row.
    const KEPT_MAX: usize = 64 * 1024;

    /// Returns a row, or an error if there is no memory for it.
    pub(crate) fn row(
        &mut self,
        key: &[u8],
        value: &[u8],
        version: Version,
        expires_at: Option<Expiry>,
    ) -> Result<Row> {
        let len = KEY_LEN_BYTES + key.len() + value.len();
        self.0.clear();
        reserve(&mut self.0, len)?;
        self.0.extend_from_slice(&(key.len() as u16).to_le_bytes());
        self.0.extend_from_slice(key);
        self.0.extend_from_slice(value);
        let meta = meta(version, expires_at);
        let row = of_bytes(meta, &self.0);
        if self.0.capacity() > Self::KEPT_MAX {
            self.0 = Vec::new();
        }
        row
    }
}

/// The bytes of a row whose value is written in pieces.
pub(crate) struct RowBytes(Vec<u8>);

impl RowBytes {
    /// Returns the bytes of a row with a key, whose value is empty.
    pub(crate) fn new(key: &[u8]) -> RowBytes {
        let mut bytes = (key.len() as u16).to_le_bytes().to_vec();
        bytes.extend_from_slice(key);
        RowBytes(bytes)
    }

    /// Appends a piece of the value.
    pub(crate) fn append(&mut self, piece: &[u8]) -> Result<()> {
        reserve(&mut self.0, piece.len())?;
        self.0.extend_from_slice(piece);
        Ok(())
    }

    /// Returns the row.
    pub(crate) fn row(&self, version: Version, expires_at: Option<Expiry>) -> Result<Row> {
        of_bytes(meta(version, expires_at), &self.0)
    }
}

fn meta(version: Version, expires_at: Option<Expiry>) -> Meta {
    let expires_at = expires_at.map_or(NEVER, |at| at.as_millis().max(NEVER + 1));
    Meta { version, expires_at, group: AtomicU32::new(0) }
}

fn of_bytes(meta: Meta, bytes: &[u8]) -> Result<Row> {
    let row = ThinArc::try_from_header_and_slice(meta, bytes);
    row.map(Row).map_err(|_| no_memory(bytes.len()))
}

impl Row {
    /// Returns key and value.
    fn parts(&self) -> (&[u8], &[u8]) {
        let Some((len, rest)) = self.0.slice.split_first_chunk::<KEY_LEN_BYTES>() else {
            return (&[], &[]);
        };
        rest.split_at_checked(usize::from(u16::from_le_bytes(*len))).unwrap_or_default()
    }

    pub(crate) fn key(&self) -> &[u8] {
        self.parts().0
    }

    pub(crate) fn value(&self) -> &[u8] {
        self.parts().1
    }

    pub(crate) fn version(&self) -> Version {
        self.0.header.header.version
    }

    pub(crate) fn expires_at(&self) -> Option<Expiry> {
        let at = self.0.header.header.expires_at;
        (at != NEVER).then(|| Expiry::at_millis(at))
    }

    /// Returns whether the entry is live at `now`.
    pub(crate) fn is_live(&self, now: Timestamp) -> bool {
        self.expires_at().is_none_or(|at| !at.is_past(now))
    }

    /// Returns the entry without its key; fails if its value is returned in pieces alone.
    pub(crate) fn entry(&self) -> Result<EntryRef<'_>> {
        let (value, version, expires_at) = (self.value(), self.version(), self.expires_at());
        check_whole(value.len() as u64)?;
        Ok(EntryRef { value, version, expires_at })
    }

    pub(crate) fn to_entry(&self) -> Result<Entry> {
        self.entry()?.to_entry()
    }

    pub(crate) fn info(&self) -> EntryInfo {
        let (version, expires_at) = (self.version(), self.expires_at());
        EntryInfo { size: self.value().len() as u64, version, expires_at }
    }

    /// Returns the row with another expiry.
    pub(crate) fn with_expiry(
        &self,
        buffer: &mut RowBuffer,
        expires_at: Option<Expiry>,
    ) -> Result<Row> {
        buffer.row(self.key(), self.value(), self.version(), expires_at)
    }

    /// Returns the id of its group.
    pub(super) fn group(&self) -> u32 {
        self.0.header.header.group.load(Ordering::Relaxed)
    }

    /// Sets the id of its group, before others see the row.
    pub(super) fn set_group(&self, id: u32) {
        self.0.header.header.group.store(id, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_what_it_was_made_of() {
        let mut buffer = RowBuffer::default();
        let long = vec![7; 100_000];
        for (key, value) in [(&b""[..], &b""[..]), (b"k", b"v"), (&long[..65_535], &long)] {
            for expires_at in [None, Some(Expiry::at_millis(-3)), Some(Expiry::at_millis(i64::MAX))]
            {
                let row = buffer.row(key, value, 9, expires_at).expect("a row");
                assert_eq!((row.key(), row.value()), (key, value));
                assert_eq!((row.version(), row.expires_at()), (9, expires_at));
            }
        }
        let least = buffer.row(b"", b"", 1, Some(Expiry::at_millis(i64::MIN))).expect("a row");
        assert!(!least.is_live(Timestamp::from_micros(0)));
    }
}
