//! The SQLite engine: one database file, shared by threads and processes.

mod cache;
mod changes;
mod eviction;
mod file;
mod maintenance;
mod native;
mod open_streams;
mod read;
mod streams;
mod work_requests;
mod write;

pub(crate) use file::access::write_denial;
pub(crate) use file::connect::FileId;
pub(crate) use file::new_file::ensure_file;
pub use file::options::{INLINE_VALUE_MAX, LogOptions, SqliteOptions};

use std::sync::Arc;
use std::thread::JoinHandle;

use parking_lot::Mutex;

use crate::call::{CallContext, UNBOUND};
use crate::clock::{Clock, Timestamp};
use crate::engine::counters::Counters;
use crate::engine::poison::Poison;
use crate::engine::read_batch::read_batch;
use crate::engine::snapshot::SnapshotEngine;
use crate::engine::sqlite::cache::EntryCache;
use crate::engine::sqlite::changes::log::{self, LogCursor};
use crate::engine::sqlite::changes::publisher::ChangePublisher;
use crate::engine::sqlite::changes::wal_watcher::WalWatcher;
use crate::engine::sqlite::eviction::limits;
use crate::engine::sqlite::eviction::lru::LruOrder;
use crate::engine::sqlite::file::connect::{connect, connect_first};
use crate::engine::sqlite::file::options::frames_of;
use crate::engine::sqlite::file::presence::{Presence, check_one_log};
use crate::engine::sqlite::maintenance::file_work::FileWork;
use crate::engine::sqlite::maintenance::thread::MaintenanceThread;
use crate::engine::sqlite::native::WalIndex;
use crate::engine::sqlite::open_streams::OpenStreams;
use crate::engine::sqlite::read::cursor;
use crate::engine::sqlite::read::key_reader::KeyReader;
use crate::engine::sqlite::read::leases::Leases;
use crate::engine::sqlite::read::reader::{ReaderPool, Snapshot};
use crate::engine::sqlite::read::state::ReadState;
use crate::engine::sqlite::read::view::SqliteView;
use crate::engine::sqlite::work_requests::WorkRequests;
use crate::engine::sqlite::write::session::WriteSession;
use crate::engine::sqlite::write::stall::WriteStall;
use crate::engine::sqlite::write::writer::{Parts, Writer};
use crate::engine::{
    ChangeCursor, ChangeLog, Cursor, Engine, Medium, PURGE_STEP, Streams, ValueReader,
    WatchSnapshot,
};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Commit, Durability, EntryInfo, EntryRef, Group, GroupRange, Key, LimitOptions, Observer, Op,
    Query, Reply, SetExpiry, Version,
};
use crate::observe::SlowCalls;
use crate::os::HeldFile;

/// A database file with its writer, pool of readers, maintenance thread and WAL watcher.
pub struct SqliteEngine {
    options: SqliteOptions,
    clock: Arc<dyn Clock>,
    readers: Arc<ReaderPool>,
    leases: Arc<Leases>,
    writer: Arc<Writer>,
    counters: Arc<Counters>,
    requests: Arc<WorkRequests>,
    maintenance: Option<JoinHandle<()>>,
    publisher: Arc<ChangePublisher>,
    wal_watcher: Mutex<Option<WalWatcher>>,
    lru: Arc<LruOrder>,
    /// The streams that this process has open.
    streams: Arc<OpenStreams>,
    /// Reads single keys.
    keys: KeyReader,
    presence: Presence,
    _slow_calls: SlowCalls,
    /// The last field, so that it is dropped after all connections.
    _held: Arc<HeldFile>,
}

