//! The log that an opening begins: no process appends to a log that another one has left, so that
//! nothing behind the end of that comes back.

use std::fs::OpenOptions;

use crate::engine::log::file::LogFile;
use crate::engine::log::folder::Folder;
use crate::engine::log::header::{FileKind, Header};
use crate::engine::log::kept::KeptLog;
use crate::engine::log::recovery::{Recovered, ReplayedLog, older_logs};
use crate::engine::poison::Poison;
use crate::error::Result;

/// A log without a record, and its place behind the others.
pub(super) struct NewLog {
    pub(super) log: LogFile,
    /// The length of the log before it.
    pub(super) previous_end: u64,
    /// The sequence number of its first record.
    pub(super) seq: u64,
    /// The logs that are kept, this one last.
    pub(super) kept: Vec<KeptLog>,
}

/// Creates the log behind those that were replayed; the last of them is synced before. A last log
/// without a step is replaced.
pub(super) fn begin(folder: &Folder, recovered: &Recovered, changes: bool) -> Result<NewLog> {
    let mut replayed = &recovered.logs[..];
    let mut place = (recovered.snapshot.max(1), 0, recovered.seq);
    match replayed {
        [rest @ .., last] if !last.has_steps => {
            place = (last.number, last.previous_end, recovered.seq - 1);
            replayed = rest;
        }
        [.., last] => {
            // A file that is open for reading alone is not synced on every system.
            let path = folder.file(FileKind::Log, last.number);
            OpenOptions::new().write(true).open(path)?.sync_data()?;
            place = (last.number + 1, last.end, recovered.seq);
        }
        [] => {}
    }
    let (number, previous_end, seq) = place;
    let first = replayed.first().map_or(number, |it| it.number);
    let is_continued = changes && !recovered.is_restored;
    let mut kept = if is_continued { older_logs(folder, first)? } else { Vec::new() };
    kept.extend(replayed.iter().map(|log| {
        let ReplayedLog { number, since, end, changes, .. } = *log;
        KeptLog { number, since, end: Some(end), changes }
    }));
    kept.push(KeptLog { number, since: recovered.version, end: None, changes: 0 });
    let log = LogFile::create(folder, Header::of_log(number), &Poison::default())?;
    Ok(NewLog { log, previous_end, seq, kept })
}
