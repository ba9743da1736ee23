//! The calls of an operator: statistics, backup, compaction, checks.

use std::path::Path;
use std::time::Duration;

use crate::clock::{Clock, SystemClock};
use crate::engine::{BackupProgress, capability};
use crate::error::Result;
use crate::model::{GroupRange, Quoted, Stats, StoreUsage};
use crate::observe::{CallCounters, LogLevel, Metrics, Topic, TracedCall, log, metrics_text};
use crate::store::store::Store;

impl Store {
    /// Returns the figures of this moment that are known without reading the entries.
    pub fn stats(&self) -> Result<Stats> {
        self.open_engine()?.stats(&self.call)
    }

    /// Returns the metrics of this moment.
    pub fn metrics(&self) -> Result<Metrics> {
        let mut metrics = self.open_engine()?.metrics(&self.call)?;
        self.shared.subscribers.hub().measure(SystemClock.now().as_millis(), &mut metrics);
        Ok(metrics)
    }

    /// Returns the metrics of this moment and those of the calls, as text in the format of
    /// Prometheus.
    pub fn metrics_text(&self) -> Result<String> {
        let metrics = self.metrics()?;
        Ok(metrics_text(self.engine.name(), &metrics, self.engine.calls()))
    }

    /// Returns the counters of the calls on this store, and on all others on its engine.
    pub fn calls(&self) -> &CallCounters {
        self.engine.calls()
    }

    /// Writes a call into the log, if it is slow. Its key stays out of the log.
    pub(crate) fn log_if_slow(&self, call: &TracedCall<'_>, duration: Duration, status: i32) {
        if !self.calls().is_slow(duration) {
            return;
        }
        let kind = call.kind.name();
        let group = call.group.map(|group| format!(" in group {}", Quoted(group)));
        let group = group.unwrap_or_default();
        let message = format_args!("{kind}{group} took {duration:.1?} and returned {status}");
        log(LogLevel::Warn, Topic::Slow, self.name(), message);
    }

    /// Returns the store as the log names it, without user, password and options.
    pub fn name(&self) -> &str {
        self.engine.name()
    }

    /// Counts the entries; the time it takes grows with their number.
    pub fn usage(&self) -> Result<StoreUsage> {
        self.open_engine()?.usage(&self.call, GroupRange::Prefix(b""))
    }

    /// Copies one snapshot of everything into a new file; see
    /// [`BackupSource::backup`](crate::engine::BackupSource::backup).
    pub fn backup(
        &self,
        path: &Path,
        progress: &mut dyn FnMut(BackupProgress) -> bool,
    ) -> Result<()> {
        capability::backup_source(self.open_engine()?)?.backup(&self.call, path, progress)
    }

    /// Replaces everything by a backup; see
    /// [`BackupSource::restore`](crate::engine::BackupSource::restore).
    pub fn restore(
        &self,
        path: &Path,
        progress: &mut dyn FnMut(BackupProgress) -> bool,
    ) -> Result<()> {
        capability::backup_source(self.open_engine()?)?.restore(&self.call, path, progress)
    }

    /// Returns unused space to the file system.
    pub fn compact(&self) -> Result<()> {
        self.open_engine()?.compact(&self.call)
    }

    /// Verifies everything stored; fails with
    /// [`ErrorKind::Corrupt`](crate::error::ErrorKind::Corrupt) and a message that names the fault.
    pub fn check(&self) -> Result<()> {
        self.open_engine()?.check(&self.call)
    }

    /// Returns once every acknowledged write survives a loss of power.
    pub fn flush(&self) -> Result<()> {
        self.open_engine()?.flush(&self.call)
    }

    /// Refuses all further writes until the store is reopened.
    pub fn poison(&self) {
        self.engine.poison();
    }
}
