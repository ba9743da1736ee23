//! The write connection and its caches.

use std::sync::Arc;
use std::time::Duration;

use crate::call::CallContext;
use crate::clock::Timestamp;
use crate::engine::apply::{Applied, BatchApplier};
use crate::engine::changes::Changes;
use crate::engine::poison::Poison;
use crate::engine::sqlite::cache::{EntryCache, Touched};
use crate::engine::sqlite::changes::log::LogEnd;
use crate::engine::sqlite::changes::publisher::{ChangePublisher, OwnCommit};
use crate::engine::sqlite::eviction::lru::LruOrder;
use crate::engine::sqlite::eviction::quotas::QuotaCache;
use crate::engine::sqlite::file::connection::Connection;
use crate::engine::sqlite::file::format::Format;
use crate::engine::sqlite::file::options::{SqliteOptions, pragma_of};
use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::file::tables::FormatSql;
use crate::engine::sqlite::native::{CommitFrames, WalHeader};
use crate::engine::sqlite::open_streams::OpenStreams;
use crate::engine::sqlite::write::table::SqliteTable;
use crate::engine::sqlite::write::version::VersionRecord;
use crate::error::Result;
use crate::model::{
    Change, Durability, Group, GroupRange, Key, Limits, Observer, Op, Reply, SetExpiry, Version,
    VersionClock,
};

/// Changes after which the change log is checked for trimming.
const TRIM_EVERY: u64 = 512;

/// The write connection with its caches of the file: versions, quotas, limits and the end of the
/// change log. They are read again when another process has committed.
pub(crate) struct WriteSession {
    pub(super) session: Session,
    pub(super) poison: Arc<Poison>,
    pub(super) versions: VersionClock,
    pub(super) record: VersionRecord,
    /// The WAL header after the last commit of this session. Another header means that another
    /// process has committed; with `None` the caches have to be read again.
    pub(super) seen: Option<WalHeader>,
    /// The WAL header when the transaction began.
    pub(super) before: Option<WalHeader>,
    /// The durability of transactions that name none.
    pub(super) durability: Durability,
    /// The durability that the connection is set to.
    pub(super) applied_durability: Durability,
    /// The end of the change log when the transaction began; `None` without a log.
    pub(super) log_begin: Option<LogEnd>,
    /// The end of the change log now.
    pub(super) log_end: Option<LogEnd>,
    pub(super) quotas: QuotaCache,
    pub(super) limits: Limits,
    pub(super) lru: Arc<LruOrder>,
    /// The changes of the transaction that are to be published.
    pub(super) changes: Changes,
    /// Entries that the transaction has evicted.
    pub(super) evictions: u64,
    pub(super) cache: Option<Arc<EntryCache>>,
    /// The streams that this process has open.
    pub(super) streams: Arc<OpenStreams>,
    /// Whether the transaction has left streams to the purge.
    pub(super) has_retired: bool,
    /// The keys that the transaction has touched, if there is an entry cache.
    pub(super) touched: Touched,
    /// The frames of the WAL after the last commit; dropped after the connection.
    pub(super) commit_frames: CommitFrames,
    busy_timeout: Duration,
    /// The most bytes of group, key and value in one row.
    inline_limit: usize,
    default_expiry: SetExpiry,
    /// The sequence number of the change at which trimming was requested last.
    trim_requested_at: i64,
}

impl WriteSession {
    /// Returns a write session on `connection`, which runs no triggers and writes until `poison` is
    /// set.
    pub(crate) fn new(
        (connection, format): (Connection, Format),
        options: &SqliteOptions,
        observer: Arc<dyn Observer>,
        lru: Arc<LruOrder>,
        cache: Option<Arc<EntryCache>>,
        streams: Arc<OpenStreams>,
        poison: Arc<Poison>,
    ) -> Self {
        let commit_frames = CommitFrames::watch(connection.raw());
        WriteSession {
            session: Session::new(connection, format),
            poison,
            versions: VersionClock::default(),
            record: VersionRecord::default(),
            seen: None,
            before: None,
            durability: options.durability,
            applied_durability: options.durability,
            log_begin: None,
            log_end: None,
            quotas: QuotaCache::default(),
            limits: Limits::default(),
            lru,
            changes: Changes::new(observer),
            evictions: 0,
            cache,
            streams,
            has_retired: false,
            touched: Touched::default(),
            commit_frames,
            busy_timeout: options.busy_timeout,
            inline_limit: options.inline_limit,
            default_expiry: options.cache.default_expiry(),
            trim_requested_at: 0,
        }
    }

    /// Returns the statements of the file's format.
    pub(crate) fn sql(&self) -> FormatSql {
        self.session.sql()
    }

