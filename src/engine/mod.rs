//! Where bytes rest.
//!
//! An [`Engine`] keeps entries and knows no rule that could be written above it: compare-and-set,
//! take, increment and whole batches are all one [`Engine::commit`]. [`Maintenance`] is what an operator
//! asks of a place that holds data. The rules every engine follows when it applies a batch are
//! written once, in [`apply`].

pub mod apply;
pub mod changes;
pub mod counters;
pub mod memory;
pub mod poison;
pub mod redis;
pub mod sqlite;
pub mod usage_deltas;
pub mod write_queue;

use std::path::Path;

use crate::call::CallContext;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::model::{
    Commit, EntryRef, Event, Group, GroupRange, Key, Namespace, Op, Query, Quota, QuotaState,
    Reply, ScanEntry, SetExpiry, Stats, Version,
};

/// Dead entries that a purge removes in one transaction, so that writers never wait long for it:
/// about 3 ms at 25 us for a random row.
pub const PURGE_STEP: usize = 128;

/// A place that keeps entries. An engine has its own clock; dead entries are invisible to every
/// method, whether or not they were purged.
///
/// Everything that may wait or loop takes the [`CallContext`] of the call: until it has written,
/// it fails with [`ErrorKind::Cancelled`](crate::error::ErrorKind::Cancelled) or
/// [`ErrorKind::Deadline`](crate::error::ErrorKind::Deadline) soon after the context says so. A
/// cursor keeps the context it was made in.
pub trait Engine: Maintenance {
    /// Returns the time this engine lives by, which may be that of a server.
    fn now(&self, call: &CallContext) -> Result<Timestamp>;

    /// Returns the expiry of what is written without one: for ever, or a ttl.
    fn default_expiry(&self) -> SetExpiry;

    /// Returns the prefix that the names of this engine's groups have in published changes: that of
    /// its namespaces, or nothing.
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

    /// Does the same for who needs the value alone, which may cost less than the whole entry.
    fn value(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(&[u8]),
    ) -> Result<bool> {
        self.get(call, group, key, &mut |entry| found(entry.value))
    }

    /// Returns a cursor over one snapshot of what `query` selects.
    fn scan(&self, call: &CallContext, query: Query<'_>) -> Result<Box<dyn Cursor>>;

    /// Returns how many live entries `range` holds.
    fn count(&self, call: &CallContext, range: GroupRange<'_>) -> Result<u64>;

    /// Applies every step in order if every condition holds, else writes nothing.
    ///
    /// Conditions look at the store as it is before the batch; reads see the steps before them.
    /// On success `replies`, which is as long as `ops`, holds what became of each step, and the
    /// writes are as durable as the engine was opened to make them. On failure and on
    /// [`Commit::Refused`] nothing has changed. A batch of reads alone is one snapshot.
    fn commit(&self, call: &CallContext, ops: &[Op<'_>], replies: &mut [Reply]) -> Result<Commit>;

    /// Removes at most `limit` dead entries of `range`, those that died first, and returns how many.
    ///
    /// What comes alive again before the removal stays.
    fn expire(&self, call: &CallContext, range: GroupRange<'_>, limit: usize) -> Result<u64>;

    /// Calls `begin` at a moment when nobody in this process commits: the observer hears of every
    /// commit after it, and of none before. Returns what was there at that moment.
    fn watch(
        &self,
        call: &CallContext,
        begin: &mut dyn FnMut(),
        existing: Option<Query<'_>>,
    ) -> Result<WatchSnapshot>;

    /// Returns a cursor over the log of changes after version `since`, up to and with `until` or
    /// to the end.
    ///
    /// Fails with [`ErrorKind::Unsupported`](crate::error::ErrorKind::Unsupported) if no log is
    /// kept, with [`ErrorKind::Compacted`](crate::error::ErrorKind::Compacted) if it does not
    /// reach back that far.
    fn changes(
        &self,
        call: &CallContext,
        since: Version,
        until: Option<Version>,
    ) -> Result<Box<dyn ChangeCursor>>;

    /// Returns the version since which the log has every change; fails as [`Engine::changes`].
    fn oldest_change(&self, call: &CallContext) -> Result<Version>;
}

/// What was there when a watch began.
pub struct WatchSnapshot {
    /// The newest version.
    pub newest: Version,
    /// The entries that were asked for.
    pub entries: Option<Box<dyn Cursor>>,
}

/// What an operator asks of an engine.
pub trait Maintenance: Send + Sync {
    /// Returns figures of this moment; those of entries are of `range`. Counts the entries, so it
    /// takes time with their number.
    fn stats(&self, call: &CallContext, range: GroupRange<'_>) -> Result<Stats>;

    /// Sets what a namespace may hold, for everybody who uses the store, from the next batch on.
    ///
    /// What it holds is counted once, here. Without a limit in `quota` the namespace is not
    /// counted any more.
    fn set_quota(&self, call: &CallContext, namespace: &Namespace, quota: Quota) -> Result<()>;

    /// Returns the quota of a namespace and what it holds; an empty account if it has no quota.
    fn account(&self, call: &CallContext, namespace: &Namespace) -> Result<QuotaState>;

    /// Copies everything into a new file at `path`, telling `progress` as it goes.
    ///
    /// The copy is one snapshot; writers go on meanwhile. The file appears under its name only
    /// when it is whole. If `progress` returns false the copy ends with
    /// [`ErrorKind::Cancelled`](crate::error::ErrorKind::Cancelled) and leaves nothing behind.
    fn backup(
        &self,
        call: &CallContext,
        path: &Path,
        progress: &mut dyn FnMut(BackupProgress) -> bool,
    ) -> Result<()>;

    /// Gives unused space back to the file system.
    fn compact(&self, call: &CallContext) -> Result<()>;

    /// Verifies everything stored; [`ErrorKind::Corrupt`](crate::error::ErrorKind::Corrupt) says
    /// what is wrong.
    fn check(&self, call: &CallContext) -> Result<()>;

    /// Returns once every acknowledged write would survive a loss of power.
    fn flush(&self, call: &CallContext) -> Result<()>;

    /// Refuses all further writes: something failed in a way that leaves the state unknown.
    fn poison(&self);
}

/// How far a backup has come, in pages of the database file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupProgress {
    /// Pages copied.
    pub done: u64,
    /// Pages in all.
    pub total: u64,
}

/// A walk over one snapshot. It blocks no writer and sees nothing written after it began.
pub trait Cursor: Send {
    /// Lends what comes next, until the next call, or returns `None`: the walk has ended, and the
    /// snapshot is given back.
    ///
    /// After an error the walk has ended too.
    fn next(&mut self) -> Result<Option<ScanEntry<'_>>>;
}

/// A walk through the log of changes. It holds nothing open between two calls.
pub trait ChangeCursor: Send {
    /// Returns the changes that come next; none means that the walk has ended. Where some were
    /// trimmed before they could be read stands [`Event::Lagged`] with their number.
    fn next_changes(&mut self) -> Result<Vec<Event>>;
}
