//! Snapshots: all entries of one moment in a file, from which the logs since go on.
//!
//! The file appears under its name when it is whole and synced. It has the form of a log: records
//! of puts, the quotas first, and a last one that says that it is whole.

use std::fs::File;
use std::io::{BufWriter, Write};

use crate::clock::Timestamp;
use crate::engine::log::folder::Folder;
use crate::engine::log::header::{FileKind, HEADER_LEN, Header, salt};
use crate::engine::log::record::{RecordBuffer, RecordHead, RecordKind};
use crate::engine::log::step::Step;
use crate::engine::poison::Poison;
use crate::engine::rows::Entries;
use crate::error::Result;
use crate::model::{Quota, Version};

/// Bytes of a record after which the next begins.
const RECORD_LEN: usize = 256 * 1024;

/// Bytes after which the file is synced while it is written, so that no sync takes long.
const SYNCED_LEN: u64 = 8 * 1024 * 1024;

/// A moment of a store.
pub(super) struct Moment {
    pub(super) entries: Entries,
    pub(super) quotas: Vec<(Box<[u8]>, Quota)>,
    /// The number of the log that goes on from here.
    pub(super) number: u64,
    /// The sequence number of the first record of that log.
    pub(super) seq: u64,
    /// The newest version.
    pub(super) version: Version,
    pub(super) time: Timestamp,
}

impl Moment {
    /// Returns the bytes of all groups, keys and values.
    pub(super) fn bytes(&self) -> u64 {
        self.entries.bytes()
    }

    /// Writes the moment into its file, and returns the length of that. Calls `goes_on` with the
    /// bytes so far, now and then; if that fails, or anything else, there is no file.
    pub(super) fn write(
        &self,
        folder: &Folder,
        poison: &Poison,
        goes_on: &mut dyn FnMut(u64) -> Result<()>,
    ) -> Result<u64> {
        let file = folder.create(FileKind::Snapshot, self.number)?;
        let len = self.write_into(file.file()?, poison, goes_on)?;
        file.publish(poison)?;
        Ok(len)
    }

    fn write_into(
        &self,
        file: &File,
        poison: &Poison,
        goes_on: &mut dyn FnMut(u64) -> Result<()>,
    ) -> Result<u64> {
        let salt = salt();
        let header = Header {
            kind: FileKind::Snapshot,
            salt,
            number: self.number,
            first_seq: self.seq,
            version: self.version,
            entries: self.entries.len(),
        };
        let mut out = Output {
            file: BufWriter::with_capacity(RECORD_LEN, file),
            salt,
            end: HEADER_LEN as u64,
            synced_to: 0,
            record: RecordBuffer::default(),
            poison,
            head: RecordHead {
                kind: RecordKind::Steps,
                seq: 0,
                synced_to: 0,
                version: self.version,
                time: self.time,
            },
        };
        out.file.write_all(&header.encode())?;
        out.record.clear();
        for (namespace, quota) in &self.quotas {
            out.record.add(&Step::Quota { namespace, quota: *quota })?;
        }
        for (group, row) in self.entries.all() {
            out.record.add(&Step::put(group, row, false))?;
            if out.record.steps_len() >= RECORD_LEN {
                goes_on(out.end)?;
                out.write(RecordKind::Steps)?;
            }
        }
        if out.record.steps_len() > 0 {
            out.write(RecordKind::Steps)?;
        }
        out.write(RecordKind::End)?;
        out.file.flush()?;
        goes_on(out.end)?;
        Ok(out.end)
    }
}

/// The file as it is written.
struct Output<'f> {
    file: BufWriter<&'f File>,
    salt: u64,
    /// The offset of the next record.
    end: u64,
    synced_to: u64,
    record: RecordBuffer,
    poison: &'f Poison,
    head: RecordHead,
}

impl Output<'_> {
    /// Writes the record, and begins another.
    fn write(&mut self, kind: RecordKind) -> Result<()> {
        let head = RecordHead { kind, ..self.head };
        let bytes = self.record.finish(self.salt, self.end, &head)?;
        self.file.write_all(bytes)?;
        self.end += bytes.len() as u64;
        self.head.seq += 1;
        self.record.clear();
        if self.end - self.synced_to >= SYNCED_LEN {
            self.file.flush()?;
            self.file.get_ref().sync_data().inspect_err(|error| self.poison.set(error))?;
            self.synced_to = self.end;
        }
        Ok(())
    }
}
