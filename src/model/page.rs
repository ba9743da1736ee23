//! A stretch of entries in one buffer, as engines hand them to cursors.

use crate::model::{Expiry, GROUP_LEN_MAX, KEY_LEN_MAX, VALUE_LEN_MAX, Version};

/// Entries side by side in one allocation that is used again for the next page.
#[derive(Debug, Default)]
pub struct Page {
    bytes: Vec<u8>,
    entries: Vec<Span>,
}

/// Where an entry lies: its group, key and value follow each other from `start`. Small, because a
/// walk writes and reads one per entry.
#[derive(Debug, Clone, Copy)]
struct Span {
    version: Version,
    expires_at: Option<Expiry>,
    start: u32,
    value_len: u32,
    group_len: u16,
    key_len: u16,
}

// The narrow lengths hold what the limits allow; a page ends long before `start` is too small.
const _: () = assert!(GROUP_LEN_MAX <= u16::MAX as usize && KEY_LEN_MAX <= u16::MAX as usize);
const _: () = assert!(VALUE_LEN_MAX <= u32::MAX as usize / 2);

/// An entry of a page, borrowed. A page of groups has empty keys, a page of keys empty values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the vocabulary itself")]
pub struct PageEntry<'a> {
    pub group: &'a [u8],
    pub key: &'a [u8],
    pub value: &'a [u8],
    pub version: Version,
    pub expires_at: Option<Expiry>,
}

impl Page {
    /// Empties the page and keeps its memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
    }

    /// Makes room for `entries` entries of `bytes` bytes in all.
    pub fn reserve(&mut self, entries: usize, bytes: usize) {
        self.entries.reserve(entries);
        self.bytes.reserve(bytes);
    }

    /// Adds a copy of `entry`.
    pub fn push(&mut self, entry: PageEntry<'_>) {
        let start = self.bytes.len();
        self.bytes.reserve(entry.group.len() + entry.key.len() + entry.value.len());
        self.bytes.extend_from_slice(entry.group);
        self.bytes.extend_from_slice(entry.key);
        self.bytes.extend_from_slice(entry.value);
        self.entries.push(Span {
            start: start as u32,
            group_len: entry.group.len() as u16,
            key_len: entry.key.len() as u16,
            value_len: entry.value.len() as u32,
            version: entry.version,
            expires_at: entry.expires_at,
        });
    }

    /// Returns how many entries the page holds.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Answers whether the page holds nothing.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns how many bytes of groups, keys and values the page holds.
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns the entry at `index`, or `None` past the end.
    pub fn get(&self, index: usize) -> Option<PageEntry<'_>> {
        let span = self.entries.get(index)?;
        let bytes = self.bytes.get(span.start as usize..)?;
        let (group, bytes) = bytes.split_at_checked(usize::from(span.group_len))?;
        let (key, bytes) = bytes.split_at_checked(usize::from(span.key_len))?;
        let value = bytes.get(..span.value_len as usize)?;
        Some(PageEntry { group, key, value, version: span.version, expires_at: span.expires_at })
    }
}
