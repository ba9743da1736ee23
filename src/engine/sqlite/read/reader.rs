//! The pool of read connections, with snapshots that are reused.
//!
//! To begin and end a read transaction costs three system calls, more than the look-up itself. So
//! a reader keeps its transaction open as long as the wal-index shows that there was no commit
//! since: its snapshot is then still the newest state. The maintenance thread ends the snapshots
//! of idle readers, because they keep the WAL from being restarted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::call::CallContext;
use crate::engine::poison::Poison;
use crate::engine::sqlite::file::access::write_denial;
use crate::engine::sqlite::file::alone::Alone;
use crate::engine::sqlite::file::connect::{FileId, connect, connect_reading};
use crate::engine::sqlite::file::options::SqliteOptions;
use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::file::statement::Sql;
use crate::engine::sqlite::native::{
    Parameter, Row, Statement, WalHeader, begin_waits, page_cache_bytes,
};
use crate::engine::sqlite::work_requests::WorkRequests;
use crate::error::{Error, ErrorKind, Result};
use crate::os::HeldFile;

/// Idle connections that are kept. When more threads read at once, more are opened and then
/// closed.
const IDLE_MAX: usize = 16;

/// Attempts to read a file without locks that changes meanwhile.
const ATTEMPTS_MAX: u32 = 100;

/// A read connection, with an open snapshot or without.
pub(crate) struct Reader {
    session: Session,
    snapshot: Option<SnapshotState>,
    /// The state of a file that is read without locks.
    alone: Option<Alone>,
    /// Whether it was used since the last call of [`ReaderPool::release_idle`].
    used: bool,
}

/// The state of the WAL when a read transaction began.
#[derive(Clone, Copy, PartialEq, Eq)]
struct SnapshotState {
    header: WalHeader,
    /// Whether the whole WAL was in the file. Such a snapshot reads the file alone and does not
    /// keep the WAL from being restarted; an older one with the same contents does.
    checkpointed: bool,
}

impl Reader {
    /// Ensures that the open read transaction sees every commit made so far.
    ///
    /// Returns whether it is a new transaction, whose snapshot is taken by its first read.
    fn refresh(&mut self) -> Result<bool> {
        // The header is read before the transaction begins. A commit in between makes the snapshot
        // newer than the header, so that the next use needlessly begins another one.
        let now = self.session.wal_index().map(|index| {
            let header = index.header();
            SnapshotState { header, checkpointed: index.checkpointed_frames() >= header.frames() }
        });
        if now.is_some() && self.snapshot == now {
            return Ok(false);
        }
        self.release()?;
        self.session.execute(Sql::BeginRead, &[])?;
        self.snapshot = now;
        Ok(true)
    }

    /// Fails if a file that is read without locks has changed.
    fn check_unchanged(&self) -> Result<()> {
        self.alone.as_ref().map_or(Ok(()), Alone::check)
    }

    /// Ends the read transaction, if one is open.
    fn release(&mut self) -> Result<()> {
        self.snapshot = None;
        if self.session.in_transaction() {
            self.session.execute(Sql::Commit, &[])?;
        }
        Ok(())
    }
}

/// The readers of one file.
pub(crate) struct ReaderPool {
    options: SqliteOptions,
    /// Whether a log and a wal-index can be created beside the file.
    can_lock: bool,
    file: FileId,
    idle: Mutex<Vec<Reader>>,
    open: AtomicU64,
    /// Whether the maintenance thread knows that idle readers may hold snapshots.
    holding: AtomicBool,
    snapshots: Mutex<OpenSnapshots>,
    requests: Arc<WorkRequests>,
    poison: Arc<Poison>,
    /// The pool outlives the engine as long as a cursor has a reader.
    _held: Arc<HeldFile>,
}

impl ReaderPool {
    /// Returns an empty pool for the file that `options` name.
    pub(crate) fn new(
        options: SqliteOptions,
        file: FileId,
        requests: Arc<WorkRequests>,
        poison: Arc<Poison>,
        held: Arc<HeldFile>,
    ) -> Self {
        ReaderPool {
            can_lock: write_denial(&options.path).is_none(),
            options,
            file,
            idle: Mutex::default(),
            open: AtomicU64::new(0),
            holding: AtomicBool::new(false),
            snapshots: Mutex::default(),
            requests,
            poison,
            _held: held,
        }
    }

