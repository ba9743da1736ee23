//! What a batch is applied to.

use crate::clock::Timestamp;
use crate::error::Result;
use crate::model::{ChangeKind, Expiry, Group, GroupRange, Key, QuotaState, Usage, Value, Version};

/// The rows of an engine inside one of its write transactions.
pub trait Table {
    /// Where a row rests, as only the engine understands it.
    type Location: Copy;

    /// Answers whether [`Table::overwrite`] is worth trying.
    fn overwrites(&self) -> bool {
        false
    }

    /// Answers whether the store as a whole may hold only so much: there is an account of it.
    fn is_limited(&self) -> bool {
        false
    }

    /// Answers whether a full store makes room by removing what was not used for long.
    fn evicts(&self) -> bool {
        false
    }

    /// Notes that a key is used now. It has a row, or is about to have one.
    fn touch(&mut self, group: Group<'_>, key: Key<'_>) -> Result<()>;

    /// Returns the row that was not used for the longest time, or `None` if all that are left were
    /// used by this batch.
    fn least_recently_used(&mut self) -> Result<Option<KeyedRow<Self::Location>>>;

    /// Answers whether changes are to be logged, each before it is made.
    fn is_logged(&self) -> bool {
        false
    }

    /// Logs a change that is about to be made. A delete-group has no key.
    fn log(
        &mut self,
        _kind: ChangeKind,
        _group: Group<'_>,
        _key: Option<Key<'_>>,
        _value: &[u8],
        _version: Version,
    ) -> Result<()> {
        Ok(())
    }

    /// Returns the row under a key, live or dead.
    fn find(&mut self, group: Group<'_>, key: Key<'_>) -> Result<Option<Row<Self::Location>>>;

    /// Returns the value of `row`, which [`Table::find`] has just returned for this key.
    fn value(&mut self, group: Group<'_>, key: Key<'_>, row: &Row<Self::Location>)
    -> Result<Value>;

    /// Writes a row over whatever is there, if the engine can do so in one go, and returns true;
    /// if `alike`, only over a value of the same length.
    ///
    /// Returns false and has changed nothing if the row there has to be looked at first; so it is
    /// if its version is not below that of the stamp.
    fn overwrite(
        &mut self,
        _group: Group<'_>,
        _key: Key<'_>,
        _value: &[u8],
        _stamp: RowMeta,
        _alike: bool,
    ) -> Result<bool> {
        Ok(false)
    }

    /// Writes a row; `old` is what [`Table::find`] returned for this key.
    fn put(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        value: &[u8],
        stamp: RowMeta,
        old: Option<&Row<Self::Location>>,
    ) -> Result<()>;

    /// Changes when a row dies, and nothing else.
    fn set_expiry(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        expires_at: Option<Expiry>,
    ) -> Result<()>;

    /// Removes the row that [`Table::find`] has just returned for this key.
    fn remove(&mut self, group: Group<'_>, key: Key<'_>, row: &Row<Self::Location>) -> Result<()>;

    /// Returns how many rows of a group whose keys begin with `prefix` are live.
    fn count_prefix(&mut self, group: Group<'_>, prefix: &[u8], now: Timestamp) -> Result<u64>;

    /// Removes all rows of a group whose keys begin with `prefix`.
    fn remove_prefix(&mut self, group: Group<'_>, prefix: &[u8]) -> Result<()>;

    /// Returns all rows of a group whose keys begin with `prefix`, live and dead.
    fn list_prefix(
        &mut self,
        group: Group<'_>,
        prefix: &[u8],
    ) -> Result<Vec<KeyedRow<Self::Location>>>;

    /// Returns at most `limit` rows of `range` that are dead at `now`, those that died first.
    fn list_expired(
        &mut self,
        range: GroupRange<'_>,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<KeyedRow<Self::Location>>>;

    /// Answers whether a group has a row, live or dead.
    fn has_rows(&mut self, group: Group<'_>) -> Result<bool>;

    /// Returns how long the value of `row` is, which [`Table::find`] has returned for this key.
    fn value_len(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        row: &Row<Self::Location>,
    ) -> Result<u64>;

    /// Returns the quota of a namespace and what it holds, or `None` if it has no quota. Under the
    /// [empty name](super::WHOLE_STORE) is the account of the store.
    fn account(&mut self, namespace: &[u8]) -> Result<Option<QuotaState>>;

    /// Writes down what a namespace that has a quota holds.
    fn set_usage(&mut self, namespace: &[u8], usage: Usage) -> Result<()>;
}

/// A row with its names.
pub struct KeyedRow<P> {
    /// Its group's name.
    pub group: Box<[u8]>,
    /// Its key.
    pub key: Box<[u8]>,
    /// What is known of it.
    pub row: Row<P>,
}

/// What is known of a row without reading its value.
#[derive(Debug, Clone, Copy)]
pub struct Row<P> {
    /// The version it was written at.
    pub version: Version,
    /// When it dies.
    pub expires_at: Option<Expiry>,
    /// Where it rests.
    pub location: P,
}

/// What a write puts beside the value.
#[derive(Debug, Clone, Copy)]
pub struct RowMeta {
    /// The version of the write.
    pub version: Version,
    /// When the entry dies.
    pub expires_at: Option<Expiry>,
}
