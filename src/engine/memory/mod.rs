//! The memory engine: rows in memory behind a lock. It is the reference for the other engines.

mod options;
mod purge_thread;
mod shared;

pub use options::MemoryOptions;

use std::sync::Arc;

use crate::call::CallContext;
use crate::clock::{Clock, Timestamp};
use crate::engine::apply::{Applied, name_step};
use crate::engine::memory::shared::Shared;
use crate::engine::read_batch::{State, read_batch};
use crate::engine::rows::{Row, RowsView};
use crate::engine::snapshot::SnapshotEngine;
use crate::engine::{
    BackupSource, ChangeLog, Cursor, Engine, Maintenance, Medium, Quotas, View, WatchSnapshot,
};
use crate::error::Result;
use crate::model::{
    Commit, Durability, Entry, EntryInfo, EntryRef, Group, GroupRange, Key, KeyRange, Namespace,
    Observer, Op, Query, Quota, QuotaState, RangeDigest, Reply, SetExpiry, Stats,
};

/// The largest value that is copied while the rows are locked.
const COPIED_MAX: usize = 16 * 1024;

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

    /// Calls `found` with the live row under a key and returns true, or returns false; counts the
    /// read.
    fn read(&self, group: Group<'_>, key: Key<'_>, found: impl FnOnce(&Row)) -> bool {
        let rows = self.0.read();
        let is_live = |row: &Row| row.expires_at().is_none_or(|at| !at.is_past(self.0.clock.now()));
        let row = rows.read(group, key, is_live);
        let is_found = row.is_some();
        match row {
            Some(row) if row.value().len() > COPIED_MAX => {
                let row = row.clone();
                drop(rows);
                found(&row);
            }
            Some(row) => found(row),
            None => {}
        }
        self.0.counters.count_read(is_found)
    }

    /// Returns the entries of this moment.
    fn view(&self) -> RowsView {
        RowsView::new(self.0.entries(), self.0.clock.now())
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
        _: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(EntryRef<'_>),
    ) -> Result<bool> {
        Ok(self.read(group, key, |row| found(row.entry())))
    }

    fn info(&self, _: &CallContext, group: Group<'_>, key: Key<'_>) -> Result<Option<EntryInfo>> {
        let mut info = None;
        self.read(group, key, |row| info = Some(row.info()));
        Ok(info)
    }

    fn scan(&self, call: &CallContext, query: Query<'_>) -> Result<Box<dyn Cursor>> {
        self.view().scan(call, query)
    }

    fn count(&self, call: &CallContext, range: GroupRange<'_>) -> Result<u64> {
        self.view().count(call, range)
    }

    fn commit(
        &self,
        call: &CallContext,
        // No write in memory survives a loss of power.
        _: Option<Durability>,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Commit> {
        if !ops.iter().any(Op::is_write) {
            return read_batch(
                &mut BatchReads { view: self.view(), call, engine: self },
                ops,
                replies,
            );
        }
        self.0.poison.check()?;
        let applied = self.0.transaction(call, |applier| applier.apply(ops, replies));
        let commit = match applied.map_err(|error| name_step(error, ops))? {
            Applied::Done(commit) => commit,
            Applied::Rejected(error) => return Err(name_step(error, ops)),
        };
        if commit == Commit::Applied {
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
        // No thread commits while the writer is locked.
        let writer = self.0.lock_writer(call)?;
        begin();
        let entries = existing.map(|query| self.view().scan(call, query)).transpose()?;
        Ok(WatchSnapshot { newest: writer.versions.last(), entries })
    }

    fn change_log(&self) -> Option<&dyn ChangeLog> {
        None
    }

    fn snapshot(self: Arc<Self>, _: &CallContext) -> Result<Arc<dyn Engine>> {
        Ok(Arc::new(SnapshotEngine::new(Box::new(self.view()), self)))
    }

    fn evicts(&self) -> bool {
        self.0.limits.evicts()
    }
}

/// The entries of one moment, as a batch of reads sees them.
struct BatchReads<'e> {
    view: RowsView,
    call: &'e CallContext,
    engine: &'e MemoryEngine,
}

impl State for BatchReads<'_> {
    fn entry(&mut self, group: Group<'_>, key: Key<'_>) -> Result<Option<Entry>> {
        let Some(row) = self.view.find(group, key) else { return Ok(None) };
        if self.engine.evicts() {
            self.engine.0.read().read(group, key, |_| true);
        }
        row.to_entry().map(Some)
    }

    fn digest(&mut self, range: KeyRange<'_>) -> Result<RangeDigest> {
        self.view.digest(self.call, range)
    }
}

impl Maintenance for MemoryEngine {
    fn stats(&self, call: &CallContext, range: GroupRange<'_>) -> Result<Stats> {
        let now = self.0.clock.now();
        let (entries, bytes, expired_entries) = self.0.entries().measure(call, range, now)?;
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
        let _writer = self.0.lock_writer(call)?;
        self.0.read().check_usage(call)
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
        let mut writer = self.0.lock_writer(call)?;
        self.0.change(&mut writer, |rows| rows.set_quota(call, namespace, quota))
    }

    fn account(&self, _: &CallContext, namespace: &Namespace) -> Result<QuotaState> {
        Ok(self.0.read().account(namespace).unwrap_or_default())
    }
}
