//! Storage engines: memory, SQLite and Redis.
//!
//! An [`Engine`] stores entries and has no rule that could be written above it: compare-and-set,
//! take, increment and whole batches are all one [`Engine::commit`]. [`Maintenance`] has the calls
//! of an operator: statistics, checks, compaction. A capability that some engines lack is a trait
//! of its own: [`ChangeLog`], [`Quotas`], [`BackupSource`], [`Streams`]; the errors of its absence
//! are made in [`capability`]. A [`View`] is a store at one moment, and a [`snapshot`] the engine
//! over it. The rules by which a batch is applied are written once, in [`apply`]; Redis repeats
//! them in its script of a batch.

pub(crate) mod apply;
pub(crate) mod capability;
pub(crate) mod changes;
pub(crate) mod counters;
pub(crate) mod file_use;
pub(crate) mod group;
pub(crate) mod log;
pub(crate) mod memory;
pub(crate) mod memory_budget;
pub(crate) mod poison;
pub(crate) mod read_batch;
pub(crate) mod redis;
pub(crate) mod rows;
pub(crate) mod shared_options;
pub(crate) mod snapshot;
pub(crate) mod sqlite;
pub(crate) mod stop;
pub(crate) mod streams;
pub(crate) mod usage_deltas;
pub(crate) mod write_queue;

pub use streams::{Piece, Streams, ValueReader};

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::call::CallContext;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::model::{
    Commit, Durability, EntryInfo, EntryRef, Event, Expiry, Group, GroupRange, Key, KeyRange,
    Namespace, Op, Query, Quota, QuotaState, RangeDigest, Reply, ScanEntry, SetExpiry, Stats,
    StoreUsage, Version,
};
use crate::observe::{CallCounters, Metrics};

/// Expired entries that a purge removes in one transaction, so that writers never wait long for
/// it: about 3 ms at 25 us for a random row.
pub(crate) const PURGE_STEP: usize = 128;

/// The bytes of entries after which a step that removes entries or changes ends: each page of a
/// large value has to be read and freed. An entry that is larger is a step of its own.
pub(crate) const STEP_BYTES: u64 = 1 << 20;

/// An implementation of storage. An engine has its own clock; expired entries are invisible to
/// every method, whether or not they were purged.
///
/// Every method that may wait or loop takes the [`CallContext`] of the call. When the context is
/// cancelled or its deadline passes, the method fails soon after with
/// [`ErrorKind::Cancelled`](crate::error::ErrorKind::Cancelled) or
/// [`ErrorKind::Deadline`](crate::error::ErrorKind::Deadline), unless it has written already. A
/// cursor keeps the context of the call that opened it.
pub trait Engine: Maintenance {
    /// Returns the medium of the entries, which messages name.
    fn medium(&self) -> Medium;

    /// Returns the time by which this engine decides about expiry, which may be that of a server.
    fn now(&self, call: &CallContext) -> Result<Timestamp>;

    /// Returns the expiry of entries that are written without one: never, or a ttl.
    fn default_expiry(&self) -> SetExpiry;

    /// Returns the prefix that the names of this engine's groups have in published changes: that
    /// of its namespaces, or nothing.
    fn prefix(&self) -> &[u8] {
        b""
    }

