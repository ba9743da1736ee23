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
use crate::engine::poison::BUG;
use crate::engine::snapshot::SnapshotEngine;
use crate::engine::{
    BackupSource, ChangeLog, Cursor, Engine, Maintenance, Medium, Piece, Quotas, Streams,
    ValueReader, View, WatchSnapshot,
};
use crate::error::Result;
use crate::model::{
    Commit, Durability, EntryInfo, EntryRef, Group, GroupRange, Key, Namespace, Observer, Op,
    Query, Quota, QuotaState, Reply, SetExpiry, Stats, StoreUsage, StreamId,
};
use crate::observe::{CallCounters, Metrics};

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
        MemoryEngine::named("memory:", options, clock, observer)
    }

    /// Returns an empty engine like [`MemoryEngine::new`], which the log names `name`.
    pub(crate) fn named(
        name: &str,
        options: MemoryOptions,
        clock: Arc<dyn Clock>,
        observer: Arc<dyn Observer>,
    ) -> Result<Self> {
        Ok(MemoryEngine(Arc::new(Shared::new(name, options, clock, observer)?)))
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
        Ok(self.0.store.clock.now())
    }

    fn default_expiry(&self) -> SetExpiry {
        self.0.store.default_expiry
    }

    fn get(
        &self,
        _: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(EntryRef<'_>),
    ) -> Result<bool> {
        self.0.store.get(group, key, found)
    }

    fn info(&self, _: &CallContext, group: Group<'_>, key: Key<'_>) -> Result<Option<EntryInfo>> {
        Ok(self.0.store.info(group, key))
    }

    fn open_value(
        &self,
        _: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<Box<dyn ValueReader>>> {
        Ok(self.0.store.open_value(group, key))
    }

    fn streams(&self) -> Option<&dyn Streams> {
        Some(self)
    }

    fn scan(&self, call: &CallContext, query: Query<'_>) -> Result<Box<dyn Cursor>> {
        self.0.store.view().scan(call, query)
    }

    fn count(&self, call: &CallContext, range: GroupRange<'_>) -> Result<u64> {
        self.0.store.view().count(call, range)
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
            return self.0.store.read_batch(call, ops, replies);
        }
        self.0.store.poison.check()?;
        let applied = self.0.transaction(call, |applier| applier.apply(ops, replies));
        let commit = match applied.map_err(|error| name_step(error, ops))? {
            Applied::Done(commit) => commit,
            Applied::Rejected(error) => return Err(name_step(error, ops)),
        };
        if commit == Commit::Applied {
            self.0.store.streams.end(ops);
            self.0.store.counters.count_transaction(1);
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
        let entries = existing.map(|query| self.0.store.view().scan(call, query)).transpose()?;
        Ok(WatchSnapshot { newest: writer.versions.last(), entries })
    }

    fn change_log(&self) -> Option<&dyn ChangeLog> {
        None
    }

    fn snapshot(self: Arc<Self>, _: &CallContext) -> Result<Arc<dyn Engine>> {
        Ok(Arc::new(SnapshotEngine::new(Box::new(self.0.store.view()), self)))
    }

    fn evicts(&self) -> bool {
        self.0.store.limits.evicts()
    }
}

impl Maintenance for MemoryEngine {
    fn stats(&self, _: &CallContext) -> Result<Stats> {
        Ok(self.0.store.stats())
    }

    fn metrics(&self, _: &CallContext) -> Result<Metrics> {
        Ok(Metrics { max_memory: self.0.max_memory.0, ..self.0.store.metrics() })
    }

    fn calls(&self) -> &CallCounters {
        &self.0.store.counters.calls
    }

    fn name(&self) -> &str {
        self.0.store.counters.store()
    }

    fn usage(&self, call: &CallContext, range: GroupRange<'_>) -> Result<StoreUsage> {
        self.0.store.usage(call, range)
    }

    fn compact(&self, _: &CallContext) -> Result<()> {
        Ok(())
    }

    fn check(&self, call: &CallContext) -> Result<()> {
        let _writer = self.0.lock_writer(call)?;
        self.0.store.rows().check_usage(call)
    }

    fn flush(&self, _: &CallContext) -> Result<()> {
        // A store in memory does not survive a loss of power, so there is nothing to flush.
        Ok(())
    }

    fn poison(&self) {
        self.0.store.poison.set(BUG);
    }

    fn quotas(&self) -> Option<&dyn Quotas> {
        Some(self)
    }

    fn backup_source(&self) -> Option<&dyn BackupSource> {
        None
    }
}

impl Streams for MemoryEngine {
    fn check_writes(&self, _: Option<Durability>) -> Result<()> {
        self.0.store.poison.check()
    }

    fn begin_stream(&self, _: &CallContext, _: Group<'_>, key: Key<'_>) -> Result<StreamId> {
        Ok(self.0.store.streams.begin(key))
    }

    fn append_piece(&self, call: &CallContext, piece: Piece<'_>) -> Result<()> {
        self.0.store.append_piece(call, piece)
    }

    fn discard_stream(&self, _: Group<'_>, _: Key<'_>, stream: StreamId) {
        self.0.store.streams.discard(stream);
    }
}

impl Quotas for MemoryEngine {
    fn set_quota(&self, call: &CallContext, namespace: &Namespace, quota: Quota) -> Result<()> {
        self.0.store.poison.check()?;
        let _writer = self.0.lock_writer(call)?;
        let account = self.0.store.rows().count_account(call, namespace, quota)?;
        self.0.store.change(|rows| rows.set_account(namespace, account));
        Ok(())
    }

    fn account(&self, _: &CallContext, namespace: &Namespace) -> Result<QuotaState> {
        Ok(self.0.store.rows().account(namespace).unwrap_or_default())
    }
}
