//! The memory engine: ordered maps under one lock. It is the reference for the other engines.

mod cursor;
mod lru;
mod name;
mod table;

use std::sync::Arc;

use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::call::CallContext;
use crate::clock::{Clock, Timestamp};
use crate::engine::apply::{Applied, BatchApplier, name_step};
use crate::engine::changes::Changes;
use crate::engine::counters::Counters;
use crate::engine::memory::table::{MemoryTable, Rows};
use crate::engine::poison::Poison;
use crate::engine::{
    BackupSource, ChangeLog, Cursor, Engine, Maintenance, Medium, Quotas, WatchSnapshot,
};
use crate::error::Result;
use crate::model::{
    CacheOptions, Commit, Entry, EntryRef, Group, GroupRange, Key, Limits, Namespace, Observer, Op,
    Query, Quota, QuotaState, Reply, SetExpiry, Stats, VersionClock,
};

/// A store in memory. Its entries end with the engine.
pub struct MemoryEngine {
    clock: Arc<dyn Clock>,
    observer: Arc<dyn Observer>,
    limits: Limits,
    default_expiry: SetExpiry,
    state: RwLock<State>,
    poison: Poison,
    counters: Counters,
}

struct State {
    rows: Rows,
    versions: VersionClock,
}

impl MemoryEngine {
    /// Returns an empty engine that takes the time from `clock` and publishes its changes to
    /// `observer`. Fails if the options contradict each other.
    pub fn new(
        options: CacheOptions,
        clock: Arc<dyn Clock>,
        observer: Arc<dyn Observer>,
    ) -> Result<Self> {
        let limits = options.limits.over(Limits::default())?;
        let state = State { rows: Rows::new(limits), versions: VersionClock::default() };
        Ok(MemoryEngine {
            clock,
            observer,
            limits,
            default_expiry: options.default_expiry(),
            state: RwLock::new(state),
            poison: Poison::default(),
            counters: Counters::default(),
        })
    }

    /// Runs `work` on the rows; after a failure nothing has changed. The changes are published
    /// before any reader can see them.
    fn transaction<R>(
        &self,
        call: &CallContext,
        work: impl FnOnce(&mut BatchApplier<'_, MemoryTable<'_>>) -> Result<R>,
    ) -> Result<R> {
        let mut changes = Changes::new(self.observer.clone());
        let mut state = self.write(call)?;
        let State { rows, versions } = &mut *state;
        let mut table = MemoryTable::new(rows, call);
        let now = self.clock.now();
        let default = self.default_expiry;
        let mut applier = BatchApplier::new(&mut table, versions, now, &mut changes, default);
        let outcome = work(&mut applier);
        let evictions = applier.evictions();
        if outcome.is_err() {
            table.undo();
            return outcome;
        }
        self.counters.evictions.add(evictions);
        let changes = changes.take();
        if !changes.is_empty() {
            self.observer.publish(&changes);
        }
        drop(state);
        self.observer.call_back(&changes);
        outcome
    }

    fn read(&self, call: &CallContext) -> Result<RwLockReadGuard<'_, State>> {
        call.lock(|| self.state.read(), |until| self.state.try_read_until(until))
    }

    fn write(&self, call: &CallContext) -> Result<RwLockWriteGuard<'_, State>> {
        call.lock(|| self.state.write(), |until| self.state.try_write_until(until))
    }
}

impl Engine for MemoryEngine {
    fn medium(&self) -> Medium {
        Medium::Memory
    }

    fn now(&self, _: &CallContext) -> Result<Timestamp> {
        Ok(self.clock.now())
    }

    fn default_expiry(&self) -> SetExpiry {
        self.default_expiry
    }

