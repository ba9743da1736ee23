//! How a batch changes a table: the rules every engine follows, written once.

use crate::clock::Timestamp;
use crate::engine::changes::Changes;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    ChangeKind, Commit, Condition, Entry, ExpireOutcome, Expiry, Group, Key, Op, Quoted, Reply,
    SetExpiry, Value, Version, VersionClock, check_value, format_integer, parse_integer,
};

/// The rows of an engine inside one of its write transactions.
pub trait Table {
    /// Where a row rests, as only the engine understands it.
    type Place: Copy;

    /// Answers whether [`Table::overwrite`] is worth trying.
    fn overwrites(&self) -> bool {
        false
    }

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
    fn find(&mut self, group: Group<'_>, key: Key<'_>) -> Result<Option<Row<Self::Place>>>;

    /// Returns the value of `row`, which [`Table::find`] has just returned for this key.
    fn value(&mut self, group: Group<'_>, key: Key<'_>, row: &Row<Self::Place>) -> Result<Value>;

    /// Writes a row over whatever is there, if the engine can do so in one go, and returns true.
    ///
    /// Returns false and has changed nothing if the row there has to be looked at first; so it is
    /// if its version is not below that of the stamp.
    fn overwrite(
        &mut self,
        _group: Group<'_>,
        _key: Key<'_>,
        _value: &[u8],
        _stamp: Stamp,
    ) -> Result<bool> {
        Ok(false)
    }

    /// Writes a row; `old` is what [`Table::find`] returned for this key.
    fn put(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        value: &[u8],
        stamp: Stamp,
        old: Option<&Row<Self::Place>>,
    ) -> Result<()>;

    /// Changes when a row dies, and nothing else.
    fn set_expiry(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        expires_at: Option<Expiry>,
    ) -> Result<()>;

    /// Removes the row that [`Table::find`] has just returned for this key.
    fn remove(&mut self, group: Group<'_>, key: Key<'_>, row: &Row<Self::Place>) -> Result<()>;

