//! The log engine: rows in memory, and every change of them in a log.
//!
//! A commit appends one record to the log. An opening reads the newest snapshot and replays the
//! logs since. A store is a folder, and one process at a time writes to it.

mod backup;
mod begin;
mod changes;
mod file;
mod folder;
mod header;
mod kept;
mod maintenance;
mod options;
mod reader;
mod record;
mod recovery;
mod repair;
mod requests;
mod shared;
mod snapshot;
mod step;
mod verify;
mod writer;

pub use options::LogEngineOptions;
pub use repair::Repair;
pub(crate) use repair::repair_log;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::thread::JoinHandle;
use std::time::Instant;

use parking_lot::Mutex;

use crate::call::{CallContext, UNBOUND};
use crate::clock::{Clock, Timestamp};
use crate::engine::apply::name_step;
use crate::engine::log::begin::NewLog;
use crate::engine::log::changes::LogCursor;
use crate::engine::log::folder::{Folder, FolderLock};
use crate::engine::log::recovery::Recovered;
use crate::engine::log::requests::Requests;
use crate::engine::log::shared::{Growth, Shared, Writing};
use crate::engine::log::step::Step;
use crate::engine::log::writer::{WriteSession, Writer};
use crate::engine::poison::BUG;
use crate::engine::rows::RowStore;
use crate::engine::snapshot::SnapshotEngine;
use crate::engine::{
    BackupSource, ChangeCursor, ChangeLog, Cursor, Engine, Maintenance, Medium, Piece, Quotas,
    Streams, ValueReader, View, WatchSnapshot,
};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Commit, Durability, EntryInfo, EntryRef, Group, GroupRange, Key, Namespace, Observer, Op,
    Query, Quota, QuotaState, Reply, SetExpiry, Stats, StoreUsage, StreamId, Version, VersionClock,
};
use crate::observe::{CallCounters, LogLevel, Metrics, Topic};
use crate::os;

/// A store in memory whose changes are in a log.
pub struct LogEngine {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl LogEngine {
    /// Opens the folder that `options` name, with the time of `clock`; changes are published to
    /// `observer`.
    pub fn open(
        options: LogEngineOptions,
        clock: Arc<dyn Clock>,
        observer: Arc<dyn Observer>,
    ) -> Result<LogEngine> {
        let limits = options.cache.limits.over(options.max_memory.row_limits()?)?;
        let is_created = options.create && !options.read_only;
        let (folder, mut new) = Folder::open(&options.path, is_created, options.create_dirs)?;
        let lock = if options.read_only { None } else { Some(folder.lock(&mut new)?) };
        if lock.is_some() {
            folder.remove_partial()?;
        }
        let began = Instant::now();
        let recovered = Recovered::read(&folder, limits)?;
        let duration = began.elapsed();
        let begun = match &lock {
            Some(_) => Some(begin::begin(&folder, &recovered, options.changes)?),
            None => None,
        };
        let version = recovered.version;
        let mut versions = VersionClock::default();
        versions.observe(version);
        let default_expiry = options.cache.default_expiry();
        let store = RowStore::new(
            &options.store_name(),
            options.slow,
            recovered.rows,
            limits,
            default_expiry,
            clock,
            observer,
        );
        let message = format_args!("{} logs were read in {duration:.1?}", recovered.logs.len());
        store.counters.log(LogLevel::Info, Topic::Recovery, message);
        let writing = match lock.zip(begun) {
            Some((lock, begun)) => Some(writing(&options, &store, versions, lock, begun)?),
            None => None,
        };
        let shared = Arc::new(Shared { options, store, folder, version, writing });
        let thread = match shared.writing.is_some() {
            true => Some(maintenance::spawn(&shared)?),
            false => None,
        };
        new.keep();
        Ok(LogEngine { shared, thread: Mutex::new(thread) })
    }