    fn get(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(EntryRef<'_>),
    ) -> Result<bool> {
        let is_live =
            |entry: &Entry| entry.expires_at.is_none_or(|at| !at.is_past(self.clock.now()));
        let state = self.read(call)?;
        let live = state.rows.find(group, key).filter(|stored| is_live(&stored.entry));
        let live = live.map(|stored| {
            state.rows.touch(stored);
            stored.entry.clone()
        });
        drop(state);
        if let Some(Entry { value, version, expires_at }) = &live {
            found(EntryRef { value, version: *version, expires_at: *expires_at });
        }
        Ok(self.counters.count_read(live.is_some()))
    }

    fn scan(&self, call: &CallContext, query: Query<'_>) -> Result<Box<dyn Cursor>> {
        let now = self.clock.now();
        Ok(Box::new(cursor::snapshot(call, &self.read(call)?.rows, query, now)?))
    }

    fn count(&self, call: &CallContext, range: GroupRange<'_>) -> Result<u64> {
        let now = self.clock.now();
        self.read(call)?.rows.count_live(call, range, now)
    }

    fn commit(&self, call: &CallContext, ops: &[Op<'_>], replies: &mut [Reply]) -> Result<Commit> {
        let is_write = ops.iter().any(Op::is_write);
        if is_write {
            self.poison.check()?;
        }
        let applied = self.transaction(call, |applier| applier.apply(ops, replies));
        let commit = match applied.map_err(|error| name_step(error, ops))? {
            Applied::Done(commit) => commit,
            Applied::Rejected(error) => return Err(name_step(error, ops)),
        };
        if is_write && commit == Commit::Applied {
            self.counters.commits.add(1);
            self.counters.transactions.add(1);
        }
        Ok(commit)
    }

    fn expire(&self, call: &CallContext, range: GroupRange<'_>, limit: usize) -> Result<u64> {
        self.poison.check()?;
        let removed = self.transaction(call, |applier| applier.expire(range, limit))?;
        self.counters.expirations.add(removed);
        Ok(removed)
    }

    fn watch(
        &self,
        call: &CallContext,
        begin: &mut dyn FnMut(),
        existing: Option<Query<'_>>,
    ) -> Result<WatchSnapshot> {
        let now = self.clock.now();
        // No thread commits while the read lock is held.
        let state = self.read(call)?;
        begin();
        let snapshot = |query| cursor::snapshot(call, &state.rows, query, now);
        let cursor = existing.map(snapshot).transpose()?;
        let entries = cursor.map(|cursor| Box::new(cursor) as Box<dyn Cursor>);
        Ok(WatchSnapshot { newest: state.versions.last(), entries })
    }

    fn change_log(&self) -> Option<&dyn ChangeLog> {
        None
    }
}

impl Maintenance for MemoryEngine {
    fn stats(&self, call: &CallContext, range: GroupRange<'_>) -> Result<Stats> {
        let now = self.clock.now();
        let (entries, bytes, expired_entries) = self.read(call)?.rows.measure(call, range, now)?;
        Ok(Stats {
            entries,
            bytes,
            expired_entries,
            max_bytes: self.limits.max_bytes,
            max_entries: self.limits.max_entries,
            ..self.counters.stats()
        })
    }

    fn compact(&self, _: &CallContext) -> Result<()> {
        Ok(())
    }

    fn check(&self, _: &CallContext) -> Result<()> {
        Ok(())
    }

    fn flush(&self, _: &CallContext) -> Result<()> {
        // A store in memory does not survive a loss of power, so there is nothing to flush.
        Ok(())
    }

    fn poison(&self) {
        self.poison.set();
    }

    fn quotas(&self) -> Option<&dyn Quotas> {
        Some(self)
    }

    fn backup_source(&self) -> Option<&dyn BackupSource> {
        None
    }
}

impl Quotas for MemoryEngine {
    fn set_quota(&self, call: &CallContext, namespace: &Namespace, quota: Quota) -> Result<()> {
        self.poison.check()?;
        self.write(call)?.rows.set_quota(call, namespace, quota)
    }

    fn account(&self, call: &CallContext, namespace: &Namespace) -> Result<QuotaState> {
        Ok(self.read(call)?.rows.account(namespace).unwrap_or_default())
    }
}
