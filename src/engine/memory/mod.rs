//! The memory engine: ordered maps under one lock. It is the reference for the other engines.

mod cursor;
mod lru;
mod name;
mod options;
mod purge_thread;
mod rows;
mod shared;
mod table;
mod view;

pub use options::MemoryOptions;

use std::sync::Arc;

use crate::call::CallContext;
use crate::clock::{Clock, Timestamp};
use crate::engine::apply::{Applied, name_step, usage_drift};
use crate::engine::memory::shared::Shared;
use crate::engine::memory::view::MemoryView;
use crate::engine::snapshot::SnapshotEngine;
use crate::engine::{
    BackupSource, ChangeLog, Cursor, Engine, Maintenance, Medium, Quotas, WatchSnapshot,
};
use crate::error::Result;
use crate::model::{
    Commit, Durability, Entry, EntryInfo, EntryRef, Group, GroupRange, Key, Namespace, Observer,
    Op, Query, Quota, QuotaState, Reply, SetExpiry, Stats,
};

/// A store in memory. Its entries end with the engine.
pub struct MemoryEngine(Arc<Shared>);

impl MemoryEngine {
    /// Returns an empty engine that takes the time from `clock` and publishes its changes to
    /// `observer`. Fails if the options contradict each other.
    pub fn new(
        options: MemoryOptions,
        clock: Arc<dyn Clock>,
        observer: Arc<dyn Observer>,
    ) -> Result<Self> {
        Ok(MemoryEngine(Arc::new(Shared::new(options, clock, observer)?)))
    }

    /// Returns the live entry under a key, whose bytes are shared, and counts the read.
    fn read(&self, call: &CallContext, group: Group<'_>, key: Key<'_>) -> Result<Option<Entry>> {
        let is_live =
            |entry: &Entry| entry.expires_at.is_none_or(|at| !at.is_past(self.0.clock.now()));
        let state = self.0.read(call)?;
        let live = state.rows.find(group, key).filter(|stored| is_live(&stored.entry));
        let live = live.map(|stored| {
            state.rows.touch(stored);
            stored.entry.clone()
        });
        drop(state);
        self.0.counters.count_read(live.is_some());
        Ok(live)
    }
}

impl Drop for MemoryEngine {
    fn drop(&mut self) {
        self.0.purge_thread.end();
    }
}

impl Engine for MemoryEngine {
    fn medium(&self) -> Medium {
        Medium::Memory
    }

    fn now(&self, _: &CallContext) -> Result<Timestamp> {
        Ok(self.0.clock.now())
    }

    fn default_expiry(&self) -> SetExpiry {
        self.0.default_expiry
    }

    fn get(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(EntryRef<'_>),
    ) -> Result<bool> {
        let live = self.read(call, group, key)?;
        if let Some(Entry { value, version, expires_at }) = &live {
            found(EntryRef { value, version: *version, expires_at: *expires_at });
        }
        Ok(live.is_some())
    }

    fn info(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<EntryInfo>> {
        let live = self.read(call, group, key)?;
        Ok(live.as_ref().map(Entry::info))
    }

    fn scan(&self, call: &CallContext, query: Query<'_>) -> Result<Box<dyn Cursor>> {
        let now = self.0.clock.now();
        Ok(Box::new(cursor::snapshot(call, &self.0.read(call)?.rows, query, now)?))
    }

    fn count(&self, call: &CallContext, range: GroupRange<'_>) -> Result<u64> {
        let now = self.0.clock.now();
        self.0.read(call)?.rows.count_live(call, range, now)
    }

    fn commit(
        &self,
        call: &CallContext,
        // No write in memory survives a loss of power.
        _: Option<Durability>,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Commit> {
        let is_write = ops.iter().any(Op::is_write);
        if is_write {
            self.0.poison.check()?;
        }
        let applied = self.0.transaction(call, |applier| applier.apply(ops, replies));
        let commit = match applied.map_err(|error| name_step(error, ops))? {
            Applied::Done(commit) => commit,
            Applied::Rejected(error) => return Err(name_step(error, ops)),
        };
        if is_write && commit == Commit::Applied {
            self.0.counters.commits.add(1);
            self.0.counters.transactions.add(1);
        }
        Ok(commit)
    }

    fn expire(&self, call: &CallContext, range: GroupRange<'_>, limit: usize) -> Result<u64> {
        self.0.expire(call, range, limit)
    }

    fn watch(
        &self,
        call: &CallContext,
        begin: &mut dyn FnMut(),
        existing: Option<Query<'_>>,
    ) -> Result<WatchSnapshot> {
        let now = self.0.clock.now();
        // No thread commits while the read lock is held.
        let state = self.0.read(call)?;
        begin();
        let snapshot = |query| cursor::snapshot(call, &state.rows, query, now);
        let cursor = existing.map(snapshot).transpose()?;
        let entries = cursor.map(|cursor| Box::new(cursor) as Box<dyn Cursor>);
        Ok(WatchSnapshot { newest: state.versions.last(), entries })
    }

    fn change_log(&self) -> Option<&dyn ChangeLog> {
        None
    }

    fn snapshot(self: Arc<Self>, call: &CallContext) -> Result<Arc<dyn Engine>> {
        let now = self.0.clock.now();
        let view = MemoryView::of(&self.0.read(call)?.rows, call, now)?;
        Ok(Arc::new(SnapshotEngine::new(Box::new(view), self)))
    }

    fn evicts(&self) -> bool {
        self.0.limits.evicts()
    }
}

impl Maintenance for MemoryEngine {
    fn stats(&self, call: &CallContext, range: GroupRange<'_>) -> Result<Stats> {
        let now = self.0.clock.now();
        let (entries, bytes, expired_entries) =
            self.0.read(call)?.rows.measure(call, range, now)?;
        Ok(Stats {
            entries,
            bytes,
            expired_entries,
            max_bytes: self.0.limits.max_bytes,
            max_entries: self.0.limits.max_entries,
            ..self.0.counters.stats()
        })
    }

    fn compact(&self, _: &CallContext) -> Result<()> {
        Ok(())
    }

    fn check(&self, call: &CallContext) -> Result<()> {
        match self.0.read(call)?.rows.find_drift(call)? {
            None => Ok(()),
            Some((name, usage, counted)) => Err(usage_drift(name, usage, counted)),
        }
    }

    fn flush(&self, _: &CallContext) -> Result<()> {
        // A store in memory does not survive a loss of power, so there is nothing to flush.
        Ok(())
    }

    fn poison(&self) {
        self.0.poison.set();
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
        self.0.poison.check()?;
        self.0.write(call)?.rows.set_quota(call, namespace, quota)
    }

    fn account(&self, call: &CallContext, namespace: &Namespace) -> Result<QuotaState> {
        Ok(self.0.read(call)?.rows.account(namespace).unwrap_or_default())
    }
}