    /// Calls `found` with the live entry under a key and returns true, or returns false.
    ///
    /// `found` must not call the engine: it runs while the engine's row is borrowed.
    fn get(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(EntryRef<'_>),
    ) -> Result<bool>;

    /// Calls `found` with the live value under a key and returns true, or returns false. It may
    /// cost less than [`Engine::get`].
    fn value(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(&[u8]),
    ) -> Result<bool> {
        self.get(call, group, key, &mut |entry| found(entry.value))
    }

    /// Returns the live entry under a key without its value, or `None`. It costs less than
    /// [`Engine::get`] if the value is large.
    fn info(&self, call: &CallContext, group: Group<'_>, key: Key<'_>)
    -> Result<Option<EntryInfo>>;

    /// Returns the expiry of the live entry under a key, or `None` without an entry. It may cost
    /// less than [`Engine::info`].
    fn expiry(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<Option<Expiry>>> {
        Ok(self.info(call, group, key)?.map(|info| info.expires_at))
    }

    /// Returns a reader of the live value under a key, or `None`.
    fn open_value(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<Box<dyn ValueReader>>>;

    /// Returns the values that are written in pieces, or `None` of a snapshot.
    fn streams(&self) -> Option<&dyn Streams>;

    /// Returns a cursor over the items that `query` selects, from one snapshot.
    fn scan(&self, call: &CallContext, query: Query<'_>) -> Result<Box<dyn Cursor>>;

    /// Returns how many live entries `range` holds.
    fn count(&self, call: &CallContext, range: GroupRange<'_>) -> Result<u64>;

    /// Applies every step in order if every condition holds, else writes nothing.
    ///
    /// Conditions are checked against the store as it is before the batch; reads see the steps
    /// before them. On success `replies`, which is as long as `ops`, holds the reply of each step,
    /// and the writes have `durability`, or that with which the engine was opened. On failure and
    /// on [`Commit::Refused`] nothing has changed. A batch of reads alone is one snapshot.
    fn commit(
        &self,
        call: &CallContext,
        durability: Option<Durability>,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Commit>;

    /// Removes at most `limit` expired entries of `range`, those with the earliest expiry first,
    /// and returns how many; 0 only if there is none. Large entries are fewer than `limit`.
    ///
    /// An entry that is set again before its removal stays.
    fn expire(&self, call: &CallContext, range: GroupRange<'_>, limit: usize) -> Result<u64>;

    /// Calls `begin` at a moment when no thread of this process commits: the observer receives the
    /// changes of every commit after it, and of none before. Returns the newest version of that
    /// moment and, if `existing` is given, a cursor over the entries it selects.
    fn watch(
        &self,
        call: &CallContext,
        begin: &mut dyn FnMut(),
        existing: Option<Query<'_>>,
    ) -> Result<WatchSnapshot>;

    /// Returns the change log, or `None` if this engine has none.
    fn change_log(&self) -> Option<&dyn ChangeLog>;

    /// Returns an engine that reads this one as it is now, and keeps it open. Fails with
    /// [`ErrorKind::Unsupported`](crate::error::ErrorKind::Unsupported) if there are no snapshots.
    fn snapshot(self: Arc<Self>, call: &CallContext) -> Result<Arc<dyn Engine>>;

    /// Returns whether the engine removes live entries to make room for others.
    fn evicts(&self) -> bool {
        false
    }

    /// Returns whether the engine is a snapshot, which can only be read.
    fn is_snapshot(&self) -> bool {
        false
    }
}

/// The entries of a store at one moment. Which of them are live is decided by the time of that
/// moment, so that no entry of a view ever expires. It blocks no writer.
pub(crate) trait View: Send + Sync {
    /// Returns the time of the view.
    fn now(&self) -> Timestamp;

    /// Calls `found` with the live entry under a key and returns true, or returns false.
    fn get(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(EntryRef<'_>),
    ) -> Result<bool>;

    /// Returns the live entry under a key without its value, or `None`.
    fn info(&self, call: &CallContext, group: Group<'_>, key: Key<'_>)
    -> Result<Option<EntryInfo>>;

    /// Returns a reader of the live value under a key, or `None`.
    fn open_value(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<Box<dyn ValueReader>>>;

    /// Returns a cursor over the items that `query` selects.
    fn scan(&self, call: &CallContext, query: Query<'_>) -> Result<Box<dyn Cursor>>;

    /// Returns how many live entries `range` holds.
    fn count(&self, call: &CallContext, range: GroupRange<'_>) -> Result<u64>;

    /// Returns the digest of the live entries of a range.
    fn digest(&self, call: &CallContext, range: KeyRange<'_>) -> Result<RangeDigest>;
}

/// The medium in which an engine keeps its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    /// The memory of this process.
    Memory,
    /// A file.
    File,
    /// A folder with a log.
    Log,
    /// A Redis server or cluster.
    Redis,
}

impl fmt::Display for Medium {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Medium::Memory => "memory",
            Medium::File => "a file",
            Medium::Log => "a log",
            Medium::Redis => "redis",
        })
    }
}

/// The state of the store at the moment when a watch began.
pub struct WatchSnapshot {
    /// The newest version.
    pub newest: Version,
    /// The entries that existed, if they were requested.
    pub entries: Option<Box<dyn Cursor>>,
}

/// The calls of an operator.
pub trait Maintenance: Send + Sync {
    /// Returns the statistics of this moment. It reads no entry, so its time does not grow with
    /// their number.
    fn stats(&self, call: &CallContext) -> Result<Stats>;

    /// Returns the metrics of this moment, without those of its watches and calls. It reads no
    /// entry.
    fn metrics(&self, call: &CallContext) -> Result<Metrics>;

    /// Returns the counters of the calls on this engine.
    fn calls(&self) -> &CallCounters;

    /// Returns the store as the log names it, without user, password and options.
    fn name(&self) -> &str;

    /// Counts the entries of `range`; its time grows with their number.
    fn usage(&self, call: &CallContext, range: GroupRange<'_>) -> Result<StoreUsage>;

    /// Returns unused space to the file system.
    fn compact(&self, call: &CallContext) -> Result<()>;

    /// Verifies the stored data; fails with
    /// [`ErrorKind::Corrupt`](crate::error::ErrorKind::Corrupt) and a message that names the
    /// damage.
    fn check(&self, call: &CallContext) -> Result<()>;

    /// Waits until every acknowledged write would survive a loss of power.
    fn flush(&self, call: &CallContext) -> Result<()>;

    /// Refuses all further writes, after a failure that leaves the state of the store unknown.
    fn poison(&self);

    /// Returns the quotas of namespaces, or `None` if this engine is narrowed to one.
    fn quotas(&self) -> Option<&dyn Quotas>;

    /// Returns the source of backups, or `None` if this engine has no file of its own.
    fn backup_source(&self) -> Option<&dyn BackupSource>;
}

/// The quotas of the namespaces of a store; a capability of an engine.
pub trait Quotas {
    /// Sets the quota of a namespace, for all processes that use the store, from the next batch
    /// on.
    ///
    /// The usage of the namespace is counted once, here. A `quota` without limits removes the
    /// quota and its usage.
    fn set_quota(&self, call: &CallContext, namespace: &Namespace, quota: Quota) -> Result<()>;

    /// Returns the quota of a namespace and its usage; all zero if it has no quota.
    fn account(&self, call: &CallContext, namespace: &Namespace) -> Result<QuotaState>;
}

/// A file that can be copied while it is used; a capability of an engine.
pub trait BackupSource {
    /// Copies the whole store into a new file at `path`, and calls `progress` after each step.
    ///
    /// The copy is one snapshot and blocks no writer. The file appears under its name only when it
    /// is complete. If `progress` returns false the copy ends with
    /// [`ErrorKind::Cancelled`](crate::error::ErrorKind::Cancelled) and leaves nothing behind.
    fn backup(
        &self,
        call: &CallContext,
        path: &Path,
        progress: &mut dyn FnMut(BackupProgress) -> bool,
    ) -> Result<()>;

    /// Replaces the whole store by the backup at `path`, and calls `progress` after each step of
    /// reading that.
    ///
    /// The replacement is one commit, which other processes see. Watches receive
    /// [`Event::Lagged`]. After an error, and if `progress` returns false, the store is as it was.
    fn restore(
        &self,
        call: &CallContext,
        path: &Path,
        progress: &mut dyn FnMut(BackupProgress) -> bool,
    ) -> Result<()>;
}

/// The progress of a backup or restore, in pages of the database file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupProgress {
    /// Pages copied.
    pub done: u64,
    /// Pages in all.
    pub total: u64,
}

/// The position of a scan over one snapshot. It blocks no writer and sees no write that is
/// committed after it was opened. A live scan of Redis reads page after page instead.
pub trait Cursor: Send {
    /// Returns whether the scan is of one snapshot.
    fn is_snapshot(&self) -> bool {
        true
    }

    /// Returns the next entry, borrowed until the next call, or `None` at the end of the scan,
    /// where the snapshot is released.
    ///
    /// An error ends the scan too.
    fn next(&mut self) -> Result<Option<ScanEntry<'_>>>;

    /// Returns bytes of the value of the entry that was returned last, from `offset` on: at most a
    /// piece of them, and none at the end of the value. Fails with
    /// [`ErrorKind::Unsupported`](crate::error::ErrorKind::Unsupported) if the scan is live: then
    /// the value is read by its key.
    fn value_at(&mut self, _offset: u64) -> Result<&[u8]> {
        Err(streams::of_live_scan())
    }
}

/// The changes of a store, kept in the order of their commits; a capability of an engine.
///
/// Every method fails with [`ErrorKind::Unsupported`](crate::error::ErrorKind::Unsupported) if the
/// log is not switched on.
pub trait ChangeLog {
    /// Returns a cursor over the changes after version `since`, up to and including `until`, or to
    /// the end.
    ///
    /// Fails with [`ErrorKind::Compacted`](crate::error::ErrorKind::Compacted) if changes after
    /// `since` were trimmed.
    fn changes(
        &self,
        call: &CallContext,
        since: Version,
        until: Option<Version>,
    ) -> Result<Box<dyn ChangeCursor>>;

    /// Returns the version after which the log has every change.
    fn oldest_change(&self, call: &CallContext) -> Result<Version>;
}

/// A position in the change log. It holds no snapshot open between two calls.
pub trait ChangeCursor: Send {
    /// Returns the next changes; an empty list means the end. [`Event::Lagged`] stands in the
    /// place of changes that were trimmed before they could be read, with their number.
    fn next_changes(&mut self) -> Result<Vec<Event>>;
}
