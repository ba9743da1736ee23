//! Write transactions on one connection, and the versions they give out.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;

use crate::call::CallContext;
use crate::clock::{Clock, Timestamp};
use crate::engine::apply::BatchApplier;
use crate::engine::changes::Changes;
use crate::engine::sqlite::changes::log::{self, LogEnd};
use crate::engine::sqlite::changes::publisher::{ChangePublisher, OwnCommit};
use crate::engine::sqlite::eviction::limits;
use crate::engine::sqlite::eviction::lru::{LruOrder, PendingAccess};
use crate::engine::sqlite::eviction::quotas::{self, QuotaCache};
use crate::engine::sqlite::file::error::is_failed_sync;
use crate::engine::sqlite::file::options::{Durability, LogOptions, SqliteOptions};
use crate::engine::sqlite::file::schema::{read_meta, write_meta};
use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::file::statement::Sql;
use crate::engine::sqlite::native::WalHeader;
use crate::engine::sqlite::write::table::SqliteTable;
use crate::error::{Error, Result};
use crate::model::{
    Change, Commit, GroupRange, LimitOptions, Limits, Namespace, Observer, Op, Quota, Reply,
    SetExpiry, Version, VersionClock,
};

/// How far versions may run ahead of the one in the file, in microseconds. Once per this time a
/// commit writes it down, so that after a step of the clock versions go on above the newest.
const CLOCK_SLACK: Version = 1_000_000;

/// Changes after which the log is looked at, whether it has to be trimmed.
const TRIM_EVERY: u64 = 512;

/// The connection that writes, and what it knows of versions.
pub struct WriteSession {
    session: Session,
    versions: VersionClock,
    record: Record,
    /// The log's header after our last commit; another one means another process has committed.
    seen: Option<WalHeader>,
    /// The log's header when the transaction began.
    before: Option<WalHeader>,
    /// How long is waited for locks of others.
    busy_timeout: Duration,
    /// Whether an fsync has failed.
    sync_failed: bool,
    /// Bytes of group, key and value that one row may hold.
    inline_limit: usize,
    durability: Durability,
    /// What the transaction changes that somebody wants to hear of.
    changes: Changes,
    /// Where the log of changes ended when the transaction began, if one is kept.
    log_begin: Option<LogEnd>,
    /// Where it ends now.
    log_end: Option<LogEnd>,
    /// Who has a quota.
    accounts: QuotaCache,
    /// What the file may hold.
    limits: Limits,
    uses: Arc<LruOrder>,
    default_expiry: SetExpiry,
    /// Entries that the transaction has removed to make room.
    evictions: u64,
    /// The number of the change at which trimming was asked for.
    trim_asked_at: i64,
}

/// The file's own note of the newest version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Record {
    newest: Version,
    /// Whether no newer one was given out; otherwise there may be some, up to [`CLOCK_SLACK`].
    is_exact: bool,
}

impl WriteSession {
    /// Returns a write session on `connection`.
    pub fn new(
        connection: Connection,
        options: &SqliteOptions,
        observer: Arc<dyn Observer>,
        uses: Arc<LruOrder>,
    ) -> Self {
        WriteSession {
            session: Session::new(connection),
            versions: VersionClock::default(),
            record: Record::default(),
            seen: None,
            before: None,
            busy_timeout: options.busy_timeout,
            sync_failed: false,
            inline_limit: options.inline_limit,
            durability: options.durability,
            changes: Changes::new(observer),
            log_begin: None,
            log_end: None,
            accounts: QuotaCache::default(),
            limits: Limits::default(),
            uses,
            default_expiry: options.cache.default_expiry(),
            evictions: 0,
            trim_asked_at: 0,
        }
    }

    /// Returns the connection.
    pub fn connection(&self) -> &Connection {
        self.session.connection()
    }

    /// Answers whether an fsync has failed, so that nobody knows what is on the disk.
    pub fn sync_failed(&self) -> bool {
        self.sync_failed
    }

