//! Rows: an entry in one piece of memory, which clones share.

use std::sync::atomic::{AtomicU32, Ordering};

use triomphe::ThinArc;

use crate::clock::Timestamp;
use crate::error::Result;
use crate::model::{Entry, EntryInfo, EntryRef, Expiry, Version, no_memory, reserve};

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
        let meta = Meta {
            version,
            expires_at: expires_at.map_or(NEVER, |at| at.as_millis().max(NEVER + 1)),
            group: AtomicU32::new(0),
        };
        let row = ThinArc::try_from_header_and_slice(meta, &self.0);
        if self.0.capacity() > Self::KEPT_MAX {
            self.0 = Vec::new();
        }
        row.map(Row).map_err(|_| no_memory(len))
    }
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

    /// Returns the entry without its key.
    pub(crate) fn entry(&self) -> EntryRef<'_> {
        EntryRef { value: self.value(), version: self.version(), expires_at: self.expires_at() }
    }

    pub(crate) fn to_entry(&self) -> Result<Entry> {
        self.entry().to_entry()
    }

    pub(crate) fn info(&self) -> EntryInfo {
        self.entry().info()
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
