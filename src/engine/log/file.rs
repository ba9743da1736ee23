//! The log that is written: records are appended, and synced.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::engine::log::folder::Folder;
use crate::engine::log::header::{FileKind, HEADER_LEN, Header};
use crate::engine::log::record::{RecordBuffer, RecordHead, RecordKind};
use crate::engine::poison::Poison;
use crate::engine::rows::RowStore;
use crate::error::{Error, Result};
use crate::os::{self, FileAt};

/// Space is allocated in front of the records, a quarter of their length at a time within these
/// bounds: to sync a file takes a third less time if its length stays.
const ALLOCATED_MIN: u64 = 64 * 1024;
const ALLOCATED_MAX: u64 = 4 * 1024 * 1024;

/// The log at its end.
pub(super) struct LogFile {
    file: Arc<SyncedFile>,
    header: Header,
    /// The offset of the next record.
    end: u64,
    /// The length for which there is space; `None` if the system allocates none.
    allocated: Option<u64>,
}

/// A file of which is known how much is synced.
pub(super) struct SyncedFile {
    file: File,
    synced_to: AtomicU64,
}

impl SyncedFile {
    /// Syncs the file, which has `end` bytes. After a failure the state of the file is unknown, so
    /// it poisons the store.
    pub(super) fn sync(&self, end: u64, store: &RowStore) -> Result<()> {
        if self.synced_to() >= end {
            return Ok(());
        }
        let began = Instant::now();
        let synced = self.file.sync_data();
        store.counters.syncs.note(began.elapsed());
        if let Err(error) = synced {
            store.poison.set(&error);
            return Err(Error::from(error).context("sync the log"));
        }
        self.synced_to.fetch_max(end, Ordering::Relaxed);
        Ok(())
    }

    fn synced_to(&self) -> u64 {
        self.synced_to.load(Ordering::Relaxed)
    }
}

impl LogFile {
    /// Creates a log with this header and no record. It survives a loss of power.
    pub(super) fn create(folder: &Folder, header: Header, poison: &Poison) -> Result<LogFile> {
        let file = folder.create(FileKind::Log, header.number)?;
        file.file()?.write_all_at(&header.encode(), 0)?;
        let file = file.publish(poison)?;
        let end = HEADER_LEN as u64;
        let file = Arc::new(SyncedFile { file, synced_to: AtomicU64::new(end) });
        Ok(LogFile { file, header, end, allocated: Some(end) })
    }

    /// Appends a record, which `head` describes except for the synced offset. After a failure the
    /// log is as it was; if that fails too, the store is poisoned.
    pub(super) fn append(
        &mut self,
        record: &mut RecordBuffer,
        head: RecordHead,
        poison: &Poison,
    ) -> Result<()> {
        let synced_to = match head.kind {
            RecordKind::Steps => self.file.synced_to(),
            RecordKind::Begin | RecordKind::End => head.synced_to,
        };
        let head = RecordHead { synced_to, ..head };
        let bytes = record.finish(self.header.salt, self.end, &head)?;
        let after = self.end + bytes.len() as u64;
        if self.allocated.is_some_and(|len| len < after) {
            let wanted = after + (after / 4).clamp(ALLOCATED_MIN, ALLOCATED_MAX);
            // The write itself says whether the disk is full.
            let done = os::allocate(&self.file.file, self.end, wanted);
            self.allocated = done.ok().map(|()| wanted);
        }
        if let Err(error) = self.file.file.write_all_at(bytes, self.end) {
            self.allocated = None;
            if let Err(error) = self.file.file.set_len(self.end) {
                poison.set(error);
            }
            return Err(Error::from(error).context("write to the log"));
        }
        self.end = after;
        Ok(())
    }

    /// Syncs all records.
    pub(super) fn sync(&self, store: &RowStore) -> Result<()> {
        self.file.sync(self.end, store)
    }

    /// Returns space behind the records to the file system.
    pub(super) fn trim(&mut self) {
        if self.allocated.take().is_some_and(|len| len > self.end) {
            // A log with space behind its end is as good.
            let _ = self.file.file.set_len(self.end);
        }
    }

    /// Returns the file, which another thread may sync, and its length.
    pub(super) fn shared(&self) -> (Arc<SyncedFile>, u64) {
        (self.file.clone(), self.end)
    }

    pub(super) fn number(&self) -> u64 {
        self.header.number
    }

    /// Returns the offset of the next record.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// Returns whether every record is synced.
    pub(super) fn is_synced(&self) -> bool {
        self.file.synced_to() >= self.end
    }
}