    fn store(&self) -> &RowStore {
        &self.shared.store
    }
}

/// Returns the part of a store that is written, whose log has begun.
fn writing(
    options: &LogEngineOptions,
    store: &RowStore,
    versions: VersionClock,
    lock: FolderLock,
    begun: NewLog,
) -> Result<Writing> {
    let NewLog { log, previous_end, seq, kept } = begun;
    let mut session = WriteSession::new(log, versions, seq, options.changes);
    session.append_begin(store, previous_end)?;
    let requests = Arc::new(Requests::default());
    let growth = Arc::new(Growth {
        limit: AtomicU64::new(options.log_limit),
        awaits_sync: AtomicBool::new(false),
        awaits_snapshot: AtomicBool::new(false),
    });
    let observers = (growth.clone(), requests.clone());
    let after = move |session: &WriteSession| observers.0.observe(session, &observers.1);
    let (writer, logs) = (Writer::new(session, after), Mutex::new(kept));
    Ok(Writing { writer, requests, growth, logs, _lock: lock })
}

impl Drop for LogEngine {
    fn drop(&mut self) {
        let Some(writing) = &self.shared.writing else { return };
        writing.requests.request(|work| work.stop = true);
        // A callback may close the store in the thread itself, which then ends after it.
        if let Some(thread) = self.thread.lock().take().filter(|it| !os::is_current(it)) {
            // A panic of the thread was reported when it happened.
            let _ = thread.join();
        }
        if let Ok(mut session) = writing.writer.lock(&UNBOUND) {
            session.log.trim();
        }
        // The last call that could report a failure is over.
        let _ = self.shared.sync(&UNBOUND);
    }
}

impl Engine for LogEngine {
    fn medium(&self) -> Medium {
        Medium::Log
    }

    fn now(&self, _: &CallContext) -> Result<Timestamp> {
        Ok(self.store().clock.now())
    }

    fn default_expiry(&self) -> SetExpiry {
        self.store().default_expiry
    }

