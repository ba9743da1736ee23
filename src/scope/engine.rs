//! An engine narrowed to a namespace.

use std::sync::Arc;

use crate::call::CallContext;
use crate::clock::Timestamp;
use crate::engine::{
    BackupSource, ChangeCursor, ChangeLog, Cursor, Engine, Maintenance, Medium, Piece, Quotas,
    Streams, ValueReader, WatchSnapshot, capability,
};
use crate::error::Result;
use crate::model::{
    Commit, Durability, EntryInfo, EntryRef, Event, Expiry, Group, GroupRange, Key, Namespace, Op,
    Query, Reply, Scan, ScanEntry, SetExpiry, Stats, StoreUsage, StreamId, Version,
};
use crate::observe::{CallCounters, Metrics};

/// An engine whose groups are those of one namespace: it adds the namespace's prefix to every name
/// that it receives, and removes the prefix from every name that it returns.
pub(super) struct ScopedEngine {
    engine: Arc<dyn Engine>,
    namespace: Namespace,
    /// The prefix of `engine` and that of the namespace behind it.
    prefix: Box<[u8]>,
}

impl ScopedEngine {
    /// Returns `engine` narrowed to `namespace`.
    pub(super) fn new(engine: Arc<dyn Engine>, namespace: Namespace) -> Self {
        let prefix = [engine.prefix(), namespace.prefix()].concat().into();
        ScopedEngine { engine, namespace, prefix }
    }

    fn global(&self, group: Group<'_>) -> Vec<u8> {
        self.namespace.global(group.as_bytes())
    }