impl SqliteEngine {
    /// Opens the file that `options` name, and publishes its changes to `observer`.
    ///
    /// There must be one engine for each file in a process: see `FileId`.
    pub fn open(
        options: SqliteOptions,
        clock: Arc<dyn Clock>,
        observer: Arc<dyn Observer>,
    ) -> Result<Self> {
        options.max_memory.check()?;
        // Before anything is created, and once more in case that both open the file at once.
        check_one_log(&options.path)?;
        let held = Arc::new(HeldFile::new(&options.path));
        let store = options.store_name();
        let poison = Arc::new(Poison::of(&store));
        let (first, format) = connect_first(&options, &poison)?;
        check_one_log(&options.path)?;
        let file = FileId::of(&options.path)?;
        let presence = Presence::new(&options.path, file);
        let requests = Arc::new(WorkRequests::default());
        let readers = Arc::new(ReaderPool::new(
            options.clone(),
            file,
            requests.clone(),
            poison.clone(),
            held.clone(),
        ));
        let publisher = Arc::new(ChangePublisher::new(observer));
        let counters = Arc::new(Counters::of(store));
        let lru = Arc::new(LruOrder::new(clock.clone()));
        if !options.read_only && limits::evicts(&first)? {
            lru.switch(true);
            lru.observe(&first)?;
        }
        let streams = Arc::new(OpenStreams::new(requests.clone()));
        let observer = publisher.observer().clone();
        // A file that is only read may be read without locks, and then has no wal-index.
        let size = options.max_memory.entry_cache().unwrap_or(u64::MAX).min(options.entry_cache);
        let size = Some(size).filter(|size| *size > 0 && !options.read_only);
        let cache = size.and_then(|size| {
            let index = WalIndex::of(first.raw())?;
            Some(Arc::new(EntryCache::new(index, size, counters.clone())))
        });
        // The triggers of the change log are for other programs.
        first.run_no_triggers()?;
        let session = WriteSession::new(
            (first, format),
            &options,
            observer,
            lru.clone(),
            cache.clone(),
            streams.clone(),
            poison.clone(),
        );
        let writer = Arc::new(Writer::new(Parts {
            session,
            stall: WriteStall::new(
                frames_of(options.wal_limit),
                options.busy_timeout,
                counters.clone(),
            ),
            clock: clock.clone(),
            publisher: publisher.clone(),
            requests: requests.clone(),
            poison: poison.clone(),
            counters: counters.clone(),
        }));
        let work = match options.read_only {
            true => None,
            false => {
                let connection = connect(&options, &poison, &UNBOUND)?.0;
                Some(FileWork {
                    writer: writer.clone(),
                    readers: readers.clone(),
                    clock: clock.clone(),
                    index: WalIndex::of(connection.raw()),
                    requests: requests.clone(),
                    connection,
                    purge_interval: options.purge_interval,
                    lru: lru.clone(),
                    streams: streams.clone(),
                    counters: counters.clone(),
                })
            }
        };
        let keys = KeyReader {
            readers: readers.clone(),
            cache,
            clock: clock.clone(),
            counters: counters.clone(),
        };
        let leases = Arc::new(Leases::new(options.snapshot_timeout, requests.clone()));
        let thread = MaintenanceThread {
            requests: requests.clone(),
            readers: readers.clone(),
            leases: leases.clone(),
            work,
        };
        let maintenance = Some(thread.spawn()?);
        let slow_calls = SlowCalls::observe(&counters.calls, options.slow);
        let engine = SqliteEngine {
            options,
            clock,
            readers,
            leases,
            writer,
            counters,
            requests,
            maintenance,
            publisher,
            wal_watcher: Mutex::default(),
            lru,
            streams,
            keys,
            presence,
            _slow_calls: slow_calls,
            _held: held,
        };
        engine.configure_log(engine.options.log)?;
        engine.configure_limits(engine.options.cache.limits)?;
        Ok(engine)
    }

    /// Changes the settings of the change log that `options` set.
    pub fn configure_log(&self, options: LogOptions) -> Result<()> {
        if options.is_empty() {
            return Ok(());
        }
        self.check_writable()?;
        self.writer.alone(&UNBOUND, |session| session.configure_log(&*self.clock, options))
    }

    /// Changes the limits of the file that `options` set. If the file evicts and is over its
    /// limits, entries are evicted here, in small steps.
    pub fn configure_limits(&self, options: LimitOptions) -> Result<()> {
        if options.is_empty() {
            return Ok(());
        }
        self.check_writable()?;
        self.writer.alone(&UNBOUND, |session| session.configure_limits(&*self.clock, options))?;
        while self.writer.shrink(PURGE_STEP)? > 0 {}
        Ok(())
    }

    /// Records that an entry was read, in a file that evicts.
    fn record_access(&self, group: Group<'_>, key: Key<'_>) {
        self.lru.record(group, key);
        if self.lru.takes_request() {
            self.requests.request(|work| work.accesses = true);
        }
    }

    /// Starts the WAL watcher, unless it runs already.
    fn watch_wal(&self) -> Result<()> {
        let mut watcher = self.wal_watcher.lock();
        if watcher.as_ref().is_none_or(WalWatcher::has_ended) {
            *watcher = Some(WalWatcher::begin(
                &self.options,
                self.publisher.clone(),
                self.writer.poison(),
            )?);
        }
        Ok(())
    }

    fn check_writable(&self) -> Result<()> {
        if self.options.write_denial != 0 {
            let denial = std::io::Error::from_raw_os_error(self.options.write_denial);
            let message = format!("the store can only be read here: {denial}");
            let denied = Error::new(ErrorKind::ReadOnly, message);
            return Err(denied.with_os_error(self.options.write_denial));
        }
        if self.options.read_only {
            return Err(Error::new(
                ErrorKind::ReadOnly,
                "the store was opened for reading only; open it for writing",
            ));
        }
        self.presence.check(|| self.counters.commits.get())
    }

    /// Runs a batch of checks and reads on one snapshot, without the write queue.
    fn read_batch(
        &self,
        call: &CallContext,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Commit> {
        let now = self.clock.now();
        let commit = self
            .readers
            .read(call, |session| read_batch(&mut ReadState { session, now }, ops, replies))?;
        if commit == Commit::Applied {
            for (op, reply) in ops.iter().zip(replies) {
                if let (Some(key), Reply::Entry(Some(_))) = (op.key(), reply) {
                    self.record_access(op.group(), key);
                }
            }
        }
        Ok(commit)
    }
}

impl Engine for SqliteEngine {
    fn medium(&self) -> Medium {
        Medium::File
    }