    /// Returns a reader bound to `call`, and whether its read transaction is new. With `locks` a
    /// file that is alone is read with locks all the same, if that is possible.
    fn acquire(&self, call: &CallContext, locks: bool) -> Result<(Reader, bool)> {
        begin_waits(Duration::ZERO);
        let locks = locks && self.can_lock;
        let mut reader = loop {
            let idle = self.idle.lock().pop();
            match idle {
                // The file without locks has changed since it was opened.
                Some(reader) if reader.check_unchanged().is_err() => self.close(reader),
                Some(reader) if locks && reader.alone.is_some() => self.close(reader),
                Some(reader) => break reader,
                None => break self.open_reader(call, locks)?,
            }
        };
        let bound = reader.session.bind(call, self.options.busy_timeout);
        match bound.and_then(|()| reader.refresh()) {
            Ok(is_new) => Ok((reader, is_new)),
            Err(error) => {
                self.close(reader);
                Err(call.explain(error))
            }
        }
    }

    /// Runs `read` on a connection whose snapshot sees every commit made before this call. It runs
    /// again if a file that is read without locks has changed meanwhile.
    pub(crate) fn read<R>(
        &self,
        call: &CallContext,
        mut read: impl FnMut(&mut Session) -> Result<R>,
    ) -> Result<R> {
        let mut attempts = 0;
        loop {
            let (mut reader, _) = self.acquire(call, false)?;
            let result = read(&mut reader.session);
            let unchanged = reader.check_unchanged();
            self.put_back(reader);
            attempts += 1;
            match unchanged {
                Err(_) if attempts < ATTEMPTS_MAX => {}
                Err(changed) => return Err(changed),
                Ok(()) => return result.map_err(|error| call.explain(error)),
            }
        }
    }

    fn put_back(&self, mut reader: Reader) {
        reader.used = true;
        reader.session.unbind();
        let mut idle = self.idle.lock();
        // SQLite keeps the number of a failure, so a later one could get it.
        if idle.len() >= IDLE_MAX || reader.session.connection().has_failed() {
            drop(idle);
            self.close(reader);
            return;
        }
        idle.push(reader);
        drop(idle);
        // The first idle reader with a snapshot requests its release by the maintenance thread.
        if !self.holding.load(Ordering::Relaxed) && !self.holding.swap(true, Ordering::AcqRel) {
            self.requests.request(|work| work.release = true);
        }
    }

    /// Ends the snapshots of idle readers that were not used since the last call. Returns whether
    /// idle readers still hold snapshots.
    pub(crate) fn release_idle(&self) -> bool {
        let mut idle = self.idle.lock();
        for reader in idle.iter_mut() {
            // The reader's next use meets the same error and reports it.
            if !std::mem::take(&mut reader.used) {
                let _ = reader.release();
            }
        }
        let some_left = idle.iter().any(|reader| reader.session.in_transaction());
        self.holding.store(some_left, Ordering::Release);
        some_left
    }

    /// Ends the snapshots of all idle readers.
    pub(crate) fn release_all(&self) {
        for reader in self.idle.lock().iter_mut() {
            let _ = reader.release();
        }
    }

    /// Returns the number of open connections.
    pub(crate) fn open_count(&self) -> u64 {
        self.open.load(Ordering::Relaxed)
    }

    /// Returns the memory of the page caches of idle connections.
    pub(crate) fn page_bytes(&self) -> u64 {
        let idle = self.idle.lock();
        idle.iter().map(|reader| page_cache_bytes(reader.session.connection().raw())).sum()
    }

    /// Returns for how many milliseconds, rounded up, the oldest snapshot has been open, or 0
    /// without one. Those of single reads, which end with the call, do not count.
    pub(crate) fn oldest_snapshot_ms(&self) -> u64 {
        let snapshots = self.snapshots.lock();
        let oldest = snapshots.begun.first_key_value().map(|(_, begun)| begun.elapsed());
        oldest.map_or(0, |age| age.as_millis() as u64 + 1)
    }

    fn open_reader(&self, call: &CallContext, locks: bool) -> Result<Reader> {
        let (connection, format, alone) = match locks {
            true => {
                let (connection, format) = connect(&self.options, &self.poison, call)?;
                (connection, format, None)
            }
            false => connect_reading(&self.options, &self.poison, call)?,
        };
        if FileId::of(&self.options.path)? != self.file {
            let message = "the database file was replaced while it was open; close the store and \
                           open it again";
            return Err(Error::new(ErrorKind::Io, message));
        }
        let session = Session::new(connection, format);
        self.open.fetch_add(1, Ordering::Relaxed);
        Ok(Reader { session, snapshot: None, alone, used: true })
    }

