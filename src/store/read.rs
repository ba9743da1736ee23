//! Reads of one key and of many.

use crate::error::Result;
use crate::model::{Entry, EntryInfo, EntryRef, Group, Key, Op, Reply};
use crate::store::store::Store;

impl Store {
    /// Returns the entry under a key, or `None` if it is absent or expired.
    pub fn get(&self, group: Group<'_>, key: Key<'_>) -> Result<Option<Entry>> {
        let mut entry = None;
        self.get_with(group, key, |found| entry = Some(found.to_entry()))?;
        entry.transpose()
    }

    /// Calls `read` with the entry under a key and returns true, or false if it is absent or
    /// expired. Copies nothing.
    ///
    /// `read` must not call the store: the row is borrowed meanwhile.
    pub fn get_with(
        &self,
        group: Group<'_>,
        key: Key<'_>,
        mut read: impl FnMut(EntryRef<'_>),
    ) -> Result<bool> {
        self.open_engine()?.get(&self.call, group, key, &mut read)
    }

    /// Calls `read` with the value under a key and returns true, or false if it is absent or
    /// expired. On Redis the expiry is not read.
    pub fn value_with(
        &self,
        group: Group<'_>,
        key: Key<'_>,
        mut read: impl FnMut(&[u8]),
    ) -> Result<bool> {
        self.open_engine()?.value(&self.call, group, key, &mut read)
    }

    /// Returns the size of the value under a key with its version and expiry, or `None` if it is
    /// absent or expired.
    pub fn info(&self, group: Group<'_>, key: Key<'_>) -> Result<Option<EntryInfo>> {
        self.open_engine()?.info(&self.call, group, key)
    }

    /// Returns whether a live entry is under a key.
    pub fn exists(&self, group: Group<'_>, key: Key<'_>) -> Result<bool> {
        Ok(self.open_engine()?.expiry(&self.call, group, key)?.is_some())
    }

    /// Returns the entries under many keys, `None` for those absent or expired, from one snapshot.
    pub fn get_many(&self, keys: &[(Group<'_>, Key<'_>)]) -> Result<Vec<Option<Entry>>> {
        let ops: Vec<Op<'_>> = keys.iter().map(|&(group, key)| Op::Get { group, key }).collect();
        let (_, replies) = self.commit(&ops)?;
        let entries = replies.into_iter().map(|reply| match reply {
            Reply::Entry(entry) => entry,
            _ => None,
        });
        Ok(entries.collect())
    }
}
