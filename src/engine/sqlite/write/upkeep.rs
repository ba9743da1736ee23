//! Transactions on the settings and records of the file: limits, quotas, the change log, the LRU
//! order, the newest version.

use crate::clock::{Clock, Timestamp};
use crate::engine::sqlite::changes::log;
use crate::engine::sqlite::eviction::lru::PendingAccess;
use crate::engine::sqlite::eviction::{limits, quotas};
use crate::engine::sqlite::file::connection::Connection;
use crate::engine::sqlite::file::options::LogOptions;
use crate::engine::sqlite::write::session::WriteSession;
use crate::engine::sqlite::write::version::VersionRecord;
use crate::error::Result;
use crate::model::{Durability, LimitOptions, Namespace, Quota, Version};

impl WriteSession {
    /// Changes the limits of the file as `options` say.
    pub(crate) fn configure_limits(
        &mut self,
        clock: &dyn Clock,
        options: LimitOptions,
    ) -> Result<()> {
        let mut transaction = self.begin(clock)?;
        limits::configure(&mut transaction.session, options)?;
        transaction.commit()?;
        drop(transaction);
        // The next transaction reads the new limits.
        self.seen = None;
        self.begin(clock)?.commit()
    }

    /// Counts the usage of the whole file again, if it has limits, and of its namespaces.
    pub(crate) fn recount(&mut self, clock: &dyn Clock) -> Result<()> {
        let mut transaction = self.begin(clock)?;
        limits::recount(&mut transaction.session)?;
        transaction.commit()?;
        transaction.seen = None;
        Ok(())
    }

    /// Writes pending accesses into the LRU order.
    pub(crate) fn write_accesses(
        &mut self,
        clock: &dyn Clock,
        pending: &[PendingAccess],
    ) -> Result<()> {
        let mut transaction = self.begin(clock)?;
        if transaction.limits.evicts() {
            let WriteSession { session, lru, .. } = &mut *transaction;
            pending.iter().try_for_each(|access| lru.write(session, access))?;
        }
        transaction.commit()?;
        transaction.seen = None;
        transaction.lru.forget(pending);
        Ok(())
    }

    /// Sets the quota of a namespace.
    pub(crate) fn set_quota(
        &mut self,
        clock: &dyn Clock,
        namespace: &Namespace,
        quota: Quota,
    ) -> Result<()> {
        let mut transaction = self.begin(clock)?;
        quotas::set_quota(&transaction.session, namespace, quota)?;
        transaction.commit()?;
        transaction.quotas.clear();
        Ok(())
    }

    /// Changes the change log as `options` say.
    pub(crate) fn configure_log(&mut self, clock: &dyn Clock, options: LogOptions) -> Result<()> {
        let mut transaction = self.begin(clock)?;
        let is_switched = options.enabled.is_some_and(|on| on != transaction.log_end.is_some());
        let mut newest = transaction.newest();
        if is_switched && !is_new(transaction.connection(), newest)? {
            // A version of its own for the switch, so that a position before it is known to be
            // before changes that are in no log.
            newest = transaction.versions.next(clock.now(), newest)?;
        }
        // The record becomes exact: a new log is empty, and a dropped one takes its versions with
        // it.
        transaction.write_record(VersionRecord { newest, is_exact: true })?;
        log::configure(&mut transaction.session, options, newest)?;
        transaction.commit()?;
        // The next transaction reads the new end of the log.
        transaction.seen = None;
        Ok(())
    }

    /// Trims some of the oldest changes; returns whether there may be more to trim.
    pub(crate) fn trim_log(&mut self, clock: &dyn Clock) -> Result<bool> {
        if self.log_end.is_none() {
            return Ok(false);
        }
        let mut transaction = self.begin(clock)?;
        let has_more = log::trim(&mut transaction.session, clock.now())?;
        transaction.commit()?;
        transaction.seen = None;
        Ok(has_more)
    }

    /// Commits the record of the newest version with an fsync, which covers all earlier commits.
    pub(crate) fn sync(&mut self, clock: &dyn Clock) -> Result<()> {
        let mut transaction = self.begin_durable(clock, Durability::Full)?;
        let newest = transaction.newest();
        let newest = transaction.versions.next(Timestamp::from_micros(0), newest)?;
        transaction.write_record(VersionRecord { newest, is_exact: false })?;
        transaction.commit()
    }

    /// Records the newest version as an exact one, if the file does not have it so; for a close.
    /// The next process then needs no slack, which would put its versions into the future.
    pub(crate) fn record_newest(&mut self, clock: &dyn Clock) -> Result<()> {
        let has_written = self.versions.last() != 0;
        let is_recorded = self.record.is_exact && self.versions.last() <= self.record.newest;
        if !has_written || is_recorded {
            return Ok(());
        }
        let mut transaction = self.begin(clock)?;
        let is_exact = transaction.seen.is_some() && transaction.seen == transaction.before;
        let record = VersionRecord { newest: transaction.newest(), is_exact };
        if record == transaction.record {
            return Ok(());
        }
        transaction.write_record(record)?;
        transaction.commit()
    }
}

/// Returns whether nothing was ever written to the file; `newest` is its newest version.
fn is_new(connection: &Connection, newest: Version) -> Result<bool> {
    let count = "SELECT NOT EXISTS (SELECT 1 FROM kv_entries)";
    Ok(newest == 0 && connection.query_row(count, [], |row| row.get(0))?)
}