    /// Returns how many frames the log holds.
    pub fn log_frames(&self) -> u32 {
        self.session.wal_index().map_or(0, |index| index.header().frames())
    }

    /// Returns how many frames of the log are not in the file yet.
    pub fn frames_to_move(&self) -> u32 {
        let frames = self
            .session
            .wal_index()
            .map(|index| index.header().frames().saturating_sub(index.checkpointed_frames()));
        frames.unwrap_or(0)
    }

    /// Runs `work` in a write transaction; after a failure nothing has changed.
    pub fn transaction<R>(
        &mut self,
        clock: &dyn Clock,
        work: impl FnOnce(&mut WriteSession) -> Result<R>,
    ) -> Result<R> {
        self.begin(clock)?;
        self.finish(clock, work)
    }

    /// Begins a write transaction, which waits for the locks of others.
    pub fn begin(&mut self, clock: &dyn Clock) -> Result<()> {
        // A panic may have left the last transaction open.
        self.roll_back()?;
        self.changes.clear();
        self.evictions = 0;
        let begun = self.try_begin(clock);
        if begun.is_err() {
            self.undo()?;
        }
        begun
    }

    /// Runs `work` in the write transaction that was begun and commits it; after a failure nothing
    /// has changed.
    pub fn finish<R>(
        &mut self,
        clock: &dyn Clock,
        work: impl FnOnce(&mut WriteSession) -> Result<R>,
    ) -> Result<R> {
        let result = self.try_finish(clock, work);
        if result.is_err() {
            self.undo()?;
        }
        result
    }

    /// Makes what the session does from here to its next commit end when `call` is to.
    pub fn bind(&mut self, call: &CallContext) -> Result<()> {
        self.session.bind(call, self.busy_timeout)
    }

    /// Lets what the session does run to its end, whatever becomes of the call.
    pub fn unbind(&mut self) {
        self.session.unbind();
    }