    /// Returns how many rows of a group whose keys begin with `prefix` are live.
    fn count_prefix(&mut self, group: Group<'_>, prefix: &[u8], now: Timestamp) -> Result<u64>;

    /// Removes all rows of a group whose keys begin with `prefix`.
    fn remove_prefix(&mut self, group: Group<'_>, prefix: &[u8]) -> Result<()>;

    /// Returns all rows of a group whose keys begin with `prefix`, live and dead.
    fn list_prefix(&mut self, group: Group<'_>, prefix: &[u8]) -> Result<Vec<Listed<Self::Place>>>;

    /// Returns at most `limit` rows that are dead at `now`, those that died first.
    fn list_dead(&mut self, now: Timestamp, limit: usize) -> Result<Vec<Listed<Self::Place>>>;
}

/// A row with its names.
pub struct Listed<P> {
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
    pub place: P,
}

/// What a write puts beside the value.
#[derive(Debug, Clone, Copy)]
pub struct Stamp {
    /// The version of the write.
    pub version: Version,
    /// When the entry dies.
    pub expires_at: Option<Expiry>,
}

/// Applies batches to a table, at one moment, in one transaction.
pub struct Application<'t, T: Table> {
    /// The rows to change.
    pub table: &'t mut T,
    /// Where new versions come from.
    pub versions: &'t mut VersionClock,
    /// The moment of the transaction.
    pub now: Timestamp,
    /// Whether anything was changed; then a failure needs a rollback.
    pub dirty: bool,
    /// Who wants to hear of what.
    pub changes: &'t mut Changes,
}

impl<T: Table> Application<'_, T> {
    /// Applies `ops` if all their conditions hold and writes what became of each to `replies`.
    ///
    /// On an error the caller must roll back if [`dirty`](Application::dirty) is set.
    pub fn apply(&mut self, ops: &[Op<'_>], replies: &mut [Reply]) -> Result<Commit> {
        // A batch of one checks its condition on the row it has to find anyway.
        if let ([op], [reply]) = (ops, &mut *replies) {
            return self.apply_one(op, 0, reply);
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
        Ok(Commit::Applied)
    }

    /// Removes at most `limit` dead rows, those that died first, and returns how many.
    pub fn expire(&mut self, limit: usize) -> Result<u64> {
        let dead = self.table.list_dead(self.now, limit)?;
        self.remove_listed(&dead)?;
        Ok(dead.len() as u64)
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
            Op::Get { group, key } => *reply = Reply::Entry(self.entry(group, key)?.map(|it| it.1)),
            Op::Set { group, key, value, condition, expiry } => {
                check_value(value.len())?;
                if self.may_overwrite(condition, expiry) {
                    self.dirty = true;
                    let version = self.versions.next(self.now, 0);
                    let expires_at = expiry.resolve(self.now, None);
                    let stamp = Stamp { version, expires_at };
                    if self.table.overwrite(group, key, value, stamp)? {
                        self.changes.note(ChangeKind::Set, group, Some(key), value, version);
                        *reply = Reply::Written { version };
                        return Ok(Commit::Applied);
                    }
                }
                let old = self.table.find(group, key)?;
                let live = old.filter(|row| !self.is_dead(row));
                let version = live.map_or(0, |row| row.version);
                if !condition.holds(version) {
                    return Ok(Commit::Refused { index, version });
                }
                let expires_at = expiry.resolve(self.now, live.and_then(|row| row.expires_at));
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
            Op::Append { group, key, value } => *reply = self.append(group, key, value)?,
            Op::Expire { group, key, expiry, rule } => {
                let outcome = match self.live(group, key)? {
                    None => ExpireOutcome::NotFound,
                    Some(row) => {
                        let new = expiry.resolve(self.now, row.expires_at);
                        if rule.allows(row.expires_at, new) {
                            self.dirty = true;
                            self.table.set_expiry(group, key, new)?;
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
        let live = old.filter(|row| !self.is_dead(row));
        let (before, expires_at) = match &live {
            None => (0, created.resolve(self.now, None)),
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

    fn append(&mut self, group: Group<'_>, key: Key<'_>, tail: &[u8]) -> Result<Reply> {
        let old = self.table.find(group, key)?;
        let live = old.filter(|row| !self.is_dead(row));
        let mut value = match &live {
            None => Vec::new(),
            Some(row) => self.table.value(group, key, row)?.to_vec(),
        };
        let len = value.len().saturating_add(tail.len());
        check_value(len)?;
        value.extend_from_slice(tail);
        let expires_at = live.and_then(|row| row.expires_at);
        let version = self.write(group, key, &value, expires_at, old)?;
        Ok(Reply::Length { len, version })
    }

    fn write(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        value: &[u8],
        expires_at: Option<Expiry>,
        old: Option<Row<T::Place>>,
    ) -> Result<Version> {
        self.dirty = true;
        let version = self.versions.next(self.now, old.map_or(0, |row| row.version));
        self.announce(ChangeKind::Set, group, Some(key), value, version)?;
        self.table.put(group, key, value, Stamp { version, expires_at }, old.as_ref())?;
        Ok(version)
    }

    /// Answers whether a set may go to [`Table::overwrite`], which looks at nothing first.
    fn may_overwrite(&self, condition: Condition, expiry: SetExpiry) -> bool {
        let looks = condition != Condition::Any || expiry == SetExpiry::Keep;
        // A log says what is about to be done, and overwriting may turn out not to be.
        !looks && self.table.overwrites() && !self.table.is_logged()
    }

    fn remove(
        &mut self,
        kind: ChangeKind,
        group: Group<'_>,
        key: Key<'_>,
        row: &Row<T::Place>,
    ) -> Result<()> {
        self.dirty = true;
        let version = self.versions.next(self.now, row.version);
        self.announce(kind, group, Some(key), b"", version)?;
        self.table.remove(group, key, row)
    }

    /// Removes rows that were listed and returns how many were live. For the dead it is the end
    /// that was due to them.
    fn remove_listed(&mut self, listed: &[Listed<T::Place>]) -> Result<u64> {
        let mut live = 0;
        for Listed { group, key, row } in listed {
            let kind = match self.is_dead(row) {
                true => ChangeKind::Expire,
                false => ChangeKind::Delete,
            };
            live += u64::from(kind == ChangeKind::Delete);
            self.remove(kind, Group::new(group)?, Key::new(key)?, row)?;
        }
        Ok(live)
    }

    /// Removes all rows of a group whose keys begin with `prefix`; returns how many were live.
    fn remove_prefix(&mut self, group: Group<'_>, prefix: &[u8]) -> Result<u64> {
        self.dirty = true;
        let live = self.table.count_prefix(group, prefix, self.now)?;
        let is_group = prefix.is_empty() && live > 0;
        if !is_group && (self.table.is_logged() || self.changes.are_wanted_in(group)) {
            let listed = self.table.list_prefix(group, prefix)?;
            return self.remove_listed(&listed);
        }
        if live > 0 {
            let version = self.versions.next(self.now, 0);
            // Of keys nobody would hear.
            if is_group {
                self.announce(ChangeKind::DeleteGroup, group, None, b"", version)?;
            }
        }
        self.table.remove_prefix(group, prefix)?;
        Ok(live)
    }

    /// Says what is about to be changed, to the log and to those who want to hear of it.
    fn announce(
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

    fn live(&mut self, group: Group<'_>, key: Key<'_>) -> Result<Option<Row<T::Place>>> {
        let row = self.table.find(group, key)?;
        Ok(row.filter(|row| !self.is_dead(row)))
    }

    fn entry(&mut self, group: Group<'_>, key: Key<'_>) -> Result<Option<(Row<T::Place>, Entry)>> {
        let Some(row) = self.live(group, key)? else {
            return Ok(None);
        };
        let value = self.table.value(group, key, &row)?;
        let entry = Entry { value, version: row.version, expires_at: row.expires_at };
        Ok(Some((row, entry)))
    }

    fn is_dead(&self, row: &Row<T::Place>) -> bool {
        row.expires_at.is_some_and(|expiry| expiry.is_past(self.now))
    }
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
