//! The steps of a batch, and their outcomes.
//!
//! A batch is a list of [`Op`]s committed atomically: if a condition in it does not hold, nothing
//! is written. A single set is a batch of one.

use crate::error::Result;
use crate::model::entry::Entry;
use crate::model::expiry::{ExpiryRule, SetExpiry};
use crate::model::key::{Group, Key, check_value};
use crate::model::key_range::{KeyRange, RangeDigest};
use crate::model::stream::{StreamId, check_stream};
use crate::model::version::Version;

/// A requirement on a key for the batch to be applied. An expired entry counts as absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Condition {
    /// Nothing is required.
    #[default]
    Any,
    /// The key is absent.
    Absent,
    /// The key is present.
    Present,
    /// The key is present and at this version.
    Version(Version),
}

impl Condition {
    /// Returns whether the condition holds for a key at version `current`, 0 if it is absent.
    pub fn holds(self, current: Version) -> bool {
        match self {
            Condition::Any => true,
            Condition::Absent => current == 0,
            Condition::Present => current != 0,
            Condition::Version(version) => current == version,
        }
    }
}

/// One step of a batch. Bytes are borrowed from the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the nouns that the variants' sentences use")]
pub enum Op<'a> {
    /// Requires that `condition` holds for a key, and does nothing else.
    Check { group: Group<'a>, key: Key<'a>, condition: Condition },
    /// Requires that the live entries of a range are those with this digest, and does nothing else.
    CheckRange { range: KeyRange<'a>, digest: RangeDigest },
    /// Reads a key as the steps before this one leave it.
    Get { group: Group<'a>, key: Key<'a> },
    /// Writes `value` under a key.
    Set { group: Group<'a>, key: Key<'a>, value: &'a [u8], condition: Condition, expiry: SetExpiry },
    /// Writes the value of a stream under a key: the `size` bytes that were appended to it.
    SetStream {
        group: Group<'a>,
        key: Key<'a>,
        stream: StreamId,
        size: u64,
        condition: Condition,
        expiry: SetExpiry,
    },
    /// Deletes a key.
    Delete { group: Group<'a>, key: Key<'a>, condition: Condition },
    /// Reads a key and deletes it.
    Take { group: Group<'a>, key: Key<'a> },
    /// Adds `delta` to the integer under a key. An absent key counts as 0 and gets the expiry
    /// `created`; a live one keeps its expiry.
    Increment { group: Group<'a>, key: Key<'a>, delta: i64, created: SetExpiry },
    /// Appends `value` to the value under a key. An absent key counts as empty and gets the expiry
    /// `created`; a live one keeps its expiry.
    Append { group: Group<'a>, key: Key<'a>, value: &'a [u8], created: SetExpiry },
    /// Replaces the expiry of a live key if `rule` allows; value and version stay.
    Expire { group: Group<'a>, key: Key<'a>, expiry: SetExpiry, rule: ExpiryRule },
    /// Deletes every key of a group that begins with `prefix`.
    DeletePrefix { group: Group<'a>, prefix: &'a [u8] },
    /// Deletes every key of every group whose name begins with `groups`.
    DeleteAll { groups: Group<'a> },
}

impl<'a> Op<'a> {
    /// Returns the group of the step; of one that deletes groups, the beginning of their names.
    pub fn group(&self) -> Group<'a> {
        match *self {
            Op::Check { group, .. }
            | Op::Get { group, .. }
            | Op::Set { group, .. }
            | Op::SetStream { group, .. }
            | Op::Delete { group, .. }
            | Op::Take { group, .. }
            | Op::Increment { group, .. }
            | Op::Append { group, .. }
            | Op::Expire { group, .. }
            | Op::DeletePrefix { group, .. } => group,
            Op::CheckRange { range, .. } => range.group,
            Op::DeleteAll { groups } => groups,
        }
    }

    /// Returns the same step in another group.
    pub fn in_group<'b>(self, group: Group<'b>) -> Op<'b>
    where
        'a: 'b,
    {
        match self {
            Op::Check { key, condition, .. } => Op::Check { group, key, condition },
            Op::CheckRange { range, digest } => {
                Op::CheckRange { range: KeyRange { group, ..range }, digest }
            }
            Op::Get { key, .. } => Op::Get { group, key },
            Op::Set { key, value, condition, expiry, .. } => {
                Op::Set { group, key, value, condition, expiry }
            }
            Op::SetStream { key, stream, size, condition, expiry, .. } => {
                Op::SetStream { group, key, stream, size, condition, expiry }
            }
            Op::Delete { key, condition, .. } => Op::Delete { group, key, condition },
            Op::Take { key, .. } => Op::Take { group, key },
            Op::Increment { key, delta, created, .. } => {
                Op::Increment { group, key, delta, created }
            }
            Op::Append { key, value, created, .. } => Op::Append { group, key, value, created },
            Op::Expire { key, expiry, rule, .. } => Op::Expire { group, key, expiry, rule },
            Op::DeletePrefix { prefix, .. } => Op::DeletePrefix { group, prefix },
            Op::DeleteAll { .. } => Op::DeleteAll { groups: group },
        }
    }

    /// Returns the key of the step, or `None` if it is about many.
    pub fn key(&self) -> Option<Key<'a>> {
        match *self {
            Op::Check { key, .. }
            | Op::Get { key, .. }
            | Op::Set { key, .. }
            | Op::SetStream { key, .. }
            | Op::Delete { key, .. }
            | Op::Take { key, .. }
            | Op::Increment { key, .. }
            | Op::Append { key, .. }
            | Op::Expire { key, .. } => Some(key),
            Op::CheckRange { .. } | Op::DeletePrefix { .. } | Op::DeleteAll { .. } => None,
        }
    }

    /// Returns the stream that becomes a value.
    pub fn stream(&self) -> Option<StreamId> {
        match *self {
            Op::SetStream { stream, .. } => Some(stream),
            _ => None,
        }
    }

    /// Returns the condition on the key of the step.
    pub fn condition(&self) -> Condition {
        match *self {
            Op::Check { condition, .. }
            | Op::Set { condition, .. }
            | Op::SetStream { condition, .. }
            | Op::Delete { condition, .. } => condition,
            _ => Condition::Any,
        }
    }

    /// Fails if the step has a fault that its types cannot exclude: a negative ttl, or a value or
    /// prefix over its limit.
    pub fn validate(&self) -> Result<()> {
        match *self {
            Op::Set { value, expiry, .. } => check_value(value.len()).and(expiry.validate()),
            Op::SetStream { size, expiry, .. } => check_stream(size).and(expiry.validate()),
            Op::Append { value, created, .. } => check_value(value.len()).and(created.validate()),
            Op::Increment { created: expiry, .. } | Op::Expire { expiry, .. } => expiry.validate(),
            Op::DeletePrefix { prefix, .. } => Key::new(prefix).map(drop),
            _ => Ok(()),
        }
    }

    /// Returns whether the step is a condition alone.
    pub fn is_check(&self) -> bool {
        matches!(self, Op::Check { .. } | Op::CheckRange { .. })
    }

    /// Returns whether the step can change the store.
    pub fn is_write(&self) -> bool {
        !self.is_check() && !matches!(self, Op::Get { .. })
    }
}

/// The reply to one step of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the fields are the nouns that the variants' sentences use")]
pub enum Reply {
    /// No reply: to a check, or to a step of a batch that was not applied.
    #[default]
    None,
    /// To a get or take: the live entry, if there was one.
    Entry(Option<Entry>),
    /// To a set: the version of the entry.
    Written { version: Version },
    /// To a delete: whether a live entry was there.
    Deleted(bool),
    /// To an increment: the sum.
    Integer { value: i64, version: Version },
    /// To an append: the new length of the value, in bytes.
    Length { len: usize, version: Version },
    /// To an expire: its outcome.
    Expire(ExpireOutcome),
    /// To a delete of many keys: the number of live entries that it removed.
    Removed(u64),
}

/// The outcome of an expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpireOutcome {
    /// The expiry was replaced.
    Set,
    /// The rule did not allow it.
    Refused,
    /// There is no live entry.
    NotFound,
}

/// The outcome of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// Every step was applied.
    Applied,
    /// The condition of step `index` does not hold; its key is at `version`, 0 if it is absent or
    /// the step is about a range.
    /// Nothing was written.
    Refused {
        /// The position of the failed step in the batch.
        index: usize,
        /// The version of its key.
        version: Version,
    },
}
