//! The calls of an operator: statistics, backup, compaction, checks.

use std::path::Path;

use crate::engine::{BackupProgress, capability};
use crate::error::Result;
use crate::model::{GroupRange, Stats};
use crate::store::store::Store;

impl Store {
    /// Returns the figures of this moment; the time it takes grows with the number of entries.
    pub fn stats(&self) -> Result<Stats> {
        self.open_engine()?.stats(&self.call, GroupRange::Prefix(b""))
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
