//! Recovery: the rows of a folder, from its newest snapshot and the logs since.
//!
//! The logs are replayed in the order of their numbers, each up to the length that the first
//! record of the next one names. The last one ends before its first record that is not whole: the
//! tail of a log that was not synced may be lost or damaged with the power. But if a later record
//! proves that the place was synced, the damage is an error.

use std::path::Path;

use crate::engine::log::folder::{Folder, in_file};
use crate::engine::log::header::{FileKind, HEADER_LEN};
use crate::engine::log::kept::KeptLog;
use crate::engine::log::reader::FileReader;
use crate::engine::log::record::{RecordHead, RecordKind};
use crate::engine::log::step::{Step, Steps};
use crate::engine::rows::{RowBuffer, Rows, SnapshotOrder};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Limits, Version};

/// The fewest bytes of an entry in a snapshot.
const ENTRY_LEN_MIN: u64 = 15;

/// The state that a folder holds.
pub(super) struct Recovered {
    pub(super) rows: Rows,
    /// The newest version.
    pub(super) version: Version,
    /// The sequence number of the next record.
    pub(super) seq: u64,
    /// The number of the newest snapshot; 0 without one.
    pub(super) snapshot: u64,
    /// Whether the snapshot is that of a backup: the changes in older logs do not lead to it.
    pub(super) is_restored: bool,
    /// The logs that were replayed, in order.
    pub(super) logs: Vec<ReplayedLog>,
    /// The number of a damaged log, and the offset of its first damaged record.
    pub(super) damage: Option<(u64, u64)>,
}

/// A log that was replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ReplayedLog {
    pub(super) number: u64,
    /// The newest version before it.
    pub(super) since: Version,
    /// The end of its last record.
    pub(super) end: u64,
    /// The number of its steps.
    pub(super) changes: u64,
    /// Whether it has a record with steps.
    pub(super) has_steps: bool,
    /// The length of the log before it, as its first record names it.
    pub(super) previous_end: u64,
}

impl Recovered {
    /// Reads the files of `folder` into rows with these limits.
    pub(super) fn read(folder: &Folder, limits: Limits) -> Result<Recovered> {
        let mut recovered = Recovered::new(limits);
        recovered.read_files(folder)?;
        Ok(recovered)
    }

    /// Returns the state of a folder without a file.
    pub(super) fn new(limits: Limits) -> Recovered {
        Recovered {
            rows: Rows::new(limits),
            version: 0,
            seq: 1,
            snapshot: 0,
            is_restored: false,
            logs: Vec::new(),
            damage: None,
        }
    }

    /// Reads the files of `folder`. If it fails because a log is damaged, that is noted.
    pub(super) fn read_files(&mut self, folder: &Folder) -> Result<()> {
        let mut buffer = RowBuffer::default();
        if let Some(number) = folder.numbers(FileKind::Snapshot)?.last() {
            let path = folder.file(FileKind::Snapshot, *number);
            self.read_snapshot(&path, *number, &mut buffer)
                .map_err(|error| in_file(&path, error))?;
        }
        self.replay_logs(folder, &mut buffer)?;
        self.rows.count_accounts()
    }

    fn read_snapshot(&mut self, path: &Path, number: u64, buffer: &mut RowBuffer) -> Result<()> {
        let mut reader = FileReader::open(path, FileKind::Snapshot, number)?;
        (self.seq, self.version) = (reader.header().first_seq, reader.header().version);
        self.snapshot = number;
        // Damage may have written any number there; each entry takes some bytes.
        self.rows.reserve(reader.header().entries.min(reader.len() / ENTRY_LEN_MIN));
        let mut order = SnapshotOrder::default();
        loop {
            let offset = reader.offset();
            let Some(record) = reader.next()? else { return Err(damaged(offset)) };
            if record.head.kind == RecordKind::End {
                return Ok(());
            }
            for step in Steps::new(record.steps) {
                match step? {
                    Step::Put { group, key, value, version, expires_at, .. } => {
                        let row = buffer.row(key, value, version, expires_at)?;
                        order.put(&mut self.rows, group, row)?;
                    }
                    other => apply_one(&mut self.rows, other, buffer)?,
                }
            }
        }
    }

    fn replay_logs(&mut self, folder: &Folder, buffer: &mut RowBuffer) -> Result<()> {
        let first = self.snapshot.max(1);
        let numbers = folder.numbers(FileKind::Log)?;
        let numbers: Vec<u64> = numbers.into_iter().filter(|it| *it >= first).collect();
        // A log without a record was created, and never written to.
        let mut begun = Vec::new();
        for number in numbers {
            let path = folder.file(FileKind::Log, number);
            let begin = read_begin(&path, number).map_err(|error| in_file(&path, error))?;
            begun.push((number, begin));
        }
        while begun.last().is_some_and(|(_, begin)| begin.is_none()) {
            begun.pop();
        }
        for (at, (number, begin)) in begun.iter().enumerate() {
            let expected = first + at as u64;
            if *number != expected {
                self.damage = Some((expected, 0));
                let missing = folder.file(FileKind::Log, expected);
                let error = Error::new(ErrorKind::Corrupt, "the file is missing");
                return Err(in_file(&missing, error));
            }
            let path = folder.file(FileKind::Log, *number);
            let next = begun.get(at + 1).and_then(|(_, begin)| *begin);
            let replayed = match begin {
                Some(_) => self.replay(&path, *number, next, buffer),
                None => Err(self.damaged(*number, HEADER_LEN as u64)),
            };
            self.logs.push(replayed.map_err(|error| in_file(&path, error))?);
        }
        Ok(())
    }