    /// Calls `work` with the range in the names of the engine.
    fn with_range<R>(
        &self,
        range: GroupRange<'_>,
        work: impl FnOnce(GroupRange<'_>) -> Result<R>,
    ) -> Result<R> {
        match range {
            GroupRange::One(group) => work(GroupRange::One(Group::new(&self.global(group))?)),
            GroupRange::Prefix(prefix) => work(GroupRange::Prefix(&self.namespace.global(prefix))),
        }
    }

    /// Calls `work` with the query in the names of the engine.
    fn with_query<R>(
        &self,
        query: Query<'_>,
        work: impl FnOnce(Query<'_>) -> Result<R>,
    ) -> Result<R> {
        match query {
            Query::Entries(scan) => {
                let group = self.global(scan.group);
                work(Query::Entries(Scan { group: Group::new(&group)?, ..scan }))
            }
            Query::Range { range, after, values } => {
                let group = after.map_or_else(Vec::new, |(group, _)| self.global(group));
                let after = match after {
                    Some((_, key)) => Some((Group::new(&group)?, key)),
                    None => None,
                };
                self.with_range(range, |range| work(Query::Range { range, after, values }))
            }
            Query::Groups(prefix) => work(Query::Groups(&self.namespace.global(prefix))),
        }
    }

    fn unscoped(&self, cursor: Box<dyn Cursor>) -> Box<dyn Cursor> {
        Box::new(ScopedCursor { cursor, prefix_len: self.namespace.prefix().len() })
    }
}

impl Engine for ScopedEngine {
    fn medium(&self) -> Medium {
        self.engine.medium()
    }

    fn now(&self, call: &CallContext) -> Result<Timestamp> {
        self.engine.now(call)
    }

    fn default_expiry(&self) -> SetExpiry {
        self.engine.default_expiry()
    }

    fn prefix(&self) -> &[u8] {
        &self.prefix
    }

    fn get(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(EntryRef<'_>),
    ) -> Result<bool> {
        self.engine.get(call, Group::new(&self.global(group))?, key, found)
    }

    fn value(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(&[u8]),
    ) -> Result<bool> {
        self.engine.value(call, Group::new(&self.global(group))?, key, found)
    }

    fn info(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<EntryInfo>> {
        self.engine.info(call, Group::new(&self.global(group))?, key)
    }

    fn expiry(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<Option<Expiry>>> {
        self.engine.expiry(call, Group::new(&self.global(group))?, key)
    }

    fn open_value(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<Box<dyn ValueReader>>> {
        self.engine.open_value(call, Group::new(&self.global(group))?, key)
    }

    fn streams(&self) -> Option<&dyn Streams> {
        self.engine.streams().map(|_| self as &dyn Streams)
    }

    fn scan(&self, call: &CallContext, query: Query<'_>) -> Result<Box<dyn Cursor>> {
        let cursor = self.with_query(query, |query| self.engine.scan(call, query))?;
        Ok(self.unscoped(cursor))
    }

    fn count(&self, call: &CallContext, range: GroupRange<'_>) -> Result<u64> {
        self.with_range(range, |range| self.engine.count(call, range))
    }

    fn commit(
        &self,
        call: &CallContext,
        durability: Option<Durability>,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Commit> {
        let names: Vec<Vec<u8>> = ops.iter().map(|op| self.global(op.group())).collect();
        let renamed = ops.iter().zip(&names).map(|(op, name)| Ok(op.in_group(Group::new(name)?)));
        let renamed: Vec<Op<'_>> = renamed.collect::<Result<_>>()?;
        self.engine.commit(call, durability, &renamed, replies)
    }

    fn expire(&self, call: &CallContext, range: GroupRange<'_>, limit: usize) -> Result<u64> {
        self.with_range(range, |range| self.engine.expire(call, range, limit))
    }

    fn watch(
        &self,
        call: &CallContext,
        begin: &mut dyn FnMut(),
        existing: Option<Query<'_>>,
    ) -> Result<WatchSnapshot> {
        let beginning = match existing {
            None => self.engine.watch(call, begin, None)?,
            Some(query) => {
                self.with_query(query, |query| self.engine.watch(call, begin, Some(query)))?
            }
        };
        let entries = beginning.entries.map(|cursor| self.unscoped(cursor));
        Ok(WatchSnapshot { entries, ..beginning })
    }

    fn change_log(&self) -> Option<&dyn ChangeLog> {
        self.engine.change_log().map(|_| self as &dyn ChangeLog)
    }

    fn snapshot(self: Arc<Self>, call: &CallContext) -> Result<Arc<dyn Engine>> {
        let snapshot = self.engine.clone().snapshot(call)?;
        Ok(Arc::new(ScopedEngine::new(snapshot, self.namespace.clone())))
    }

    fn evicts(&self) -> bool {
        self.engine.evicts()
    }

    fn is_snapshot(&self) -> bool {
        self.engine.is_snapshot()
    }
}

impl Streams for ScopedEngine {
    fn check_writes(&self, durability: Option<Durability>) -> Result<()> {
        capability::streams(&*self.engine)?.check_writes(durability)
    }

    fn begin_stream(&self, call: &CallContext, group: Group<'_>, key: Key<'_>) -> Result<StreamId> {
        let streams = capability::streams(&*self.engine)?;
        streams.begin_stream(call, Group::new(&self.global(group))?, key)
    }

    fn append_piece(&self, call: &CallContext, piece: Piece<'_>) -> Result<()> {
        let group = self.global(piece.group);
        let piece = Piece { group: Group::new(&group)?, ..piece };
        capability::streams(&*self.engine)?.append_piece(call, piece)
    }

    fn discard_stream(&self, group: Group<'_>, key: Key<'_>, stream: StreamId) {
        let group = self.global(group);
        if let (Ok(group), Some(streams)) = (Group::new(&group), self.engine.streams()) {
            streams.discard_stream(group, key, stream);
        }
    }
}

impl ChangeLog for ScopedEngine {
    fn changes(
        &self,
        call: &CallContext,
        since: Version,
        until: Option<Version>,
    ) -> Result<Box<dyn ChangeCursor>> {
        let cursor = capability::change_log(&*self.engine)?.changes(call, since, until)?;
        Ok(Box::new(ScopedChanges { cursor, namespace: self.namespace.clone() }))
    }

    fn oldest_change(&self, call: &CallContext) -> Result<Version> {
        capability::change_log(&*self.engine)?.oldest_change(call)
    }
}

impl Maintenance for ScopedEngine {
    fn stats(&self, call: &CallContext) -> Result<Stats> {
        self.engine.stats(call)
    }

    fn metrics(&self, call: &CallContext) -> Result<Metrics> {
        self.engine.metrics(call)
    }

    fn calls(&self) -> &CallCounters {
        self.engine.calls()
    }

    fn name(&self) -> &str {
        self.engine.name()
    }

    fn usage(&self, call: &CallContext, range: GroupRange<'_>) -> Result<StoreUsage> {
        self.with_range(range, |range| self.engine.usage(call, range))
    }

    fn compact(&self, call: &CallContext) -> Result<()> {
        self.engine.compact(call)
    }

    fn check(&self, call: &CallContext) -> Result<()> {
        self.engine.check(call)
    }

    fn flush(&self, call: &CallContext) -> Result<()> {
        self.engine.flush(call)
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

/// A scan whose groups have their local names.
struct ScopedCursor {
    cursor: Box<dyn Cursor>,
    prefix_len: usize,
}

impl Cursor for ScopedCursor {
    fn is_snapshot(&self) -> bool {
        self.cursor.is_snapshot()
    }

    fn next(&mut self) -> Result<Option<ScanEntry<'_>>> {
        let Some(entry) = self.cursor.next()? else { return Ok(None) };
        let group = entry.group.get(self.prefix_len..).unwrap_or_default();
        Ok(Some(ScanEntry { group, ..entry }))
    }

    fn value_at(&mut self, offset: u64) -> Result<&[u8]> {
        self.cursor.value_at(offset)
    }
}

/// The changes of one namespace in the change log, with the local names of its groups.
struct ScopedChanges {
    cursor: Box<dyn ChangeCursor>,
    namespace: Namespace,
}

impl ChangeCursor for ScopedChanges {
    fn next_changes(&mut self) -> Result<Vec<Event>> {
        let local = |event: Event| match event {
            Event::Change(change) => {
                let local = change.within(self.namespace.prefix())?;
                Some(Event::Change(Arc::new(local)))
            }
            // The number of lost changes within this namespace is unknown.
            Event::Lagged { since, .. } => Some(Event::Lagged { lost: 0, since }),
            other => Some(other),
        };
        loop {
            let changes = self.cursor.next_changes()?;
            let is_end = changes.is_empty();
            let local: Vec<_> = changes.into_iter().filter_map(local).collect();
            // An empty list would mean the end of the change log.
            if is_end || !local.is_empty() {
                return Ok(local);
            }
        }
    }
}
