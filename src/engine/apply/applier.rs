//! The applier: checks the conditions of a batch, and applies its steps in order.

use crate::clock::Timestamp;
use crate::engine::apply::table::{Row, RowMeta, Table};
use crate::engine::changes::Changes;
use crate::engine::usage_deltas::UsageDeltas;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    ChangeKind, Commit, Condition, Entry, ExpireOutcome, Expiry, Group, Key, NewValue, Op, Reply,
    SetExpiry, Value, Version, VersionClock, appended, check_value, format_integer, incremented,
};

/// The outcome of a batch that has not failed.
#[derive(Debug)]
pub(crate) enum Applied {
    /// The batch was applied, or one of its conditions does not hold.
    Done(Commit),
    /// A rule of the store forbids the batch. Nothing was changed, and the transaction continues.
    Rejected(Error),
}

/// Applies batches to a table, all at the same time `now`, within one transaction.
pub(crate) struct BatchApplier<'t, T: Table> {
    pub(super) table: &'t mut T,
    pub(super) versions: &'t mut VersionClock,
    pub(super) now: Timestamp,
    pub(super) changes: &'t mut Changes,
    default_expiry: SetExpiry,
    pub(super) dirty: bool,
    /// The usage deltas of the batch, for namespaces with a quota and for a store with a limit.
    pub(super) deltas: UsageDeltas,
    /// Live entries evicted so far.
    pub(super) evictions: u64,
    /// Whether the batch has a single step, which can be refused before anything is written.
    pub(super) is_single: bool,
}

impl<'t, T: Table> BatchApplier<'t, T> {
    /// Returns an applier of batches to `table` at `now`. New versions come from `versions`,
    /// entries written without an expiry get `default_expiry`, and the changes that the observer
    /// selects are added to `changes`.
    pub(crate) fn new(
        table: &'t mut T,
        versions: &'t mut VersionClock,
        now: Timestamp,
        changes: &'t mut Changes,
        default_expiry: SetExpiry,
    ) -> Self {
        BatchApplier {
            table,
            versions,
            now,
            changes,
            default_expiry,
            dirty: false,
            deltas: UsageDeltas::default(),
            evictions: 0,
            is_single: false,
        }
    }
}