    /// Returns the session.
    pub(crate) fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Returns the connection.
    pub(crate) fn connection(&self) -> &Connection {
        self.session.connection()
    }

    /// Binds the session to `call` until its next commit: statements and waits for locks end when
    /// the call has to.
    pub(crate) fn bind(&mut self, call: &CallContext) -> Result<()> {
        self.session.bind(call, self.busy_timeout)
    }

    /// Ends the binding: statements run to their end, whether or not the call is cancelled.
    pub(crate) fn unbind(&mut self) {
        self.session.unbind();
    }

    /// Sets the durability of the transactions that follow.
    pub(super) fn apply_durability(&mut self, durability: Durability) -> Result<()> {
        if durability != self.applied_durability {
            self.connection().execute_batch(pragma_of(durability))?;
            self.applied_durability = durability;
        }
        Ok(())
    }

    /// Returns whether the transaction's commit makes an fsync.
    pub(super) fn is_synced(&self) -> bool {
        self.applied_durability == Durability::Full
    }

    /// Returns the number of frames in the WAL.
    pub(crate) fn wal_frames(&self) -> u32 {
        self.session.wal_index().map_or(0, |index| index.header().frames())
    }

    /// Returns the number of WAL frames that no checkpoint has moved into the file yet.
    pub(crate) fn frames_to_move(&self) -> u32 {
        let frames = self
            .session
            .wal_index()
            .map(|index| index.header().frames().saturating_sub(index.checkpointed_frames()));
        frames.unwrap_or(0)
    }

    /// Returns the newest version known, or one that is not older; later ones are above it.
    pub(crate) fn newest(&mut self) -> Version {
        self.versions.observe(self.record.newest);
        self.versions.last()
    }

    /// Applies one batch inside the open transaction.
    pub(crate) fn apply(
        &mut self,
        now: Timestamp,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Applied> {
        self.with_applier(now, |applier| applier.apply(ops, replies))
    }

    /// Purges at most `limit` entries of `range` that have expired at `now`; returns how many.
    pub(crate) fn remove_expired(
        &mut self,
        range: GroupRange<'_>,
        now: Timestamp,
        limit: usize,
    ) -> Result<u64> {
        self.with_applier(now, |applier| applier.expire(range, limit))
    }

    /// Removes about `limit` entries of a file that is over its limits; returns how many.
    pub(crate) fn shrink(&mut self, now: Timestamp, limit: usize) -> Result<u64> {
        self.with_applier(now, |applier| applier.shrink(limit))
    }

    /// Returns the number of changes of the transaction so far that the observer selects.
    pub(crate) fn changes_len(&self) -> usize {
        self.changes.count()
    }

    /// Returns the number of entries that the last transaction has evicted.
    pub(crate) fn evictions(&self) -> u64 {
        self.evictions
    }

    /// Publishes the transaction that was committed last, and returns its changes.
    pub(crate) fn publish(&mut self, publisher: &ChangePublisher) -> Vec<Arc<Change>> {
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

    /// Returns whether trimming may be due again, because the change log has grown by
    /// [`TRIM_EVERY`] changes since it was requested last.
    pub(crate) fn takes_trim(&mut self) -> bool {
        let seq = self.log_end.map_or(0, |end| end.seq);
        // A new change log begins with number 1, so the distance counts in both directions.
        let is_due = seq.abs_diff(self.trim_requested_at) >= TRIM_EVERY;
        if is_due {
            self.trim_requested_at = seq;
        }
        is_due
    }

    /// Fails if a value of at least `size` bytes has no room under a key.
    pub(crate) fn check_room(
        &mut self,
        now: Timestamp,
        (group, key): (Group<'_>, Key<'_>),
        size: u64,
    ) -> Result<()> {
        self.with_applier(now, |applier| applier.check_room(group, key, size))
    }

    fn with_applier<R>(
        &mut self,
        now: Timestamp,
        work: impl FnOnce(&mut BatchApplier<'_, SqliteTable<'_>>) -> R,
    ) -> R {
        let (session, log) = (&mut self.session, self.log_end.as_mut());
        let (quotas, streams, limit) = (&mut self.quotas, &*self.streams, self.inline_limit);
        let mut table = SqliteTable::new(session, log, quotas, streams, limit, now);
        if self.cache.is_some() {
            table.record(&mut self.touched);
        }
        if !self.limits.is_unlimited() {
            table.limit(self.limits.evicts().then_some(&*self.lru));
        }
        let (versions, changes) = (&mut self.versions, &mut self.changes);
        let mut applier =
            BatchApplier::new(&mut table, versions, now, changes, self.default_expiry);
        let result = work(&mut applier);
        self.evictions += applier.evictions();
        self.has_retired |= table.has_retired;
        result
    }
}