    fn now(&self, _: &CallContext) -> Result<Timestamp> {
        Ok(self.clock.now())
    }

    fn default_expiry(&self) -> SetExpiry {
        self.options.cache.default_expiry()
    }

    fn get(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(EntryRef<'_>),
    ) -> Result<bool> {
        let hit = self.keys.get(call, group, key, found)?;
        if hit {
            self.record_access(group, key);
        }
        Ok(hit)
    }

    fn info(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<EntryInfo>> {
        let info = self.keys.info(call, group, key)?;
        if info.is_some() {
            self.record_access(group, key);
        }
        Ok(info)
    }

    fn open_value(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<Box<dyn ValueReader>>> {
        self.open_reader(call, group, key)
    }

    fn streams(&self) -> Option<&dyn Streams> {
        Some(self)
    }

    fn scan(&self, call: &CallContext, query: Query<'_>) -> Result<Box<dyn Cursor>> {
        let now = self.clock.now();
        let cursor = cursor::open(Snapshot::begin(&self.readers, call)?, query, now)?;
        Ok(self.leases.limit(cursor))
    }

    fn count(&self, call: &CallContext, range: GroupRange<'_>) -> Result<u64> {
        let now = self.clock.now();
        self.readers.read(call, |session| ReadState { session, now }.count(range))
    }

    fn commit(
        &self,
        call: &CallContext,
        durability: Option<Durability>,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Commit> {
        if !ops.iter().any(Op::is_write) {
            return self.read_batch(call, ops, replies);
        }
        self.check_writable()?;
        let durability = durability.unwrap_or(self.options.durability);
        let commit = self.writer.commit(call, durability, ops, replies)?;
        if commit == Commit::Applied {
            self.end_streams(ops);
        }
        Ok(commit)
    }

    fn expire(&self, call: &CallContext, range: GroupRange<'_>, limit: usize) -> Result<u64> {
        self.check_writable()?;
        let removed = self.writer.expire(call, range, limit)?;
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
        let (snapshot, has_log) = self.writer.alone(call, |session| {
            let mut position = self.publisher.pause();
            let was_idle = self.publisher.observer().is_idle();
            begin();
            let mut reader = Snapshot::begin(&self.readers, &UNBOUND)?;
            let end = log::end(reader.session())?;
            let newest = end.map_or(session.newest(), |end| end.version);
            if let (Some(end), true) = (end, was_idle || !position.is_reading_log()) {
                position.begin_at(end);
            }
            if end.is_none() && !position.is_reading_log() {
                position.await_log();
            }
            let entries = existing.map(|query| cursor::open(reader, query, now)).transpose()?;
            let entries = entries.map(|cursor| self.leases.limit(cursor));
            Ok((WatchSnapshot { newest, entries }, end.is_some()))
        })?;
        // Without a log the WAL watcher notices that another process switches it on. If the thread
        // cannot start, this process's next write notices it.
        match self.watch_wal() {
            Err(error) if has_log => Err(error),
            _ => Ok(snapshot),
        }
    }

    fn change_log(&self) -> Option<&dyn ChangeLog> {
        Some(self)
    }

    fn snapshot(self: Arc<Self>, call: &CallContext) -> Result<Arc<dyn Engine>> {
        let now = self.clock.now();
        let snapshot = self.leases.lease(Snapshot::begin(&self.readers, call)?);
        let view = Box::new(SqliteView::new(snapshot, now));
        Ok(Arc::new(SnapshotEngine::new(view, self)))
    }

    fn evicts(&self) -> bool {
        self.lru.is_on()
    }
}

impl ChangeLog for SqliteEngine {
    fn changes(
        &self,
        call: &CallContext,
        since: Version,
        until: Option<Version>,
    ) -> Result<Box<dyn ChangeCursor>> {
        Ok(Box::new(LogCursor::open(self.readers.clone(), call, since, until)?))
    }

    fn oldest_change(&self, call: &CallContext) -> Result<Version> {
        self.readers.read(call, |session| log::check_on(session.connection()).and_then(log::begin))
    }
}

impl Drop for SqliteEngine {
    fn drop(&mut self) {
        drop(self.wal_watcher.lock().take());
        self.requests.request(|work| work.stop = true);
        if let Some(thread) = self.maintenance.take() {
            // A panic of the thread was reported when it happened.
            let _ = thread.join();
        }
        if !self.options.read_only {
            // After a failure the LRU order lacks the reads of this process since the last write.
            let _ = self.writer.write_accesses(&self.lru);
            // After a failure versions still rise, unless the clock is set back before the next
            // opening by less than a second.
            let _ = self.writer.record_newest();
        }
    }
}