    /// Replays a log; `next` is the first record of the log behind it.
    fn replay(
        &mut self,
        path: &Path,
        number: u64,
        next: Option<RecordHead>,
        buffer: &mut RowBuffer,
    ) -> Result<ReplayedLog> {
        let mut reader = FileReader::open(path, FileKind::Log, number)?;
        let mut log = ReplayedLog {
            number,
            since: self.version,
            end: 0,
            changes: 0,
            has_steps: false,
            previous_end: 0,
        };
        let mut last: Option<RecordHead> = None;
        loop {
            let offset = reader.offset();
            if next.is_some_and(|next| offset >= next.synced_to) {
                break;
            }
            let Some(record) = reader.next()? else {
                if next.is_some() || reader.was_synced_beyond(last.as_ref())? {
                    return Err(self.damaged(number, offset));
                }
                break;
            };
            if record.head.seq != self.seq {
                return Err(self.damaged(number, offset));
            }
            match record.head.kind {
                RecordKind::Begin => {
                    log.previous_end = record.head.synced_to;
                    self.is_restored |= record.head.version < self.version;
                }
                _ => {
                    log.changes += apply(&mut self.rows, record.steps, buffer)?;
                    log.has_steps = true;
                }
            }
            self.version = self.version.max(record.head.version);
            self.seq += 1;
            last = Some(record.head);
        }
        log.end = reader.offset();
        Ok(log)
    }
}

impl Recovered {
    fn damaged(&mut self, number: u64, offset: u64) -> Error {
        self.damage = Some((number, offset));
        let error = damaged(offset);
        let remedy = "restore a backup, or end the store there with kv check --repair";
        Error::new(error.kind(), format!("{}; {remedy}", error.message()))
    }
}

/// Returns the logs before the number `first` whose changes can still be read.
pub(super) fn older_logs(folder: &Folder, first: u64) -> Result<Vec<KeptLog>> {
    let mut kept: Vec<KeptLog> = Vec::new();
    for number in folder.numbers(FileKind::Log)? {
        if number >= first {
            break;
        }
        // Behind a gap the changes begin again.
        if kept.last().is_some_and(|it| it.number + 1 != number) {
            kept.clear();
        }
        let path = folder.file(FileKind::Log, number);
        let mut reader = FileReader::open(&path, FileKind::Log, number)?;
        let (mut since, mut changes) = (0, 0);
        while let Some(record) = reader.next()? {
            match record.head.kind {
                RecordKind::Begin => since = record.head.version,
                _ => changes += Steps::new(record.steps).count() as u64,
            }
        }
        kept.push(KeptLog { number, since, end: Some(reader.offset()), changes });
    }
    if kept.last().is_some_and(|it| it.number + 1 != first) {
        kept.clear();
    }
    Ok(kept)
}

/// Returns the first record of a log, or `None` if the log has none.
fn read_begin(path: &Path, number: u64) -> Result<Option<RecordHead>> {
    let mut reader = FileReader::open(path, FileKind::Log, number)?;
    let head = reader.next()?.map(|record| record.head);
    Ok(head.filter(|head| head.kind == RecordKind::Begin))
}

/// Makes the changes of a record; returns their number.
fn apply(rows: &mut Rows, steps: &[u8], buffer: &mut RowBuffer) -> Result<u64> {
    let mut count = 0;
    for step in Steps::new(steps) {
        count += 1;
        apply_one(rows, step?, buffer)?;
    }
    Ok(count)
}

fn apply_one(rows: &mut Rows, step: Step<'_>, buffer: &mut RowBuffer) -> Result<()> {
    match step {
        Step::Put { group, key, value, version, expires_at, .. } => {
            rows.replay_put(group, buffer.row(key, value, version, expires_at)?)
        }
        Step::Expiry { group, key, expires_at } => {
            rows.replay_expiry(group, key, expires_at, buffer)
        }
        Step::Remove { group, key, .. } => rows.replay_removal(group, key),
        Step::RemovePrefix { group, prefix, .. } => rows.replay_prefix_removal(group, prefix),
        Step::Quota { namespace, quota } => {
            rows.replay_quota(namespace, quota);
            Ok(())
        }
    }
}

/// Returns the error of a record that is damaged, or of another place.
fn damaged(offset: u64) -> Error {
    let message =
        format!("the record at byte {offset} is damaged, although it had reached the disk");
    Error::new(ErrorKind::Corrupt, message)
}
