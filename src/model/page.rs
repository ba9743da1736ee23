//! A stretch of entries in one buffer, as engines hand them to cursors.

use crate::model::{Expiry, VALUE_LEN_MAX, Version};

/// Entries of one group, or names of groups, side by side in one allocation, which is used again
/// for the next page.
#[derive(Debug, Default)]
pub struct Page {
    /// The group of all entries, or `None` if they are names of groups.
    group: Option<Vec<u8>>,
    bytes: Vec<u8>,
    entries: Vec<Span>,
}

/// Where an entry lies: its key and value follow each other from `start`. Small, because a walk
/// writes and reads one per entry.
#[derive(Debug, Clone, Copy)]
struct Span {
    version: Version,
    expires_at: Option<Expiry>,
    start: u32,
    value_len: u32,
    key_len: u32,
}

// The narrow lengths hold what the limits allow; a page ends long before `start` is too small.
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
    /// Empties the page and keeps its memory; what is added next are names of groups.
    pub fn clear(&mut self) {
        self.group = None;
        self.bytes.clear();
        self.entries.clear();
    }

    /// Empties the page and keeps its memory; what is added next are entries of `group`.
    pub fn begin(&mut self, group: &[u8]) {
        let mut name = self.group.take().unwrap_or_default();
        self.clear();
        name.clear();
        name.extend_from_slice(group);
        self.group = Some(name);
    }

    /// Makes room for `entries` entries of `bytes` bytes in all.
    pub fn reserve(&mut self, entries: usize, bytes: usize) {
        self.entries.reserve(entries);
        self.bytes.reserve(bytes);
    }

    /// Adds a copy of an entry to a page of entries.
    pub fn push(&mut self, key: &[u8], value: &[u8], version: Version, expires_at: Option<Expiry>) {
        let start = self.bytes.len() as u32;
        self.bytes.reserve(key.len() + value.len());
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value);
        let (key_len, value_len) = (key.len() as u32, value.len() as u32);
        self.entries.push(Span { version, expires_at, start, value_len, key_len });
    }

    /// Adds the name of a group to a page of groups.
    pub fn push_group(&mut self, name: &[u8]) {
        self.push(name, b"", 0, None);
    }

    /// Returns how many entries the page holds.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Answers whether the page holds nothing.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns how many bytes of keys and values the page holds.
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns the entry at `index`, or `None` past the end.
    pub fn get(&self, index: usize) -> Option<PageEntry<'_>> {
        let span = self.entries.get(index)?;
        let bytes = self.bytes.get(span.start as usize..)?;
        let (key, bytes) = bytes.split_at_checked(span.key_len as usize)?;
        let value = bytes.get(..span.value_len as usize)?;
        let (group, key) = match &self.group {
            Some(group) => (group.as_slice(), key),
            None => (key, &b""[..]),
        };
        Some(PageEntry { group, key, value, version: span.version, expires_at: span.expires_at })
    }
}
