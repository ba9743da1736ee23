//! What a key holds.

use std::sync::Arc;

use crate::model::{Expiry, Version};

/// The bytes of a value, shared rather than copied between those who hold it.
pub type Value = Arc<[u8]>;

/// A value with its version and expiry, owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The bytes stored.
    pub value: Value,
    /// The token that changes with each write of the key.
    pub version: Version,
    /// When it dies, or `None` if it does not.
    pub expires_at: Option<Expiry>,
}

/// The same, borrowed from an engine for the length of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryRef<'a> {
    /// The bytes stored.
    pub value: &'a [u8],
    /// The token that changes with each write of the key.
    pub version: Version,
    /// When it dies, or `None` if it does not.
    pub expires_at: Option<Expiry>,
}

impl EntryRef<'_> {
    /// Returns a copy that outlives the call.
    pub fn to_entry(self) -> Entry {
        Entry { value: self.value.into(), version: self.version, expires_at: self.expires_at }
    }
}