impl<T: Table> BatchApplier<'_, T> {
    /// Returns the number of changes so far that the observer selects.
    pub(crate) fn changes_len(&self) -> usize {
        self.changes.count()
    }

    /// Applies `ops` if all their conditions hold, and writes the reply of each to `replies`.
    ///
    /// Fails if the caller has to roll its transaction back. A batch that a rule of the store
    /// forbids before it has changed anything is [`Applied::Rejected`] instead.
    pub(crate) fn apply(&mut self, ops: &[Op<'_>], replies: &mut [Reply]) -> Result<Applied> {
        self.deltas.clear();
        match self.apply_all(ops, replies) {
            Ok(commit) => Ok(Applied::Done(commit)),
            Err(error) if !self.dirty && is_rule_violation(&error) => Ok(Applied::Rejected(error)),
            Err(error) => Err(error),
        }
    }

    fn apply_all(&mut self, ops: &[Op<'_>], replies: &mut [Reply]) -> Result<Commit> {
        // A single step checks its condition on the row that it has to find anyway.
        self.is_single = ops.len() == 1;
        if let ([op], [reply]) = (ops, &mut *replies) {
            let commit = self.apply_one(op, 0, reply)?;
            self.settle()?;
            return Ok(commit);
        }
        for (index, op) in ops.iter().enumerate() {
            if let Some(refused) = self.check(op, index)? {
                return Ok(refused);
            }
        }
        let steps = ops.iter().zip(replies.iter_mut()).enumerate();
        for (index, (op, reply)) in steps.filter(|(_, (op, _))| !op.is_check()) {
            self.apply_one(&without_condition(op), index, reply)
                .map_err(|error| error.context(format_args!("step {index}")))?;
        }
        self.settle()?;
        Ok(Commit::Applied)
    }

    fn check(&mut self, op: &Op<'_>, index: usize) -> Result<Option<Commit>> {
        if let Op::CheckRange { range, digest } = *op {
            let holds = self.table.digest(range, self.now)? == digest;
            return Ok((!holds).then_some(Commit::Refused { index, version: 0 }));
        }
        let (Some(key), false) = (op.key(), op.condition() == Condition::Any) else {
            return Ok(None);
        };
        let version = self.live(op.group(), key)?.map_or(0, |row| row.version);
        let holds = op.condition().holds(version);
        Ok((!holds).then_some(Commit::Refused { index, version }))
    }

    fn apply_one(&mut self, op: &Op<'_>, index: usize, reply: &mut Reply) -> Result<Commit> {
        match *op {
            Op::Check { .. } | Op::CheckRange { .. } => {
                if let Some(refused) = self.check(op, index)? {
                    return Ok(refused);
                }
            }
            Op::Get { group, key } => {
                let entry = self.entry(group, key)?;
                if entry.is_some() {
                    self.use_row(group, key)?;
                }
                *reply = Reply::Entry(entry.map(|it| it.1));
            }
            Op::Set { group, key, value, condition, expiry } => {
                check_value(value.len())?;
                if self.may_overwrite(condition, expiry) {
                    // Overwriting a value by one of the same length changes no usage.
                    let alike = self.table.is_limited() || self.quota_of(group)?.is_some();
                    let was_dirty = std::mem::replace(&mut self.dirty, true);
                    let version = self.versions.next(self.now, 0)?;
                    let expires_at = self.expires_at(expiry, None);
                    let meta = RowMeta { version, expires_at };
                    if self.table.overwrite(group, key, value, meta, alike)? {
                        self.use_row(group, key)?;
                        let value = NewValue::Bytes(value);
                        self.record_change(ChangeKind::Set, group, Some(key), value, version)?;
                        *reply = Reply::Written { version };
                        return Ok(Commit::Applied);
                    }
                    self.dirty = was_dirty;
                }
                return self.set(
                    group,
                    key,
                    NewValue::Bytes(value),
                    (condition, expiry),
                    (index, reply),
                );
            }
            Op::SetStream { group, key, stream, size, condition, expiry } => {
                let value = NewValue::Stream(stream, size);
                return self.set(group, key, value, (condition, expiry), (index, reply));
            }
            Op::Delete { group, key, condition } => {
                let live = self.live(group, key)?;
                let version = live.map_or(0, |row| row.version);
                if !condition.holds(version) {
                    return Ok(Commit::Refused { index, version });
                }
                if let Some(row) = live {
                    self.remove(ChangeKind::Delete, group, key, &row)?;
                }
                *reply = Reply::Deleted(live.is_some());
            }
            Op::Take { group, key } => {
                let taken = self.entry(group, key)?;
                if let Some((row, _)) = &taken {
                    self.remove(ChangeKind::Delete, group, key, row)?;
                }
                *reply = Reply::Entry(taken.map(|it| it.1));
            }
            Op::Increment { group, key, delta, created } => {
                *reply = self.increment(group, key, delta, created)?;
            }
            Op::Append { group, key, value, created } => {
                *reply = self.append(group, key, value, created)?;
            }
            Op::Expire { group, key, expiry, rule } => {
                let outcome = match self.live(group, key)? {
                    None => ExpireOutcome::NotFound,
                    Some(row) => {
                        let new = self.expires_at(expiry, Some(&row));
                        if rule.allows(row.expires_at, new) {
                            self.dirty = true;
                            self.table.set_expiry(group, key, new)?;
                            self.use_row(group, key)?;
                            ExpireOutcome::Set
                        } else {
                            ExpireOutcome::Refused
                        }
                    }
                };
                *reply = Reply::Expire(outcome);
            }
            Op::DeletePrefix { group, prefix } => {
                *reply = Reply::Removed(self.remove_prefix(group, prefix)?);
            }
            Op::DeleteAll { groups } => {
                *reply = Reply::Removed(self.remove_groups(groups.as_bytes())?);
            }
        }
        Ok(Commit::Applied)
    }

    fn set(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        value: NewValue<'_>,
        (condition, expiry): (Condition, SetExpiry),
        (index, reply): (usize, &mut Reply),
    ) -> Result<Commit> {
        let old = self.table.find(group, key)?;
        let live = old.filter(|row| !self.is_expired(row));
        let version = live.map_or(0, |row| row.version);
        if !condition.holds(version) {
            return Ok(Commit::Refused { index, version });
        }
        let expires_at = self.expires_at(expiry, live.as_ref());
        let version = self.write(group, key, value, expires_at, old)?;
        *reply = Reply::Written { version };
        Ok(Commit::Applied)
    }

    fn increment(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        delta: i64,
        created: SetExpiry,
    ) -> Result<Reply> {
        let old = self.table.find(group, key)?;
        let live = old.filter(|row| !self.is_expired(row));
        let (before, expires_at) = match &live {
            None => (None, self.expires_at(created, None)),
            Some(row) => (Some(self.table.value(group, key, row)?), row.expires_at),
        };
        let value = incremented(before.as_deref(), delta)?;
        let text = format_integer(value);
        let text = NewValue::Bytes(text.as_bytes());
        let version = self.write(group, key, text, expires_at, old)?;
        Ok(Reply::Integer { value, version })
    }

    fn append(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        tail: &[u8],
        created: SetExpiry,
    ) -> Result<Reply> {
        let old = self.table.find(group, key)?;
        let live = old.filter(|row| !self.is_expired(row));
        let (head, expires_at) = match &live {
            None => (Value::default(), self.expires_at(created, None)),
            Some(row) => (self.table.value(group, key, row)?, row.expires_at),
        };
        let value = appended(&head, tail)?;
        let version = self.write(group, key, NewValue::Bytes(&value), expires_at, old)?;
        Ok(Reply::Length { len: value.len(), version })
    }

    fn write(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        value: NewValue<'_>,
        expires_at: Option<Expiry>,
        old: Option<Row<T::Location>>,
    ) -> Result<Version> {
        self.count_write(group, key, value.size(), old.as_ref())?;
        self.dirty = true;
        let version = self.versions.next(self.now, old.map_or(0, |row| row.version))?;
        self.record_change(ChangeKind::Set, group, Some(key), value, version)?;
        self.table.put(group, key, value, RowMeta { version, expires_at }, old.as_ref())?;
        Ok(version)
    }

    /// Returns whether a set may use [`Table::overwrite`], which does not read the old row.
    fn may_overwrite(&self, condition: Condition, expiry: SetExpiry) -> bool {
        let needs_old_row = condition != Condition::Any || expiry == SetExpiry::Keep;
        !needs_old_row && self.table.overwrites()
    }

    /// Returns the expiry of an entry that is written now; `live` is the live row that it replaces.
    fn expires_at(&self, expiry: SetExpiry, live: Option<&Row<T::Location>>) -> Option<Expiry> {
        match (expiry, live) {
            (SetExpiry::Default, _) | (SetExpiry::Keep, None) => {
                self.default_expiry.resolve(self.now, None)
            }
            (_, live) => expiry.resolve(self.now, live.and_then(|row| row.expires_at)),
        }
    }

    /// Records a change that is made in this batch, in the change log and for the observer.
    pub(super) fn record_change(
        &mut self,
        kind: ChangeKind,
        group: Group<'_>,
        key: Option<Key<'_>>,
        value: NewValue<'_>,
        version: Version,
    ) -> Result<()> {
        if self.table.is_logged() {
            self.table.log(kind, group, key, value, version)?;
        }
        self.changes.add(kind, group, key, value, version, self.now)
    }

    fn live(&mut self, group: Group<'_>, key: Key<'_>) -> Result<Option<Row<T::Location>>> {
        let row = self.table.find(group, key)?;
        Ok(row.filter(|row| !self.is_expired(row)))
    }

    fn entry(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<(Row<T::Location>, Entry)>> {
        let Some(row) = self.live(group, key)? else {
            return Ok(None);
        };
        let value = self.table.value(group, key, &row)?;
        let entry = Entry { value, version: row.version, expires_at: row.expires_at };
        Ok(Some((row, entry)))
    }

    pub(super) fn is_expired(&self, row: &Row<T::Location>) -> bool {
        row.expires_at.is_some_and(|expiry| expiry.is_past(self.now))
    }
}

/// Returns whether an error means that a rule of the store forbids the batch. After any other error
/// the transaction may be lost. A full disk has the kind `Full` too, but only after a write, when
/// the applier is dirty.
fn is_rule_violation(error: &Error) -> bool {
    use ErrorKind::{Full, NotInteger, Quota, TooLarge};
    matches!(error.kind(), NotInteger | TooLarge | Quota | Full)
}

/// Returns the step without its condition, which was checked already.
fn without_condition<'a>(op: &Op<'a>) -> Op<'a> {
    let any = Condition::Any;
    match *op {
        Op::Set { group, key, value, expiry, .. } => {
            Op::Set { group, key, value, condition: any, expiry }
        }
        Op::SetStream { group, key, stream, size, expiry, .. } => {
            Op::SetStream { group, key, stream, size, condition: any, expiry }
        }
        Op::Delete { group, key, .. } => Op::Delete { group, key, condition: any },
        other => other,
    }
}
