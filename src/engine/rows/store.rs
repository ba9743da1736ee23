//! The part that engines with rows in memory share: the rows behind their lock, and all that reads
//! them.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{RwLock, RwLockReadGuard};

use crate::call::CallContext;
use crate::clock::Clock;
use crate::engine::apply::check_room;
use crate::engine::counters::Counters;
use crate::engine::poison::Poison;
use crate::engine::read_batch::{State, read_batch};
use crate::engine::rows::draft::Draft;
use crate::engine::rows::edits::Edits;
use crate::engine::rows::entries::Entries;
use crate::engine::rows::indexed::Rows;
use crate::engine::rows::row::{Row, RowBuffer};
use crate::engine::rows::streams::{RowReader, RowStreams};
use crate::engine::rows::view::RowsView;
use crate::engine::{Piece, ValueReader, View};
use crate::error::Result;
use crate::model::{
    Change, Commit, Entry, EntryInfo, EntryRef, Group, GroupRange, Key, KeyRange, Limits, Observer,
    Op, RangeDigest, Reply, SetExpiry, Stats, StoreUsage,
};
use crate::observe::{Metrics, SlowCalls};

/// The largest value that is copied while the rows are locked.
const COPIED_MAX: usize = 16 * 1024;

/// The rows of a store with what every call on them needs.
pub(crate) struct RowStore {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) limits: Limits,
    pub(crate) default_expiry: SetExpiry,
    pub(crate) poison: Poison,
    pub(crate) counters: Counters,
    /// The values that are written in pieces.
    pub(crate) streams: RowStreams,
    _slow_calls: SlowCalls,
    /// Changed by the writer of the engine alone, at the end of its transaction.
    rows: RwLock<Rows>,
}

impl RowStore {
    /// Returns a store of `rows`, whose limits are `limits`, which the log calls `name`,
    /// and whose calls are slow from `slow` on.
    pub(crate) fn new(
        name: &str,
        slow: Duration,
        rows: Rows,
        limits: Limits,
        default_expiry: SetExpiry,
        clock: Arc<dyn Clock>,
        observer: Arc<dyn Observer>,
    ) -> RowStore {
        let (poison, counters) = (Poison::of(name), Counters::of(name.to_owned()));
        let rows = RwLock::new(rows);
        let streams = RowStreams::default();
        let _slow_calls = SlowCalls::observe(&counters.calls, slow);
        RowStore {
            clock,
            observer,
            limits,
            default_expiry,
            poison,
            counters,
            streams,
            _slow_calls,
            rows,
        }
    }

