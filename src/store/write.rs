//! Writes: batches, batches of one step, and the writes and deletes of one key and of many.

use crate::engine::apply::name_step;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Commit, Condition, Durability, Entry, Group, Key, Op, Reply, SetExpiry, Version, check_room,
};
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
        self.set_always(group, key, value, SetExpiry::Default)
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
        self.set_always(group, key, value, SetExpiry::from_ttl(ttl_ms)?)
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
        self.put_durably(None, group, key, value, condition, expiry)
    }

    /// Writes `value` under a key if `condition` holds, with a durability other than that of the
    /// store.
    pub fn put_durably(
        &self,
        durability: Option<Durability>,
        group: Group<'_>,
        key: Key<'_>,
        value: &[u8],
        condition: Condition,
        expiry: SetExpiry,
    ) -> Result<Put> {
        match self.commit_one(durability, Op::Set { group, key, value, condition, expiry })? {
            Step::Applied(Reply::Written { version }) => Ok(Put::Written(version)),
            Step::Applied(reply) => Err(unexpected(reply)),
            Step::Refused(version) => Ok(Put::Conflict(version)),
        }
    }

    /// Deletes a key; returns whether a live entry was there.
    pub fn delete(&self, group: Group<'_>, key: Key<'_>) -> Result<bool> {
        match self.apply_one(Op::Delete { group, key, condition: Condition::Any })? {
            Reply::Deleted(existed) => Ok(existed),
            reply => Err(unexpected(reply)),
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
        Ok(match self.commit_one(None, Op::Delete { group, key, condition })? {
            Step::Applied(_) => Delete::Deleted,
            Step::Refused(version) => Delete::Conflict(version),
        })
    }

    /// Deletes a key and returns its entry, `None` if it was absent or expired. Of any number of
    /// callers one receives the entry.
    pub fn take(&self, group: Group<'_>, key: Key<'_>) -> Result<Option<Entry>> {
        match self.apply_one(Op::Take { group, key })? {
            Reply::Entry(entry) => Ok(entry),
            reply => Err(unexpected(reply)),
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
        match self.apply_one(Op::Increment { group, key, delta, created })? {
            Reply::Integer { value, .. } => Ok(value),
            reply => Err(unexpected(reply)),
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
        match self.apply_one(Op::Append { group, key, value, created })? {
            Reply::Length { len, .. } => Ok(len),
            reply => Err(unexpected(reply)),
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

    /// Deletes every key of all groups whose names begin with `prefix`, which may be empty; returns
    /// how many were live.
    pub fn delete_all(&self, prefix: Group<'_>) -> Result<u64> {
        match self.apply_one(Op::DeleteAll { groups: prefix })? {
            Reply::Removed(count) => Ok(count),
            reply => Err(unexpected(reply)),
        }
    }

    /// Deletes every key of a group that begins with `prefix`; returns how many were live.
    pub fn delete_prefix(&self, group: Group<'_>, prefix: &[u8]) -> Result<u64> {
        match self.apply_one(Op::DeletePrefix { group, prefix })? {
            Reply::Removed(count) => Ok(count),
            reply => Err(unexpected(reply)),
        }
    }

    fn set_always(
        &self,
        group: Group<'_>,
        key: Key<'_>,
        value: &[u8],
        expiry: SetExpiry,
    ) -> Result<Version> {
        let condition = Condition::Any;
        match self.apply_one(Op::Set { group, key, value, condition, expiry })? {
            Reply::Written { version } => Ok(version),
            reply => Err(unexpected(reply)),
        }
    }

    /// Applies a batch of one step that has no condition.
    pub(super) fn apply_one(&self, op: Op<'_>) -> Result<Reply> {
        match self.commit_one(None, op)? {
            Step::Applied(reply) => Ok(reply),
            Step::Refused(version) => {
                let message = format!("the engine refused an unconditional step at {version}");
                Err(Error::new(ErrorKind::Panic, message))
            }
        }
    }

    /// Applies a batch of one step.
    fn commit_one(&self, durability: Option<Durability>, op: Op<'_>) -> Result<Step> {
        validate(&[op])?;
        let mut replies = [Reply::None];
        let commit = self.open_engine()?.commit(&self.call, durability, &[op], &mut replies)?;
        let [reply] = replies;
        Ok(match commit {
            Commit::Applied => Step::Applied(reply),
            Commit::Refused { version, .. } => Step::Refused(version),
        })
    }

    /// Applies `ops` atomically; see [`Engine::commit`](crate::engine::Engine::commit).
    pub fn commit(&self, ops: &[Op<'_>]) -> Result<(Commit, Vec<Reply>)> {
        self.commit_durably(None, ops)
    }

    /// Applies `ops` atomically, with a durability other than that of the store.
    pub(super) fn commit_durably(
        &self,
        durability: Option<Durability>,
        ops: &[Op<'_>],
    ) -> Result<(Commit, Vec<Reply>)> {
        validate(ops)?;
        check_room(size_of_val(ops))?;
        let mut replies = vec![Reply::None; ops.len()];
        let commit = self.open_engine()?.commit(&self.call, durability, ops, &mut replies)?;
        Ok((commit, replies))
    }
}

/// The outcome of a batch of one step.
enum Step {
    /// The step was applied, with this reply.
    Applied(Reply),
    /// The condition did not hold: the entry is at this version, 0 if there is none.
    Refused(Version),
}

fn validate(ops: &[Op<'_>]) -> Result<()> {
    ops.iter().try_for_each(Op::validate).map_err(|error| name_step(error, ops))
}

/// Returns the error of a reply that does not fit its step, which is a bug of the engine.
pub(super) fn unexpected(reply: Reply) -> Error {
    Error::new(ErrorKind::Panic, format!("the engine answered with {reply:?}"))
}
