//! Writes and deletes of one key and of many.

use crate::error::{Error, ErrorKind, Result};
use crate::model::{Condition, Entry, Group, Key, Op, Reply, SetExpiry, Version};
use crate::store::commit::{Outcome, unexpected};
use crate::store::store::Store;

/// The outcome of a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// The entry was written, at this version.
    Written(Version),
    /// The condition does not hold: the key is at this version, 0 if it is absent. Nothing was
    /// written.
    Conflict(Version),
}

/// The outcome of a delete at a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delete {
    /// The entry was deleted.
    Deleted,
    /// The entry is at this version, 0 if there is none; it stays.
    Conflict(Version),
}

impl Store {
    /// Writes `value` under a key, with the default ttl of the store, without an expiry if it has
    /// none. Returns the version of the entry.
    pub fn set(&self, group: Group<'_>, key: Key<'_>, value: &[u8]) -> Result<Version> {
        self.set_expiring(group, key, value, SetExpiry::Default)
    }

    /// Writes `value` under a key for `ttl_ms` milliseconds, as [`SetExpiry::from_ttl`] reads them.
    /// Returns the version of the entry.
    pub fn set_ttl(
        &self,
        group: Group<'_>,
        key: Key<'_>,
        value: &[u8],
        ttl_ms: i64,
    ) -> Result<Version> {
        self.set_expiring(group, key, value, SetExpiry::from_ttl(ttl_ms)?)
    }

    /// Writes `value` under a key if `condition` holds.
    pub fn put(
        &self,
        group: Group<'_>,
        key: Key<'_>,
        value: &[u8],
        condition: Condition,
        expiry: SetExpiry,
    ) -> Result<Put> {
        match self.commit_one(Op::Set { group, key, value, condition, expiry })? {
            Outcome::Applied(Reply::Written { version }) => Ok(Put::Written(version)),
            Outcome::Applied(reply) => Err(unexpected(reply)),
            Outcome::Conflict(version) => Ok(Put::Conflict(version)),
        }
    }

    /// Deletes a key; returns whether a live entry was there.
    pub fn delete(&self, group: Group<'_>, key: Key<'_>) -> Result<bool> {
        match self.commit_one(Op::Delete { group, key, condition: Condition::Any })? {
            Outcome::Applied(Reply::Deleted(existed)) => Ok(existed),
            Outcome::Applied(reply) => Err(unexpected(reply)),
            Outcome::Conflict(_) => Ok(false),
        }
    }

    /// Deletes a key if it is at `version`.
    pub fn delete_version(
        &self,
        group: Group<'_>,
        key: Key<'_>,
        version: Version,
    ) -> Result<Delete> {
        if version == 0 {
            return Err(Error::new(ErrorKind::Argument, "delete at version 0, which means absent"));
        }
        let condition = Condition::Version(version);
        Ok(match self.commit_one(Op::Delete { group, key, condition })? {
            Outcome::Applied(_) => Delete::Deleted,
            Outcome::Conflict(version) => Delete::Conflict(version),
        })
    }

    /// Deletes a key and returns its entry, `None` if it was absent or expired. Of any number of
    /// callers one receives the entry.
    pub fn take(&self, group: Group<'_>, key: Key<'_>) -> Result<Option<Entry>> {
        match self.commit_one(Op::Take { group, key })? {
            Outcome::Applied(Reply::Entry(entry)) => Ok(entry),
            Outcome::Applied(reply) => Err(unexpected(reply)),
            Outcome::Conflict(_) => Ok(None),
        }
    }

    /// Adds `delta` to the integer under a key and returns the sum.
    ///
    /// An absent key counts as 0 and gets the ttl `ttl_ms_if_created`, as [`SetExpiry::from_ttl`]
    /// reads it; a live one keeps its expiry. Fails with [`ErrorKind::NotInteger`] if the value is
    /// not a 64-bit decimal integer or the sum would be outside of their range.
    pub fn increment(
        &self,
        group: Group<'_>,
        key: Key<'_>,
        delta: i64,
        ttl_ms_if_created: i64,
    ) -> Result<i64> {
        let created = SetExpiry::from_ttl(ttl_ms_if_created)?;
        match self.commit_one(Op::Increment { group, key, delta, created })? {
            Outcome::Applied(Reply::Integer { value, .. }) => Ok(value),
            Outcome::Applied(reply) => Err(unexpected(reply)),
            Outcome::Conflict(version) => Err(unexpected(Reply::Written { version })),
        }
    }

    /// Appends `value` to the value under a key, and returns the new length in bytes.
    ///
    /// An absent key counts as empty and gets the ttl `ttl_ms_if_created`, as
    /// [`SetExpiry::from_ttl`] reads it; a live one keeps its expiry.
    pub fn append(
        &self,
        group: Group<'_>,
        key: Key<'_>,
        value: &[u8],
        ttl_ms_if_created: i64,
    ) -> Result<usize> {
        let created = SetExpiry::from_ttl(ttl_ms_if_created)?;
        match self.commit_one(Op::Append { group, key, value, created })? {
            Outcome::Applied(Reply::Length { len, .. }) => Ok(len),
            Outcome::Applied(reply) => Err(unexpected(reply)),
            Outcome::Conflict(version) => Err(unexpected(Reply::Written { version })),
        }
    }

    /// Writes many keys, all or none.
    pub fn set_many(
        &self,
        entries: &[(Group<'_>, Key<'_>, &[u8])],
        expiry: SetExpiry,
    ) -> Result<()> {
        let condition = Condition::Any;
        let set = |&(group, key, value)| Op::Set { group, key, value, condition, expiry };
        let ops: Vec<Op<'_>> = entries.iter().map(set).collect();
        self.commit(&ops).map(drop)
    }

    /// Deletes many keys, all or none; returns how many live entries were there.
    pub fn delete_many(&self, keys: &[(Group<'_>, Key<'_>)]) -> Result<u64> {
        let condition = Condition::Any;
        let delete = |&(group, key)| Op::Delete { group, key, condition };
        let ops: Vec<Op<'_>> = keys.iter().map(delete).collect();
        let (_, replies) = self.commit(&ops)?;
        Ok(replies.iter().filter(|&reply| *reply == Reply::Deleted(true)).count() as u64)
    }

    /// Deletes a whole group; returns how many live entries it had.
    pub fn delete_group(&self, group: Group<'_>) -> Result<u64> {
        self.delete_prefix(group, b"")
    }

    /// Deletes every key of a group that begins with `prefix`; returns how many were live.
    pub fn delete_prefix(&self, group: Group<'_>, prefix: &[u8]) -> Result<u64> {
        match self.commit_one(Op::DeletePrefix { group, prefix })? {
            Outcome::Applied(Reply::Removed(count)) => Ok(count),
            Outcome::Applied(reply) => Err(unexpected(reply)),
            Outcome::Conflict(_) => Ok(0),
        }
    }

    fn set_expiring(
        &self,
        group: Group<'_>,
        key: Key<'_>,
        value: &[u8],
        expiry: SetExpiry,
    ) -> Result<Version> {
        match self.put(group, key, value, Condition::Any, expiry)? {
            Put::Written(version) | Put::Conflict(version) => Ok(version),
        }
    }
}
