//! The rows of an engine, as the batch applier sees them.

use crate::clock::Timestamp;
use crate::error::Result;
use crate::model::{
    ChangeKind, Expiry, Group, GroupRange, Key, KeyRange, NewValue, QuotaState, RangeDigest, Usage,
    Value, Version,
};

/// The rows of an engine inside one of its write transactions.
pub(crate) trait Table {
    /// The location of a row, which only the engine interprets.
    type Location: Copy;

    /// Returns whether [`Table::overwrite`] may succeed.
    fn overwrites(&self) -> bool {
        false
    }

    /// Returns whether the store as a whole has a limit, and thus a quota state.
    fn is_limited(&self) -> bool {
        false
    }

    /// Returns whether a full store evicts its least recently used entries.
    fn evicts(&self) -> bool {
        false
    }

    /// Marks a key as used now. It has a row, or is about to get one.
    fn touch(&mut self, group: Group<'_>, key: Key<'_>) -> Result<()>;

    /// Marks a key that has a row as used now, in a batch that evicts nothing.
    fn note_use(&mut self, group: Group<'_>, key: Key<'_>) -> Result<()> {
        self.touch(group, key)
    }

    /// Returns the least recently used row, or `None` if this batch has used all rows that are
    /// left.
    fn least_recently_used(&mut self) -> Result<Option<KeyedRow<Self::Location>>>;

    /// Returns whether there is a change log.
    fn is_logged(&self) -> bool {
        false
    }

    /// Writes a change to the change log. A delete-group has no key.
    fn log(
        &mut self,
        _kind: ChangeKind,
        _group: Group<'_>,
        _key: Option<Key<'_>>,
        _value: NewValue<'_>,
        _version: Version,
    ) -> Result<()> {
        Ok(())
    }

    /// Returns the row under a key, live or expired.
    fn find(&mut self, group: Group<'_>, key: Key<'_>) -> Result<Option<Row<Self::Location>>>;

    /// Returns the value of `row`, which [`Table::find`] has just returned for this key.
    fn value(&mut self, group: Group<'_>, key: Key<'_>, row: &Row<Self::Location>)
    -> Result<Value>;

    /// Writes a row over any old one without reading that first, and returns true; if `alike`, only
    /// over a value of the same length.
    ///
    /// Returns false and changes nothing if the engine has to read the old row first, for example
    /// because its version is not below the new one.
    fn overwrite(
        &mut self,
        _group: Group<'_>,
        _key: Key<'_>,
        _value: &[u8],
        _meta: RowMeta,
        _alike: bool,
    ) -> Result<bool> {
        Ok(false)
    }

    /// Writes a row; `old` is what [`Table::find`] returned for this key.
    fn put(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        value: NewValue<'_>,
        meta: RowMeta,
        old: Option<&Row<Self::Location>>,
    ) -> Result<()>;

    /// Changes the expiry of a row, and nothing else.
    fn set_expiry(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        expires_at: Option<Expiry>,
    ) -> Result<()>;

    /// Removes the row that [`Table::find`] has just returned for this key.
    fn remove(&mut self, group: Group<'_>, key: Key<'_>, row: &Row<Self::Location>) -> Result<()>;

    /// Returns the digest of the rows of a range that are live at `now`.
    fn digest(&mut self, range: KeyRange<'_>, now: Timestamp) -> Result<RangeDigest>;

    /// Returns how many rows of a group whose keys begin with `prefix` are live.
    fn count_prefix(&mut self, group: Group<'_>, prefix: &[u8], now: Timestamp) -> Result<u64>;

    /// Removes all rows of a group whose keys begin with `prefix`.
    fn remove_prefix(&mut self, group: Group<'_>, prefix: &[u8]) -> Result<()>;

    /// Returns the names of the groups that begin with `prefix` and have a row, live or expired.
    fn list_groups(&mut self, prefix: &[u8]) -> Result<Vec<Box<[u8]>>>;

    /// Returns all rows of a group whose keys begin with `prefix`, live and expired.
    fn list_prefix(
        &mut self,
        group: Group<'_>,
        prefix: &[u8],
    ) -> Result<Vec<KeyedRow<Self::Location>>>;

    /// Returns at most `limit` rows of `range` that have expired at `now`, those with the earliest
    /// expiry first, without that of `own`. An engine to which the removal of large rows is work
    /// returns fewer of them, but at least one.
    fn list_expired(
        &mut self,
        range: GroupRange<'_>,
        now: Timestamp,
        limit: usize,
        own: Option<(Group<'_>, Key<'_>)>,
    ) -> Result<Vec<KeyedRow<Self::Location>>>;

    /// Returns whether a group has a row, live or expired.
    fn has_rows(&mut self, group: Group<'_>) -> Result<bool>;

    /// Returns the length of the value of `row`, which [`Table::find`] has returned for this key.
    fn value_len(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        row: &Row<Self::Location>,
    ) -> Result<u64>;

    /// Returns the quota state of a namespace, or `None` if it has no quota. The
    /// [empty name](super::WHOLE_STORE) is that of the whole store.
    fn account(&mut self, namespace: &[u8]) -> Result<Option<QuotaState>>;

    /// Writes the usage of a namespace that has a quota.
    fn set_usage(&mut self, namespace: &[u8], usage: Usage) -> Result<()>;
}

/// A row with its group and key.
pub(crate) struct KeyedRow<P> {
    /// Its group's name.
    pub group: Box<[u8]>,
    /// Its key.
    pub key: Box<[u8]>,
    /// The row itself.
    pub row: Row<P>,
}

/// A row without its value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<P> {
    /// The version of the write that has made it.
    pub version: Version,
    /// Its expiry; `None` for never.
    pub expires_at: Option<Expiry>,
    /// The location of its value.
    pub location: P,
}

/// The version and expiry that a write stores with the value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowMeta {
    /// The version of the write.
    pub version: Version,
    /// The expiry of the entry; `None` for never.
    pub expires_at: Option<Expiry>,
}
