//! The engine of a snapshot: a view of a store that is read like a store.

use std::sync::Arc;

use crate::call::CallContext;
use crate::clock::Timestamp;
use crate::engine::capability::of_snapshot;
use crate::engine::read_batch::{State, read_batch};
use crate::engine::{
    BackupSource, ChangeLog, Cursor, Engine, Maintenance, Medium, Quotas, Streams, ValueReader,
    View, WatchSnapshot,
};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Commit, Durability, Entry, EntryInfo, EntryRef, Group, GroupRange, Key, KeyRange, Op, Query,
    RangeDigest, Reply, SetExpiry, Stats, StoreUsage,
};
use crate::observe::{CallCounters, Metrics};

/// A view, with the engine from which it was taken: that stays open as long.
pub(crate) struct SnapshotEngine {
    view: Box<dyn View>,
    engine: Arc<dyn Engine>,
}

impl SnapshotEngine {
    /// Returns the snapshot that reads `view`, which was taken from `engine`.
    pub(crate) fn new(view: Box<dyn View>, engine: Arc<dyn Engine>) -> SnapshotEngine {
        SnapshotEngine { view, engine }
    }
}

impl Engine for SnapshotEngine {
    fn medium(&self) -> Medium {
        self.engine.medium()
    }

    fn now(&self, _: &CallContext) -> Result<Timestamp> {
        Ok(self.view.now())
    }

    fn default_expiry(&self) -> SetExpiry {
        self.engine.default_expiry()
    }

    fn get(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(EntryRef<'_>),
    ) -> Result<bool> {
        self.view.get(call, group, key, found)
    }

    fn info(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<EntryInfo>> {
        self.view.info(call, group, key)
    }

    fn open_value(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<Box<dyn ValueReader>>> {
        self.view.open_value(call, group, key)
    }

    fn streams(&self) -> Option<&dyn Streams> {
        None
    }

    fn scan(&self, call: &CallContext, query: Query<'_>) -> Result<Box<dyn Cursor>> {
        self.view.scan(call, query)
    }

    fn count(&self, call: &CallContext, range: GroupRange<'_>) -> Result<u64> {
        self.view.count(call, range)
    }

    fn commit(
        &self,
        call: &CallContext,
        _: Option<Durability>,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Commit> {
        if ops.iter().any(Op::is_write) {
            return Err(read_only());
        }
        read_batch(&mut ViewState { view: &*self.view, call }, ops, replies)
    }

    fn expire(&self, _: &CallContext, _: GroupRange<'_>, _: usize) -> Result<u64> {
        Err(read_only())
    }

    fn watch(
        &self,
        _: &CallContext,
        _: &mut dyn FnMut(),
        _: Option<Query<'_>>,
    ) -> Result<WatchSnapshot> {
        Err(of_snapshot("has no changes"))
    }

    fn change_log(&self) -> Option<&dyn ChangeLog> {
        None
    }

    fn snapshot(self: Arc<Self>, _: &CallContext) -> Result<Arc<dyn Engine>> {
        // It never changes.
        Ok(self)
    }

    fn is_snapshot(&self) -> bool {
        true
    }
}

impl Maintenance for SnapshotEngine {
    fn stats(&self, _: &CallContext) -> Result<Stats> {
        Err(of_snapshot("has no statistics"))
    }

    fn metrics(&self, _: &CallContext) -> Result<Metrics> {
        Err(of_snapshot("has no metrics"))
    }

    fn calls(&self) -> &CallCounters {
        self.engine.calls()
    }

    fn name(&self) -> &str {
        self.engine.name()
    }

    fn usage(&self, _: &CallContext, _: GroupRange<'_>) -> Result<StoreUsage> {
        Err(of_snapshot("has no statistics"))
    }

    fn compact(&self, _: &CallContext) -> Result<()> {
        Err(read_only())
    }

    fn check(&self, _: &CallContext) -> Result<()> {
        Err(of_snapshot("is not checked"))
    }

    fn flush(&self, _: &CallContext) -> Result<()> {
        // Nothing was written.
        Ok(())
    }

    fn poison(&self) {
        self.engine.poison();
    }

    fn quotas(&self) -> Option<&dyn Quotas> {
        None
    }

    fn backup_source(&self) -> Option<&dyn BackupSource> {
        None
    }
}

/// A view during a call.
struct ViewState<'v> {
    view: &'v dyn View,
    call: &'v CallContext,
}

impl State for ViewState<'_> {
    fn entry(&mut self, group: Group<'_>, key: Key<'_>) -> Result<Option<Entry>> {
        let mut entry = None;
        let mut keep = |it: EntryRef<'_>| entry = Some(it.to_entry());
        self.view.get(self.call, group, key, &mut keep)?;
        entry.transpose()
    }

    fn digest(&mut self, range: KeyRange<'_>) -> Result<RangeDigest> {
        self.view.digest(self.call, range)
    }
}

fn read_only() -> Error {
    let message = "a snapshot can only be read; write to the store that it was taken from";
    Error::new(ErrorKind::ReadOnly, message)
}
