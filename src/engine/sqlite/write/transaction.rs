//! One transaction of the write connection: begin, observe other processes, commit or roll back.

use std::ops::{Deref, DerefMut};

use crate::clock::Clock;
use crate::engine::sqlite::changes::log;
use crate::engine::sqlite::eviction::limits;
use crate::engine::sqlite::file::statement::Sql;
use crate::engine::sqlite::native::WalHeader;
use crate::engine::sqlite::write::session::WriteSession;
use crate::engine::sqlite::write::version::VersionRecord;
use crate::error::Result;
use crate::model::{Durability, Version};

/// An open write transaction. It is rolled back when it is dropped without a commit.
pub(crate) struct Transaction<'s> {
    writer: &'s mut WriteSession,
    clock: &'s dyn Clock,
    /// The newest version when the transaction began.
    newest: Version,
    is_open: bool,
}

impl WriteSession {
    /// Begins a write transaction, waiting for the locks of other processes. Every write of this
    /// process begins here, so that none is made after the store was poisoned.
    pub(crate) fn begin<'s>(&'s mut self, clock: &'s dyn Clock) -> Result<Transaction<'s>> {
        self.begin_durable(clock, self.durability)
    }

    /// Begins a write transaction of a durability of its own.
    pub(crate) fn begin_durable<'s>(
        &'s mut self,
        clock: &'s dyn Clock,
        durability: Durability,
    ) -> Result<Transaction<'s>> {
        self.poison.check()?;
        // A rollback may have failed when the last transaction was dropped.
        self.roll_back()?;
        self.apply_durability(durability)?;
        self.changes.clear();
        self.evictions = 0;
        self.has_retired = false;
        self.touched.clear();
        if let Err(error) = self.try_begin(clock) {
            self.undo()?;
            return Err(error);
        }
        let newest = self.versions.last();
        Ok(Transaction { writer: self, clock, newest, is_open: true })
    }

    fn try_begin(&mut self, clock: &dyn Clock) -> Result<()> {
        self.session.execute(Sql::BeginWrite, &[])?;
        self.before = self.session.wal_index().map(|index| index.header());
        self.observe_others(self.before, clock)?;
        self.log_begin = self.log_end;
        Ok(())
    }

    /// Refreshes the caches if another process has committed since the last transaction of this
    /// one.
    fn observe_others(&mut self, header: Option<WalHeader>, clock: &dyn Clock) -> Result<()> {
        if header.is_some() && header == self.seen {
            return Ok(());
        }
        self.record = VersionRecord::read(self.connection())?;
        let upper_bound = self.record.upper_bound(self.versions.last(), clock.now());
        self.versions.observe(upper_bound);
        self.quotas.clear();
        self.limits = limits::find(&mut self.session)?;
        self.lru.switch(self.limits.evicts());
        if self.limits.evicts() {
            self.lru.observe(self.session.connection())?;
        }
        self.log_end = log::end(&mut self.session)?;
        if let Some(end) = self.log_end {
            self.versions.observe(end.version);
        }
        Ok(())
    }

    /// Rolls back after a failure, and invalidates the caches.
    fn undo(&mut self) -> Result<()> {
        // The caches may have values that were not committed.
        self.seen = None;
        self.session.unbind();
        self.roll_back()
    }

    fn roll_back(&mut self) -> Result<()> {
        // SQLite has rolled back by itself after the worst errors.
        if self.session.in_transaction() {
            self.seen = None;
            self.session.execute(Sql::Rollback, &[])?;
        }
        Ok(())
    }
}

impl Transaction<'_> {
    /// Commits. From here on a cancel of the call has no effect. After a failure nothing has
    /// changed.
    pub(crate) fn commit(&mut self) -> Result<()> {
        let has_written = self.versions.last() != self.newest;
        if has_written {
            self.record_if_due()?;
        }
        self.session.unbind();
        let WriteSession { session, cache, commit_frames, touched, before, .. } = &mut *self.writer;
        commit_frames.take();
        let own_commit = cache.as_ref().map(|cache| cache.begin_commit());
        session.execute(Sql::Commit, &[])?;
        self.is_open = false;
        let after = session.wal_index().map(|index| index.header());
        // If another process has committed since, the header is not that of our commit.
        if let (Some(own_commit), Some(before), Some(after)) = (own_commit, *before, after)
            && after.commits_since(&before) == 1
            && commit_frames.take() == Some(after.frames())
        {
            own_commit.end(before, after, touched);
        }
        let is_ours = |before: &WalHeader, after: &WalHeader| {
            after.commits_since(before) == u32::from(has_written)
        };
        self.seen = match (self.before, after) {
            (Some(before), Some(after)) if is_ours(&before, &after) => Some(after),
            _ => None,
        };
        Ok(())
    }

    /// Writes the record of the newest version into the file.
    pub(crate) fn write_record(&mut self, record: VersionRecord) -> Result<()> {
        record.write(self.connection())?;
        self.record = record;
        Ok(())
    }

    fn record_if_due(&mut self) -> Result<()> {
        match self.record.due(self.versions.last(), self.clock.now()) {
            Some(record) => self.write_record(record),
            None => Ok(()),
        }
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.is_open {
            // A rollback that fails here is tried again when the next transaction begins.
            drop(self.writer.undo());
        }
    }
}

impl Deref for Transaction<'_> {
    type Target = WriteSession;

    fn deref(&self) -> &WriteSession {
        self.writer
    }
}

impl DerefMut for Transaction<'_> {
    fn deref_mut(&mut self) -> &mut WriteSession {
        self.writer
    }
}