    fn close(&self, reader: Reader) {
        drop(reader);
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The times at which the open snapshots began, by ascending numbers.
#[derive(Default)]
struct OpenSnapshots {
    begun: BTreeMap<u64, Instant>,
    last: u64,
}

/// Rows that a cursor returns before it checks that a file without locks is unchanged. It always
/// checks before it says that there are no more.
const UNCHECKED_MAX: u32 = 32;

const TAKEN: &str = "taken only in drop";

/// A reader with an open snapshot, which returns to the pool when this is dropped.
pub(crate) struct Snapshot {
    /// `None` while it is lent.
    reader: Option<Reader>,
    number: u64,
    readers: Arc<ReaderPool>,
    /// The place to which a lent reader returns instead.
    home: Option<Arc<Mutex<Option<Reader>>>>,
}

impl Snapshot {
    /// Takes a snapshot of the newest state, with a reader of `readers` that is bound to `call`.
    pub(crate) fn begin(readers: &Arc<ReaderPool>, call: &CallContext) -> Result<Snapshot> {
        // A scan of a file without locks cannot be repeated when the file changes.
        let (mut reader, is_new) = readers.acquire(call, true)?;
        let touched = match is_new {
            true => reader.session.query(Sql::Touch, &[], |_, _| Ok(false)),
            false => Ok(()),
        };
        let number = {
            let mut snapshots = readers.snapshots.lock();
            snapshots.last += 1;
            let number = snapshots.last;
            snapshots.begun.insert(number, Instant::now());
            number
        };
        let readers = readers.clone();
        let snapshot = Snapshot { reader: Some(reader), number, readers, home: None };
        touched.map(|()| snapshot)
    }

    /// Runs `work` with this snapshot, bound to `call`. The argument of `work`, or a cursor over
    /// it, must be dropped there.
    pub(crate) fn lend<R>(
        &mut self,
        call: &CallContext,
        work: impl FnOnce(Snapshot) -> Result<R>,
    ) -> Result<R> {
        let busy_timeout = self.readers.options.busy_timeout;
        self.session().bind(call, busy_timeout)?;
        let home = Arc::default();
        let (reader, readers) = (self.reader.take(), self.readers.clone());
        let done = work(Snapshot { reader, number: 0, readers, home: Some(Arc::clone(&home)) });
        self.reader = home.lock().take();
        self.session().unbind();
        self.check_unchanged()?;
        done.map_err(|error| call.explain(error))
    }

    /// Fails if a file that is read without locks has changed.
    pub(crate) fn check_unchanged(&self) -> Result<()> {
        self.reader.as_ref().expect(TAKEN).check_unchanged()
    }

    /// Returns the session, inside its read transaction.
    pub(crate) fn session(&mut self) -> &mut Session {
        &mut self.reader.as_mut().expect(TAKEN).session
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        if let Some(home) = &self.home {
            *home.lock() = self.reader.take();
            return;
        }
        self.readers.snapshots.lock().begun.remove(&self.number);
        if let Some(reader) = self.reader.take() {
            self.readers.put_back(reader);
        }
    }
}

/// The rows of a query on a snapshot, fetched one after the other. When this is dropped, the query
/// ends, and then the snapshot.
pub(crate) struct RowCursor {
    sql: Sql,
    statement: Option<Statement>,
    snapshot: Snapshot,
    /// Steps since the file was checked last.
    unchecked: u32,
}

impl RowCursor {
    /// Begins a query; the parameters are copied.
    pub(crate) fn begin(
        mut snapshot: Snapshot,
        sql: Sql,
        parameters: &[Parameter<'_>],
    ) -> Result<RowCursor> {
        let statement = Some(snapshot.session().begin(sql, parameters)?);
        Ok(RowCursor { sql, statement, snapshot, unchecked: 0 })
    }

    /// Moves to the next row; returns whether there is one.
    pub(crate) fn step(&mut self) -> Result<bool> {
        let stepped = self.statement.as_mut().expect(TAKEN).step();
        self.unchecked += 1;
        if self.unchecked == UNCHECKED_MAX || !matches!(stepped, Ok(true)) {
            self.unchecked = 0;
            self.snapshot.check_unchanged()?;
        }
        stepped.map_err(|error| self.snapshot.session().explain(error))
    }

    /// Returns the current row, to which the last step has moved.
    pub(crate) fn row(&self) -> Row<'_> {
        self.statement.as_ref().expect(TAKEN).row()
    }

    /// Returns the current row, and the session for other queries.
    pub(crate) fn row_and_session(&mut self) -> (Row<'_>, &mut Session) {
        (self.statement.as_ref().expect(TAKEN).row(), self.snapshot.session())
    }
}

impl Drop for RowCursor {
    fn drop(&mut self) {
        if let Some(statement) = self.statement.take() {
            self.snapshot.session().end(self.sql, statement);
        }
    }
}
