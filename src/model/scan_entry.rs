//! The entries that a cursor returns.

use crate::model::expiry::Expiry;
use crate::model::version::Version;

/// An entry, or the name of a group, borrowed from a cursor. A scan of groups has empty keys; a
/// scan without values has empty values, and with [`Values::Sizes`](crate::model::Values::Sizes)
/// their sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the vocabulary itself")]
pub struct ScanEntry<'a> {
    pub group: &'a [u8],
    pub key: &'a [u8],
    pub value: &'a [u8],
    pub value_size: u64,
    pub version: Version,
    pub expires_at: Option<Expiry>,
}

impl<'a> ScanEntry<'a> {
    /// Returns the item of the group `name` in a scan of groups.
    pub fn of_group(name: &'a [u8]) -> Self {
        ScanEntry { group: name, key: b"", value: b"", value_size: 0, version: 0, expires_at: None }
    }
}

/// A copy of an entry of a cursor, in memory that is reused for the next.
#[derive(Debug, Default)]
pub struct EntryBuf {
    /// Group, key and value, one after the other.
    bytes: Vec<u8>,
    group_len: usize,
    key_len: usize,
    value_size: u64,
    version: Version,
    expires_at: Option<Expiry>,
}

impl EntryBuf {
    /// Replaces the copy by one of `entry`.
    pub fn keep(&mut self, entry: &ScanEntry<'_>) {
        self.bytes.clear();
        for part in [entry.group, entry.key, entry.value] {
            self.bytes.extend_from_slice(part);
        }
        (self.group_len, self.key_len) = (entry.group.len(), entry.key.len());
        (self.value_size, self.version) = (entry.value_size, entry.version);
        self.expires_at = entry.expires_at;
    }

    /// Returns the copy; at first, an empty entry.
    pub fn get(&self) -> ScanEntry<'_> {
        let (group, rest) = self.bytes.split_at_checked(self.group_len).unwrap_or_default();
        let (key, value) = rest.split_at_checked(self.key_len).unwrap_or_default();
        let EntryBuf { value_size, version, expires_at, .. } = *self;
        ScanEntry { group, key, value, value_size, version, expires_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copy_is_the_last_entry_whatever_came_before() {
        let expires_at = Some(Expiry::at_millis(9));
        let mut kept = EntryBuf::default();
        assert_eq!(kept.get(), ScanEntry::of_group(b""));

        for (group, key, value) in [
            (&b"g"[..], &b"key"[..], &b"a long value"[..]),
            (b"g", b"", b""),
            (b"gr", b"k", b"v"),
            (b"g", b"rk", b"v"),
            (b"", b"grk", b""),
        ] {
            let entry = ScanEntry {
                group,
                key,
                value,
                value_size: value.len() as u64,
                version: 7,
                expires_at,
            };
            kept.keep(&entry);
            assert_eq!(kept.get(), entry);
        }
        kept.keep(&ScanEntry::of_group(b"g"));
        assert_eq!(kept.get(), ScanEntry::of_group(b"g"));
    }
}
