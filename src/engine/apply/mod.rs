//! How a batch changes a table: the rules every engine follows, written once.

mod eviction;
mod quota;
mod removal;
mod table;

pub use eviction::WHOLE_STORE;
pub use table::{KeyedRow, Row, RowMeta, Table};

use crate::clock::Timestamp;
use crate::engine::changes::Changes;
use crate::engine::usage_deltas::UsageDeltas;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    ChangeKind, Commit, Condition, Entry, ExpireOutcome, Expiry, Group, Key, Op, Quoted, Reply,
    SetExpiry, Version, VersionClock, check_value, format_integer, parse_integer,
};

/// The outcome of a batch that has not failed.
#[derive(Debug)]
pub enum Applied {
    /// It was applied, or a condition has refused it.
    Done(Commit),
    /// The rules of the store do not allow it. Nothing was changed, and the transaction goes on.
    Rejected(Error),
}

/// Applies batches to a table, at one moment, in one transaction.
pub struct BatchApplier<'t, T: Table> {
    table: &'t mut T,
    versions: &'t mut VersionClock,
    now: Timestamp,
    changes: &'t mut Changes,
    default_expiry: SetExpiry,
    dirty: bool,
    /// What the batch changes in the usage of namespaces with a quota, and of a limited store.
    deltas: UsageDeltas,
    /// Entries removed to make room.
    evictions: u64,
    /// Whether the batch is of one step, which can be refused before anything is written.
    is_single: bool,
}

