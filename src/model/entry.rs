//! Entries: a value with its version and expiry.

use std::sync::Arc;

use crate::error::Result;
use crate::model::expiry::Expiry;
use crate::model::key::check_value;
use crate::model::room::{copy_value, reserve};
use crate::model::version::Version;

/// The bytes of a value; clones share them.
pub type Value = Arc<[u8]>;

/// Returns a value with bytes at its end; fails if that is over the limit of values.
pub(crate) fn appended(head: &[u8], tail: &[u8]) -> Result<Vec<u8>> {
    let len = head.len().saturating_add(tail.len());
    check_value(len)?;
    let mut value = Vec::new();
    reserve(&mut value, len)?;
    value.extend_from_slice(head);
    value.extend_from_slice(tail);
    Ok(value)
}

/// A value with its version and expiry, owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The bytes stored.
    pub value: Value,
    /// The token that changes with each write of the key.
    pub version: Version,
    /// The expiry, or `None` if it never expires.
    pub expires_at: Option<Expiry>,
}

/// An entry borrowed from an engine for the length of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryRef<'a> {
    /// The bytes stored.
    pub value: &'a [u8],
    /// The token that changes with each write of the key.
    pub version: Version,
    /// The expiry, or `None` if it never expires.
    pub expires_at: Option<Expiry>,
}

/// An entry without its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryInfo {
    /// The size of the value in bytes.
    pub size: u64,
    /// The token that changes with each write of the key.
    pub version: Version,
    /// The expiry, or `None` if it never expires.
    pub expires_at: Option<Expiry>,
}

impl Entry {
    /// Returns the entry without its value.
    pub fn info(&self) -> EntryInfo {
        let Entry { value, version, expires_at } = self;
        EntryInfo { size: value.len() as u64, version: *version, expires_at: *expires_at }
    }
}

impl EntryRef<'_> {
    /// Returns the entry without its value.
    pub fn info(&self) -> EntryInfo {
        let EntryRef { value, version, expires_at } = *self;
        EntryInfo { size: value.len() as u64, version, expires_at }
    }

    /// Returns a copy that outlives the call; fails with
    /// [`ErrorKind::Memory`](crate::ErrorKind::Memory) if there is no memory for it.
    pub fn to_entry(self) -> Result<Entry> {
        let value = copy_value(self.value)?;
        Ok(Entry { value, version: self.version, expires_at: self.expires_at })
    }
}