    fn get(
        &self,
        _: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(EntryRef<'_>),
    ) -> Result<bool> {
        self.store().get(group, key, found)
    }

    fn info(&self, _: &CallContext, group: Group<'_>, key: Key<'_>) -> Result<Option<EntryInfo>> {
        Ok(self.store().info(group, key))
    }

    fn open_value(
        &self,
        _: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<Box<dyn ValueReader>>> {
        Ok(self.store().open_value(group, key))
    }

    fn streams(&self) -> Option<&dyn Streams> {
        Some(self)
    }

    fn scan(&self, call: &CallContext, query: Query<'_>) -> Result<Box<dyn Cursor>> {
        self.store().view().scan(call, query)
    }

    fn count(&self, call: &CallContext, range: GroupRange<'_>) -> Result<u64> {
        self.store().view().count(call, range)
    }

    fn commit(
        &self,
        call: &CallContext,
        durability: Option<Durability>,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Commit> {
        if !ops.iter().any(Op::is_write) {
            return self.store().read_batch(call, ops, replies);
        }
        let writer = &self.shared.writing()?.writer;
        let durability = self.shared.durability(durability);
        let committed = writer.commit(self.store(), call, durability, ops, replies);
        let committed = committed.map_err(|error| name_step(error, ops))?;
        if committed.commit == Commit::Applied {
            self.store().streams.end(ops);
        }
        self.store().observer.call_back(&committed.changes);
        Ok(committed.commit)
    }

    fn expire(&self, call: &CallContext, range: GroupRange<'_>, limit: usize) -> Result<u64> {
        self.shared.expire(call, range, limit)
    }

    fn watch(
        &self,
        call: &CallContext,
        begin: &mut dyn FnMut(),
        existing: Option<Query<'_>>,
    ) -> Result<WatchSnapshot> {
        // No thread commits while the writer is locked.
        let session = self.shared.session(call)?;
        begin();
        let entries = existing.map(|query| self.store().view().scan(call, query)).transpose()?;
        let newest = self.shared.newest(session.as_deref());
        Ok(WatchSnapshot { newest, entries })
    }

    fn change_log(&self) -> Option<&dyn ChangeLog> {
        Some(self)
    }

    fn snapshot(self: Arc<Self>, _: &CallContext) -> Result<Arc<dyn Engine>> {
        let view = self.store().view();
        Ok(Arc::new(SnapshotEngine::new(Box::new(view), self)))
    }

    fn evicts(&self) -> bool {
        self.store().limits.evicts()
    }
}

impl Maintenance for LogEngine {
    fn stats(&self, call: &CallContext) -> Result<Stats> {
        let (file_bytes, wal_bytes) = self.shared.sizes(call)?;
        Ok(Stats {
            format: header::FORMAT.into(),
            file_bytes,
            wal_bytes,
            read_only: self.shared.writing.is_none(),
            ..self.store().stats()
        })
    }

    fn metrics(&self, call: &CallContext) -> Result<Metrics> {
        let (file_bytes, wal_bytes) = self.shared.sizes(call)?;
        let read_only = u64::from(self.shared.writing.is_none());
        let max_memory = self.shared.options.max_memory.0;
        Ok(Metrics { file_bytes, wal_bytes, read_only, max_memory, ..self.store().metrics() })
    }

    fn calls(&self) -> &CallCounters {
        &self.store().counters.calls
    }

    fn name(&self) -> &str {
        self.store().counters.store()
    }

    fn usage(&self, call: &CallContext, range: GroupRange<'_>) -> Result<StoreUsage> {
        self.store().usage(call, range)
    }

    fn compact(&self, call: &CallContext) -> Result<()> {
        self.shared.rotate(call)
    }

    fn check(&self, call: &CallContext) -> Result<()> {
        self.shared.check(call)
    }

    fn flush(&self, call: &CallContext) -> Result<()> {
        self.store().poison.check()?;
        self.shared.sync(call)
    }

    fn poison(&self) {
        self.store().poison.set(BUG);
    }

    fn quotas(&self) -> Option<&dyn Quotas> {
        Some(self)
    }

    fn backup_source(&self) -> Option<&dyn BackupSource> {
        Some(self)
    }
}

impl Streams for LogEngine {
    fn check_writes(&self, _: Option<Durability>) -> Result<()> {
        self.shared.writing()?;
        self.store().poison.check()
    }

    fn begin_stream(&self, _: &CallContext, _: Group<'_>, key: Key<'_>) -> Result<StreamId> {
        self.shared.writing()?;
        Ok(self.store().streams.begin(key))
    }

    fn append_piece(&self, call: &CallContext, piece: Piece<'_>) -> Result<()> {
        record::check_value(piece.end())?;
        self.store().append_piece(call, piece)
    }

    fn discard_stream(&self, _: Group<'_>, _: Key<'_>, stream: StreamId) {
        self.store().streams.discard(stream);
    }
}

impl Quotas for LogEngine {
    fn set_quota(&self, call: &CallContext, namespace: &Namespace, quota: Quota) -> Result<()> {
        let (store, writing) = (self.store(), self.shared.writing()?);
        store.poison.check()?;
        let mut session = writing.writer.lock(call)?;
        let account = store.rows().count_account(call, namespace, quota)?;
        let step = Step::Quota { namespace: namespace.name(), quota };
        session.append_step(store, self.shared.options.durability, &step)?;
        store.change(|rows| rows.set_account(namespace, account));
        writing.growth.observe(&session, &writing.requests);
        Ok(())
    }

    fn account(&self, _: &CallContext, namespace: &Namespace) -> Result<QuotaState> {
        Ok(self.store().rows().account(namespace).unwrap_or_default())
    }
}

impl ChangeLog for LogEngine {
    fn changes(
        &self,
        call: &CallContext,
        since: Version,
        until: Option<Version>,
    ) -> Result<Box<dyn ChangeCursor>> {
        self.check_changes()?;
        let until = until.unwrap_or(Version::MAX);
        Ok(Box::new(LogCursor::new(&self.shared, call, since, until)?))
    }

    fn oldest_change(&self, _: &CallContext) -> Result<Version> {
        self.check_changes()?;
        changes::oldest(&self.shared)
    }
}

impl LogEngine {
    /// Fails if the changes of the log are not kept, or the store is only read.
    fn check_changes(&self) -> Result<()> {
        if self.shared.writing.is_none() {
            let message = "the store was opened for reading only; read its changes in the process \
                           that writes it";
            return Err(Error::new(ErrorKind::ReadOnly, message));
        }
        if self.shared.options.changes {
            return Ok(());
        }
        let message = "the store keeps no changes; open it with changes=on";
        Err(Error::new(ErrorKind::Unsupported, message))
    }
}