impl<'t, T: Table> BatchApplier<'t, T> {
    /// Returns what applies batches to `table` at `now`, with new versions from `versions` and
    /// `default_expiry` for what is given none, and notes in `changes` what somebody wants to hear
    /// of.
    pub fn new(
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
    /// Applies `ops` if all their conditions hold, and writes the reply of each to `replies`.
    ///
    /// Fails if the caller has to roll its transaction back; what the batch may not do by the rules of
    /// the store, before it has changed anything, is [`Applied::Rejected`] instead.
    pub fn apply(&mut self, ops: &[Op<'_>], replies: &mut [Reply]) -> Result<Applied> {
        self.deltas.clear();
        match self.apply_all(ops, replies) {
            Ok(commit) => Ok(Applied::Done(commit)),
            Err(error) if !self.dirty && is_of_the_rules(&error) => Ok(Applied::Rejected(error)),
            Err(error) => Err(error),
        }
    }

    fn apply_all(&mut self, ops: &[Op<'_>], replies: &mut [Reply]) -> Result<Commit> {
        // A batch of one checks its condition on the row it has to find anyway.
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
        for (index, (op, reply)) in ops.iter().zip(replies.iter_mut()).enumerate() {
            self.apply_one(&without_condition(op), index, reply)
                .map_err(|error| error.context(format_args!("step {index}")))?;
        }
        self.settle()?;
        Ok(Commit::Applied)
    }

    fn check(&mut self, op: &Op<'_>, index: usize) -> Result<Option<Commit>> {
        let (Some(key), false) = (op.key(), op.condition() == Condition::Any) else {
            return Ok(None);
        };
        let version = self.live(op.group(), key)?.map_or(0, |row| row.version);
        let holds = op.condition().holds(version);
        Ok((!holds).then_some(Commit::Refused { index, version }))
    }

    fn apply_one(&mut self, op: &Op<'_>, index: usize, reply: &mut Reply) -> Result<Commit> {
        match *op {
            Op::Check { .. } => {
                if let Some(refused) = self.check(op, index)? {
                    return Ok(refused);
                }
            }
            Op::Get { group, key } => {
                let entry = self.entry(group, key)?;
                if entry.is_some() {
                    self.touch(group, key)?;
                }
                *reply = Reply::Entry(entry.map(|it| it.1));
            }
            Op::Set { group, key, value, condition, expiry } => {
                check_value(value.len())?;
                if self.may_overwrite(condition, expiry) {
                    // What is written over a value of its length changes nobody's usage.
                    let alike = self.table.is_limited() || self.quota_of(group)?.is_some();
                    let was_dirty = std::mem::replace(&mut self.dirty, true);
                    let version = self.versions.next(self.now, 0);
                    let expires_at = self.expires_at(expiry, None);
                    let stamp = RowMeta { version, expires_at };
                    if self.table.overwrite(group, key, value, stamp, alike)? {
                        self.touch(group, key)?;
                        self.changes.note(ChangeKind::Set, group, Some(key), value, version);
                        *reply = Reply::Written { version };
                        return Ok(Commit::Applied);
                    }
                    self.dirty = was_dirty;
                }
                let old = self.table.find(group, key)?;
                let live = old.filter(|row| !self.is_expired(row));
                let version = live.map_or(0, |row| row.version);
                if !condition.holds(version) {
                    return Ok(Commit::Refused { index, version });
                }
                let expires_at = self.expires_at(expiry, live.as_ref());
                let version = self.write(group, key, value, expires_at, old)?;
                *reply = Reply::Written { version };
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
                            self.touch(group, key)?;
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
        }
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
            None => (0, self.expires_at(created, None)),
            Some(row) => {
                let value = self.table.value(group, key, row)?;
                (parse_integer(&value)?, row.expires_at)
            }
        };
        let value = before.checked_add(delta).ok_or_else(|| {
            let message = format!("{before} plus {delta} leaves the range of 64-bit integers");
            Error::new(ErrorKind::NotInteger, message)
        })?;
        let version = self.write(group, key, format_integer(value).as_bytes(), expires_at, old)?;
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
        let (mut value, expires_at) = match &live {
            None => (Vec::new(), self.expires_at(created, None)),
            Some(row) => (self.table.value(group, key, row)?.to_vec(), row.expires_at),
        };
        let len = value.len().saturating_add(tail.len());
        check_value(len)?;
        value.extend_from_slice(tail);
        let version = self.write(group, key, &value, expires_at, old)?;
        Ok(Reply::Length { len, version })
    }

    fn write(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        value: &[u8],
        expires_at: Option<Expiry>,
        old: Option<Row<T::Location>>,
    ) -> Result<Version> {
        self.count_write(group, key, value, old.as_ref())?;
        self.dirty = true;
        let version = self.versions.next(self.now, old.map_or(0, |row| row.version));
        self.announce(ChangeKind::Set, group, Some(key), value, version)?;
        self.table.put(group, key, value, RowMeta { version, expires_at }, old.as_ref())?;
        Ok(version)
    }

    /// Answers whether a set may go to [`Table::overwrite`], which looks at nothing first.
    fn may_overwrite(&self, condition: Condition, expiry: SetExpiry) -> bool {
        let looks = condition != Condition::Any || expiry == SetExpiry::Keep;
        // A log says what is about to be done, and overwriting may turn out not to be.
        !looks && self.table.overwrites() && !self.table.is_logged()
    }

    /// Returns when an entry dies that is written now over `live`, if a live one is there.
    fn expires_at(&self, expiry: SetExpiry, live: Option<&Row<T::Location>>) -> Option<Expiry> {
        match (expiry, live) {
            (SetExpiry::Default, _) | (SetExpiry::Keep, None) => {
                self.default_expiry.resolve(self.now, None)
            }
            (_, live) => expiry.resolve(self.now, live.and_then(|row| row.expires_at)),
        }
    }

    /// Says what is about to be changed, to the log and to those who want to hear of it.
    pub(super) fn announce(
        &mut self,
        kind: ChangeKind,
        group: Group<'_>,
        key: Option<Key<'_>>,
        value: &[u8],
        version: Version,
    ) -> Result<()> {
        if self.table.is_logged() {
            self.table.log(kind, group, key, value, version)?;
        }
        self.changes.note(kind, group, key, value, version);
        Ok(())
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

/// Returns whether an error is one of the rules that batches follow. After any other the transaction
/// may be gone; a full disk, which is `Full` too, is met only by what writes.
fn is_of_the_rules(error: &Error) -> bool {
    use ErrorKind::{Full, NotInteger, Quota, TooLarge};
    matches!(error.kind(), NotInteger | TooLarge | Quota | Full)
}

/// Returns the step as it is applied once its condition is known to have held.
fn without_condition<'a>(op: &Op<'a>) -> Op<'a> {
    let any = Condition::Any;
    match *op {
        Op::Check { group, key, .. } => Op::Check { group, key, condition: any },
        Op::Set { group, key, value, expiry, .. } => {
            Op::Set { group, key, value, condition: any, expiry }
        }
        Op::Delete { group, key, .. } => Op::Delete { group, key, condition: any },
        other => other,
    }
}

/// Returns `error` with the sentence that names the step it happened in.
pub fn name_step(error: Error, ops: &[Op<'_>]) -> Error {
    let [op] = ops else {
        return error.context(format_args!("batch of {} steps", ops.len()));
    };
    let verb = match op {
        Op::Check { .. } => "check",
        Op::Get { .. } => "get",
        Op::Set { .. } => "set",
        Op::Delete { .. } => "delete",
        Op::Take { .. } => "take",
        Op::Increment { .. } => "increment",
        Op::Append { .. } => "append",
        Op::Expire { .. } => "expire",
        Op::DeletePrefix { .. } => "delete prefix in",
    };
    let group = op.group();
    let in_group = match group.as_bytes() {
        b"" => String::new(),
        name => format!(" in group {}", Quoted(name)),
    };
    match op.key() {
        Some(key) => error.context(format_args!("{verb} {}{in_group}", Quoted(key.as_bytes()))),
        None => error.context(format_args!("{verb}{in_group}")),
    }
}