    /// Locks the rows for reading, which a writer waits for: for as long as a draft is worked out,
    /// and for look-ups.
    pub(crate) fn rows(&self) -> RwLockReadGuard<'_, Rows> {
        self.rows.read()
    }

    /// Returns a snapshot of the entries.
    pub(crate) fn entries(&self) -> Entries {
        self.rows.read().entries()
    }

    /// Returns the entries of this moment.
    pub(crate) fn view(&self) -> RowsView {
        RowsView::new(self.entries(), self.clock.now())
    }

    /// Calls `found` with the live row under a key and returns true, or returns false; counts the
    /// read.
    pub(crate) fn read(&self, group: Group<'_>, key: Key<'_>, found: impl FnOnce(&Row)) -> bool {
        let rows = self.rows.read();
        let is_live = |row: &Row| row.expires_at().is_none_or(|at| !at.is_past(self.clock.now()));
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
        self.counters.count_read(is_found)
    }

    /// Calls `found` with the live entry under a key, and returns whether there is one.
    pub(crate) fn get(
        &self,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(EntryRef<'_>),
    ) -> Result<bool> {
        let mut read = Ok(());
        let is_found = self.read(group, key, |row| read = row.entry().map(found));
        read.map(|()| is_found)
    }

    /// Returns the live entry under a key without its value.
    pub(crate) fn info(&self, group: Group<'_>, key: Key<'_>) -> Option<EntryInfo> {
        let mut info = None;
        self.read(group, key, |row| info = Some(row.info()));
        info
    }

    /// Returns a reader of the live value under a key.
    pub(crate) fn open_value(
        &self,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Option<Box<dyn ValueReader>> {
        let mut found = None;
        self.read(group, key, |row| found = Some(RowReader(row.clone())));
        found.map(|reader| Box::new(reader) as Box<dyn ValueReader>)
    }

    /// Appends a piece to a stream.
    pub(crate) fn append_piece(&self, call: &CallContext, piece: Piece<'_>) -> Result<()> {
        self.poison.check()?;
        let (rows, mut buffer) = (self.rows(), RowBuffer::default());
        let mut draft = Draft::new(&rows, call, &mut buffer, &self.streams);
        check_room(&mut draft, self.clock.now(), piece.group, piece.key, piece.end())?;
        drop(rows);
        self.streams.append(piece.stream, piece.at, piece.bytes)
    }

    /// Runs a batch of checks and reads on a snapshot.
    pub(crate) fn read_batch(
        &self,
        call: &CallContext,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Commit> {
        read_batch(&mut BatchReads { view: self.view(), call, store: self }, ops, replies)
    }

    /// Changes the rows, in the place of the writer.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut Rows) -> R) -> R {
        change(&mut self.rows.write())
    }

    /// Makes the edits of a transaction, and publishes its changes before any reader can see them.
    /// Returns whether an entry has an expiry.
    pub(crate) fn apply(&self, edits: Edits, changes: &[Arc<Change>]) -> bool {
        let mut rows = self.rows.write();
        let freed = rows.apply(edits);
        let has_expiries = rows.has_expiries();
        if !changes.is_empty() {
            self.observer.publish(changes);
        }
        drop(rows);
        // Large values take long to free, so they are freed without the lock.
        drop(freed);
        has_expiries
    }

    /// Returns the figures of the engine.
    pub(crate) fn stats(&self) -> Stats {
        Stats {
            max_bytes: self.limits.max_bytes,
            max_entries: self.limits.max_entries,
            ..self.counters.stats()
        }
    }

    /// Returns the metrics of the engine.
    pub(crate) fn metrics(&self) -> Metrics {
        Metrics {
            row_bytes: self.rows.read().memory(),
            poisoned: u64::from(self.poison.is_set()),
            ..self.counters.metrics()
        }
    }

    /// Purges the expired entries in small steps, between which others write: until `expire`, which
    /// removes some of them, removes none or fails, or `goes_on` returns false.
    pub(crate) fn purge(&self, goes_on: impl Fn() -> bool, expire: impl Fn() -> Result<u64>) {
        let (began, mut removed) = (Instant::now(), 0);
        while goes_on()
            && let Ok(step @ 1..) = expire()
        {
            removed += step;
            thread::yield_now();
        }
        self.counters.count_purge(began, removed);
    }

    /// Counts the entries of a range of groups.
    pub(crate) fn usage(&self, call: &CallContext, range: GroupRange<'_>) -> Result<StoreUsage> {
        self.entries().usage(call, range, self.clock.now())
    }
}

/// The entries of one moment, as a batch of reads sees them.
struct BatchReads<'s> {
    view: RowsView,
    call: &'s CallContext,
    store: &'s RowStore,
}

impl State for BatchReads<'_> {
    fn entry(&mut self, group: Group<'_>, key: Key<'_>) -> Result<Option<Entry>> {
        let Some(row) = self.view.find(group, key) else { return Ok(None) };
        if self.store.limits.evicts() {
            self.store.rows().read(group, key, |_| true);
        }
        row.to_entry().map(Some)
    }

    fn digest(&mut self, range: KeyRange<'_>) -> Result<RangeDigest> {
        self.view.digest(self.call, range)
    }
}