    /// Applies one batch; an error says whether anything was changed before it.
    pub fn apply(
        &mut self,
        now: Timestamp,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Commit, (Error, bool)> {
        self.with_application(now, |application| {
            application.apply(ops, replies).map_err(|error| (error, application.is_dirty()))
        })
    }

    /// Removes at most `limit` entries of `range` dead at `now`; returns how many.
    pub fn remove_expired(
        &mut self,
        range: GroupRange<'_>,
        now: Timestamp,
        limit: usize,
    ) -> Result<u64> {
        self.with_application(now, |application| application.expire(range, limit))
    }

    /// Removes about `limit` entries of a file that evicts and holds more than it may; returns how
    /// many.
    pub fn shrink(&mut self, now: Timestamp, limit: usize) -> Result<u64> {
        self.with_application(now, |application| application.shrink(limit))
    }

    /// Returns how many entries the last transaction has removed to make room.
    pub fn evictions(&self) -> u64 {
        self.evictions
    }

    /// Changes what the file may hold as `options` say.
    pub fn configure_limits(&mut self, clock: &dyn Clock, options: LimitOptions) -> Result<()> {
        self.transaction(clock, |writer| limits::configure(&mut writer.session, options))?;
        // What was read of the limits is not so any more, and is read again here.
        self.seen = None;
        self.transaction(clock, |_| Ok(()))
    }

    /// Counts anew what the file holds, if that is limited.
    pub fn recount(&mut self, clock: &dyn Clock) -> Result<()> {
        let counted = self.transaction(clock, |writer| limits::recount(&mut writer.session));
        self.seen = None;
        counted
    }

    /// Writes down what was pending_access of uses.
    pub fn write_accesses(&mut self, clock: &dyn Clock, pending: &[PendingAccess]) -> Result<()> {
        self.transaction(clock, |writer| {
            if !writer.limits.evicts() {
                return Ok(());
            }
            let WriteSession { session, uses, .. } = writer;
            pending.iter().try_for_each(|note| uses.write(session, note))
        })?;
        self.seen = None;
        self.uses.forget(pending);
        Ok(())
    }

    /// Sets what a namespace may hold.
    pub fn set_quota(
        &mut self,
        clock: &dyn Clock,
        namespace: &Namespace,
        quota: Quota,
    ) -> Result<()> {
        self.transaction(clock, |writer| quotas::set_quota(writer.connection(), namespace, quota))?;
        self.accounts.clear();
        Ok(())
    }

    fn with_application<R>(
        &mut self,
        now: Timestamp,
        work: impl FnOnce(&mut BatchApplier<'_, SqliteTable<'_>>) -> R,
    ) -> R {
        let log = self.log_end.as_mut();
        let accounts = &mut self.accounts;
        let session = &mut self.session;
        let mut table = SqliteTable::new(session, log, accounts, self.inline_limit);
        if !self.limits.is_unlimited() {
            table.limit(self.limits.evicts().then_some(&*self.uses));
        }
        let (versions, changes) = (&mut self.versions, &mut self.changes);
        let mut application =
            BatchApplier::new(&mut table, versions, now, changes, self.default_expiry);
        let result = work(&mut application);
        self.evictions += application.evictions();
        result
    }

    /// Returns how many changes the transaction has made so far that somebody wants to hear of.
    pub fn changes_len(&self) -> usize {
        self.changes.count()
    }

    /// Tells the transaction that was committed last to `publisher`, and returns its changes.
    pub fn tell(&mut self, publisher: &ChangePublisher) -> Vec<Arc<Change>> {
        let changes = self.changes.take();
        let commit = OwnCommit {
            changes: &changes,
            begin: self.log_begin,
            end: self.log_end,
            header: self.seen,
        };
        publisher.publish_own(&mut self.session, &commit);
        changes
    }

    /// Returns the newest version known.
    pub fn newest(&self) -> Version {
        self.versions.last().max(self.record.newest)
    }

    /// Changes the log of changes as `options` say.
    pub fn configure_log(&mut self, clock: &dyn Clock, options: LogOptions) -> Result<()> {
        self.transaction(clock, |writer| {
            // From here on the log alone knows the newest version.
            let newest = writer.newest();
            writer.write_record(Record { newest, is_exact: true })?;
            log::configure(&mut writer.session, options, newest)
        })?;
        // What was read of the log is not so any more.
        self.seen = None;
        Ok(())
    }

    /// Answers whether the log has grown so much since this was last asked that trimming may be due.
    pub fn takes_trim(&mut self) -> bool {
        let seq = self.log_end.map_or(0, |end| end.seq);
        // Also when a new log has begun to count anew.
        let is_due = seq.abs_diff(self.trim_asked_at) >= TRIM_EVERY;
        if is_due {
            self.trim_asked_at = seq;
        }
        is_due
    }

    /// Removes some of the oldest changes that are not to be kept; returns whether there may be
    /// more.
    pub fn trim_log(&mut self, clock: &dyn Clock) -> Result<bool> {
        if self.log_end.is_none() {
            return Ok(false);
        }
        let more = self.transaction(clock, |writer| log::trim(&mut writer.session, clock.now()));
        self.seen = None;
        more
    }

    /// Commits the note of the newest version with an fsync, which covers every earlier commit.
    pub fn sync(&mut self, clock: &dyn Clock) -> Result<()> {
        self.connection().execute_batch("PRAGMA synchronous = FULL")?;
        let synced = self.transaction(clock, |writer| {
            let newest = writer.versions.last().max(writer.record.newest) + 1;
            writer.versions.observe(newest);
            writer.write_record(Record { newest, is_exact: false })
        });
        self.connection().execute_batch(self.durability.pragma())?;
        synced
    }

    /// Pending the newest version in the file, if it is not there; for a close.
    pub fn record_newest(&mut self, clock: &dyn Clock) -> Result<()> {
        if self.versions.last() <= self.record.newest {
            return Ok(());
        }
        self.transaction(clock, |writer| {
            let newest = writer.versions.last().max(writer.record.newest);
            writer.write_record(Record { newest, is_exact: writer.seen.is_some() })
        })
    }

    fn try_begin(&mut self, clock: &dyn Clock) -> Result<()> {
        self.session.execute(Sql::BeginWrite, &[])?;
        self.before = self.session.wal_index().map(|index| index.header());
        self.observe_others(self.before, clock)?;
        self.log_begin = self.log_end;
        Ok(())
    }

    fn try_finish<R>(
        &mut self,
        clock: &dyn Clock,
        work: impl FnOnce(&mut WriteSession) -> Result<R>,
    ) -> Result<R> {
        let newest = self.versions.last();
        let result = work(self)?;
        let has_written = self.versions.last() != newest;
        if has_written {
            self.record_if_due(clock.now())?;
        }
        // From here on it is to happen.
        self.session.unbind();
        let committed = self.session.try_execute(Sql::Commit, &[]);
        self.sync_failed |= committed.as_ref().is_err_and(is_failed_sync);
        committed.map_err(|error| self.session.explain(error))?;
        // Another process may have committed since; then the header is not ours to remember.
        let after = self.session.wal_index().map(|index| index.header());
        let is_ours = |before: &WalHeader, after: &WalHeader| {
            after.commits_since(before) == u32::from(has_written)
        };
        self.seen = match (self.before, after) {
            (Some(before), Some(after)) if is_ours(&before, &after) => Some(after),
            _ => None,
        };
        Ok(result)
    }

    /// Makes a transaction that has failed one that has never been.
    fn undo(&mut self) -> Result<()> {
        // The record in memory may be one that was not written; it has to be read again.
        self.seen = None;
        self.session.unbind();
        self.roll_back()
    }

    /// Ends the transaction that is open, if one is, as if it had never been.
    fn roll_back(&mut self) -> Result<()> {
        // SQLite has rolled back by itself after the worst errors.
        if self.session.in_transaction() {
            self.seen = None;
            self.session.execute(Sql::Rollback, &[])?;
        }
        Ok(())
    }

    /// Learns of versions that other processes gave out since our last transaction.
    fn observe_others(&mut self, header: Option<WalHeader>, clock: &dyn Clock) -> Result<()> {
        if header.is_some() && header == self.seen {
            return Ok(());
        }
        self.record = Record {
            newest: read_meta(self.connection(), "clock")? as Version,
            is_exact: read_meta(self.connection(), "clock_exact")? != 0,
        };
        let wall = u64::try_from(clock.now().as_micros()).unwrap_or(0);
        // Newer versions than the record's may be there, up to the slack, if it was not written with
        // the last of them. The clock is past those, unless it was set back: it certainly was if it
        // is behind the record. Before our first write we cannot know, and take no risk.
        let past = self.record.newest + if self.versions.last() == 0 { CLOCK_SLACK } else { 0 };
        let unrecorded = if self.record.is_exact || wall > past { 0 } else { CLOCK_SLACK };
        self.versions.observe(self.record.newest + unrecorded);
        self.accounts.clear();
        self.limits = limits::find(&mut self.session)?;
        self.uses.switch(self.limits.evicts());
        if self.limits.evicts() {
            self.uses.observe(self.session.connection())?;
        }
        self.log_end = log::end(&mut self.session)?;
        if let Some(end) = self.log_end {
            self.versions.observe(end.version);
        }
        Ok(())
    }

    /// Pending the newest version in the file if it is far ahead of the note or of the clock, or if
    /// the note claims that there is no newer one.
    fn record_if_due(&mut self, now: Timestamp) -> Result<()> {
        let newest = self.versions.last();
        let ahead_of_clock = newest > u64::try_from(now.as_micros()).unwrap_or(0);
        let far_ahead = newest > self.record.newest + CLOCK_SLACK;
        if ahead_of_clock || far_ahead || self.record.is_exact {
            self.write_record(Record { newest, is_exact: ahead_of_clock })?;
        }
        Ok(())
    }

    fn write_record(&mut self, record: Record) -> Result<()> {
        write_meta(self.connection(), "clock", record.newest as i64)?;
        write_meta(self.connection(), "clock_exact", i64::from(record.is_exact))?;
        self.record = record;
        Ok(())
    }
}
